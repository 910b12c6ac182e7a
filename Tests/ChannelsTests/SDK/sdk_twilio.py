"""Sends the message that standard input describes with Twilio's own SDK (pip install twilio), and
prints the request that it makes. Opens no connection."""

import json
import logging
import sys

from requests import Request
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

values = json.load(sys.stdin)
made = {}


class Recorder(HttpClient):
    """Takes what the SDK would send, written as its own client writes it: with `requests`."""

    def request(self, method, url, params=None, data=None, headers=None, auth=None,
                timeout=None, allow_redirects=False):
        request = Request(method, url, params=params, data=data, headers=headers, auth=auth)
        made["request"] = request.prepare()
        return Response(201, json.dumps({"sid": "SM" + "0" * 32}))


recorder = Recorder(logging.getLogger(), is_async=False)
client = Client(values["user"], values["password"], values["account_sid"], http_client=recorder)
client.messages.create(
    to=values["to"],
    from_=values["from"],
    body=values["body"],
    validity_period=values["validity_period"],
    status_callback=values["status_callback"],
)
request = made["request"]
json.dump(
    {
        "method": request.method,
        "url": request.url,
        "headers": {name: request.headers[name] for name in ("Authorization", "Content-Type")},
        "body": request.body,
    },
    sys.stdout,
)
