#!/usr/bin/env python3
"""Five platforms on one loopback port, each answering after 50 ms as the real one does.

Prints its port; GET / says how many messages came to each. Ends with its standard input."""

import asyncio
import json
import sys

ANSWERS = {
    "twilio": (201, "application/json", lambda n: json.dumps({"sid": f"SM{n:032x}"})),
    "sendgrid": (202, "text/plain", lambda n: ""),
    "slack": (200, "text/html", lambda n: "ok"),
    "teams": (202, "text/plain", lambda n: ""),
    "mailchimp": (
        200, "application/json",
        lambda n: json.dumps([{"email": "a@b.example", "status": "sent", "_id": f"{n:032x}"}]),
    ),
}
came = dict.fromkeys(ANSWERS, 0)


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")
            method, target = lines[0].split(" ")[:2]
            length = 0
            for line in lines[1:]:
                name, _, value = line.partition(":")
                if name.lower() == "content-length":
                    length = int(value)
                elif name.lower() == "expect":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if length:
                await reader.readexactly(length)
            if method == "GET":
                status, kind, body = 200, "application/json", json.dumps(came)
            else:
                name = target.split("/")[1]
                came[name] += 1
                status, kind, make = ANSWERS[name]
                body = make(came[name])
                await asyncio.sleep(0.05)
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
