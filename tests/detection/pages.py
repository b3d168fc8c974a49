"""False pages and found incidents of a set of rules over simulated fortnights, by `tocsin backtest`.

Each seed is a tenant's fortnight with three incidents in its second week, of kinds that take turns. What
was measured is kept a line a seed in --out, so that a run that was interrupted goes on.
"""

import argparse
import json
import math
import re
import statistics
import subprocess
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

START = "2026-01-05"
DAYS = 14
# Kinds that harm, each long enough to be found; those that last for days come last.
KINDS = [
    "flawed_answers", "escalation_surge", "deflection_drop", "agent_request_surge", "slow_ai",
    "wrong_answers", "queue_overload", "confidence_decline", "segment_harmed", "bad_handoffs",
    "source_silent", "delayed_closes",
]
# When they begin: working hours of three days, apart enough for the longest (24 h) to be over.
TIMES = ["+8d9h", "+10d11h", "+12d14h"]
# Evidence that an incident must leave within so long to be counted as one that can be found.
NATS, WITHIN = 12.0, timedelta(hours=2)
# Usual shares of trials of the simulated centre, where a label tells the factor alone; measured over
# eight quiet weeks.
USUAL = {"deflection_rate": 0.60, "agent_request_rate": 0.094}
# The event that is a trial of each share.
TRIALS = {
    "fallback_rate": "cx.ai.responded",
    "answer_accuracy": "cx.evaluation.recorded",
    "escalation_rate": "cx.conversation.ended",
    "deflection_rate": "cx.conversation.ended",
    "agent_request_rate": "cx.conversation.ended",
}


def divergence(during, before):
    """Nats of evidence that one trial leaves on average."""
    return during * math.log(during / before) + (1 - during) * math.log((1 - during) / (1 - before))


def evidence(label, events):
    """Expected log-likelihood ratio of the incident's first two hours; None where its size is no share."""
    size, cell = label["size"], label["cells"][0]
    trial = TRIALS.get(size["quantity"])
    before, during = size.get("before"), size.get("during")
    if before is None and size["quantity"] in USUAL:
        before = USUAL[size["quantity"]]
        during = min(before * size["factor"], 0.999)
    if trial is None or before is None or not 0 < before < 1 or not 0 < during < 1:
        return None
    start = datetime.fromisoformat(label["start"])
    trials, known = 0, defaultdict(dict)
    for event in events(start, start + WITHIN):
        data, subject = event.get("data") or {}, event.get("subject")
        known[subject].update((name, data[name]) for name in ("intent", "segment") if name in data)
        if event["type"] != trial:
            continue
        if trial == "cx.evaluation.recorded" and data.get("name") != "answer_correct":
            continue
        if all(known[subject].get(name) == value for name, value in cell.items()):
            trials += 1
    return trials * divergence(during, before)


def fortnight(tocsin, seed, volume, rules):
    incidents = [KINDS[(3 * seed + turn) % len(KINDS)] for turn in range(len(TIMES))]
    with tempfile.TemporaryDirectory() as folder:
        truth, recorded = Path(folder, "truth.ndjson"), Path(folder, "events.ndjson")
        simulate = [tocsin, "simulate", "--start", START, "--days", str(DAYS), "--seed", str(seed),
                    "--volume", str(volume), "--truth", truth]
        for kind, time in zip(incidents, TIMES):
            simulate += ["--incident", f"{kind}@{time}"]
        end = (datetime.fromisoformat(START) + timedelta(days=DAYS)).isoformat()
        lines = []
        with subprocess.Popen(simulate, stdout=subprocess.PIPE, text=True) as process, recorded.open("w") as out:
            for line in process.stdout:
                # The recording ends with the fortnight: what comes later comes without heartbeats.
                time = re.search(r'"time":"([^"]+)"', line)[1]
                if time < end:
                    out.write(line)
                    lines.append((time, line))
        assert process.returncode == 0
        labels = [json.loads(line) for line in truth.read_text().splitlines()]
        labels = [label for label in labels if label["start"] < end]
        truth.write_text("".join(json.dumps(label) + "\n" for label in labels))

        def between(start, until):
            low, high = (at.strftime("%Y-%m-%dT%H:%M:%S") for at in (start, until))
            return (json.loads(line) for time, line in lines if low <= time < high)

        backtest = [tocsin, "backtest", recorded, "--truth", truth, "--format", "json"]
        backtest += ["--rules", rules] if rules else []
        report = json.loads(subprocess.run(backtest, check=True, capture_output=True, text=True).stdout)
        outcome = report["truth"]
        for found, label in zip(outcome["incidents"], labels):
            found["nats"] = evidence(label, between)
        return {"seed": seed, "weeks": report["weeks"], "incidents": outcome["incidents"],
                "false_pages": outcome["false_pages"], "false_alarms": outcome["false_alarms"],
                "false_by_rule": outcome["false_by_rule"], "rules": report["rules"]}


def predicted(tocsin, rules):
    """Bounds by rule, alerts a week, as `tocsin rules check` prints them."""
    printed = subprocess.run([tocsin, "rules", "check", rules], capture_output=True, text=True).stdout
    found = re.findall(r"^(\S+) .*at most ([\d.]+)", printed, re.MULTILINE)
    return {rule: float(bound) for rule, bound in found if rule != "all"}


def summary(runs, bounds):
    weeks = sum(run["weeks"] for run in runs)
    print(f"fortnights                    {len(runs)}")
    for name in ("false_pages", "false_alarms"):
        each = [run[name] / run["weeks"] for run in runs]
        spread = statistics.stdev(each) / math.sqrt(len(each)) if len(each) > 1 else 0.0
        print(f"{name.replace('_', ' ')} a tenant-week   {statistics.mean(each):.2f} +- {2 * spread:.2f}")
    by_rule = defaultdict(int)
    for run in runs:
        for rule, count in run["false_by_rule"].items():
            by_rule[rule] += count
    for rule, count in sorted(by_rule.items(), key=lambda item: -item[1]):
        bound = f", at most {bounds[rule]:.3f} predicted" if rule in bounds else ""
        print(f"  {rule}: {count / weeks:.3f} a week{bound}")
    if bounds:
        seen = sum(count for rule, count in by_rule.items() if rule in bounds) / weeks
        total = sum(bounds.values())
        ratio = f", {total / seen:.1f} times as many" if seen else ""
        print(f"rules with a bound: at most {total:.2f} a week predicted{ratio}, {seen:.2f} observed")
    print(f"\n{'incident':<20} number found  within reach  found there  median delay")
    kinds = defaultdict(list)
    for run in runs:
        for incident in run["incidents"]:
            if incident["harmful"]:
                kinds[incident["kind"]].append(incident)
                kinds["all"].append(incident)
    limit = WITHIN.total_seconds() / 60
    for kind, incidents in sorted(kinds.items()):
        delays = [one["delay_minutes"] for one in incidents if one["delay_minutes"] is not None]
        reach = [one for one in incidents if one["nats"] is not None and one["nats"] > NATS]
        there = [one for one in reach if one["delay_minutes"] is not None and one["delay_minutes"] <= limit]
        share = f"{len(there) / len(reach):.0%}" if reach else "-"
        delay = f"{statistics.median(delays):.0f} min" if delays else "-"
        print(f"{kind:<20} {len(incidents):>6} {len(delays):>5}  {len(reach):>12}  {share:>11}  {delay:>12}")
    print("within reach: the label tells of a share, and two hours leave more than 12 nats;"
          " found there: within two hours")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tocsin", default="target/release/tocsin")
    parser.add_argument("--first", type=int, default=5001, help="first seed")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--volume", type=float, default=60)
    parser.add_argument("--rules", help="instead of the default ones")
    parser.add_argument("--out", default="pages.ndjson")
    options = parser.parse_args()
    out = Path(options.out)
    runs = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    for seed in range(options.first, options.first + options.count):
        if any(run["seed"] == seed for run in runs):
            continue
        runs.append(fortnight(options.tocsin, seed, options.volume, options.rules))
        with out.open("a") as kept:
            kept.write(json.dumps(runs[-1]) + "\n")
    shipped = Path(__file__).parents[2] / "shared/src/rule/default.yaml"
    summary(runs, predicted(options.tocsin, options.rules or shipped))


if __name__ == "__main__":
    main()
