#!/usr/bin/env python3
"""What balancealert is compared with: reads the same pages of the same server with requests and
orjson, and stores the same columns with sqlite3. Needs: pip install requests orjson

usage: xero_sync.py URL STATE
"""

import datetime
import sqlite3
import sys

import orjson
import requests

SCHEMA = """
CREATE TABLE account (
  source TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, email TEXT, phone TEXT, owner TEXT,
  parent TEXT, terms TEXT, credit_limit INTEGER, credit_currency TEXT, tags TEXT NOT NULL,
  locale TEXT, url TEXT, pay_url TEXT, disputed INTEGER NOT NULL, do_not_contact TEXT NOT NULL,
  PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE item (
  source TEXT NOT NULL, id TEXT NOT NULL, account_id TEXT NOT NULL, kind TEXT NOT NULL,
  number TEXT NOT NULL, issue_day INTEGER, due_day INTEGER, currency TEXT NOT NULL,
  total INTEGER NOT NULL, amount_due INTEGER NOT NULL, url TEXT, disputed INTEGER NOT NULL,
  collection TEXT NOT NULL, promised_day INTEGER, tags TEXT NOT NULL, PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
"""
EPOCH = datetime.date(1970, 1, 1).toordinal()
OPEN = "where=Type%3D%3D%22ACCREC%22&Statuses=AUTHORISED&summaryOnly=true"
CREDIT = "where=Type%3D%3D%22ACCRECCREDIT%22%20AND%20Status%3D%3D%22AUTHORISED%22"
PAID_AHEAD = "where=Status%3D%3D%22AUTHORISED%22"


def day(text):
    return datetime.date.fromisoformat(text[:10]).toordinal() - EPOCH


def pages(session, url, collection, query):
    number = count = 1
    while number <= count:
        answer = session.get(
            f"{url}/api.xro/2.0/{collection}?{query}&page={number}&pageSize=1000"
        )
        answer.raise_for_status()
        found = orjson.loads(answer.content)
        count = found["pagination"]["pageCount"]
        yield found[collection]
        number += 1


def main(url, state):
    session = requests.Session()
    token = session.post(
        f"{url}/connect/token", auth=("id", "secret"), data={"grant_type": "client_credentials"}
    ).json()["access_token"]
    session.headers.update({"Accept": "application/json", "Authorization": f"Bearer {token}"})
    database = sqlite3.connect(state)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(SCHEMA)
    needed = set()
    with database:
        for rows in pages(session, url, "Invoices", OPEN):
            items = []
            for row in rows:
                if row["Status"] != "AUTHORISED" or row["AmountDue"] <= 0:
                    continue
                account = row["Contact"]["ContactID"]
                needed.add(account)
                items.append((
                    "books", row["InvoiceID"], account, "invoice", row["InvoiceNumber"],
                    day(row["DateString"]), day(row["DueDateString"]), row["CurrencyCode"],
                    round(row["Total"] * 100), round(row["AmountDue"] * 100), row.get("Url"), 0,
                    "manual", None, "",
                ))
            database.executemany(f"INSERT INTO item VALUES ({','.join('?' * 15)})", items)
        for collection, query in (
            ("CreditNotes", CREDIT), ("Prepayments", PAID_AHEAD), ("Overpayments", PAID_AHEAD)
        ):
            for rows in pages(session, url, collection, query):
                assert not rows
        session.get(f"{url}/api.xro/2.0/Organisation").raise_for_status()
        for rows in pages(session, url, "Contacts", "includeArchived=true"):
            accounts = []
            for row in rows:
                if row["ContactID"] not in needed:
                    continue
                phone = next((p for p in row["Phones"] if p["PhoneType"] == "MOBILE"), {})
                number = f"+{phone['PhoneCountryCode']}{phone['PhoneAreaCode'].lstrip('0')}"
                number += phone["PhoneNumber"].replace(" ", "")
                terms = row["PaymentTerms"]["Sales"]
                accounts.append((
                    "books", row["ContactID"], row["Name"], row["EmailAddress"], number, None, None,
                    f"{terms['Day']} days after the end of the invoice month", None, None, "", None,
                    None, None, 0, "none",
                ))
            database.executemany(f"INSERT INTO account VALUES ({','.join('?' * 16)})", accounts)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
