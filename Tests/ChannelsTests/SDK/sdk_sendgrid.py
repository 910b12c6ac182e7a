"""Makes the mail that standard input describes with Twilio's own SDK (pip install sendgrid), and
prints the body that the SDK would send. Opens no connection."""

import json
import sys

from sendgrid.helpers.mail import (
    Asm, Category, Cc, ClickTracking, Content, CustomArg, From, GroupId, Header, Mail,
    OpenTracking, Personalization, ReplyTo, Subject, To, TrackingSettings,
)

message = json.load(sys.stdin)

mail = Mail()
mail.from_email = From(message["from"], message["from_name"])
mail.reply_to = ReplyTo(message["reply_to"])
mail.subject = Subject(message["subject"])
mail.content = [Content("text/plain", message["text"]), Content("text/html", message["html"])]
mail.category = Category(message["category"])
mail.asm = Asm(GroupId(message["group"]))
for name, value in message["headers"].items():
    mail.header = Header(name, value)

person = Personalization()
person.add_to(To(message["to"], message["to_name"]))
for address in message["cc"]:
    person.add_cc(Cc(address))
for name, value in message["arguments"].items():
    person.add_custom_arg(CustomArg(name, value))
mail.add_personalization(person)

tracking = TrackingSettings()
tracking.click_tracking = ClickTracking(enable=False)
tracking.open_tracking = OpenTracking(enable=False)
mail.tracking_settings = tracking

json.dump(mail.get(), sys.stdout)
