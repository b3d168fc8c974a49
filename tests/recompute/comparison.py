"""The API's answers, and a table of how they compare with figures of one's own."""

import json
import urllib.parse
import urllib.request
from collections import defaultdict

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
SKETCH_ERROR = 0.01


class Api:
    def __init__(self, url, db):
        self.url = url
        first, last = db.execute("select min(time), max(time) from raw").fetchone()
        # `to` is exclusive; nothing is dated after the newest event's minute.
        self.range = {"from": first[:10] + "T00:00:00Z", "to": last[:10] + "T23:59:00Z"}

    def get(self, path, query=()):
        url = f"{self.url}{path}?{urllib.parse.urlencode(list(query))}"
        request = urllib.request.Request(url, headers={"X-Tocsin-Role": "qa_manager"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def metric(self, name, by=(), step=None):
        """Points by (dimension values, time)."""
        query = [*self.range.items(), *(("by", one) for one in by)]
        if step:
            query.append(("step", step))
        cells = {}
        for series in self.get(f"/v1/metrics/{name}", query)["series"]:
            values = dict(series["dimensions"])
            key = tuple(values.pop(one) for one in by) + tuple(values.values())
            for point in series["points"]:
                cells[key + ((point["time"],) if step else ())] = point
        return cells


def quantile_holds(values, share, given):
    places = [share * (len(values) - 1), share * len(values) - 1]
    near = [values[min(max(int(p) + d, 0), len(values) - 1)] / 1e6 for p in places for d in (0, 1)]
    slack = SKETCH_ERROR + 1e-6
    return min(near) * (1 - slack) - 1e-6 <= given <= max(near) * (1 + slack) + 1e-6


def micros(value):
    return round(value * 1e6)


def agrees(kind, point, ours):
    if kind == "gauge":
        return point["value"] == ours
    count, numerator, denominator, values = ours
    if point.get("suppressed"):
        return point.get("denominator", point.get("count")) in (count, denominator)
    match kind:
        case "count":
            return point["value"] == numerator
        case "sum":
            return micros(point["value"]) == numerator
        case "ratio":
            return (point["numerator"], point["denominator"]) == (numerator, denominator)
        case "mean":
            return (point["count"], micros(point["sum"])) == (count, numerator)
        case "distribution":
            exact = (point["count"], micros(point["sum"])) == (count, numerator)
            return exact and all(quantile_holds(values, share, point[name]) for name, share in QUANTILES.items())
        case "index":
            return point["count"] == count and abs(point["value"] - numerator / count / 1e6) < 1e-6
    raise ValueError(f"no comparison for {kind}")


def differences(kind, theirs, ours):
    """Cells that only one side has, or that differ."""
    for key in sorted(set(theirs) | set(ours)):
        point, figure = theirs.get(key), ours.get(key)
        if point is None or figure is None or not agrees(kind, point, figure):
            yield key, point, figure[:3] if isinstance(figure, tuple) else figure


class Table:
    """What is printed: metric, cells compared, differences."""

    def __init__(self, shown):
        self.cells, self.bad, self.shown = defaultdict(int), defaultdict(list), shown

    def add(self, metric, cut, kind, theirs, ours):
        self.cells[metric] += len(set(theirs) | set(ours))
        self.bad[metric] += [(cut, *one) for one in differences(kind, theirs, ours)]

    def print(self):
        print(f"{'metric':40}{'cells':>8}{'differences':>14}")
        for metric, cells in self.cells.items():
            print(f"{metric:40}{cells:8}{len(self.bad[metric]):14}")
            for cut, key, theirs, ours in self.bad[metric][: self.shown]:
                print(f"    {'×'.join(cut) or 'total'} {'/'.join(key)}: API {theirs}, recomputed {ours}")
        print(f"{'all':40}{sum(self.cells.values()):8}{sum(map(len, self.bad.values())):14}")
        return not any(self.bad.values())
