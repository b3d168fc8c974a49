"""The bill of a month, by volume: measured quantities times list prices.

    python3 infra/cost/bill.py             prints the tables of docs/deploy.md
    python3 infra/cost/bill.py --check     whether docs/deploy.md has these very tables
    python3 infra/cost/bill.py --measure   measures anew (some minutes; needs cargo)

prices.json has the prices and where they are from, assumed.json what nobody measured, measured.json
what `infra/local/examples/event_cost` counted: units, calls and bytes of the tables while simulated
events went through the functions. Change a file and run it again.
"""

import json
import math
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BEGIN, END = "<!-- infra/cost/bill.py -->", "<!-- /infra/cost/bill.py -->"

# Events a month, and how to simulate them: conversations an hour, and hours that are counted of a
# Tuesday, from FIRST on where that is not all of it, when about as many come as on average.
VOLUMES = {
    100_000: {"volume": 7, "hours": 24},
    1_000_000: {"volume": 68, "hours": 24},
    10_000_000: {"volume": 680, "hours": 3},
    100_000_000: {"volume": 6_800, "hours": 0.5},
}
DAY, FIRST = "2026-01-06", 8
WINDOWS = (2, 20)
GB, MILLION = 1e9, 1e6
# How long kinds of items stay, in days (functions/shell/src/config.rs); of others a day's worth lies there.
KEPT = {"C": 52, "K": 38, "W": 52, "O": 52, "M": 35, "A": 400, "X": 30, "E": 30, "Q": 1, "R": 1, "D": 1, "V": 1}
HOUR_TIER = 400


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


class Month:
    """What a month of so many events uses, and what that costs."""

    def __init__(self, events, measured, a_request, prices, assumed, cells_an_hour):
        self.events, self.measured, self.prices, self.assumed = events, measured, prices, assumed
        self.cells_an_hour = cells_an_hour
        self.requests = events / a_request
        self.minutes = assumed["days"] * 1440
        self.ticks = self.minutes * assumed["tenants"]
        # A request is one message; a batch takes a hundred at most, however few events each has.
        self.batches = min(measured["batches"] * self.share(), self.requests)

    def share(self):
        """How many times the measured events a month has."""
        return self.events / self.measured["events"]

    def of(self, function, what):
        """What a month has of something that was measured of a function."""
        measured = self.measured[function][what]
        if function == "score":
            return measured / self.measured["ticks"] * self.ticks
        return measured * self.share()

    def invocations(self):
        """Invocations of each function, and seconds of one."""
        assumed = self.assumed
        calls = {name: self.of(name, "calls") for name in ("rollup", "score")}
        cpu = {name: self.of(name, "cpu_seconds") for name in ("rollup", "score")}

        def seconds(name, number, gb):
            return (cpu[name] / (assumed["cpus_at_a_gb"] * gb)
                    + calls[name] * assumed["table_call_seconds"]) / max(number, 1)

        gb, messages = assumed["gb"], assumed["messages"]
        ingest = assumed["ingest_cpu_seconds"] / (assumed["cpus_at_a_gb"] * gb["Ingest"])
        return {
            "Ingest": (self.requests, ingest + assumed["queue_call_seconds"]),
            "Rollup": (self.batches, seconds("rollup", self.batches, gb["Rollup"])),
            "Tick": (self.minutes, assumed["table_call_seconds"] + assumed["queue_call_seconds"]),
            "Score": (self.ticks, seconds("score", self.ticks, gb["Score"])),
            "Fanout": (messages["publications"], 6 * assumed["table_call_seconds"]),
            "Console": (assumed["console"]["requests"], assumed["console"]["seconds"]),
        }

    def gb_stored(self):
        """What lies in both tables once as much expires as comes."""
        a_day = self.share() / self.assumed["days"]
        stored = 0
        for kind, size in self.measured["stored_bytes"].items():
            if kind != "H":
                stored += size * a_day * KEPT.get(kind, 1)
        # Cells of an hour are as many as dimensions have values, not as there are events.
        stored += self.cells_an_hour * 24 * HOUR_TIER
        return stored / GB

    def traces(self):
        """X-Ray takes one a second of each function and a twentieth of the rest."""
        seconds = self.minutes * 60
        numbers = [number for number, _ in self.invocations().values()]
        return sum(min(number, seconds) + max(number - seconds, 0) * 0.05 for number in numbers)

    def logs_gb(self):
        size = self.assumed["log_bytes"]
        invocations = sum(number for number, _ in self.invocations().values())
        asked = self.requests + self.assumed["console"]["requests"]
        return (asked * size["request"] + invocations * size["invocation"]) / GB

    def used(self):
        """Quantities by the name of what is free of them, or of what is paid."""
        invocations, assumed = self.invocations(), self.assumed
        gb = assumed["gb"]
        # Each message is sent; received and deleted ten at a time at best, a batch at worst.
        taken = max(self.batches, self.requests / 10)
        billed = max(1, math.ceil(self.measured["message_bytes"] / self.measured["events"]
                                  * self.events / self.requests / 65_536))
        queued = (self.requests + 2 * taken) * billed + 3 * self.ticks + self.minutes
        stored = self.gb_stored()
        return {
            "api_requests": self.requests + assumed["console"]["requests"],
            "lambda_requests": sum(number for number, _ in invocations.values()),
            "lambda_gb_seconds": sum(n * s * gb[name] for name, (n, s) in invocations.items()),
            "fair_requests": queued,
            "sqs_requests": queued + self.minutes * assumed["poller_requests_a_minute"] / 3,
            "write_units": sum(self.of(f, "state_write_units") + self.of(f, "text_write_units")
                               for f in ("rollup", "score")),
            "read_units": sum(self.of(f, "state_read_units") for f in ("rollup", "score"))
                          + assumed["console"]["requests"] * assumed["console"]["read_units"]
                          + self.requests * 0.01,
            "dynamodb_gb": stored,
            "logs_gb": self.logs_gb(),
            "alarm_metrics": assumed["alarm_metrics"],
            "metrics": assumed["metrics"],
            "dashboards": assumed["dashboards"],
            "traces": self.traces(),
            "sns_publications": assumed["messages"]["publications"],
            "emails": assumed["messages"]["emails"],
            "bus_events": assumed["messages"]["bus_events"],
            "secret_calls": assumed["cold_starts_a_day"] * assumed["days"],
        }

    def bill(self, is_free_deducted=False):
        """Dollars by service."""
        prices, used = self.prices, self.used()
        recovered = used["dynamodb_gb"]
        if is_free_deducted:
            for name, free in prices["free"].items():
                used[name] = max(0, used[name] - free)
        db, watch = prices["dynamodb"], prices["cloudwatch"]
        kept = used["logs_gb"] * self.assumed["log_retention_months"]
        return {
            "API Gateway": used["api_requests"] / MILLION * prices["api_gateway"]["million_requests"],
            "Lambda, requests": used["lambda_requests"] / MILLION * prices["lambda"]["million_requests"],
            "Lambda, GB-seconds": used["lambda_gb_seconds"] * prices["lambda"]["gb_second"],
            "SQS": used["sqs_requests"] / MILLION * prices["sqs"]["million_requests"]
                   + used["fair_requests"] / MILLION * prices["sqs"]["million_fair_requests_more"],
            "DynamoDB, writes": used["write_units"] / MILLION * db["million_write_units"],
            "DynamoDB, reads": used["read_units"] / MILLION * db["million_read_units"],
            "DynamoDB, storage and recovery": used["dynamodb_gb"] * db["gb_month"]
                                              + recovered * db["gb_month_of_recovery"],
            "X-Ray": used["traces"] / MILLION * prices["xray"]["million_traces"],
            "CloudWatch, logs": used["logs_gb"] * watch["gb_of_logs"] + kept * watch["gb_month_of_logs"],
            "CloudWatch, alarms and dashboard": used["alarm_metrics"] * watch["alarm_metric"]
                                                + used["metrics"] * watch["metric"]
                                                + used["dashboards"] * watch["dashboard"],
            "SNS, EventBridge": used["sns_publications"] / MILLION * prices["sns"]["million_publications"]
                                + used["emails"] / 1e5 * prices["sns"]["hundred_thousand_emails"]
                                + used["bus_events"] / MILLION * prices["eventbridge"]["million_events"],
            "Secrets Manager": self.assumed["secrets"] * prices["secrets_manager"]["secret"]
                               + used["secret_calls"] / 1e4 * prices["secrets_manager"]["ten_thousand_calls"],
        }


def row(name, cells):
    return f"| {name} | " + " | ".join(cells) + " |"


def dollars(amount):
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.2f}"


def named(events):
    return f"{events / MILLION:g} M"


def table(title, columns, rows):
    return [row(title, columns), "|---|" + "---:|" * len(columns), *rows]


def tables():
    """Both tables, as docs/deploy.md has them."""
    prices, assumed, measured = load("prices.json"), load("assumed.json"), load("measured.json")

    def month(events, window, a_request):
        of = {volume: told[str(window)] for volume, told in measured.items()}
        # A slice without a whole hour has no cells of hours: those of a smaller volume are taken.
        closed = [one["stored_bytes"].get("H", 0) / one["hours"] for volume, one in of.items()
                  if int(volume) <= events]
        return Month(events, of[str(events)], a_request, prices, assumed, max(closed))

    usual = {events: month(events, 2, 1) for events in VOLUMES}
    bills = {events: one.bill() for events, one in usual.items()}
    columns = [named(events) for events in VOLUMES]
    rows = [row(name, [dollars(bills[events][name]) for events in VOLUMES])
            for name in next(iter(bills.values()))]
    rows.append(row("**together**", [f"**{dollars(sum(bills[e].values()))}**" for e in VOLUMES]))
    free = [dollars(sum(one.bill(is_free_deducted=True).values())) for one in usual.values()]
    rows.append(row("less what is free each month", free))
    units = [f"{sum(one.of(f, 'state_write_units') for f in ('rollup', 'score')) / events:.2f}"
             for events, one in usual.items()]
    rows.append(row("write units an event, text apart", units))
    lines = table("$ a month, events a month", columns, rows)
    lines.append("")
    others = []
    for a_request in (1, 10, 100):
        for window in WINDOWS:
            cells = [dollars(sum(month(events, window, a_request).bill().values())) for events in VOLUMES]
            others.append(row(f"{a_request} an API request, window of {window} s", cells))
    return "\n".join(lines + table("$ a month, together", columns, others))


def measure():
    """Counts anew what each volume uses, and writes measured.json."""
    build = ["cargo", "build", "--workspace", "--bins", "--tests", "--example", "event_cost"]
    subprocess.run(build, cwd=ROOT, check=True)
    built = ROOT / "target/debug"
    measured = {}
    for events, asked in VOLUMES.items():
        within = simulated(built / "tocsin", asked)
        measured[str(events)] = {}
        for window in WINDOWS:
            count = [built / "examples/event_cost", str(window)]
            told = subprocess.run(count, input="".join(within), capture_output=True, check=True, text=True)
            measured[str(events)][str(window)] = json.loads(told.stdout) | asked
            print(events, window, told.stdout.strip(), file=sys.stderr)
    (HERE / "measured.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def simulated(tocsin, asked):
    """Events of the hours that are counted, in the order in which they come."""
    first = FIRST if asked["hours"] < 24 else 0
    simulate = [tocsin, "simulate", "--days", "1", "--start", DAY, "--volume", str(asked["volume"])]
    within = []
    with subprocess.Popen(simulate, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as lines:
        for line in lines.stdout:
            date, clock = line.split('"time":"', 1)[1][:16].split("T")
            hour = int(clock[:2]) + int(clock[3:5]) / 60
            if date != DAY or hour >= first + asked["hours"]:
                break
            if hour >= first:
                within.append(line)
        lines.kill()
    return within


def main():
    if "--measure" in sys.argv:
        measure()
    elif "--check" in sys.argv:
        text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
        told = text.split(BEGIN)[1].split(END)[0].strip()
        if told != tables():
            sys.exit("docs/deploy.md has other tables than infra/cost/bill.py prints: put them in")
    else:
        print(tables())


if __name__ == "__main__":
    main()
