"""The template, deployed on an emulator of AWS that runs the real binaries under the real roles.

    tests/deployment/run

builds the functions, installs the emulator beside the build and runs this. Every call that a function
makes is checked against the role that the template gives it; who deploys and looks is the account's
administrator.
"""

import base64
import datetime
import hmac
import json
import pathlib
import sys
import time
import unittest
import urllib.parse

import conformance
import rights
from emulator import AUDIENCE, Emulator, Issuer, Stack, wait

BINARIES = pathlib.Path(sys.argv.pop()) if len(sys.argv) > 1 else pathlib.Path("target/debug")


def at(seconds_ago):
    """A time as senders write it."""
    time_ = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    return time_.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation(subject, outcome, seconds_ago=60):
    """A conversation that the AI agent answers once."""
    event = {"specversion": "1.0", "source": "/demo/shop", "subject": subject}
    return [
        event | {"id": f"{subject}-1", "type": "cx.conversation.started", "time": at(seconds_ago),
                 "data": {"channel": "chat", "direction": "inbound", "customer": f"of-{subject}"}},
        event | {"id": f"{subject}-2", "type": "cx.message.added", "time": at(seconds_ago - 1),
                 "data": {"author": "customer", "text": "Where is my refund? I am jo@example.org"}},
        event | {"id": f"{subject}-3", "type": "cx.ai.responded", "time": at(seconds_ago - 3),
                 "data": {"outcome": outcome, "intent": "refund_status", "prompt_version": "v8",
                          "text": "It is on its way."}},
    ]


def sends(service, queue):
    """The policy of a queue that lets a service send to it."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": queue,
    }]})


class Deployment(unittest.TestCase):
    """Tests of one deployment, in the order of their names: each leaves what the next begins with."""

    maxDiff = None  # what is complained of is told whole

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator()
        cls.addClassCleanup(cls.emulator.stop)
        cls.issuer = Issuer()
        cls.stack = Stack(cls.emulator, BINARIES, {
            "Architecture": "x86_64", "OidcIssuer": cls.issuer.url, "OidcAudience": AUDIENCE,
            "DeletionProtection": "false", "BatchingWindowSeconds": "1",
        })
        cls.sqs, cls.sns = cls.emulator.client("sqs"), cls.emulator.client("sns")
        cls.keys = {tenant: cls.issued(tenant)["key"] for tenant in ("acme", "other")}

    @classmethod
    def issued(cls, tenant):
        asked = {"do": "issue_key", "tenant": tenant, "sources": ["/demo/"], "name": "demo"}
        error, answer = cls.stack.invoke("Admin", asked)
        assert error is None, answer
        return answer

    def send(self, events, key=None):
        headers = {"Authorization": f"Bearer {key or self.keys['acme']}",
                   "Content-Type": "application/cloudevents-batch+json"}
        return self.stack.request("POST", "/v1/events", events, headers)

    def get(self, path, **claims):
        token = self.issuer.token(**claims)
        return self.stack.request("GET", path, headers={"Authorization": f"Bearer {token}"})

    def point(self, metric, **claims):
        """The one point of a metric over the last hour and the next minute."""
        path = f"/v1/metrics/{metric}?from={at(3600)}&to={at(-60)}"
        status, _, answer = self.get(path, **claims)
        self.assertEqual(status, 200, answer)
        points = [point for series in answer["series"] for point in series["points"]]
        return points[0] if points else {}

    def counted(self, metric, value, **claims):
        wait(f"{metric} of {value}", lambda: self.point(metric, **claims).get("value") == value)

    def test_10_what_is_sent_is_counted_exactly(self):
        events = [event for n in range(5) for event in conversation(f"c-{n}", "answered")]
        self.assertEqual(self.send(events)[0], 202)
        self.counted("contacts", 5)
        self.assertEqual(self.send(events)[0], 202, "the same again")
        self.assertEqual(self.send(events[:7] + conversation("c-5", "fallback"))[0], 202)
        self.counted("contacts", 6)
        fallback = self.point("fallback_rate")
        self.assertEqual((fallback["numerator"], fallback["denominator"]), (1, 6))

    def test_11_what_is_wrong_is_said_and_the_rest_is_taken(self):
        bad = conversation("c-bad", "answered")[:1]
        bad[0].pop("time")
        status, _, answer = self.send(bad + conversation("c-0", "answered"))
        self.assertEqual((status, answer["accepted"]), (202, 3))
        self.assertEqual([(r["index"], r["field"]) for r in answer["rejected"]], [(0, "time")])

    def test_12_nobody_sends_without_a_key(self):
        self.assertEqual(self.send([], key="guessed")[0], 401)
        foreign = conversation("c-x", "answered")
        for event in foreign:
            event["source"] = "/another/shop"
        self.assertEqual(self.send(foreign)[0], 403)
        key = self.issued("other")
        self.assertEqual(self.send(conversation("o-1", "answered"), key["key"])[0], 202)
        self.assertEqual(self.stack.invoke("Admin", {"do": "revoke_key", "id": key["id"]}), (None, {}))

    def test_16_whoever_runs_it_is_told_what_is_wrong(self):
        error, answer = self.stack.invoke("Admin", {"do": "put_policy", "tenant": "acme", "yaml": "x: 1"})
        self.assertTrue(error)
        self.assertEqual(answer["errorType"], "Refused")
        edited = {"do": "put_configuration", "tenant": "acme", "yaml": "versions: [{low_confidence: 0.4}]"}
        _, answer = self.stack.invoke("Admin", edited)
        self.assertIn("can not be changed", answer["errorMessage"], "acme's events are counted already")

    def test_13_only_a_token_that_holds_opens_the_console(self):
        metrics = "/v1/metrics"
        self.assertEqual(self.stack.request("GET", metrics)[0], 401)
        self.assertEqual(self.get(metrics)[0], 200)
        for claims in (
            {"aud": "another"}, {"iss": "https://other.example"}, {"exp": int(time.time()) - 120},
            {"tocsin_tenant": None}, {"tocsin_role": None}, {"tocsin_role": "root"},
        ):
            self.assertEqual(self.get(metrics, **claims)[0], 401, claims)
        stranger = Issuer()
        token = stranger.token(iss=self.issuer.url)
        headers = {"Authorization": f"Bearer {token}"}
        self.assertEqual(self.stack.request("GET", metrics, headers=headers)[0], 401, "signed by another")

    def test_14_nobody_sees_another_tenants_data(self):
        self.counted("contacts", 1, tocsin_tenant="other")
        _, _, mine = self.get("/v1/conversations?metric=fallback_rate")
        ids = [line["id"] for line in mine["conversations"]]
        self.assertEqual(len(ids), 1)
        path = f"/v1/conversations/{ids[0]}"
        self.assertEqual(self.get(path)[0], 200)
        self.assertEqual(self.get(path, tocsin_tenant="other")[0], 404)

    def test_15_every_route_leads_to_its_function(self):
        for method, path, status in (
            ("GET", "/healthz", 200), ("GET", "/assets/console.css", 200), ("GET", "/", 401),
            ("HEAD", "/healthz", 200), ("GET", "/v1/none", 404), ("PUT", "/v1/alerts", 405),
            ("GET", "/v1/events", 405), ("HEAD", "/v1/metrics", 401),
            ("GET", "/v1/ack/none", 404), ("POST", "/v1/alerts/none/ack", 401), ("DELETE", "/v1/silences/none", 401),
        ):
            self.assertEqual(self.stack.request(method, path)[0], status, f"{method} {path}")
        for path in ("/", "/metrics/contacts", "/v1/alerts"):
            self.assertEqual(self.get(path)[0], 200, path)

    def test_17_a_browser_signs_in_and_out(self):
        page, cookies = {"Accept": "text/html"}, {}

        def led(method, path, headers=page, body=None):
            """Where an answer leads; cookies are kept as a browser does."""
            held = {"Cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())} if cookies else {}
            status, answered, text = self.stack.request(method, path, body, headers | held)
            for cookie in answered.get_all("Set-Cookie") or []:
                name, value = cookie.split(";")[0].split("=", 1)
                self.assertRegex(cookie, "^__Host-.*; Path=/; Max-Age=[0-9]+; Secure; HttpOnly; SameSite=Lax$")
                self.assertEqual(answered["Cache-Control"], "no-store")
                cookies.pop(name, None)
                if value:
                    cookies[name] = value
            return status, answered["Location"], text

        status, to_sign_in, _ = led("GET", "/silences")
        self.assertEqual((status, to_sign_in), (303, "/signin?to=%2Fsilences"))
        _, to_issuer, _ = led("GET", to_sign_in)
        back, told = self.issuer.code(to_issuer)
        self.assertEqual(back, self.stack.outputs["Console"] + "/signin/callback")
        self.assertEqual(led("GET", "/signin/callback?" + urllib.parse.urlencode(told))[:2], (303, "/silences"))
        self.assertEqual(list(cookies), ["__Host-tocsin-session"])
        status, _, text = led("GET", "/silences")
        self.assertIn("Ann Lee, operations of acme", text)
        token = text.split('name="csrf" value="')[1].split('"')[0]
        own = page | {"Origin": f"https://{self.stack.host()}", "X-CSRF-Token": token}
        self.assertEqual(led("POST", "/signout", page)[0], 403)
        self.assertEqual(led("POST", "/signout", own)[:2], (303, "/signout"))
        self.assertEqual((cookies, led("GET", "/silences")[0]), ({}, 303))
        said = "".join(self.stack.said("Console"))
        self.assertNotIn(told["code"], said)

    def test_18_what_is_refused_is_told(self):
        headers = {"Authorization": f"Bearer {self.issuer.token(tocsin_role='agent')}"}
        self.assertEqual(self.stack.request("PUT", "/v1/rules", {}, headers)[0], 403)
        _, _, trail = self.get("/v1/audit", tocsin_role="admin")
        told = [(e["what"], e["outcome"], e["why"]) for e in trail["audit"]]
        self.assertIn(("rules.save", "refused", "forbidden"), told)
        issued = [(e["what"], e["outcome"]) for e in trail["audit"] if e["actor"].startswith("operator (")]
        self.assertIn(("key.issue", "done"), issued)
        self.assertEqual(self.get("/v1/audit", tocsin_role="operations")[0], 403)
        for function, path, why in (("Console", "/v1/metrics", "no_token"), ("Ingest", "/v1/events", "no_key")):
            method = "POST" if function == "Ingest" else "GET"
            self.assertEqual(self.stack.request(method, path)[0], 401)
            is_told = lambda line: '"target":"audit"' in line and '"who":"stranger"' in line and why in line
            wait("a line", lambda: any(is_told(line) for line in self.stack.said(function)), 20)

    def test_18_what_was_refused_counts_on_an_operators_word(self):
        key = self.issued("third")["key"]
        foreign = conversation("t-1", "answered")
        for event in foreign:
            event["source"] = "/another/shop"
        self.assertEqual(self.send(foreign, key)[0], 403)
        asked = {"do": "reprocess", "tenant": "third", "from": at(3600)}
        error, done = self.stack.invoke("Admin", asked)
        self.assertIsNone(error, done)
        self.assertEqual((done["accepted"], done["why"]), (0, {"foreign_source source": 3}))
        error, done = self.stack.invoke("Admin", asked | {"sources": ["/another"]})
        self.assertIsNone(error, done)
        self.assertEqual((done["accepted"], done["refused"]), (3, 0))
        self.counted("contacts", 1, tocsin_tenant="third")
        _, again = self.stack.invoke("Admin", asked | {"sources": ["/another"]})
        self.assertEqual(again["accepted"], 0, "all of it was taken, so nothing of it is kept")

    def connected(self, tenant, platform, **wanted):
        asked = {"do": "put_connection", "tenant": tenant, "platform": platform, "account": "acme"} | wanted
        error, made = self.stack.invoke("Admin", asked)
        self.assertIsNone(error, made)
        return made

    def test_19_what_an_event_bus_brings_is_counted_once_as_its_connections_tenants(self):
        self.connected("bus", "connect", event_source="aws.connect/111122223333")
        contact = {"eventType": "INITIATED", "contactId": "c-1", "channel": "VOICE", "initiationMethod": "INBOUND",
                   "initiationTimestamp": at(60), "tenant": "acme"}
        event = {"version": "0", "id": "e-1", "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
                 "account": "111122223333", "time": at(59), "region": "x", "resources": [], "detail": contact}
        for _ in range(2):
            self.assertEqual(self.stack.invoke("Ingest", event), (None, None))
        self.counted("contacts", 1, tocsin_tenant="bus")
        self.assertEqual(self.stack.invoke("Ingest", event | {"account": "999900001111", "id": "e-2"}), (None, None))

    def test_19_what_a_vendor_signed_within_five_minutes_is_taken(self):
        path = self.connected("vendors", "zendesk", connection="one", secrets=["new", "old"])["path"]
        ticket = {"id": "z-1", "type": "zen:event-type:ticket.created", "time": at(30), "subject": "zen:ticket:1",
                  "detail": {"id": "1", "requester_id": "9001"}, "event": {}}
        for secret, seconds_ago, status in (("guessed", 0, 401), ("old", 360, 401), ("old", 0, 202), ("new", 0, 202)):
            signed = at(seconds_ago)
            tag = hmac.new(secret.encode(), signed.encode() + json.dumps(ticket).encode(), "sha256").digest()
            headers = {"X-Zendesk-Webhook-Signature": base64.b64encode(tag).decode(),
                       "X-Zendesk-Webhook-Signature-Timestamp": signed, "Content-Type": "application/json"}
            self.assertEqual(self.stack.request("POST", path, ticket, headers)[0], status, (secret, seconds_ago))
        self.counted("contacts", 1, tocsin_tenant="vendors")
        self.assertEqual(self.stack.request("HEAD", path)[0], 200)
        is_told = lambda line: '"target":"audit"' in line and '"why":"expired"' in line
        wait("a line", lambda: any(is_told(line) for line in self.stack.said("Ingest")), 20)

    def test_20_an_incident_reaches_who_subscribed_within_two_ticks_of_the_schedule(self):
        queue = self.subscribed("on-call", {"owner": ["ai_lead"], "rule": ["ai-fallback-high-by-intent"]})
        others = self.subscribed("others", {"owner": ["operations"], "rule": ["ai-fallback-high-by-intent"]})
        onto_bus = self.listening("acted-on")
        events = [event for n in range(30) for event in conversation(f"f-{n}", "fallback", 30)]
        self.assertEqual(self.send(events)[0], 202)

        [message] = wait("page", lambda: self.received(queue), 150)
        envelope = json.loads(message["Body"])
        attributes = {name: given["Value"] for name, given in envelope["MessageAttributes"].items()}
        self.assertEqual(attributes, {
            "tenant": "acme", "severity": "page", "rule": "ai-fallback-high-by-intent",
            "metric": "fallback_rate", "state": "firing", "owner": "ai_lead",
        })
        alert = json.loads(envelope["Message"])
        self.assertNotIn("jo@example.org", message["Body"])
        _, _, listed = self.get("/v1/alerts?state=firing")
        self.assertIn(alert["rule"], [line["rule"] for line in listed["alerts"]])
        self.assertIn(self.stack.outputs["Console"], message["Body"], "it links to the console")
        self.assertEqual(self.depth(others), 0, "filtered by its attributes")
        on_bus = lambda: [json.loads(event["Body"])["detail"] for event in self.received(onto_bus) or []]
        said = ("id", "transition", "value", "expected", "cell", "evidence", "link")
        same = lambda event: all(event.get(name) == alert.get(name) for name in said)
        # A link that acts is for people: the bus has none.
        wait("the same on the bus", lambda: any(same(e) and e["ack"] is None for e in on_bus()), 30)
        self.acknowledged_by_link(alert)

    def acknowledged_by_link(self, alert):
        """Who was paged takes it on without signing in; whoever only looks does not."""
        state = lambda: self.get(f"/v1/alerts/{alert['id']}")[2]["state"]
        link = alert["ack"].removeprefix(self.stack.outputs["Console"])
        for method in ("HEAD", "GET"):
            status, headers, _ = self.stack.request(method, link)
            self.assertEqual((status, headers["Referrer-Policy"]), (200, "no-referrer"), method)
        self.assertEqual(state(), "firing")
        self.assertEqual(self.stack.request("POST", link[:-1] + "!")[0], 404)
        self.assertEqual(self.stack.request("POST", link)[0], 200)
        self.assertEqual(state(), "acknowledged")

    def test_25_it_answers_as_described(self):
        def get(path):
            status, _, answer = self.get(path)
            self.assertEqual(status, 200, answer)
            return answer

        # The gateway takes people's tokens and source keys alike by `Authorization`: here a person's.
        headers = {"Authorization": f"Bearer {self.issuer.token()}", "Host": self.stack.host()}
        # The emulator answers `OPTIONS` itself, and refuses it; `tocsin dev` is asked for it.
        said = conformance.complaints(self.emulator.url, headers, get, ["/signin"], ["OPTIONS"])
        self.assertEqual(said, "")

    def test_30_what_no_function_can_count_ends_among_the_dead_letters_and_comes_back(self):
        queue, dead = self.stack.ids["EventsQueue"], self.stack.ids["EventsDeadQueue"]
        before = self.point("contacts")["value"]
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        self.sqs.send_message(QueueUrl=queue, MessageBody="poison")
        with rights.Withheld(self.stack, "Rollup", "StateTable", "dynamodb:PutItem"):
            self.assertEqual(self.send(conversation("d-1", "answered"))[0], 202)
            wait("two dead letters", lambda: self.depth(dead) == 2, 90)
        self.assertEqual(self.point("contacts")["value"], before, "nothing is half counted")
        self.redrive(dead, queue)
        self.counted("contacts", before + 1)
        wait("the poison among the dead letters again", lambda: self.depth(dead) == 1, 90)

    def test_35_who_asks_to_be_erased_is_and_the_counts_stay(self):
        before = self.point("contacts")["value"]
        self.assertEqual(self.send(conversation("e-1", "fallback"))[0], 202)
        self.counted("contacts", before + 1)
        asked = {"do": "erase_customer", "tenant": "acme", "id": "of-e-1"}
        error, erased = self.stack.invoke("Admin", asked)
        self.assertIsNone(error, erased)
        self.assertEqual((erased["conversations"], erased["customer"]), (1, True))
        self.assertGreaterEqual(erased["texts"], 1)
        self.assertEqual(self.point("contacts")["value"], before + 1)
        self.assertEqual(self.send(conversation("e-1", "fallback"))[0], 202, "redelivered")
        _, again = self.stack.invoke("Admin", {"do": "erase_subject", "tenant": "acme", "id": "e-1"})
        self.assertEqual(again["conversations"], 0, "it is anonymous already")
        self.assertEqual(self.point("contacts")["value"], before + 1)

    def test_40_no_role_grants_what_its_function_does_not_use(self):
        self.assertEqual(rights.unused(self, self.stack.template, conversation), [])
        granted = set(rights.rights(self.stack.template))
        self.assertLessEqual(set(rights.BY_RARE_WORK), granted, "work for rights that are none any more")

    def depth(self, queue):
        names = ["ApproximateNumberOfMessages"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]])

    def subscribed(self, name, filtered):
        """A queue that gets what the topic of pages publishes, if its attributes are these."""
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.arn(queue)
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": sends("sns", arn)})
        self.sns.subscribe(TopicArn=self.stack.outputs["PageTopicArn"], Protocol="sqs", Endpoint=arn,
                           Attributes={"FilterPolicy": json.dumps(filtered)})
        return queue

    def listening(self, name):
        """A queue that gets what is put on the bus of alerts."""
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.arn(queue)
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": sends("events", arn)})
        events, bus = self.emulator.client("events"), self.stack.outputs["AlertBusName"]
        pattern = {"source": ["tocsin"], "detail-type": ["Tocsin Alert"]}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])
        return queue

    def arn(self, queue):
        names = ["QueueArn"]
        return self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]["QueueArn"]

    def received(self, queue):
        return self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")

    def redrive(self, dead, queue):
        """Moves dead letters back, as StartMessageMoveTask does, which the emulator does not know."""
        moved = self.sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]
        for message in moved:
            self.sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
            self.sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
