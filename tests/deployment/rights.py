"""Least privilege: each right that a role grants over data is one that its function uses.

Every right is taken away in turn, alone; then the same work is asked for, and the function must be
refused that very action. So no role grants what its function does not need, and the emulator shows that
nothing beyond it is allowed.
"""

import contextlib
import itertools
import json
import random
import time

from emulator import wait

# Rights that a function comes to use by other work than its usual.
BY_OTHER_WORK = {
    ("Console", "dynamodb:BatchWriteItem"): "backtest",
    ("Console", "dynamodb:PutItem"): "silence",
    ("Score", "dynamodb:BatchWriteItem"): "compaction",
    ("Score", "dynamodb:DeleteItem"): "false_alarm",
    ("Admin", "dynamodb:BatchWriteItem"): "large_policy_and_erasure",
    ("Admin", "dynamodb:DeleteItem"): "revocation",
    ("Admin", "sqs:GetQueueAttributes"): "redrive",
    ("Admin", "sqs:SendMessage"): "reprocessing",
    ("Admin", "sqs:StartMessageMoveTask"): "redrive",
}
# The same, of one table alone.
BY_RARE_WORK = {
    ("Rollup", "StateTable", "dynamodb:BatchWriteItem"): "large_change",
    ("Rollup", "TextTable", "dynamodb:Query"): "said_after_erasure",
    ("Score", "StateTable", "dynamodb:ConditionCheckItem"): "late_for_a_closed_hour",
}
# The event source, or the queue that moves its dead letters, uses these, and not the function; the
# emulator reads queues without asking the role.
POLLED = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# Functions read these when they start, and not again.
AT_START = {"secretsmanager:GetSecretValue"}

# Longer than an item may be.
LONG_POLICY = "forbidden:\n  - severity: low\n    phrases: [nobody says this]\n"
LONG_POLICY += "# Approved by the works council.\n" * 10_000


def rights(template):
    """Function, resource and action of each right over data."""
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                for action in statement["Action"]:
                    if not action.startswith("logs:"):
                        yield name.removesuffix("Role"), named(statement["Resource"]), action


def named(resource):
    """The logical name of what a statement is about; of several, of the first."""
    if isinstance(resource, list):
        return named(resource[0])
    return resource["Ref"] if "Ref" in resource else resource["Fn::GetAtt"][0]


class Withheld:
    """A while in which a role lacks one right over one resource."""

    def __init__(self, stack, function, resource, action):
        self.iam, self.role = stack.emulator.client("iam"), stack.ids[f"{function}Role"]
        [self.policy] = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        granted = self.iam.get_role_policy(RoleName=self.role, PolicyName=self.policy)
        self.granted = granted["PolicyDocument"]
        self.narrowed = json.loads(json.dumps(self.granted))
        n_removed = 0
        for statement in self.narrowed["Statement"]:
            if concerns(stack, statement, resource):
                # The emulator knows the right to send by two names.
                kept = [one for one in statement["Action"] if one not in (action, f"{action}Batch")]
                n_removed += len(statement["Action"]) - len(kept)
                statement["Action"] = kept
        assert n_removed, f"{function} has no {action} over {resource}"
        self.narrowed["Statement"] = [s for s in self.narrowed["Statement"] if s["Action"]]

    def __enter__(self):
        self.put(self.narrowed)

    def __exit__(self, *_):
        self.put(self.granted)

    def put(self, document):
        document = json.dumps(document)
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.policy, PolicyDocument=document)


def concerns(stack, statement, resource):
    """Whether a deployed statement is about this resource of the template."""
    physical = stack.ids[resource].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return physical in json.dumps(statement["Resource"])


def restart(stack, function):
    """Has the function start anew at its next event."""
    client, name = stack.emulator.client("lambda"), stack.ids[function]
    client.update_function_code(FunctionName=name, S3Bucket="packages", S3Key=f"{function}.zip")
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


class Work:
    """Asks a function for all that it does, with tenants and values that are new each time."""

    numbers = itertools.count()

    def __init__(self, test, conversation):
        self.test, self.stack, self.conversation = test, test.stack, conversation

    def new_tenant(self):
        tenant = f"t{next(self.numbers)}"
        return tenant, self.test.issued(tenant)["key"]

    def of(self, function, resource, action):
        usual = BY_OTHER_WORK.get((function, action), function.lower())
        getattr(self, BY_RARE_WORK.get((function, resource, action), usual))()

    def ingest(self):
        tenant, key = self.new_tenant()
        # It is kept and read in parts.
        error, answer = self.stack.invoke("Admin", {"do": "put_policy", "tenant": tenant, "yaml": LONG_POLICY})
        self.test.assertIsNone(error, answer)
        events = self.conversation(f"{tenant}-1", "answered")
        events[1]["data"] |= {"author": "human", "agent": f"agent-{tenant}"}
        refused = [{"specversion": "1.0", "id": "x", "type": "cx.conversation.started"}]
        self.test.send(events + refused, key)

    def rollup(self):
        tenant, key = self.new_tenant()
        events = self.conversation(f"{tenant}-1", "answered")
        words = [events[1] | {"id": f"m-{n}"} for n in range(600)]
        self.test.send(events + words, key)
        state = events[0] | {
            "id": "s", "type": "cx.agent.state_changed",
            "data": {"agent": f"agent-{tenant}", "state": "available"},
        }
        state.pop("subject")
        self.test.send([state], key)
        # The conversation is long by now: its pages are read.
        time.sleep(4)
        self.test.send([events[1] | {"id": "later"}], key)

    def large_change(self):
        """Conversations that together change by more than an item holds, counted in one batch."""
        _, key = self.new_tenant()
        drawn = random.Random(1)
        names = {of: [drawn.randbytes(60).hex() for _ in range(190)]
                 for of in ("intent", "prompt_version", "model", "model_version", "kb_version", "agent_version")}
        with self.not_counted():
            for body in range(8):
                events = [self.answer(f"w-{n % 45}", f"{body}-{n}", names, drawn) for n in range(850)]
                status, _, answer = self.test.send(events, key)
                self.test.assertEqual(status, 202, answer)

    def answer(self, subject, number, names, drawn):
        """An answer at any time of the last six days, with names out of these."""
        moment = time.gmtime(time.time() - drawn.randrange(60, 6 * 86_400))
        data = {of: drawn.choice(known) for of, known in names.items()}
        data |= {of: drawn.randrange(100, 9_999) for of in ("latency_ms", "input_tokens", "output_tokens")}
        data |= {"outcome": drawn.choice(["answered", "clarified", "fallback"]), "confidence": drawn.random()}
        return {"specversion": "1.0", "source": "/demo/shop", "subject": subject, "id": number,
                "type": "cx.ai.responded", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment), "data": data}

    @contextlib.contextmanager
    def not_counted(self):
        """A while in which events wait in their queue."""
        client = self.stack.emulator.client("lambda")
        [mapping] = client.list_event_source_mappings(FunctionName=self.stack.ids["Rollup"])["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        time.sleep(2)
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def said_after_erasure(self):
        """What is said in a conversation of which everything said was erased."""
        tenant, key = self.new_tenant()
        events = self.conversation(f"{tenant}-1", "answered")
        self.test.send(events, key)
        time.sleep(4)
        self.stack.invoke("Admin", {"do": "erase_subject", "tenant": tenant, "id": f"{tenant}-1"})
        self.test.send([events[1] | {"id": "again"}], key)

    def late_for_a_closed_hour(self):
        """Events of an hour that was over and had none, when others before it were counted."""
        _, key = self.new_tenant()
        for hours_ago in (120, 119):
            self.many(key, 333, "answered", 3600 * hours_ago)
            self.many(key, 333, "answered", 3600 * hours_ago)
            self.tick_until(lambda: False)

    def tick(self):
        restart(self.stack, "Tick")
        self.stack.invoke("Tick", {})

    def score(self):
        _, key = self.new_tenant()
        self.alert(key)

    fanout = score

    def alert(self, key):
        events = [e for n in range(25) for e in self.conversation(f"a-{n}", "fallback", 30)]
        self.test.send(events, key)
        time.sleep(3)
        self.stack.invoke("Tick", {})

    def false_alarm(self):
        """An alert that waits to be one, and comes to nothing."""
        tenant, key = self.new_tenant()
        self.many(key, 110, "fallback")
        self.tick_until(lambda: self.states(tenant).get("ai-fallback-high") == "pending")
        for _ in range(2):
            self.many(key, 330, "answered")
        self.tick_until(lambda: False)

    def compaction(self):
        """Changes that add up to more than is left uncompacted."""
        _, key = self.new_tenant()
        for _ in range(3):
            self.many(key, 333, "answered")
        self.tick_until(lambda: False)

    def many(self, key, count, outcome, seconds_ago=30):
        """So many conversations, each of another kind."""
        events = []
        for number in range(count):
            one = self.conversation(f"m-{next(self.numbers)}", outcome, seconds_ago)
            kind = {} if outcome == "fallback" else {"intent": f"i{number % 150}", "prompt_version": f"v{number % 140}"}
            one[2]["data"] |= kind | {"latency_ms": number * 7}
            events += one
        self.test.send(events, key)

    def tick_until(self, done):
        """Ticks until something is so, or twice."""
        for _ in range(2):
            time.sleep(3)
            self.stack.invoke("Tick", {})
            time.sleep(1)
            if done():
                return

    def states(self, tenant):
        _, _, answer = self.test.get("/v1/alerts", tocsin_tenant=tenant)
        return {line["rule"]: line["state"] for line in answer["alerts"]}

    def console(self):
        restart(self.stack, "Console")
        self.test.get("/v1/conversations?metric=fallback_rate")
        self.test.get("/v1/alerts")

    def silence(self):
        """Somebody silences an alert that there is not."""
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        self.post("/v1/silences", {"rule": f"r{next(self.numbers)}", "reason": "planned work", "end": end})

    def backtest(self):
        """Rules are tried, which is put on record."""
        rule = {"name": "r", "metric": "contacts", "threshold": {"over": 1_000_000}, "severity": "info",
                "next_action": "Look.", "owner": "operations"}
        self.post("/v1/rules/backtest", {"rules": [rule]})

    def post(self, path, body):
        headers = {"Authorization": f"Bearer {self.test.issuer.token()}", "Content-Type": "application/json"}
        return self.stack.request("POST", path, body, headers)

    def large_policy_and_erasure(self):
        """Of the one parts are written, of the other texts are deleted."""
        tenant, _ = self.new_tenant()
        self.stack.invoke("Admin", {"do": "put_policy", "tenant": tenant, "yaml": LONG_POLICY})
        self.admin()

    def revocation(self):
        """A source key ends."""
        self.stack.invoke("Admin", {"do": "revoke_key", "id": self.test.issued(f"t{next(self.numbers)}")["id"]})

    def reprocessing(self):
        """What a key did not cover is taken on an operator's word."""
        tenant, key = self.new_tenant()
        foreign = self.conversation(f"{tenant}-1", "answered")
        for event in foreign:
            event["source"] = "/another/shop"
        self.test.send(foreign, key)
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        self.stack.invoke("Admin", {"do": "reprocess", "tenant": tenant, "from": since, "sources": ["/another"]})

    def redrive(self):
        """A dead letter is to be moved back. Whoever has the right the emulator answers that it knows no
        such action; it is asked after the right."""
        dead = self.stack.ids["EventsDeadQueue"]
        self.test.sqs.send_message(QueueUrl=dead, MessageBody="poison")
        self.stack.invoke("Admin", {"do": "redrive", "queue": "events"})

    def admin(self):
        restart(self.stack, "Admin")
        self.stack.invoke("Admin", {"do": "put_configuration", "tenant": "new", "yaml": "versions: [{low_confidence: 0.4}]"})
        subject = f"erased-{next(self.numbers)}"
        self.test.send(self.conversation(subject, "answered"))
        time.sleep(4)
        self.stack.invoke("Admin", {"do": "erase_customer", "tenant": "acme", "id": f"of-{subject}"})


def unused(test, template, conversation):
    """The rights that were taken away and that nothing was refused for."""
    work, found = Work(test, conversation), []
    test.send(conversation("behind-a-number", "fallback"))
    for function, resource, action in rights(template):
        polled = action in POLLED and (function, action) not in BY_OTHER_WORK
        if polled:
            continue
        if action in AT_START:
            restart(test.stack, function)
        with Withheld(test.stack, function, resource, action):
            before = set(test.stack.said(function))
            work.of(function, resource, action)
            try:
                wait(action, lambda: is_refused(set(test.stack.said(function)) - before, action), 20)
            except AssertionError:
                found.append((function, resource, action))
        restart(test.stack, function)
    return found


def is_refused(lines, action):
    refusal = f"not authorized to perform: {action}".lower()
    return any(refusal in line.lower() for line in lines)
