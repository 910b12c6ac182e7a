"""Sends the message that standard input describes with Slack's own SDK (pip install slack-sdk): its
blocks are read, checked and written by the SDK's models. Prints the request; opens no connection."""

import json
import sys

import slack_sdk.webhook.client as webhook
from slack_sdk.models.blocks import Block
from slack_sdk.models.metadata import Metadata
from slack_sdk.webhook import WebhookClient, WebhookResponse

values = json.load(sys.stdin)
made = {}


def record(self, url, request):
    made["request"] = request
    return WebhookResponse(url=url, status_code=200, body="ok", headers={})


WebhookClient._perform_http_request_internal = record

blocks = Block.parse_all(values["blocks"])
for block in blocks:
    # The SDK's own limits: lengths, counts, required members.
    block.validate_json()
WebhookClient(values["url"]).send(
    text=values["text"],
    blocks=blocks,
    unfurl_links=False,
    unfurl_media=False,
    metadata=Metadata(values["event_type"], {"delivery_id": values["delivery_id"]}).to_dict(),
)
request = made["request"]
json.dump(
    {
        "method": request.get_method(),
        "url": request.full_url,
        "headers": {"Content-Type": request.headers["Content-type"]},
        "body": request.data.decode("utf-8"),
    },
    sys.stdout,
)
