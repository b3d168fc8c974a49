"""Measures each function: size, time from its start to its first answer, and memory at its largest.

Each runs as its real `bootstrap` against a Runtime API on the loopback, beside an embedded DynamoDB and
stand-ins for queues, topics, bus, secret and issuer. Nobody encrypts there and nothing is far away, so
times are what the function itself takes; on Lambda handshakes come on top, before it is ready. As there,
the authorities' certificates, which the console reads for the issuer's, are one file. Measure on a machine that does nothing else.

  size    of the stripped `bootstrap`, in MB
  init    from its start until it asks for work, all connections open: median of cold starts
  answer  from there until it has answered a small request
  start   both: from its start to its first answer
  cpu     what of that it was on a processor; a busy machine makes the difference
  memory  the most that it ever had, in MiB, having handled the largest that it is given

Ends with 1 where something is beyond its limit.
"""

import argparse
import asyncio
import json
import pathlib
import ssl
import statistics
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]

QUEUES = ("EVENTS", "TICKS", "ALERTS", "EVENTS_DEAD", "TICKS_DEAD", "ALERTS_DEAD")
FUNCTIONS = ("ingest", "rollup", "score", "fanout", "console", "tick", "admin")
# In MB, ms and MiB; the console talks to more than three services.
SIZES, SIZE = {"console": 10.0}, 8.0
START, MEMORY = 10.0, 64.0
# Conversations an hour, so that two days hold more than a full batch.
VOLUME = 1_500


def arguments():
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("infra/measure", description=__doc__, formatter_class=form)
    parser.add_argument("--starts", type=int, default=21, help="cold starts of each (default: 21)")
    parser.add_argument("--binaries", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--bootstraps", type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args()


class Tables:
    """The embedded DynamoDB, in a process of its own."""

    def __init__(self, binaries):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([binaries / "tocsin-tables"], stdin=pipe, stdout=pipe)
        self.url = self.process.stdout.readline().decode().strip()
        for name in ("state", "texts"):
            self.create(name)

    def create(self, name):
        keys = {"pk": "HASH", "sk": "RANGE"}
        table = {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        }
        signed = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
        headers = {
            "X-Amz-Target": "DynamoDB_20120810.CreateTable", "Authorization": signed,
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20260101T000000Z",
        }
        urllib.request.urlopen(urllib.request.Request(self.url, json.dumps(table).encode(), headers))

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def environment(tables, services, issuer, audience):
    """What all functions are told, on Lambda and by the template."""
    topics = {f"{name}_TOPIC_ARN": f"arn:aws:sns:us-east-1:000000000000:{name.lower()}"
              for name in ("PAGE", "WARNING", "INFO", "ESCALATION", "CHAT")}
    queues = {f"{name}_QUEUE_URL": f"{payloads.QUEUES}/{name.lower()}" for name in QUEUES}
    return topics | queues | {
        "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local", "RUST_LOG": "info",
        "AWS_ENDPOINT_URL": f"http://{services}", "AWS_ENDPOINT_URL_DYNAMODB": tables,
        "STATE_TABLE": "state", "TEXT_TABLE": "texts", "MASTER_SECRET_ARN": "secret",
        "OIDC_ISSUER": issuer, "OIDC_AUDIENCE": audience, "OIDC_CLAIMS": "tocsin_",
        "CONSOLE_URL": "https://console.example",
        "ALERT_BUS_NAME": "alerts", "SSL_CERT_FILE": ssl.get_default_verify_paths().cafile,
    }


class Bench:
    """Runs functions and keeps what they took."""

    def __init__(self, options, told, services):
        self.options, self.told, self.services = options, told, services
        self.rows = {}

    def bootstrap(self, function):
        return self.options.bootstraps / f"tocsin-{function}" / "bootstrap"

    async def run(self, function, events):
        return await runtime.run(self.bootstrap(function), self.told, events)

    async def measure(self, function, small, large, words):
        """Times cold starts with a small event, then takes the memory of a run over large ones."""
        starts = [await self.run(function, [small]) for _ in range(self.options.starts)]
        peak = await self.run(function, large)
        size = self.bootstrap(function).stat().st_size / 1e6
        init = statistics.median(run.init for run in starts) * 1000
        start = statistics.median(run.first for run in starts) * 1000
        processor = statistics.median(run.processor for run in starts) * 1000
        self.rows[function] = (size, init, start - init, start, processor, peak.peak, words)
        return peak


async def measured(options):
    tables, services, issuer = Tables(options.binaries), services_module.Services(), Issuer()
    server, address = await serving.serve(services.handle)
    try:
        told = environment(tables.url, address, issuer.url, AUDIENCE)
        bench = Bench(options, told, services)
        tokens = issuer.token(), issuer.token(tocsin_tenant=payloads.QUIET)
        await walk(bench, payloads.simulated(options.binaries, VOLUME), tokens)
        return bench.rows
    finally:
        server.close()
        tables.stop()


async def walk(bench, lines, tokens):
    """Each function in the order of the data, fed with what the one before it sent."""
    issue = {"do": "issue_key", "tenant": payloads.TENANT, "sources": [""], "name": "measured"}
    quiet = issue | {"tenant": payloads.QUIET}
    key = (await bench.run("admin", [issue])).answers[0]["key"]
    await bench.run("admin", [quiet])

    def post(body):
        return payloads.call("POST", "/v1/events", body, key)

    sent = bench.services.queues[payloads.QUEUES + "/events"]
    largest = payloads.largest_body(lines)
    words = "a body of 1,000 events, 1 MiB"
    taken = await bench.measure("ingest", post(payloads.message(lines)), [post(largest)], words)
    assert taken.answers[0]["statusCode"] == 202, taken.answers[0]
    small, sent[:] = sent[0], []
    # Messages of one invocation: as they come, the newest last.
    posts = [post(body) for body in payloads.bodies(lines[:payloads.BATCH * payloads.EVENTS])]
    answers = (await bench.run("ingest", posts)).answers
    assert all(answer["statusCode"] == 202 for answer in answers), answers[0]
    full = payloads.full_batch(sent)
    words = f"a batch of {len(json.dumps(full)) / 2**20:.1f} MiB, {len(full['Records'])} messages"
    counted = await bench.measure("rollup", payloads.batch([small]), [full], words)
    assert counted.answers == [{"batchItemFailures": []}], counted.answers

    ticked = await bench.measure("tick", {}, [{}], "a minute")
    assert ticked.answers == [2], ticked.answers
    tick = [json.dumps({"tenant": tenant}) for tenant in (payloads.TENANT, payloads.QUIET)]
    alerts = bench.services.queues[payloads.QUEUES + "/alerts"]
    busy, idle = (payloads.batch([body], "ticks") for body in tick)
    scored = await bench.measure("score", idle, [busy, busy], "the tick after that batch")
    assert all(answer == {"batchItemFailures": []} for answer in scored.answers), scored.answers

    assert alerts, "nothing alarmed"
    many = sorted(alerts, key=len)[-10:]
    words = f"{len(many)} messages, {sum(map(len, many)) / 1024:.0f} KiB"
    published = await bench.measure(
        "fanout", payloads.batch([alerts[0]], "alerts"), [payloads.batch(many, "alerts")], words)
    assert published.answers == [{"batchItemFailures": []}], published.answers

    token, nothing = tokens
    seen, words = views(token), "pages, a month's series, a backtest"
    looked = await bench.measure("console", view("/v1/metrics/contacts", nothing), seen, words)
    assert all(answer["statusCode"] == 200 for answer in looked.answers), [
        (answer["statusCode"], answer["body"][:200]) for answer in looked.answers]
    erase = {"do": "erase_customer", "tenant": payloads.TENANT, "id": "nobody-of-this-name"}
    await bench.measure("admin", quiet, [erase], "an erasure over that table")


def view(path, token, query=""):
    return payloads.call("GET", path, key=token, query=query)


def views(token):
    """What people look at that takes most."""
    rules = (ROOT / "shared/src/rule/default.yaml")
    month = f"from={payloads.ago(29)}&to={payloads.ago(0)}"
    asked = [view("/", token), view("/v1/alerts", token), view("/v1/conversations", token, f"metric=containment_rate&{month}")]
    asked += [view("/v1/metrics/contacts", token, f"{month}&by=intent"), view("/metrics/containment_rate", token)]
    if rules.exists():
        asked.append(payloads.call("POST", "/v1/rules/backtest", rules.read_bytes(), token, kind="application/yaml"))
    return asked


def beyond(rows):
    """What is beyond its limit, in words."""
    for function, (size, _, _, start, _, memory, _) in rows.items():
        largest = SIZES.get(function, SIZE)
        for what, value, limit in (
            ("MB of size", size, largest), ("ms to its first answer", start, START),
            ("MiB of memory", memory, MEMORY),
        ):
            if not value <= limit:
                yield f"{function}: {value:.1f} {what}, over {limit:g}"


def main():
    options = arguments()
    rows = asyncio.run(measured(options))
    heads = f"{'init':>6} {'answer':>6} {'start':>6} {'cpu':>6}"
    print(f"{'':8} {'size':>6} {heads} {'memory':>6}  at its largest")
    for function in FUNCTIONS:
        size, init, answer, start, processor, memory, words = rows[function]
        times = f"{init:6.1f} {answer:6.1f} {start:6.1f} {processor:6.1f}"
        print(f"{function:8} {size:6.2f} {times} {memory:6.1f}  {words}")
    limits = ", ".join(f"{size:g} of {name}" for name, size in SIZES.items())
    print(f"limits: {SIZE:g} MB ({limits}), {START:g} ms, {MEMORY:g} MiB; medians of {options.starts} starts")
    over = list(beyond(rows))
    print("\n".join(over), file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        arguments()
    sys.path.insert(0, str(ROOT / "tests/deployment"))
    import payloads
    import runtime
    import services as services_module
    import serving
    from emulator import AUDIENCE, Issuer

    sys.exit(main())
