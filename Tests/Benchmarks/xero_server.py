#!/usr/bin/env python3
"""A Xero of invented books on 127.0.0.1, every page made and compressed beforehand.

Prints its port, and lives as long as its standard input is open. A request with If-Modified-Since
gets 100 changed invoices: 60 partly paid, 40 paid. The shapes are those of Tests/Fixtures/sources/xero.
"""

import argparse
import gzip
import json
import random
import socket
import sys
import threading
import urllib.parse
import uuid

PAGE = 1000
DAY = 86_400_000
TODAY = 20_780  # 2026-11-23
CHANGES = 100


def invoices(count, contacts, chance):
    for number in range(count):
        contact = contacts[number if number < len(contacts) else chance.randrange(len(contacts))]
        due = TODAY + chance.randint(-90, 30)
        cents = chance.randint(5_000, 250_000)
        yield invoice(number, contact, due, cents, cents, chance)


def invoice(number, contact, due, cents, left, chance, status="AUTHORISED"):
    updated = (due - 20) * DAY + chance.randrange(DAY // 1000) * 1000
    return {
        "Type": "ACCREC",
        "InvoiceID": guid(chance),
        "InvoiceNumber": f"INV-{number:06}",
        "Reference": "",
        "AmountDue": left / 100,
        "AmountPaid": (cents - left) / 100,
        "AmountCredited": 0.0,
        "SentToContact": True,
        "CurrencyRate": 1.0,
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": {
            "ContactID": contact["ContactID"],
            "Name": contact["Name"],
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        **date("Date", due - 20),
        **date("DueDate", due),
        "Status": status,
        "LineAmountTypes": "NoTax",
        "SubTotal": cents / 100,
        "TotalTax": 0.0,
        "Total": cents / 100,
        "UpdatedDateUTC": f"/Date({updated}+0000)/",
        "UpdatedDateUTCString": f"{day(due - 20)}T02:14:07Z",
        "CurrencyCode": "NZD",
    }


def date(name, number):
    return {f"{name}String": f"{day(number)}T00:00:00", name: f"/Date({number * DAY}+0000)/"}


def day(number):
    import datetime

    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def contact(number, chance):
    phones = [
        {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
        for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")
    ]
    phones[3].update(PhoneNumber=f"555 {number:04}", PhoneAreaCode="021", PhoneCountryCode="64")
    return {
        "ContactID": guid(chance),
        "ContactStatus": "ACTIVE",
        "Name": f"Tenant {number:05} of Quay Street",
        "FirstName": "",
        "LastName": "",
        "EmailAddress": f"tenant{number}@example.com",
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": phones,
        "UpdatedDateUTC": "/Date(1767646800000+0000)/",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": True,
        "PaymentTerms": {"Sales": {"Day": 20, "Type": "DAYSAFTERBILLMONTH"}},
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def guid(chance):
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def pages(key, rows):
    """Of all rows, the answers by page number."""
    rows = list(rows)
    count = -(-len(rows) // PAGE)
    return {
        number: answer(key, rows[(number - 1) * PAGE : number * PAGE], number, count, len(rows))
        for number in range(1, max(1, count) + 1)
    }


def answer(key, rows, number=1, count=1, items=None):
    return response({
        "Id": str(uuid.UUID(int=number)),
        "Status": "OK",
        "ProviderName": "balancealert",
        "DateTimeUTC": f"/Date({TODAY * DAY})/",
        "pagination": {
            "page": number, "pageSize": PAGE, "pageCount": count,
            "itemCount": len(rows) if items is None else items,
        },
        key: rows,
    })


def response(body):
    """The answer's bytes, plain and compressed."""
    plain = json.dumps(body, separators=(",", ":")).encode()
    made = []
    for text, header in ((plain, ""), (gzip.compress(plain, 6), "Content-Encoding: gzip\r\n")):
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n{header}"
            f"Content-Length: {len(text)}\r\nX-DayLimit-Remaining: 4900\r\n\r\n"
        )
        made.append(head.encode() + text)
    return made


class Books:
    def __init__(self, count, debtors):
        chance = random.Random(1)
        contacts = [contact(number, chance) for number in range(debtors + debtors // 5)]
        rows = list(invoices(count, contacts[:debtors], chance))
        changed = []
        for row in chance.sample(rows, CHANGES):
            row = dict(row)
            row["AmountDue"] = round(row["AmountDue"] / 2, 2) if len(changed) < 60 else 0.0
            row["Status"] = "AUTHORISED" if len(changed) < 60 else "PAID"
            changed.append(row)
        self.contacts = {row["ContactID"]: row for row in contacts}
        self.full = {"Invoices": pages("Invoices", rows), "Contacts": pages("Contacts", contacts)}
        self.changed = {"Invoices": pages("Invoices", changed)}
        for key in ("CreditNotes", "Prepayments", "Overpayments"):
            self.full[key] = pages(key, [])
        self.none = {key: pages(key, []) for key in self.full}
        self.organisation = response(
            {"Organisations": [{"Name": "Harbour Lettings", "PaymentTerms": {}}]}
        )
        self.token = response({"access_token": "a", "expires_in": 1800, "token_type": "Bearer"})

    def answer(self, target, is_delta):
        path, _, query = target.partition("?")
        if path.endswith("/connect/token"):
            return self.token
        key = path.rpartition("/")[2]
        if key == "Organisation":
            return self.organisation
        fields = dict(urllib.parse.parse_qsl(query))
        if "IDs" in fields:
            wanted = fields["IDs"].split(",")
            return answer(key, [self.contacts[id] for id in wanted if id in self.contacts])
        if is_delta:
            return self.changed.get(key, self.none[key])[int(fields["page"])]
        return self.full[key][int(fields["page"])]


def serve(connection, books):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            more = connection.recv(65536)
            if not more:
                return
            waiting += more
        head, _, waiting = waiting.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(headers.get("content-length", 0))
        while len(waiting) < length:
            waiting += connection.recv(65536)
        waiting = waiting[length:]
        target = head.split(b" ", 2)[1].decode()
        plain, compressed = books.answer(target, "if-modified-since" in headers)
        connection.sendall(compressed if "gzip" in headers.get("accept-encoding", "") else plain)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--debtors", type=int, default=5_000)
    given = parser.parse_args()
    books = Books(given.invoices, given.debtors)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, books), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
