"""The ledger at QuickBooks Online: ../sources/quickbooks is the model.

A credit note is a CreditMemo; what was paid too much or ahead is a Payment with something
unapplied. The home currency is NZD, and a customer has one currency.
"""

import datetime
from urllib.parse import quote

COMPANY = "https://quickbooks.api.intuit.com/v3/company/9130347596842624/"
NAMES = {"NZD": "New Zealand Dollar", "AUD": "Australian Dollar"}
# NZD for an AUD, in ten thousandths.
RATE = 10925
# The server's clock at the first answer of each pass, in its own zone; UTC is 8 hours ahead.
TIMES = ["2026-11-22T12:00:03.120-08:00", "2026-11-22T13:00:02.482-08:00",
         "2026-11-23T12:00:02.518-08:00"]
SINCE = ["2026-11-22T19:59:58Z", "2026-11-22T20:59:57Z"]
ENTITIES = "Customer%2CInvoice%2CCreditMemo%2CPayment"
COLUMNS = ["tx_date", "txn_type", "doc_num", "cust_name", "due_date", "subt_open_bal", "currency",
           "foreign_open_bal"]
BUCKETS = ["91 or more days past due", "61 - 90 days past due", "31 - 60 days past due",
           "1 - 30 days past due", "Current"]


def id_of(item):
    """Customers from 61 on; transactions share one sequence."""
    kind = type(item).__name__
    return str({"Customer": 60, "Invoice": -700, "Credit": 600}[kind] + item.index)


def home(amount, currency):
    return amount if currency == "NZD" else (amount * RATE + 5000) // 10000


def money(amount):
    return amount / 100


def text(amount):
    return f"{amount / 100:.2f}"


def get(path, body):
    return {
        "request": {"method": "GET", "url": f"{COMPANY}{path}&minorversion=75",
                    "headers": {"Accept": "application/json"}},
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json;charset=UTF-8",
                        "intuit_tid": "1-66c5d2b1-0f1e2d3c4b5a69788796a5b4"},
            "body": body}}


def query(statement, rows):
    entity = statement.split()[3]
    found = {entity: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {}
    return get(f"query?query={quote(statement, safe='-._~')}",
               {"QueryResponse": found, "time": TIMES[0]})


def common(item, updated):
    who = item.customer
    return {
        "domain": "QBO", "sparse": False, "Id": id_of(item), "SyncToken": "0",
        "MetaData": {"CreateTime": f"{min(item.issued, datetime.date(2026, 11, 20))}T14:57:16-08:00",
                     "LastUpdatedTime": updated},
        "TxnDate": str(item.issued),
        "CurrencyRef": {"value": who.currency, "name": NAMES[who.currency]},
        **({} if who.currency == "NZD" else {"ExchangeRate": RATE / 10000}),
        "CustomerRef": {"value": id_of(who), "name": who.name}}


def linked(pairs):
    return {"LinkedTxn": [{"TxnId": id, "TxnType": kind} for id, kind in pairs]}


def invoice(item, updated="2026-11-20T11:02:41-08:00", links=()):
    total = 0 if item.status == "void" else item.total
    foreign = {} if item.customer.currency == "NZD" else {
        "HomeTotalAmt": money(home(total, "AUD")), "HomeBalance": money(home(item.left, "AUD"))}
    # On receipt: there is no due date then.
    due = {} if item.due == item.issued else {"DueDate": str(item.due)}
    note = {"PrivateNote": "Voided"} if item.status == "void" else {}
    return {**common(item, updated), "DocNumber": item.number, **linked(links), **due,
            "TotalAmt": money(total), "PrintStatus": "NotSet", "EmailStatus": "EmailSent",
            "Balance": money(item.left), **foreign, **note}


def credit_memo(item, updated="2026-11-20T11:02:41-08:00", links=()):
    return {**common(item, updated), "DocNumber": item.number, **linked(links),
            "TotalAmt": money(item.total), "Balance": money(item.left),
            "RemainingCredit": money(item.left)}


def payment(item, updated="2026-11-20T11:02:41-08:00", links=()):
    return {**common(item, updated), "PaymentRefNum": item.number, **linked(links),
            "TotalAmt": money(item.total), "UnappliedAmt": money(item.left)}


def customer(who):
    return {
        "domain": "QBO", "sparse": False, "Id": id_of(who), "SyncToken": "0",
        "DisplayName": who.name, "FullyQualifiedName": who.name, "Active": True, "Job": False,
        "BillWithParent": False,
        "CurrencyRef": {"value": who.currency, "name": NAMES[who.currency]},
        "PreferredDeliveryMethod": "None", "PrimaryEmailAddr": {"Address": who.email},
        "MetaData": {"CreateTime": "2026-01-10T14:57:16-08:00",
                     "LastUpdatedTime": "2026-01-10T14:57:16-08:00"}}


def report(name, day, types, rows, more=""):
    columns = [{"ColTitle": t.replace("_", " ").title(), "ColType": t} for t in types]
    return get(f"reports/{name}?report_date={day}{more}", {
        "Header": {"Time": "2026-11-22T12:00:04-08:00", "ReportName": name, "EndPeriod": str(day),
                   "Currency": "NZD", "Option": [{"Name": "report_date", "Value": str(day)},
                                                 {"Name": "NoReportData", "Value": "false"}]},
        "Columns": {"Column": columns}, "Rows": {"Row": rows}})


def cells(*values):
    return [value if isinstance(value, dict) else {"value": value} for value in values]


def line(item):
    """One open transaction; credits are negative, and due when they were made."""
    who = item.customer
    kind = type(item).__name__
    is_credit = kind == "Credit"
    left = -item.left if is_credit else item.left
    word = {"note": "Credit Memo"}.get(item.kind, "Payment") if is_credit else "Invoice"
    number = item.number if word != "Payment" else ""
    in_home = -home(-left, who.currency) if left < 0 else home(left, who.currency)
    return {"type": "Data", "ColData": cells(
        str(item.issued), {"id": id_of(item), "value": word}, number,
        {"id": id_of(who), "value": who.name}, str(item.issued if is_credit else item.due),
        text(in_home), who.currency, text(left))}


def aged(items, day):
    """In sections, by how late a document is on the day of the report."""
    sections = {name: [] for name in BUCKETS}
    for item in items:
        late = (day - getattr(item, "due", item.issued)).days
        sections[BUCKETS[4 if late <= 0 else 3 - sum(late > b for b in (30, 60, 90))]].append(item)
    blank = [""] * (len(COLUMNS) - 1)
    rows = [{"type": "Section", "Header": {"ColData": cells(name, *blank)},
             "Rows": {"Row": [line(item) for item in found]},
             "Summary": {"ColData": cells(f"Total for {name}", *blank)}}
            for name, found in sections.items() if found]
    columns = "&columns=" + "%2C".join(COLUMNS)
    return report("AgedReceivableDetail", day, COLUMNS, rows, columns)


def balances(books, items, day):
    rows = []
    for who in books.debtors():
        sums = sum(-i.left if hasattr(i, "kind") else i.left for i in items if i.customer == who)
        in_home = -home(-sums, who.currency) if sums < 0 else home(sums, who.currency)
        rows.append({"type": "Data", "ColData": cells(
            {"id": id_of(who), "value": who.name}, text(in_home))})
    return report("CustomerBalance", day, ["Customer", "Money"], rows)


def first(books):
    yield "preferences", query("SELECT * FROM Preferences", [{"Id": "1", "CurrencyPrefs": {
        "MultiCurrencyEnabled": True, "HomeCurrency": {"value": "NZD"}}}])
    pages = "ORDERBY MetaData.LastUpdatedTime STARTPOSITION 1 MAXRESULTS 1000"
    invoices = [i for i in books.invoices if i.left]
    credits = [c for c in books.credits if c.left]
    memos = [c for c in credits if c.kind == "note"]
    payments = [c for c in credits if c.kind != "note"]
    yield "invoices", query(
        f"SELECT * FROM Invoice WHERE Balance > '0' {pages}", [invoice(i) for i in invoices])
    yield "credit-memos", query(
        f"SELECT * FROM CreditMemo WHERE Balance > '0' {pages}", [credit_memo(c) for c in memos])
    # As of the day of what was issued ahead.
    day = max(item.issued for item in invoices + credits)
    yield "aged-receivable-detail", aged(invoices + credits, day)
    yield "customer-balance", balances(books, invoices + credits, day)
    ids = ", ".join(f"'{id_of(c)}'" for c in payments)
    yield "payments", query(f"SELECT * FROM Payment WHERE Id IN ({ids}) MAXRESULTS 1000",
                            [payment(c) for c in payments])
    ids = ", ".join(f"'{id_of(who)}'" for who in books.debtors())
    yield "customers", query(
        f"SELECT * FROM Customer WHERE Id IN ({ids}) AND Active IN (true, false) MAXRESULTS 1000",
        [customer(who) for who in books.debtors()])


def changes(place, found):
    parts = [{name: rows, "startPosition": 1, "maxResults": len(rows), "totalCount": len(rows)}
             if rows else {} for name, rows in found.items()]
    return "changes", get(f"cdc?entities={ENTITIES}&changedSince={quote(SINCE[place - 1], safe='-')}",
                          {"CDCResponse": [{"QueryResponse": parts}], "time": TIMES[place]})


def unchanged(books):
    yield changes(1, {"Customer": [], "Invoice": [], "CreditMemo": [], "Payment": []})


def changed(before, after):
    """One payment for all that was paid; one without an amount links a memo and its invoice."""
    time = "2026-11-22T17:10:00-08:00"
    new = [i for i in after.invoices if i not in before.invoices]
    used = [c for c in after.credits if c not in before.credits]
    paid = [i for i in new if i.status == "paid"]
    applied = [i for i in new if i.status == "open"]
    receipt = dict(common(paid[0], time), Id="701", TxnDate="2026-11-23", UnappliedAmt=0,
                   TotalAmt=money(sum(o.left for o in before.invoices for i in paid
                                      if o.number == i.number)),
                   **linked([(id_of(i), "Invoice") for i in paid]))
    link = dict(common(applied[0], time), Id="702", TxnDate="2026-11-23", UnappliedAmt=0, TotalAmt=0,
                **linked([(id_of(applied[0]), "Invoice"), (id_of(used[0]), "CreditMemo")]))
    links = {i.number: [("701", "Payment")] for i in paid} | {
        i.number: [("702", "Payment")] for i in applied}
    yield changes(2, {
        "Customer": [],
        "Invoice": [invoice(i, time, links.get(i.number, [])) for i in new],
        "CreditMemo": [credit_memo(c, time, [("702", "Payment")]) for c in used],
        "Payment": [receipt, link]})
