"""The ledger at FreshBooks: ../sources/freshbooks is the model.

Nothing is voided there: what is not to be paid is deleted. All times are of US/Eastern.
"""

import datetime

from books import decimal

API = "https://api.freshbooks.com/accounting/account/ACM123/"
# The day before the newest `updated` of the first pass.
SINCE = "2026-11-19"
NEWEST = datetime.date(2026, 11, 20)
CHANGED = "2026-11-22 20:10:41"
TYPES = {"note": "goodwill", "prepayment": "prepayment", "overpayment": "overpayment"}


def id_of(item):
    return {"Customer": 12300, "Invoice": 986000, "Credit": 31300}[type(item).__name__] + item.index


def money(amount, currency):
    return {"amount": decimal(amount), "code": currency}


def page(name, path, query, noun, rows):
    url = f"{API}{path}?{query}page=1&per_page=100"
    return name, {
        "request": {"method": "GET", "url": url, "headers": {"Accept": "application/json"}},
        "response": {
            "status": 200, "headers": {"Content-Type": "application/json"},
            "body": {"response": {"result": {
                noun: rows, "page": 1, "pages": 1 if rows else 0, "per_page": 100,
                "total": len(rows)}}}}}


def updated(item):
    """What is paid or deleted, when it was; the rest when it was written."""
    day = item.issued if item.status in ("open", "draft") else item.due
    return f"{min(day, NEWEST)} 21:02:41"


def state(item, today):
    """v3_status, display_status, payment_status, status."""
    if item.status == "draft":
        return "draft", "draft", "unpaid", 1
    if item.status == "paid":
        return "paid", "paid", "paid", 4
    if item.paid or item.credited:
        return "partial", "partial", "partial", 8
    late = item.due < today
    return ("overdue" if late else "sent"), "sent", "unpaid", 2


def invoice(item, when=None):
    who = item.customer
    v3, display, payment, number = state(item, datetime.date(2026, 11, 22))
    left = item.left if item.status != "draft" else item.total
    is_deleted = item.status == "void"
    moment = when or updated(item)
    return {
        "id": id_of(item), "invoiceid": id_of(item), "accountid": "ACM123",
        "accounting_systemid": "ACM123", "customerid": id_of(who), "ownerid": 1,
        "invoice_number": item.number, "create_date": str(item.issued),
        "created_at": f"{min(item.issued, NEWEST)} 10:31:19", "updated": moment,
        "version": f"{moment}.480684", "due_date": str(item.due),
        "due_offset_days": (item.due - item.issued).days, "date_paid": None,
        "currency_code": who.currency, "amount": money(item.total, who.currency),
        "outstanding": money(item.total if is_deleted else left, who.currency),
        "paid": money(item.paid + item.credited, who.currency), "status": number, "v3_status": v3,
        "display_status": display, "payment_status": payment, "autobill_status": None,
        "auto_bill": False, "dispute_status": None, "last_order_status": None,
        "vis_state": 1 if is_deleted else 0, "fname": "", "lname": "", "organization": who.name,
        "current_organization": who.name, "language": "en", "deposit_amount": None,
        "deposit_status": "none"}


def credit(item):
    who = item.customer
    payment = "paid" if not item.left else "partial" if item.used else "unpaid"
    return {
        "id": id_of(item), "creditid": id_of(item), "accounting_systemid": "ACM123",
        "clientid": id_of(who), "credit_number": item.number, "credit_type": TYPES[item.kind],
        "create_date": str(item.issued), "currency_code": who.currency,
        "amount": money(item.total, who.currency), "paid": money(item.used, who.currency),
        "payment_status": payment, "display_status": "created", "status": "created",
        "dispute_status": None, "last_order_status": None, "fname": "", "lname": "",
        "organization": who.name, "language": "en", "vis_state": 0}


def client(who):
    return {
        "id": id_of(who), "userid": id_of(who), "accounting_systemid": "ACM123", "fname": "",
        "lname": "", "organization": who.name, "email": who.email, "mob_phone": "", "bus_phone": "",
        "home_phone": None, "currency_code": who.currency, "language": "en",
        "allow_late_fees": True, "allow_late_notifications": False, "role": "client",
        "signup_date": "2020-10-31 15:25:34", "updated": "2026-01-10 13:11:10", "vis_state": 0}


def credits(books):
    return page("credit_notes", "credit_notes/credit_notes", "", "credit_notes",
                [credit(c) for c in books.credits])


def first(books):
    yield credits(books)
    yield page("invoices", "invoices/invoices", "", "invoices",
               [invoice(i) for i in books.invoices if i.status != "void"])
    debtors = books.debtors()
    query = "".join(f"search%5Buserids%5D%5B%5D={id_of(who)}&" for who in debtors)
    yield page("clients", "users/clients", query, "clients", [client(who) for who in debtors])


def delta(books, rows):
    """All credits; then what was updated since, deleted or not, and the clients."""
    since = f"search%5Bupdated_min%5D={SINCE}&"
    yield credits(books)
    for name, deleted, query in [
            ("invoices", 0, since), ("deleted", 1, f"search%5Bvis_state%5D=1&{since}")]:
        yield page(name, "invoices/invoices", query, "invoices",
                   [row for row in rows if row["vis_state"] == deleted])
    yield page("clients", "users/clients", since, "clients", [])


def recent(rows):
    return [row for row in rows if row["updated"] >= SINCE]


def unchanged(books):
    return delta(books, recent([invoice(i) for i in books.invoices]))


def changed(before, after):
    return delta(after, recent([
        invoice(i, None if i in before.invoices else CHANGED) for i in after.invoices]))
