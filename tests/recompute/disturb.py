"""Simulated events with what real platforms do to them, from standard input to standard output.

Losses (starts, ends, handling times), contradictions under one identity, times cut to whole seconds
so that order falls to ranks and hashes, subjects that come back after a month, private messages,
exits from queues that decide nothing, dimensions that are known late. What customers and agents say
is taken out, so that nothing is derived from text. The same input gives the same output.
"""

import hashlib
import json
import sys
from datetime import datetime, timedelta

CLOSING = {"cx.conversation.resolved", "cx.conversation.ended"}
LATE_DIMENSIONS = ("language", "segment", "channel")


def one_in(n, *what):
    """The same n-th part of all things of a kind, at each run."""
    digest = hashlib.sha256("\0".join(what).encode()).digest()
    return int.from_bytes(digest[:8], "big") % n == 0


def moved(time, by):
    at = datetime.fromisoformat(time) + by
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def lost(kind, subject):
    return (kind == "cx.conversation.started" and one_in(20, "start", subject)) or (
        kind in CLOSING and one_in(20, "close", subject)
    )


def changed(event, subject, ident):
    """The event as it is told in another way; identity, and so what it is a copy of, stay."""
    kind, data = event["type"], event["data"]
    if kind == "cx.message.added":
        data.pop("text", None)
        if data["author"] == "human" and one_in(10, "private", ident):
            data["visibility"] = "private"
    elif kind == "cx.ai.responded":
        if one_in(30, "message", ident):
            event["type"], event["data"] = "cx.message.added", {"author": "ai", "agent": data["agent"]}
        elif one_in(30, "error", ident):
            data["outcome"] = "failed"
        elif one_in(30, "sure", ident):
            del data["confidence"]
    elif kind == "cx.queue.left" and one_in(10, "exit", ident):
        data["outcome"] = "transferred"
    elif kind == "cx.agent.disconnected" and one_in(10, "untold", ident):
        data.pop("talk_seconds"), data.pop("hold_seconds")
    elif kind == "cx.conversation.started" and one_in(10, "late", subject):
        for name in LATE_DIMENSIONS:
            data.pop(name, None)
    elif kind == "cx.intent.detected" and one_in(10, "late", subject):
        data |= {"language": "en", "segment": "plus", "channel": "voice"}
    if one_in(10, "seconds", subject):
        event["time"] = event["time"][:19] + "Z"
    if one_in(100, "month", subject) and one_in(2, "half", ident):
        event["time"] = moved(event["time"], timedelta(days=-31))
    return event


def told(event):
    """The event in all its contents."""
    subject = event.get("subject")
    if subject is None:
        yield event
        return
    ident = f"{subject} {event['id']}"
    if lost(event["type"], subject):
        return
    event = changed(event, subject, ident)
    yield event
    if one_in(50, "contradicted", ident):
        yield event | {"time": moved(event["time"], timedelta(seconds=7))}


def main():
    for line in sys.stdin:
        for event in told(json.loads(line)):
            print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
