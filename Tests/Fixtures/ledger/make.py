#!/usr/bin/env python3
"""Writes one ledger, of books.py, in the words of four platforms and as CSV.

For each platform the recorded exchanges of three passes: `first` reads everything, `unchanged` an
hour later finds nothing new, `changed` comes the next morning; `full` reads
everything that morning. Beside them `ledger-<pass>.csv`, as the csv source reads it, and `expected.csv`:
what every account owes, by this file's own sums.
The same books write the same bytes.
"""

import datetime
import json
import pathlib
import sys

sys.dont_write_bytecode = True

import freshbooks
import quickbooks
import stripe
import xero
from books import TODAY, Books, decimal

FOLDER = pathlib.Path(__file__).parent
BOUNDS = [30, 60, 90]


def text(value, indent=0):
    """JSON, in one line where it fits."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 110 or not isinstance(value, (dict, list)):
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{pad}{json.dumps(k)}: {text(v, indent + 2)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + text(v, indent + 2) for v in value) + "\n" + " " * indent + "]"


def write(folder, exchanges):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for number, (name, exchange) in enumerate(exchanges, 1):
        (folder / f"{number:02d}-{name}.json").write_text(text(exchange) + "\n")


def quoted(value):
    return '"' + value.replace('"', '""') + '"' if '"' in value else value


def csv(books):
    lines = [
        "account_id,account_name,document_id,number,kind,status,issue_date,due_date,currency,total,"
        "amount_due,email"]
    for item in books.invoices:
        left = item.total if item.status == "draft" else item.left
        lines.append(row(item, "invoice", item.status, str(item.due), left))
    for item in books.credits:
        lines.append(row(item, "credit", "open" if item.left else "paid", "", item.left))
    return "\n".join(lines) + "\n"


def row(item, kind, status, due, left):
    who = item.customer
    return ",".join([
        who.id, quoted(who.name), item.number, item.number, kind, status, str(item.issued), due,
        who.currency, decimal(item.total), decimal(left), who.email])


def expected(books, today):
    """Of each account: balance, overdue balance, the buckets, days overdue."""
    for who in books.customers.values():
        credit = sum(c.left for c in books.credits if c.customer == who)
        balance = -credit
        buckets, days = [0] * (len(BOUNDS) + 2), 0
        mine = [i for i in books.invoices if i.customer == who and i.left]
        for invoice in sorted(mine, key=lambda i: i.due):
            balance += invoice.left
            covered = min(credit, invoice.left)
            credit -= covered
            if covered == invoice.left:
                continue
            late = (today - invoice.due).days
            days = max(days, late)
            bucket = 0 if late <= 0 else 1 + sum(late > bound for bound in BOUNDS)
            buckets[bucket] += invoice.left - covered
        yield [quoted(who.name), who.currency] + [
            decimal(amount) for amount in [balance, sum(buckets[1:]), *buckets]] + [str(days)]


def main():
    before = Books()
    after = before.changed()
    table = ["pass,account,currency,balance,overdue,current,1-30,31-60,61-90,90+,days_overdue"]
    tomorrow = TODAY + datetime.timedelta(days=1)
    for name, books, today in [("first", before, TODAY), ("changed", after, tomorrow)]:
        table += [",".join([name, *line]) for line in expected(books, today)]
        (FOLDER / f"ledger-{name}.csv").write_text(csv(books))
    (FOLDER / "expected.csv").write_text("\n".join(table) + "\n")
    for platform in [xero, quickbooks, freshbooks, stripe]:
        folder = FOLDER / platform.__name__
        write(folder / "first", platform.first(before))
        write(folder / "unchanged", platform.unchanged(before))
        write(folder / "changed", platform.changed(before, after))
        write(folder / "full", platform.first(after))


if __name__ == "__main__":
    main()
