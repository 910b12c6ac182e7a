#!/usr/bin/env python3
"""Measures balancealert against its targets, checks what it did, and writes the table."""

import argparse
import contextlib
import csv
import datetime
import http.client
import io
import itertools
import json
import os
import pathlib
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "benchmarks.md"
NOW = "2026-11-23T09:00:00+13:00"
LATER = "2026-11-23T10:00:00+13:00"

PARTS = ["start", "preview", "again", "webhook", "channels", "xero"]

LEDGER_CONFIG = """\
version: 1
organisation: Harbour Lettings
timezone: Pacific/Auckland
locale: en-NZ
state: state.sqlite
sources:
  ledger: { type: csv, path: receivables.csv }
channels:
  archive: { type: file, path: out.jsonl }
rules:
  - name: overdue
    when: { balance: overdue, over: 500, days_overdue: 7 }
    levels: [{ after: 0d, notify: [archive] }]
"""

WEBHOOK_CONFIG = """\
version: 1
organisation: Harbour Lettings
timezone: Pacific/Auckland
locale: en-NZ
state: state.sqlite
sources:
  ledger: { type: csv, path: receivables.csv }
channels:
  hook: { type: webhook, url: "http://127.0.0.1:PORT/alerts", secret: env:BENCHMARK_SECRET }
rules:
  - name: all
    levels: [{ after: 0d, notify: [hook] }]
"""


XERO_CONFIG = """\
version: 1
organisation: Harbour Lettings
timezone: Pacific/Auckland
locale: en-NZ
state: state.sqlite
sources:
  books:
    type: xero
    tenant_id: 45e4708e-d862-4111-ab3a-dd8cd03913e1
    base_url: "http://127.0.0.1:PORT"
    token_url: "http://127.0.0.1:PORT/connect/token"
    rate_limit: 100000/min
    auth: { grant: client_credentials, client_id: a, client_secret: env:BENCHMARK_SECRET }
channels:
  archive: { type: file, path: out.jsonl }
rules:
  - name: large
    when: { over: 100000000 }
    levels: [{ after: 0d, notify: [archive] }]
"""

CHANNELS_CONFIG = """\
version: 1
organisation: Harbour Lettings
timezone: Pacific/Auckland
locale: en-NZ
state: state.sqlite
limits: { customer_messages_per_pass: 1000 }
sources:
  ledger: { type: csv, path: receivables.csv }
channels:
  sms: { type: twilio, base_url: "http://127.0.0.1:PORT/twilio", account_sid: AC1,
         auth_token: env:BENCHMARK_SECRET, from: "+6421000000", rate_limit: 9999/s,
         max_concurrency: 8 }
  email: { type: sendgrid, base_url: "http://127.0.0.1:PORT/sendgrid",
           api_key: env:BENCHMARK_SECRET, from: a@harbour.example, rate_limit: 9999/s,
           max_concurrency: 8 }
  chat: { type: slack, webhook_url: "https://hooks.slack.com/services/T/B/X",
          base_url: "http://127.0.0.1:PORT/slack", rate_limit: 9999/s, max_concurrency: 8 }
  teams: { type: teams, webhook_url: "https://x.logic.azure.com/workflows/1?sig=x",
           base_url: "http://127.0.0.1:PORT/teams", format: adaptive, rate_limit: 9999/s,
           max_concurrency: 8 }
  letters: { type: mailchimp, base_url: "http://127.0.0.1:PORT/mailchimp",
             api_key: env:BENCHMARK_SECRET, template: overdue, from: a@harbour.example,
             rate_limit: 9999/s, max_concurrency: 8 }
rules:
  - name: all
    levels: [{ after: 0d, notify: [sms, email, chat, teams, letters] }]
"""


class Sample:
    """One run of a program: wall seconds, peak memory in MB, what it printed."""

    def __init__(self, command, folder, expect=0):
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "BENCHMARK_SECRET": "b" * 32}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            begin = time.monotonic()
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=out, stderr=errors
            )
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            # The kernel counts this script's own pages until the program takes its place; they are
            # fewer than any of these programs needs.
            self.megabytes = usage.ru_maxrss / (1 if platform.system() == "Linux" else 1024) / 1000
            self.processor = usage.ru_utime + usage.ru_stime
            out.seek(0)
            errors.seek(0)
            self.output = out.read().decode()
            if process.returncode != expect:
                sys.exit(
                    f"{' '.join(map(str, command))}: exit {process.returncode}\n"
                    + errors.read().decode()
                )


class Row:
    def __init__(self, name, samples, seconds=None, megabytes=None, note=""):
        self.name, self.samples, self.note = name, samples, note
        self.limits = (seconds, megabytes)
        self.best = min(s.seconds for s in samples)
        self.median = statistics.median(s.seconds for s in samples)
        self.peak = max(s.megabytes for s in samples)

    @property
    def verdict(self):
        seconds, megabytes = self.limits
        if seconds is None:
            return self.note or "–"
        missed = []
        if self.median >= seconds:
            missed.append("too slow")
        if megabytes is not None and self.peak >= megabytes:
            missed.append("too large")
        return ", ".join(missed) or "met"

    @property
    def target(self):
        seconds, megabytes = self.limits
        if seconds is None:
            return ""
        return f"< {text(seconds)}" + (f", < {megabytes} MB" if megabytes else "")

    def cells(self):
        return [
            self.name, self.target, text(self.best), text(self.median), f"{self.peak:.0f} MB",
            self.verdict,
        ]


def text(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def check(holds, what):
    if not holds:
        sys.exit(f"wrong result: {what}")


class Bench:
    def __init__(self, binaries, folder, rounds):
        self.tool = binaries / "balancealert"
        self.sink = binaries / "LoopbackSink"
        self.folder, self.rounds = folder, rounds

    def start(self):
        samples = [Sample([self.tool, "--version"], self.folder) for _ in range(self.rounds * 4)]
        yield Row("`balancealert --version`", samples, 0.015, 25)

    def preview(self):
        folder = self.ledger("preview", invoices=50_000, accounts=5_000)
        expected = json.loads((folder / "expected.json").read_text())
        command = [self.tool, "preview", "--config", "balancealert.yaml", "--now", NOW]
        samples = []
        for _ in range(self.rounds):
            samples.append(Sample(command, folder))
            check(
                f"First run: {expected['told']} accounts would be told;" in samples[-1].output,
                f"preview does not tell {expected['told']} accounts",
            )
        yield Row("`preview`, 50,000 invoices of 5,000 accounts", samples, 0.5, 100)
        yield from self.hledger(folder, expected)
        command += ["--format", "json"]
        samples = [Sample(command, folder) for _ in range(self.rounds)]
        found = json.loads(samples[-1].output)
        check(
            {a["account_id"]: f"{a['balance']} {a['currency']}" for a in found["accounts"]}
            == expected["balances"],
            "the balances of preview are not those of the ledger",
        )
        check(len(found["deliveries"]) == expected["told"], "deliveries of preview --format json")
        yield Row("`preview --format json`, every message rendered", samples)

    def hledger(self, folder, expected):
        if not shutil.which("hledger"):
            print("hledger is not installed: left out", file=sys.stderr)
            return
        command = ["hledger", "-f", "all.journal", "balance", "receivable"]
        samples = [Sample(command, folder) for _ in range(self.rounds)]
        found = list(csv.reader(io.StringIO(Sample(command + ["-O", "csv"], folder).output)))
        balances = {name.split(":")[1]: amount for name, amount in found[1:] if ":" in name}
        check(balances == expected["balances"], "hledger and the ledger do not agree")
        version = Sample(["hledger", "--version"], folder).output.split(",")[0]
        yield Row(f"`hledger balance` ({version.split()[1]}), the same as a journal", samples,
                  note="for comparison")

    def again(self):
        folder = self.ledger("again", invoices=50_000, accounts=5_000)
        told = json.loads((folder / "expected.json").read_text())["told"]
        command = [self.tool, "run", "--config", "balancealert.yaml"]
        state, out = folder / "state.sqlite", folder / "out.jsonl"
        first, second, look = [], [], []
        for _ in range(self.rounds):
            forget(state, out)
            first.append(Sample(command + ["--now", NOW], folder))
            check(lines(out) == told, "the first run told others than expected")
            second.append(Sample(command + ["--now", LATER], folder))
            check(lines(out) == told, "the second run sent something")
            check(statuses(state) == {"sent": told}, "not every delivery is `sent`")
            look.append(
                Sample([self.tool, "preview", "--config", "balancealert.yaml", "--now", LATER], folder)
            )
        yield Row("second `run`, nothing changed", second, 0.5)
        yield Row(f"first `run`, {told:,} messages to a file", first)
        yield Row("`preview` after it", look)

    def webhook(self):
        folder = self.ledger("webhook", invoices=10_000, accounts=10_000)
        config, state = folder / "balancealert.yaml", folder / "state.sqlite"
        samples = []
        for _ in range(self.rounds):
            forget(state)
            with self.serving([self.sink]) as port:
                config.write_text(WEBHOOK_CONFIG.replace("PORT", str(port)))
                samples.append(
                    Sample([self.tool, "run", "--config", config, "--now", NOW], folder)
                )
                came = ask(port)
            check(
                came == {"requests": 10_000, "keys": 10_000, "empty": 0},
                f"10,000 requests of as many keys, each once, but: {came}",
            )
            check(statuses(state) == {"sent": 10_000}, "not every delivery is `sent`")
        yield Row("10,000 webhooks, each recorded durably", samples, 4)

    def channels(self):
        folder = self.folder / "channels"
        folder.mkdir(exist_ok=True)
        rows = ["account_id,account_name,document_id,due_date,currency,amount_due,email,phone"]
        rows += [
            f"C{n},Customer {n},D{n},2026-11-01,NZD,600.00,c{n}@tenants.example,+6421555{n:04d}"
            for n in range(200)
        ]
        (folder / "receivables.csv").write_text("\n".join(rows) + "\n")
        config, state = folder / "balancealert.yaml", folder / "state.sqlite"
        samples = []
        for _ in range(self.rounds):
            forget(state)
            with self.serving([sys.executable, HERE / "platforms.py"]) as port:
                write_privately(config, CHANNELS_CONFIG.replace("PORT", str(port)))
                samples.append(
                    Sample([self.tool, "run", "--config", config, "--now", NOW], folder)
                )
                came = ask(port)
            check(set(came.values()) == {200}, f"200 messages to each of five, but: {came}")
            check(statuses(state) == {"sent": 1000}, "not every delivery is `sent`")
        # 300 a second.
        yield Row("1,000 messages over five channels that answer in 50 ms", samples, 1000 / 300)

    def xero(self):
        folder = self.folder / "xero"
        folder.mkdir(exist_ok=True)
        config, state, other = (
            folder / name for name in ("balancealert.yaml", "state.sqlite", "script.sqlite")
        )
        command = [self.tool, "run", "--config", config]
        script, first, delta, large = [], [], [], []
        with self.serving([sys.executable, HERE / "xero_server.py"]) as port:
            write_privately(config, XERO_CONFIG.replace("PORT", str(port)))
            url = f"http://127.0.0.1:{port}"
            for _ in range(self.rounds):
                forget(state, other, folder / "out.jsonl")
                script.append(
                    Sample([sys.executable, HERE / "xero_sync.py", url, other], folder)
                )
                first.append(Sample([*command, "--now", NOW], folder))
                check(store_the_same(state, other), "the two did not store the same")
                delta.append(Sample([*command, "--now", LATER], folder))
                check(items(state) == 99_960, "40 invoices were paid, and are not gone")
        script_row = Row("the same by a script: requests, orjson, sqlite3", script,
                         note="for comparison")
        yield script_row
        yield Row("first sync of 100,000 Xero invoices over 100 pages, 5,000 debtors", first,
                  0.7 * script_row.median, 120)
        yield Row("delta with 100 changed invoices of 100,000", delta, 0.3)
        pages = [sys.executable, HERE / "xero_server.py", "--invoices", "200000"]
        with self.serving(pages) as port:
            write_privately(config, XERO_CONFIG.replace("PORT", str(port)))
            for _ in range(self.rounds):
                forget(state)
                large.append(Sample([*command, "--now", NOW], folder))
        yield Row("first sync of 200,000 over 200 pages", large)

    def ledger(self, name, invoices, accounts):
        folder = self.folder / name
        script = [sys.executable, HERE / "make_ledger.py", folder]
        sizes = ["--invoices", str(invoices), "--accounts", str(accounts)]
        subprocess.run([*script, *sizes], check=True)
        write_privately(folder / "balancealert.yaml", LEDGER_CONFIG)
        return folder

    @contextlib.contextmanager
    def serving(self, command):
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait()


def ask(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/")
    found = json.loads(connection.getresponse().read())
    connection.close()
    return found


def forget(*files):
    for file in files:
        for path in file.parent.glob(file.name + "*"):
            path.unlink()


def lines(file):
    with open(file, "rb") as text:
        return sum(1 for _ in text)


def write_privately(file, text):
    file.write_text(text)
    file.chmod(0o600)


STORED = """
SELECT i.id, i.kind, i.number, i.issue_day, i.due_day, i.currency, i.total, i.amount_due, i.url,
  i.disputed, i.collection, i.promised_day, i.tags,
  a.id, a.name, a.email, a.phone, a.terms, a.tags, a.disputed, a.do_not_contact
FROM item i CROSS JOIN account a ON a.source = i.source AND a.id = i.account_id
WHERE i.source = 'books' ORDER BY i.source, i.id
"""


def store_the_same(state, other):
    """Row by row: what this script holds in memory would count as the next program's."""
    with contextlib.closing(sqlite3.connect(state)) as one:
        with contextlib.closing(sqlite3.connect(other)) as two:
            pairs = itertools.zip_longest(one.execute(STORED), two.execute(STORED))
            return all(a == b for a, b in pairs)


def items(state):
    with contextlib.closing(sqlite3.connect(state)) as database:
        return database.execute("SELECT count(*) FROM item").fetchone()[0]


def statuses(state):
    with contextlib.closing(sqlite3.connect(state)) as database:
        return dict(database.execute("SELECT status, count(*) FROM delivery GROUP BY status"))


def machine(binary):
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        found = [l for l in open("/proc/cpuinfo") if l.startswith("model name")]
        model = found[0].split(":")[1].strip() if found else model
    size = binary.stat().st_size / 1_000_000
    return (
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" {model}. The static release binary, {size:.0f} MB with its symbols."
    )


def table(rows):
    head = ["what", "target", "best", "median", "peak memory", ""]
    body = [head, ["---"] * len(head)] + [row.cells() for row in rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in body)


def write_page(result):
    begin, end = "<!-- measured -->\n", "<!-- /measured -->"
    page = PAGE.read_text()
    before, rest = page.split(begin)
    PAGE.write_text(before + begin + result + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md as it is")
    parser.add_argument("--keep", type=pathlib.Path, help="work in this folder, and leave it")
    given = parser.parse_args()
    binaries = given.binaries.resolve()
    # Beside the binary and not in /tmp, which may be memory: what is durable must reach a disk.
    temporary = tempfile.TemporaryDirectory(dir=binaries, prefix="benchmark-")
    bench = Bench(binaries, given.keep.resolve() if given.keep else pathlib.Path(temporary.name),
                  given.rounds)
    bench.folder.mkdir(exist_ok=True)
    rows = []
    for name in PARTS:
        if given.only in (None, name):
            for row in getattr(bench, name)():
                rows.append(row)
                print(table([row]).splitlines()[-1], flush=True)
    temporary.cleanup()
    result = machine(bench.tool) + f" Of {given.rounds} rounds.\n\n" + table(rows)
    print("\n" + result)
    if not given.no_write and not given.only:
        write_page(result)
    sys.exit(any("too" in row.verdict for row in rows))


if __name__ == "__main__":
    main()
