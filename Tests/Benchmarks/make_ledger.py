#!/usr/bin/env python3
"""Writes the same invented receivables as a CSV ledger and as an hledger journal.

The same arguments write the same bytes. Beside them, expected.json says what any tool must find:
each account's balance, and how many accounts the benchmark's rule tells.
"""

import argparse
import datetime
import json
import pathlib
import random

TODAY = datetime.date(2026, 11, 23)
# The rule of the benchmark's config: overdue balance over this many minor units, this many days late.
OVER = 50_000
DAYS_OVERDUE = 7
FIRST = ["Aroha", "Ben", "Chloe", "Dev", "Emma", "Finn", "Grace", "Hemi", "Ines", "Jack", "Kiri"]
LAST = ["Adams", "Brown", "Cooper", "Dalton", "Edwards", "Foster", "Grant", "Hughes", "Ngata"]


def money(minor):
    return f"{minor // 100}.{minor % 100:02d}"


def accounts(count, chance):
    for number in range(count):
        # Three in ten pay on time: nothing of theirs is overdue.
        yield {
            "id": f"C{number:06d}",
            "name": f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}",
            "currency": "AUD" if chance.random() < 0.1 else "NZD",
            "punctual": chance.random() < 0.3,
        }


def write(folder, invoices, account_count, seed):
    chance = random.Random(seed)
    everyone = list(accounts(account_count, chance))
    balances, overdue, oldest = {}, {}, {}
    with open(folder / "receivables.csv", "w") as table, open(folder / "all.journal", "w") as journal:
        table.write(
            "account_id,account_name,email,phone,terms,tags,document_id,number,kind,issue_date,"
            "due_date,currency,total,amount_due\n"
        )
        for number in range(invoices):
            # Each account has its share; the rows come in the order of the documents, as from a system.
            who = everyone[number % account_count]
            key = who["id"]
            late = chance.randint(-30, 0) if who["punctual"] else chance.randint(-30, 120)
            due = TODAY - datetime.timedelta(days=late)
            issued = due - datetime.timedelta(days=20)
            total = chance.randint(5_00, 1500_00)
            left = total if chance.random() < 0.8 else chance.randint(1_00, total)
            table.write(
                f"{key},{who['name']},{key.lower()}@customers.example,+6421{int(key[1:]):06d},"
                f"20 days,residential,doc-{number:07d},INV-{number:07d},invoice,{issued},{due},"
                f"{who['currency']},{money(total)},{money(left)}\n"
            )
            journal.write(
                f"{issued} (INV-{number:07d}) {who['name']}\n"
                f"    receivable:{key}  {money(left)} {who['currency']}\n    income\n\n"
            )
            balances[key] = balances.get(key, 0) + left
            if late > 0:
                overdue[key] = overdue.get(key, 0) + left
                oldest[key] = max(oldest.get(key, 0), late)
    told = [k for k, sum in overdue.items() if sum > OVER and oldest[k] >= DAYS_OVERDUE]
    expected = {
        "told": len(told),
        "balances": {
            who["id"]: f"{money(balances[who['id']])} {who['currency']}"
            for who in everyone
            if who["id"] in balances
        },
    }
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--invoices", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    write(given.folder, given.invoices, given.accounts, given.seed)
