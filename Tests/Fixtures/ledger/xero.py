"""The ledger at Xero: ../sources/xero is the model, XeroAPI/Xero-OpenAPI the authority."""

import datetime
import uuid

API = "https://api.xero.com/api.xro/2.0/"
TENANT = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
SPACE = uuid.UUID("0b4a3a52-6f1d-4c6e-9c53-1d0c2b7f5a12")
COLLECTIONS = {"note": "CreditNotes", "prepayment": "Prepayments", "overpayment": "Overpayments"}
FULL = {
    "Invoices": "where=Type%3D%3D%22ACCREC%22&Statuses=AUTHORISED&summaryOnly=true&",
    "CreditNotes":
        "where=Type%3D%3D%22ACCRECCREDIT%22%20AND%20Status%3D%3D%22AUTHORISED%22&",
    "Prepayments": "where=Status%3D%3D%22AUTHORISED%22&",
    "Overpayments": "where=Status%3D%3D%22AUTHORISED%22&",
}
DELTA = {
    "Contacts": "includeArchived=true&",
    "Invoices": "where=Type%3D%3D%22ACCREC%22&summaryOnly=true&",
    "CreditNotes": "where=Type%3D%3D%22ACCRECCREDIT%22&",
    "Prepayments": "",
    "Overpayments": "",
}
# The server's clock at the first page of each pass; a delta starts five seconds before the last.
TIMES = [datetime.datetime(2026, 11, 22, 20, 0, 3), datetime.datetime(2026, 11, 22, 21, 0, 2),
         datetime.datetime(2026, 11, 23, 20, 0, 2)]
EPOCH = datetime.datetime(1970, 1, 1)


def guid(name):
    return str(uuid.uuid5(SPACE, name))


def stamp(moment, offset="+0000"):
    return f"/Date({int((moment - EPOCH).total_seconds()) * 1000}{offset})/"


def midnight(day):
    return datetime.datetime(day.year, day.month, day.day)


def exchange(url, time, key, rows, since=None, paged=True):
    headers = {"Accept": "application/json", "xero-tenant-id": TENANT}
    if since:
        headers["If-Modified-Since"] = (since - datetime.timedelta(seconds=5)).isoformat()
    pages = {"pagination": {
        "page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": len(rows)}} if paged else {}
    return {
        "request": {"method": "GET", "url": API + url, "headers": headers},
        "response": {
            "status": 200,
            "headers": {
                "Content-Type": "application/json; charset=utf-8", "X-DayLimit-Remaining": "4990",
                "X-MinLimit-Remaining": "58", "X-AppMinLimit-Remaining": "9998"},
            "body": {
                "Id": guid(url), "Status": "OK", "ProviderName": "balancealert",
                "DateTimeUTC": stamp(time, ""), **pages, key: rows}}}


def page(collection, query, time, rows, since=None):
    url = f"{collection}?{query}page=1&pageSize=1000"
    return collection.lower(), exchange(url, time, collection, rows, since)


def money(amount):
    return amount / 100


def common(item, amounts, updated):
    who = item.customer
    return {
        "Contact": {"ContactID": guid(who.id), "Name": who.name, "Addresses": [], "Phones": [],
                    "ContactGroups": [], "ContactPersons": [], "HasValidationErrors": False},
        "CurrencyRate": 1.0 if who.currency == "NZD" else 0.9153, "CurrencyCode": who.currency,
        "DateString": midnight(item.issued).isoformat(), "Date": stamp(midnight(item.issued)),
        "LineAmountTypes": "NoTax", "SubTotal": money(item.total), "TotalTax": 0.0,
        "Total": money(item.total), **amounts,
        "UpdatedDateUTC": stamp(updated), "UpdatedDateUTCString": updated.isoformat() + "Z"}


def invoice(item, updated=None):
    status = {"open": "AUTHORISED", "paid": "PAID", "void": "VOIDED", "draft": "DRAFT"}[item.status]
    left = item.total if item.status == "draft" else item.left
    due = {"AmountDue": money(left), "AmountPaid": money(item.paid),
           "AmountCredited": money(item.credited)}
    # Both forms of a date come; some rows have the older one alone.
    dates = {"DueDate": stamp(midnight(item.due))}
    if item.index % 3:
        dates["DueDateString"] = midnight(item.due).isoformat()
    return {
        "Type": "ACCREC", "InvoiceID": guid(item.number), "InvoiceNumber": item.number,
        "Reference": "", "Status": status, "SentToContact": True, "HasErrors": False,
        "IsDiscounted": False, **dates,
        **common(item, due, updated or midnight(min(item.issued, TIMES[0].date())))}


def credit(item, updated=None):
    collection = COLLECTIONS[item.kind]
    id = guid(item.number)
    names = {
        "note": {"CreditNoteID": id, "CreditNoteNumber": item.number, "Type": "ACCRECCREDIT"},
        "prepayment": {"PrepaymentID": id, "Type": "RECEIVE-PREPAYMENT"},
        "overpayment": {"OverpaymentID": id, "Type": "RECEIVE-OVERPAYMENT"},
    }[item.kind]
    return collection, {
        **names, "ID": id, "Reference": item.number, "Allocations": [], "Payments": [],
        "HasAttachments": False, "Status": "AUTHORISED" if item.left else "PAID",
        **common(item, {"RemainingCredit": money(item.left)}, updated or midnight(item.issued))}


def contact(who):
    return {
        "ContactID": guid(who.id), "ContactStatus": "ACTIVE", "Name": who.name, "FirstName": "",
        "LastName": "", "EmailAddress": who.email, "BankAccountDetails": "", "Addresses": [],
        "Phones": [], "UpdatedDateUTC": stamp(midnight(TIMES[0]) - datetime.timedelta(days=300)),
        "ContactGroups": [], "IsSupplier": False, "IsCustomer": True, "ContactPersons": [],
        "HasAttachments": False, "HasValidationErrors": False, "DefaultCurrency": who.currency}


def collections(invoices, credits, updated=None):
    found = {name: [] for name in FULL}
    found["Invoices"] = [invoice(item, updated) for item in invoices]
    for item in credits:
        name, row = credit(item, updated)
        found[name].append(row)
    return found


def first(books):
    """Of invoices and credits only what is AUTHORISED comes."""
    found = collections([i for i in books.invoices if i.status == "open"],
                        [c for c in books.credits if c.left])
    for name, query in FULL.items():
        yield page(name, query, TIMES[0], found[name])
    debtors = sorted(books.debtors(), key=lambda who: guid(who.id))
    ids = ",".join(guid(who.id) for who in debtors)
    yield page("Contacts", f"IDs={ids}&includeArchived=true&", TIMES[0], [contact(w) for w in debtors])
    organisation = {
        "Name": "Harbour Lettings (NZ)", "OrganisationType": "COMPANY", "BaseCurrency": "NZD",
        "CountryCode": "NZ", "IsDemoCompany": False, "OrganisationStatus": "ACTIVE",
        "Timezone": "NEWZEALANDSTANDARDTIME",
        "OrganisationID": "b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b", "PaymentTerms": {}}
    yield "organisation", exchange(
        "Organisation", TIMES[0], "Organisations", [organisation], paged=False)


def delta(place, invoices, credits):
    found = collections(invoices, credits, TIMES[place] - datetime.timedelta(hours=19))
    for name, query in DELTA.items():
        yield page(name, query, TIMES[place], found.get(name, []), since=TIMES[place - 1])


def unchanged(books):
    return delta(1, [], [])


def changed(before, after):
    """Whatever its status; somebody has touched the drafts, which have an AmountDue too."""
    touched = [i for i in after.invoices if i not in before.invoices or i.status == "draft"]
    return delta(2, touched,
                 [c for c in after.credits if c not in before.credits])
