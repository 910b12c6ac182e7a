"""The ledger at Stripe: ../sources/stripe is the model.

Invoices are sent (`collection_method: send_invoice`); what a customer has in credit is the customer's
balance, below 0. Stripe sets a balance against the next invoice alone, so a credit that is applied to
one that is open already is a credit note on that invoice, and the balance goes.
"""

import datetime

API = "https://api.stripe.com/v1/"
VERSION = "2026-06-24.dahlia"
TYPES = [
    "invoice.finalized", "invoice.sent", "invoice.updated", "invoice.paid",
    "invoice.payment_failed", "invoice.payment_action_required", "invoice.overdue",
    "invoice.overpaid", "invoice.marked_uncollectible", "invoice.voided", "invoice.deleted",
    "invoice_payment.paid", "customer.updated", "customer.deleted",
    "customer.subscription.updated", "customer.subscription.deleted", "credit_note.created",
    "credit_note.voided"]
NEWEST = "evt_0200"
UTC = datetime.timezone.utc
# New Zealand's summer time, as far as this ledger goes: from 2:00 to 3:00 by the clock before.
SUMMERS = [(datetime.datetime(y, *start, 2), datetime.datetime(y + 1, *end, 3))
           for y, start, end in [
               (2023, (9, 24), (4, 7)), (2025, (9, 28), (4, 5)), (2026, (9, 27), (4, 4))]]
# Local times of day: the first and the last of the day, and one in the morning.
CLOCKS = [datetime.time(0, 0), datetime.time(23, 59, 59), datetime.time(9, 30)]
# 09:40 on 23 November and 06:10 on 24 November in Auckland.
BEFORE, CHANGED = 1795379997, 1795453800


def seconds(day, clock):
    """An instant of Auckland's calendar."""
    local = datetime.datetime.combine(day, clock)
    hours = 13 if any(a <= local < b for a, b in SUMMERS) else 12
    return int((local - datetime.timedelta(hours=hours)).replace(tzinfo=UTC).timestamp())


def id_of(item):
    return {"Customer": "cus_LDG", "Invoice": "in_"}[type(item).__name__] + f"{item.index:04d}"


def get(path, body):
    return {
        "request": {"method": "GET", "url": API + path, "headers": {"Stripe-Version": VERSION}},
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json", "Request-Id": "req_ledger",
                        "Stripe-Version": VERSION},
            "body": body}}


def listed(path, query, rows, has_more=False):
    return get(f"{path}?{query}", {
        "object": "list", "url": f"/v1/{path}", "has_more": has_more, "data": rows})


def customer(who, books):
    credit = sum(c.left for c in books.credits if c.customer == who)
    return {
        "id": id_of(who), "object": "customer", "livemode": False, "created": 1767225600,
        "name": who.name, "email": who.email, "phone": None, "balance": -credit,
        "currency": who.currency.lower(), "delinquent": False, "preferred_locales": [],
        "address": None, "shipping": None, "metadata": {}}


def invoice(item, books, expands=True):
    who = item.customer
    day = min(item.issued, datetime.date(2026, 11, 22))
    created = seconds(day, CLOCKS[2])
    owed = item.total - item.credited
    is_over = {"paid": "paid_at", "void": "voided_at"}.get(item.status)
    moments = {"finalized_at": created, "marked_uncollectible_at": None, "paid_at": None,
               "voided_at": None}
    if is_over:
        moments[is_over] = CHANGED
    return {
        "id": id_of(item), "object": "invoice", "number": item.number, "status": item.status,
        "customer": customer(who, books) if expands else id_of(who), "customer_account": None,
        "customer_name": who.name, "customer_email": who.email, "customer_phone": None,
        "currency": who.currency.lower(), "collection_method": "send_invoice",
        "created": created, "effective_at": seconds(item.issued, CLOCKS[(item.index + 1) % 3]),
        "due_date": seconds(item.due, CLOCKS[item.index % 3]),
        "amount_due": owed, "amount_paid": item.paid, "amount_remaining": owed - item.paid,
        "amount_overpaid": 0, "amount_shipping": 0, "subtotal": item.total, "total": item.total,
        "pre_payment_credit_notes_amount": item.credited, "post_payment_credit_notes_amount": 0,
        "starting_balance": 0, "ending_balance": 0, "attempted": False, "attempt_count": 0,
        "next_payment_attempt": None, "auto_advance": True, "billing_reason": "manual",
        "status_transitions": moments, "period_start": created, "period_end": created,
        "hosted_invoice_url": f"https://invoice.stripe.com/i/acct_1/test_{id_of(item)}",
        "livemode": False, "metadata": {}, "parent": None, "discounts": [],
        "default_tax_rates": [], "issuer": {"type": "self"},
        "automatic_tax": {"enabled": False, "liability": None, "status": None,
                          "disabled_reason": None, "provider": None},
        "payment_settings": {"default_mandate": None, "payment_method_options": None,
                             "payment_method_types": None},
        "lines": {"object": "list", "has_more": False, "data": [],
                  "url": f"/v1/invoices/{id_of(item)}/lines"}}


def event(number, type, row, created=CHANGED, previous=None):
    data = {"object": row} if previous is None else {"object": row, "previous_attributes": previous}
    return {
        "id": f"evt_{number:04d}", "object": "event", "type": type, "api_version": VERSION,
        "created": created, "livemode": False, "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None}, "data": data}


def events(rows, limit, after=""):
    types = "".join(f"types%5B%5D={type}&" for type in TYPES)
    return "events", listed("events", f"{types}limit={limit}{after}", rows, limit == 1)


def first(books):
    newest = max((i for i in books.invoices if i.left), key=lambda i: i.index)
    yield events([event(200, "invoice.sent", invoice(newest, books, expands=False), BEFORE)], 1)
    opened = sorted((i for i in books.invoices if i.left), key=lambda i: (i.issued, i.index))
    yield "invoices", listed("invoices", "status=open&expand%5B%5D=data.customer&limit=100",
                             [invoice(i, books) for i in reversed(opened)])


def unchanged(books):
    yield events([], 100, f"&ending_before={NEWEST}")


def payment(item, amount):
    return {
        "id": f"inpay_{item.index}", "object": "invoice_payment", "amount_paid": amount,
        "amount_requested": amount, "created": CHANGED, "currency": item.customer.currency.lower(),
        "invoice": id_of(item), "is_default": True, "livemode": False, "status": "paid",
        "payment": {"type": "payment_intent", "payment_intent": f"pi_{item.index}"},
        "status_transitions": {"canceled_at": None, "paid_at": CHANGED}}


def credit_note(item, amount):
    return {
        "id": f"cn_{item.index}", "object": "credit_note", "amount": amount, "created": CHANGED,
        "currency": item.customer.currency.lower(), "customer": id_of(item.customer),
        "invoice": id_of(item), "number": f"{item.number}-CN-01", "status": "issued",
        "pre_payment_amount": amount, "post_payment_amount": 0, "total": amount,
        "livemode": False, "voided_at": None}


def changed(before, after):
    """Events, newest first; then each invoice that they name, as it is now, in their order."""
    new = [i for i in after.invoices if i not in before.invoices]
    old = {i.number: i for i in before.invoices}
    happened = []
    for item in new:
        row = invoice(item, after, expands=False)
        if item.status == "paid":
            happened.append(("invoice_payment.paid", payment(item, old[item.number].left), None))
            happened.append(("invoice.paid", row, None))
        elif item.status == "void":
            happened.append(("invoice.voided", row, None))
        else:
            amount = item.credited - old[item.number].credited
            happened.append(("credit_note.created", credit_note(item, amount), None))
            happened.append(("invoice.updated", row, {"amount_due": row["amount_due"] + amount}))
            happened.append(("customer.updated", customer(item.customer, after),
                             {"balance": customer(item.customer, before)["balance"]}))
    rows = [event(number, *what[:2], previous=what[2]) for number, what in enumerate(happened, 201)]
    yield events(rows[::-1], 100, f"&ending_before={NEWEST}")
    for item in new:
        yield f"invoice-{item.index}", get(
            f"invoices/{id_of(item)}?expand%5B%5D=customer", invoice(item, after))
