"""One ledger: what is owed on 23 November 2026, and what happens until the next morning.

Nothing here knows a platform. Amounts are in minor units.
"""

import dataclasses
import datetime

TODAY = datetime.date(2026, 11, 23)

CUSTOMERS = """\
C01 NZD Amara Osei
C02 NZD Bo Lindqvist
C03 AUD Chloe Tan
C04 NZD Dot & Sons Ltd
C05 NZD Emil Roth
C06 AUD Māia Te Rangi
C07 AUD O'Neill Bros
C08 NZD Pat "Patch" Quinn
C09 AUD Rua Ltd
C10 NZD Seb Ng
C11 NZD Tui Trust
C12 AUD Una Pōtiki
C13 NZD Vic Adams
C14 NZD Wen Li
C15 AUD Xia Ortiz
C16 NZD Yan Novák
C17 AUD Zoe Brandt
C18 NZD Quay Holdings
"""

# number, customer, issued, due, total, paid, credited, status
INVOICES = """\
INV-1001 C01 2026-06-01 2026-06-20   450.00   450.00  0.00 paid
INV-1002 C01 2026-07-01 2026-07-20   450.00   450.00  0.00 paid
INV-1003 C01 2026-08-01 2026-08-20   450.00   450.00  0.00 paid
INV-1004 C01 2026-09-01 2026-09-20   450.00   450.00  0.00 paid
INV-1005 C01 2026-10-01 2026-10-20   450.00   400.00 50.00 paid
INV-1006 C01 2026-11-01 2026-12-20   450.00     0.00  0.00 open
# Due today, tomorrow, and issued ahead.
INV-1007 C02 2026-11-09 2026-11-23   575.25     0.00  0.00 open
INV-1008 C02 2026-11-10 2026-11-24   120.00     0.00  0.00 open
INV-1009 C02 2026-12-01 2026-12-08   575.25     0.00  0.00 open
INV-1010 C02 2026-10-09 2026-10-23   575.25   575.25  0.00 paid
# One day late.
INV-1011 C03 2026-11-08 2026-11-22   300.10     0.00  0.00 open
INV-1012 C03 2026-11-20 2026-12-04   300.10     0.00  0.00 open
INV-1013 C03 2026-10-08 2026-10-22   300.10   300.10  0.00 paid
# 30, 31, 60, 61, 90 and 91 days late: both sides of each bound.
INV-1014 C04 2026-10-10 2026-10-24   700.00     0.00  0.00 open
INV-1015 C05 2026-10-09 2026-10-23   800.00     0.00  0.00 open
INV-1016 C05 2026-09-10 2026-09-24   610.00     0.00  0.00 open
INV-1017 C05 2026-09-09 2026-09-23   620.00     0.00  0.00 open
INV-1018 C06 2026-08-11 2026-08-25   910.00     0.00  0.00 open
INV-1019 C06 2026-08-10 2026-08-24   915.00     0.00  0.00 open
# Part payments; a cent is left of one.
INV-1020 C07 2026-09-01 2026-10-01 12345.67 10000.00  0.00 open
INV-1021 C07 2026-10-01 2026-11-01  1000.00   999.99  0.00 open
INV-1022 C07 2026-11-01 2026-12-01    88.80     0.00  0.00 open
INV-1023 C07 2026-08-01 2026-09-01   640.00   640.00  0.00 paid
# A credit covers just the oldest, a little of the oldest, more than there is, one and a half of two
# that fell due on one day.
INV-1024 C08 2026-07-01 2026-07-31   500.00     0.00  0.00 open
INV-1025 C08 2026-09-20 2026-10-20   505.05     0.00  0.00 open
INV-1026 C09 2026-08-20 2026-09-19   401.00     0.00  0.00 open
INV-1027 C09 2026-10-05 2026-11-04   250.00     0.00  0.00 open
INV-1028 C10 2026-10-01 2026-10-31   250.00     0.00 50.00 open
INV-1029 C11 2026-08-15 2026-09-15   300.00     0.00  0.00 open
INV-1030 C11 2026-08-16 2026-09-15   300.00     0.00  0.00 open
INV-1031 C11 2026-11-16 2026-12-15   300.00     0.00  0.00 open
# One that will be voided, one that was.
INV-1032 C12 2026-09-15 2026-10-15   900.00     0.00  0.00 open
INV-1033 C12 2026-10-15 2026-11-15    80.00     0.00  0.00 open
INV-1034 C12 2026-08-15 2026-09-14   900.00     0.00  0.00 void
# Will pay what is late.
INV-1035 C13 2026-06-15 2026-07-15  1100.00   100.00  0.00 open
INV-1036 C13 2026-08-15 2026-09-15  1100.00     0.00  0.00 open
INV-1037 C13 2026-10-15 2026-11-15  1100.00     0.00  0.00 open
INV-1038 C13 2026-11-15 2026-12-15  1100.00     0.00  0.00 open
# Its credit will be applied to what is not late yet.
INV-1039 C14 2026-09-14 2026-10-14   700.00     0.00  0.00 open
INV-1040 C14 2026-11-14 2026-12-14   400.00     0.00  0.00 open
# Old, and a leap day.
INV-1041 C15 2024-01-30 2024-02-29  1999.99     0.00  0.00 open
INV-1042 C15 2025-12-01 2025-12-31  1000.00   250.00  0.00 open
INV-1043 C15 2026-11-18 2026-11-25    42.00     0.00  0.00 open
# Clocks change on 5 April and 27 September; due on receipt.
INV-1044 C16 2026-03-05 2026-04-05  1234.56     0.00  0.00 open
INV-1045 C16 2026-04-04 2026-04-06    10.00     0.00  0.00 open
INV-1046 C16 2026-08-27 2026-09-27    20.00     0.00  0.00 open
INV-1047 C16 2026-08-28 2026-09-28    30.00     0.00  0.00 open
INV-1048 C16 2026-09-26 2026-09-26     5.05     0.00  0.00 open
# Nothing is open.
INV-1049 C17 2026-07-07 2026-08-06    75.00    75.00  0.00 paid
INV-1050 C17 2026-08-07 2026-09-06    75.00    75.00  0.00 paid
INV-1051 C17 2026-09-07 2026-10-07    75.00     0.00  0.00 void
INV-1052 C18 2026-09-01 2026-10-01   600.00   600.00  0.00 paid
INV-1053 C02 2026-09-09 2026-09-23   575.25   575.25  0.00 paid
INV-1054 C03 2026-09-08 2026-09-22   300.10   300.10  0.00 paid
INV-1055 C05 2026-08-09 2026-08-23   615.00   615.00  0.00 paid
INV-1056 C09 2026-07-20 2026-08-19   401.00   401.00  0.00 paid
INV-1057 C12 2026-07-15 2026-08-14   900.00   900.00  0.00 paid
INV-1058 C13 2026-05-15 2026-06-14  1100.00  1100.00  0.00 paid
INV-1059 C15 2026-11-19 2026-11-26    10.00     0.00  0.00 draft
INV-1060 C17 2026-10-07 2026-11-06    75.00     0.00  0.00 draft
"""

# number, customer, kind, issued, total, used
CREDITS = """\
CR-01 C08 note        2026-10-21 500.00   0.00
CR-02 C09 overpayment 2026-10-30   0.50   0.00
CR-03 C10 prepayment  2026-10-02 400.00  50.00
CR-04 C11 note        2026-09-30 250.00   0.00
CR-05 C11 overpayment 2026-10-15 200.00   0.00
CR-06 C14 note        2026-10-20 300.00   0.00
CR-07 C18 overpayment 2026-10-01  60.00   0.00
CR-08 C01 note        2026-09-30  50.00  50.00
"""

# Before the pass of 24 November.
PAID = ["INV-1035", "INV-1036", "INV-1037"]
VOIDED = ["INV-1032"]
APPLIED = {"CR-06": "INV-1040"}


@dataclasses.dataclass(frozen=True)
class Customer:
    id: str
    currency: str
    name: str

    @property
    def index(self):
        return int(self.id[1:])

    @property
    def email(self):
        return f"{self.id.lower()}@example.com"


@dataclasses.dataclass(frozen=True)
class Invoice:
    number: str
    customer: Customer
    issued: datetime.date
    due: datetime.date
    total: int
    paid: int
    credited: int
    status: str

    @property
    def index(self):
        return int(self.number[4:])

    @property
    def left(self):
        return self.total - self.paid - self.credited if self.status == "open" else 0


@dataclasses.dataclass(frozen=True)
class Credit:
    number: str
    customer: Customer
    kind: str
    issued: datetime.date
    total: int
    used: int

    @property
    def index(self):
        return int(self.number[3:])

    @property
    def left(self):
        return self.total - self.used


def minor(text):
    whole, cents = text.split(".")
    return int(whole) * 100 + int(cents)


def decimal(amount):
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def rows(table):
    return [line.split() for line in table.splitlines() if not line.startswith("#")]


class Books:
    """The ledger of one moment."""

    def __init__(self):
        lines = [line.split(" ", 2) for line in CUSTOMERS.splitlines()]
        self.customers = {id: Customer(id, currency, name) for id, currency, name in lines}
        day = datetime.date.fromisoformat
        self.invoices = [
            Invoice(number, self.customers[who], day(issued), day(due), *map(minor, amounts), status)
            for number, who, issued, due, *amounts, status in rows(INVOICES)
        ]
        self.credits = [
            Credit(number, self.customers[who], kind, day(issued), *map(minor, amounts))
            for number, who, kind, issued, *amounts in rows(CREDITS)
        ]

    def changed(self):
        """As it stands the next morning."""
        new = Books()
        for place, invoice in enumerate(new.invoices):
            if invoice.number in PAID:
                invoice = dataclasses.replace(
                    invoice, paid=invoice.total - invoice.credited, status="paid")
            if invoice.number in VOIDED:
                invoice = dataclasses.replace(invoice, status="void")
            for credit in self.credits:
                if APPLIED.get(credit.number) == invoice.number:
                    invoice = dataclasses.replace(invoice, credited=invoice.credited + credit.left)
            new.invoices[place] = invoice
        new.credits = [
            dataclasses.replace(c, used=c.total) if c.number in APPLIED else c for c in self.credits]
        return new

    def debtors(self):
        """Customers with something open, in their order."""
        ids = {item.customer.id for item in self.invoices + self.credits if item.left}
        return [self.customers[id] for id in sorted(ids)]
