#!/usr/bin/env python3
"""Prints what `tocsin detect` reaches on labelled series, beside plain baselines.

usage: figures.py --bench DIR --tocsin BINARY [--cost BINARY] [--work DIR]

DIR holds events_score.py, cloud-monitoring/ and nab/ (with nabscore.py). Everything that is scored
comes out of the command's own CSV. --cost is the built example `detector_cost`.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import pandas as pd

import baselines

PROFILES = ("standard", "reward_low_FP_rate", "reward_low_FN_rate")
BUDGET = "recall@0.1_false_alarms_per_series_week"
BUDGETS = ("AP", BUDGET, "recall@0.5_false_alarms_per_series_week")


def detect(tocsin, source, target):
    """Scores one file; the seconds that it took."""
    target.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with open(target, "wb") as out:
        subprocess.run([tocsin, "detect", source], stdout=out, check=True)
    return time.perf_counter() - start


def files(folder):
    return sorted(folder.rglob("*.csv"))


def detect_all(tocsin, folder, target):
    """Scores a folder; rows and seconds."""
    rows = seconds = 0
    for source in files(folder):
        seconds += detect(tocsin, source, target / source.relative_to(folder))
        rows += source.read_bytes().count(b"\n") - 1
    return rows, seconds


def plain_all(folder, target, column):
    """Scores a folder by the plain detectors, one folder for each; their names."""
    names = set()
    for source in files(folder):
        table = pd.read_csv(source)
        times = pd.to_datetime(table["timestamp"], utc=True).dt.tz_localize(None)
        for name, scores in baselines.plain_scores(times, table["value"].to_numpy()).items():
            out = target / name / source.relative_to(folder)
            out.parent.mkdir(parents=True, exist_ok=True)
            pd.DataFrame({"timestamp": table["timestamp"], column: scores}).to_csv(out, index=False)
            names.add(name)
    return sorted(names)


def cut_alike(tocsin, folder, whole, work):
    """How many files give the same rows up to a cut at 80 %, byte for byte."""
    alike = 0
    part, scored = work / "part.csv", work / "part_scored.csv"
    for source in files(folder):
        lines = source.read_bytes().splitlines(keepends=True)
        part.write_bytes(b"".join(lines[: 1 + (len(lines) - 1) * 4 // 5]))
        detect(tocsin, part, scored)
        alike += (whole / source.relative_to(folder)).read_bytes().startswith(scored.read_bytes())
    return alike


def script(path, *arguments, **environment):
    run = [sys.executable, path, *map(str, arguments)]
    answer = subprocess.run(run, capture_output=True, text=True, env={**os.environ, **environment})
    if answer.returncode:
        sys.exit(f"{path}: {answer.stderr}")
    return answer.stdout


def row(name, *numbers):
    print(f"  {name:44}" + "".join(f"{number:>10}" for number in numbers))


def events(args, work):
    """Recall and average precision by events."""
    scorer, data = args.bench / "events_score.py", args.bench / "cloud-monitoring" / "data"
    prepared, scored = work / "events", work / "events_scored"
    script(scorer, "prepare", data, prepared)
    rows, seconds = detect_all(args.tocsin, prepared, scored)
    print(f"\ncloud-monitoring, event by event ({len(files(prepared))} series)")
    row("", "AP", "@ 0.1", "@ 0.5")

    def figures(name, folder):
        answer = json.loads(script(scorer, "score", data, folder))
        row(name, *(answer[budget] for budget in BUDGETS))

    for line in script(scorer, "baseline", data, work).splitlines():
        name, answer = line.split(":", 1)
        answer = json.loads(answer)
        row(f"plain z-score, {name}", *(answer[budget] for budget in BUDGETS))
    for name in plain_all(prepared, work / "events_plain", "page_score"):
        figures(f"plain {name}", work / "events_plain" / name)
    figures("tocsin detect, page_score", scored)
    return prepared, scored, rows, seconds


def nab(args, work):
    """The scores of the Numenta Anomaly Benchmark."""
    folder = args.bench / "nab"
    data, scored = folder / "data", work / "nab_scored"
    rows, seconds = detect_all(args.tocsin, data, scored)
    print(f"\nNAB ({len(files(data))} files)")
    row("", "standard", "low FP", "low FN")

    def figures(name, results):
        text = script(folder / "nabscore.py", results, NAB_DIR=str(folder))
        row(name, *(f"{float(re.search(rf'^{p} +([-0-9.]+)', text, re.M)[1]):.1f}" for p in PROFILES))

    for name in plain_all(data, work / "nab_plain", "anomaly_score"):
        figures(f"plain {name}", work / "nab_plain" / name)
    figures("tocsin detect, anomaly_score", scored)
    return data, scored, rows, seconds


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", type=pathlib.Path, required=True)
    parser.add_argument("--tocsin", type=pathlib.Path, required=True)
    parser.add_argument("--cost", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, help="keep what is scored there")
    args = parser.parse_args()
    args.tocsin, args.bench = args.tocsin.resolve(), args.bench.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or pathlib.Path(temporary)
        results = [events(args, work), nab(args, work)]
        rows, seconds = (sum(result[i] for result in results) for i in (2, 3))
        print("\ncut at 80 %: the same bytes up to the cut")
        for (data, scored, *_), name in zip(results, ("cloud-monitoring", "NAB")):
            row(name, f"{cut_alike(args.tocsin, data, scored, work)} of {len(files(data))}")
        print("\ncost")
        row("the command: start, reading and writing too", f"{1e9 * seconds / rows:.0f} ns a row")
        if args.cost:
            print(subprocess.run([args.cost.resolve()], capture_output=True, text=True, check=True).stdout)


main()
