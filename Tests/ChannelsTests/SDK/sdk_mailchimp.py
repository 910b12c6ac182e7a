"""Sends the message that standard input describes with Mailchimp's own SDK
(pip install mailchimp-transactional), and prints the request that it makes. Opens no connection."""

import json
import sys

import mailchimp_transactional
import requests

values = json.load(sys.stdin)
made = {}


def record(self, request, **options):
    made["request"] = request
    response = requests.Response()
    response.status_code = 200
    response._content = b"[]"
    return response


requests.Session.send = record

client = mailchimp_transactional.Client(values["key"])
client.messages.send_template(
    {
        "template_name": values["template"],
        "template_content": [],
        "message": {
            "to": [{"email": values["to"], "name": values["to_name"], "type": "to"}],
            "subject": values["subject"],
            "from_email": values["from"],
            "from_name": values["from_name"],
            "merge": True,
            "merge_language": "handlebars",
            "global_merge_vars": [
                {"name": name, "content": content} for name, content in values["merge"]
            ],
            "headers": {
                "Auto-Submitted": "auto-generated",
                "X-Balancealert-Delivery": values["delivery_id"],
            },
            "tags": ["balancealert"],
            "metadata": {"delivery_id": values["delivery_id"]},
            "preserve_recipients": False,
            "track_opens": False,
            "track_clicks": False,
            "view_content_link": False,
        },
        "async": False,
    }
)
request = made["request"]
json.dump(
    {
        "method": request.method,
        "url": request.url,
        "headers": {"Content-Type": request.headers["Content-Type"]},
        "body": request.body if isinstance(request.body, str) else request.body.decode("utf-8"),
    },
    sys.stdout,
)
