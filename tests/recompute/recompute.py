"""The API's numbers against an independent recomputation from the raw events.

    recompute.py EVENTS.ndjson --url http://127.0.0.1:PORT [--settings settings.json]

The SQL beside this file is written from the definitions and shares nothing with the pipeline.
Prints a line for each metric: cells compared, and how many differ; exit 1 on a difference.
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from canonical import canonical
from comparison import Api, Table

HERE = Path(__file__).parent
SUBJECTS = [
    "settings", "events", "dimensions", "conversations", "responses", "queueing", "handling", "outcomes",
    "customers", "ai", "evaluations", "handoffs", "openness", "signals", "trials", "gauges",
    "agents", "indices",
]
DIMENSIONS = [
    "channel", "queue", "intent", "model_version", "prompt_version", "kb_version", "agent", "team", "language",
    "segment", "region", "use_case", "source",
]
PAIRS = [("intent", "prompt_version"), ("intent", "model_version"), ("intent", "channel"), ("queue", "channel")]
# One series for each value of the extra dimension: never pooled, or not to be added.
NEVER_POOLED = {"intent_accuracy", "answer_accuracy", "revenue_at_risk"}
NOT_BY_AGENT = {"contacts", "handle_time", "abandonment_rate", "service_level", "speed_of_answer"}
BY_DAY = ["contacts", "response_time", "csat", "resolution_rate", "repeat_contact_rate_24h", "ai_cost", "handle_time"]
# Fewer trials of one person are not shown.
SUPPRESSED_BELOW = 30


def content_hash(time, kind, data):
    """The first 8 bytes of the hash that decides between contents of one identity."""
    content = {"time": time, "type": kind, "data": json.loads(data)}
    return hashlib.sha256(canonical(content).encode()).hexdigest()[:16]


def hash_contradicting(db):
    """The hashes of all contents of an identity that came with more than one."""
    db.execute("create table hashed (time varchar, type varchar, data varchar, hash varchar)")
    contents = db.execute("""
        select distinct time, type, data::varchar from raw
        qualify count(distinct (time, type, data::varchar)) over (partition by source, subject, id) > 1""").fetchall()
    if contents:
        db.executemany("insert into hashed values (?, ?, ?, ?)", [(*one, content_hash(*one)) for one in contents])


def settings_rows(path):
    """`(version_from, name, key, value)`: one row for each number; a plain number has the key `default`."""
    for version in json.loads(Path(path).read_text())["versions"]:
        begins = version.pop("from", "1970-01-01T00:00:00Z")
        for name, value in version.items():
            by_key = value if isinstance(value, dict) else {"default": value}
            for key, one in by_key.items():
                yield begins, name, key, one


def recomputed(events, settings):
    """A database in which every view of the SQL beside this file stands."""
    db = duckdb.connect()
    columns = "{'id': 'VARCHAR', 'source': 'VARCHAR', 'subject': 'VARCHAR', 'type': 'VARCHAR', 'time': 'VARCHAR', 'data': 'JSON'}"
    db.execute(f"create table raw as select * from read_json(?, format='newline_delimited', columns={columns})", [events])
    hash_contradicting(db)
    db.execute("create table given (begins varchar, name varchar, key varchar, value decimal(18, 6))")
    db.executemany("insert into given values (?, ?, ?, ?)", list(settings_rows(settings)))
    for subject in SUBJECTS:
        db.execute((HERE / f"{subject}.sql").read_text())
    return db


def figures(db, by=(), step=None):
    """By metric and (dimension values, extra, time): count, numerator, denominator and sorted values."""
    parts = [f"coalesce({one}, 'unknown')" for one in by]
    parts.append(f"case when metric in ({', '.join(repr(one) for one in sorted(NEVER_POOLED))}) then extra end")
    if step:
        parts.append(f"strftime(make_timestamp(ts // {step * 10**9} * {step * 10**6}), '%Y-%m-%dT%H:%M:%SZ')")
    keys = ", ".join(f"{part} as k{n}" for n, part in enumerate(parts))
    rows = db.execute(f"""
        select metric, count(*), sum(numerator)::hugeint, sum(denominator)::hugeint, list_sort(list(numerator)), {keys}
        from trial_in_context group by all""").fetchall()
    found = defaultdict(dict)
    for metric, count, numerator, denominator, values, *key in rows:
        found[metric][tuple(one for one in key if one is not None)] = (count, numerator, denominator, values)
    return found


# Not determined by the raw events: sampled, or dependent on when events arrived. `docs/metrics.md`
# says where each is tested instead.
NOT_COMPARED = {
    "longest_wait": "sampled at each tick, and not restated",
    **dict.fromkeys(
        ["freshness_seconds", "late_events", "duplicate_events", "conflicting_events", "rejected_events",
         "unknown_types", "uptime", "completeness"],
        "depends on when events arrived",
    ),
}


def left_out(api, table):
    """Prints why a metric is not compared; true where no metric is left out without a reason."""
    names = {one["name"] for one in api.get("/v1/metrics")["metrics"]} - set(table.cells)
    for name in sorted(names):
        print(f"{name:40}{NOT_COMPARED.get(name, 'NOT COMPARED, AND NOBODY SAYS WHY')}")
    return names <= set(NOT_COMPARED)


# Gauge, cut and the recomputed level at the last minute of each hour.
LEVELS = [
    *((f"select metric, {keys} minute, sum(value) from conversation_gauge group by all", by)
      for keys, by in [("", ()), ("queue,", ("queue",)), ("channel,", ("channel",)),
                       ("queue, channel,", ("queue", "channel"))]),
    ("select metric, extra, minute, sum(value) from conversation_gauge where metric = 'backlog' group by all",
     ("age_band",)),
    ("select metric, minute, sum(value) from queue_gauge group by all", ()),
    ("select metric, queue, minute, value from queue_gauge", ("queue",)),
    *((f"""select metric, {keys} minute, sum(value) from (
            select queue, agent, team, minute, unnest(['agents_available', 'agents_busy']) as metric,
                unnest([available, busy]) as value
            from (select queue, agent, team, minute, available, busy from agent_gauge {both})) group by all""", by)
      for keys, by, both in [
          ("", (), "union all select queue, null, null, minute, available, busy from reported"),
          ("queue,", ("queue",), "union all select queue, null, null, minute, available, busy from reported"),
          ("agent,", ("agent",), ""), ("team,", ("team",), "")]),
]
HOUR = 3600


def levels(db, query):
    """By metric and (dimension values, start of the hour): the level at the hour's end."""
    found = defaultdict(dict)
    for metric, *key, minute, value in db.execute(query).fetchall():
        start = datetime.fromtimestamp((minute - 59) * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found[metric][(*key, start)] = value
    return found


def compare_levels(db, api, table, only):
    """A level that is nowhere known is no data, one that is 0 may be left out by either side."""
    hours = {one for found in levels(db, LEVELS[0][0]).values() for *_, one in found}
    for query, by in LEVELS:
        for metric, ours in levels(db, query).items():
            if only and metric not in only:
                continue
            theirs = {key: point for key, point in api.metric(metric, by, step=HOUR).items() if key[-1] in hours}
            for key in set(ours) ^ set(theirs):
                ours.setdefault(key, 0)
                theirs.setdefault(key, {"value": 0})
            table.add(metric, by, "gauge", theirs, ours)


def compare_time(db, api, table, only):
    """Shares of time, over the whole range."""
    for metric, part, whole in [("occupancy", "busy", "ready"), ("slot_utilisation", "slots_busy", "slots_total")]:
        for by in [(), ("queue",), ("agent",), ("team",)]:
            if only and metric not in only:
                continue
            keys = "".join(f"{one}, " for one in by)
            rows = db.execute(f"""select {keys} sum({part})::bigint, sum({whole})::bigint from time_spent
                group by all having sum({whole}) > 0""").fetchall()
            ours = {tuple(key): (whole, part, whole, None) for *key, part, whole in rows}
            table.add(metric, by, "ratio", api.metric(metric, by), ours)


def same_index(theirs, ours):
    """By key: `(count, value)` as the API and as the recomputation has it."""
    for key in sorted(set(theirs) | set(ours)):
        point, figure = theirs.get(key), ours.get(key)
        same = point and figure and point["count"] == figure[0] and abs(point["value"] - figure[1]) < 1e-6
        if not same:
            yield key, point, figure


def compare_indices(db, api, table, only):
    """Indices that follow from other metrics: by cut, by day, or of the whole range."""
    wanted = [("calibration_error", cut, None) for cut in [(), *((one,) for one in DIMENSIONS)]]
    wanted += [("intent_drift", (), 86400), ("confidence_drift", (), 86400), ("segment_disparity", (), None)]
    for metric, by, step in wanted:
        if only and metric not in only:
            continue
        ours = index(db, metric, by)
        theirs = api.metric(metric, by, step)
        if by == ("agent",):
            theirs = {key: point for key, point in theirs.items() if not point.get("suppressed")}
            ours = {key: figure for key, figure in ours.items() if figure[0] >= SUPPRESSED_BELOW}
        table.cells[metric] += len(set(theirs) | set(ours))
        table.bad[metric] += [(by, *one) for one in same_index(theirs, ours)]


def index(db, metric, by):
    match metric:
        case "calibration_error":
            key = "".join(f"coalesce({one}, 'unknown') as {one}, " for one in by)
            rows = db.execute(f"""select {key} sum(n)::bigint, sum(apart * n) / sum(n) from (
                select {key} bin, count(*) as n, abs(avg(confidence::double) - avg(good)) as apart
                from calibration group by all) group by all""")
        case "segment_disparity":
            rows = db.execute("select cut, extra, metric, n, value from disparity")
        case _:
            rows = db.execute("select day, n, value from drift where metric = ?", [metric])
    return {tuple(one for one in key if one is not None): (n, value) for *key, n, value in rows.fetchall()}


def compare(db, api, table, only):
    kinds = {one["name"]: one["kind"] for one in api.get("/v1/metrics")["metrics"]}
    metrics = [one for (one,) in db.execute("select distinct metric from trial order by 1").fetchall()]
    metrics = [one for one in metrics if not only or one in only]
    if not metrics:
        return
    for cut in [(), *((one,) for one in DIMENSIONS), *PAIRS]:
        found = figures(db, cut)
        for metric in metrics:
            if not (metric in NOT_BY_AGENT and cut in (("agent",), ("team",))):
                table.add(metric, cut, kinds[metric], api.metric(metric, cut), found[metric])
    by_day = figures(db, step=86400)
    for metric in set(BY_DAY) & set(metrics):
        table.add(metric, ("day",), kinds[metric], api.metric(metric, step=86400), by_day[metric])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events")
    parser.add_argument("--url", required=True)
    parser.add_argument("--settings", default=HERE / "settings.json")
    parser.add_argument("--only", action="append", default=[], help="a metric; may be repeated")
    parser.add_argument("--show", type=int, default=3, help="differences shown for each metric")
    options = parser.parse_args()
    db = recomputed(options.events, options.settings)
    table = Table(options.show)
    api, only = Api(options.url, db), set(options.only)
    compare(db, api, table, only)
    compare_levels(db, api, table, only)
    compare_time(db, api, table, only)
    compare_indices(db, api, table, only)
    equal, complete = table.print(), bool(only) or left_out(api, table)
    sys.exit(0 if equal and complete else 1)


if __name__ == "__main__":
    main()
