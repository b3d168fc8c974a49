"""What each function is given: the smallest that is of use, for its start, and the largest, for memory."""

import datetime
import json
import subprocess

# What API and queues take, in bytes and pieces.
BODY, EVENTS = 1 << 20, 1_000
INVOCATION, BATCH = 6 << 20, 100
QUEUES = "http://127.0.0.1/000000000000"
# Who sends all events, and who sends none.
TENANT, QUIET = "acme", "quiet"


def ago(days):
    """That long ago, as the API reads it."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    return then.strftime("%Y-%m-%dT%H:00:00Z")


def simulated(binaries, volume):
    """Events of a shop of the last two days, the newest first, in which something goes wrong just now: a
    shop where it is two in the afternoon, so that it is measured alike at any hour."""
    now = datetime.datetime.now(datetime.timezone.utc)
    behind = now.hour - 14
    there = now.replace(tzinfo=None) - datetime.timedelta(hours=behind)
    start = (there - datetime.timedelta(days=2)).date()
    began = there - datetime.datetime.combine(start, datetime.time()) - datetime.timedelta(minutes=50)
    when = f"+{began.days}d{began.seconds // 3600}h{began.seconds // 60 % 60}m"
    command = [binaries / "tocsin", "simulate", "--start", str(start), "--days", "3", "--volume", str(volume)]
    command += ["--tz", f"Etc/GMT{behind:+d}"]
    for kind in ("flawed_answers", "queue_overload", "escalation_surge"):
        command += ["--incident", f"{kind}@{when}"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    until = now.isoformat()
    past = [line for line in lines if json.loads(line)["time"][:19] < until[:19]]
    past.reverse()
    return past


def bodies(lines):
    """Bodies as large as the API takes them."""
    body, size = [], 0
    for line in lines:
        if len(body) == EVENTS or size + len(line) + 1 > BODY:
            yield b"\n".join(body)
            body, size = [], 0
        body.append(line)
        size += len(line) + 1
    yield b"\n".join(body)


def message(lines):
    """An event in which a customer says something, in English: all that is made of text is made of it."""
    for line in lines:
        event = json.loads(line)
        if event["type"] == "cx.message.added" and event["data"].get("author") == "customer":
            event["data"] |= {"text": "my order 4711 has not arrived, please help", "language": "en"}
            return json.dumps(event).encode()
    raise AssertionError("nobody said anything")


def largest_body(lines):
    """A body of a thousand events and a mebibyte: each event says as much as it takes."""
    room = (BODY - EVENTS) // EVENTS
    long = []
    for line in lines:
        event = json.loads(line)
        if event["type"] != "cx.message.added" or len(line) > room:
            continue
        event["id"] += "-long"
        said = event["data"].get("text", "")
        event["data"]["text"] = (said + " and so on, as people do when they explain") * 40
        spare = len(json.dumps(event).encode()) - room
        event["data"]["text"] = event["data"]["text"][:-spare] if spare > 0 else event["data"]["text"]
        long.append(json.dumps(event).encode())
        if len(long) == EVENTS:
            break
    body = b"\n".join(long)
    assert len(long) == EVENTS and BODY * 0.95 < len(body) <= BODY, (len(long), len(body))
    return body


def call(method, path, body=None, key=None, query="", kind="application/x-ndjson"):
    """A request as API Gateway hands it over."""
    headers = {"content-type": kind, "host": "api.example"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return {
        "version": "2.0", "routeKey": f"{method} {path}", "rawPath": path, "rawQueryString": query,
        "headers": headers, "isBase64Encoded": False, "body": body.decode() if body else None,
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "domainName": "api.example", "stage": "$default",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                     "userAgent": "measure"},
            "requestId": "r", "routeKey": f"{method} {path}", "timeEpoch": 0,
        },
    }


def batch(messages, queue="events"):
    """Messages as an event source mapping hands them over."""
    records = [
        {"messageId": str(number), "receiptHandle": "h", "body": body, "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1767830400000", "MessageGroupId": TENANT},
         "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
         "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}", "awsRegion": "us-east-1"}
        for number, body in enumerate(messages)
    ]
    return {"Records": records}


def full_batch(messages):
    """As many messages as one invocation takes."""
    taken = list(messages[:BATCH])
    while len(json.dumps(batch(taken))) > INVOCATION:
        taken.pop()
    return batch(taken)
