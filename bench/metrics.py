"""Metrics over a million members and fifty million events, beside ClickHouse on the same rows, answers proven equal.

    python bench/metrics.py [--members N] [--events N] [--only funnel,churn] [--runs 5] [--log-events N] [--keep FOLDER]

Eighteen months of a seeded company are written straight as segments (about 0.8 GB in a temporary folder); the way
through the log is proven on `--log-events` events: the same company once as segments and once recorded in the
operational log, sealed, compacted and rolled up, must give the same answers. Each question is asked in a process of
its own, `--runs` times: of the events, of our rollups, and of ClickHouse (`chdb`, sorted and merged tables, as many
threads as ours). Prints the median seconds and the peak memory of each and what the rollups cost to build; everything
of a full run goes to bench/results/metrics.json. chdb is installed into the temporary folder, not into the environment;
without a package index its column stays empty.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from metrics_data import ZONE, Plan, generate, read_plan, set_up, write_stays
from metrics_questions import QUESTIONS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WAYS = {"events": "ours, events", "rollups": "ours, rollups", "rival": "ClickHouse"}

Report = dict[str, Any]


def main() -> None:
    options = read_options()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="qadam-metrics-"))
    try:
        report = run(options, folder)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    show(report)
    if options.only is None and options.members >= 1_000_000:
        path = HERE / "results" / "metrics.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(report, indent=2) + "\n")
    if not report["equal"]:
        sys.exit("The answers differ.")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--only", help=f"some of {', '.join(QUESTIONS)}, with commas")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--log-events", type=int, default=1_000_000, help="events for the way through the log; 0: skip")
    parser.add_argument("--no-rival", action="store_true")
    parser.add_argument("--keep", type=Path, help="keep everything in this folder; what is there already is used")
    return parser.parse_args()


def run(options: argparse.Namespace, folder: Path) -> Report:
    plan = Plan(options.members, options.events)
    names = options.only.split(",") if options.only else list(QUESTIONS)
    company = folder / "company"
    building = prepare(plan, company)
    path_proof = prove_log_path(options, folder) if options.log_events else {}
    packages = None if options.no_rival else install_rival(folder)
    load = ask(company, "rival", "load", (1, packages)) if packages and not (company / "clickhouse").exists() else {}
    questions = {name: ask_all(company, name, (options.runs, packages)) for name in names}
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": __import__("duckdb").__version__,
        "clickhouse": load.get("version"),
        "members": plan.members,
        "months": plan.months,
        "runs": options.runs,
        **building,
        "log_path": path_proof,
        "clickhouse_load": load,
        "questions": questions,
        "equal": all(each["equal"] for each in questions.values()) and path_proof.get("equal", True),
    }


def prepare(plan: Plan, folder: Path) -> Report:
    """Generate the company and build what ours reads, each step in a process of its own; return what it took."""
    if (folder / "building.json").exists():
        assert read_plan(folder) == plan, "another company is kept in this folder"
        return json.loads((folder / "building.json").read_text())
    folder.mkdir(parents=True)
    steps = ("generate", "sort", "days", "stays")
    done = {step: child(["--step", step, folder, json.dumps(plan.__dict__)]) for step in steps}
    report = {
        "events": done["sort"]["rows"],
        "segments": done["days"]["segments"],
        "segments_mb": done["sort"]["mb"],
        "day_files_mb": done["days"]["mb"],
        "stage_visits": done["stays"]["visits"],
        "building": {step: {name: done[step][name] for name in ("seconds", "peak_mb")} for step in steps},
    }
    (folder / "building.json").write_text(json.dumps(report))
    return report


def child(arguments: list[Any], packages: Path | None = None, script: str = "metrics.py") -> Report:
    env = {**os.environ, "PYTHONPATH": str(packages or "")}
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=env, check=True)
    found: Report = json.loads(done.stdout.splitlines()[-1])
    return found


def take_step(step: str, folder: Path, plan: Plan) -> Report:
    """Do one step of the preparation with the product's own operations."""
    from metrics_run import peak_mb

    set_up(folder)
    begin = time.perf_counter()
    found = STEPS[step](folder, plan)
    return {**found, "seconds": round(time.perf_counter() - begin, 1), "peak_mb": peak_mb()}


def sort_segments(folder: Path, plan: Plan) -> Report:
    from qadam.metrics import segment_operations, store

    segment_operations.compact(now=plan.now)
    segments = store.standing_segments()
    return {"rows": sum(each.row_count for each in segments), "mb": round(sum(each.size for each in segments) / 1e6)}


def roll_up(folder: Path, plan: Plan) -> Report:
    from qadam.metrics import segment_operations, store

    segment_operations.roll_up(zone=ZONE)
    segments = store.standing_segments()
    return {"segments": len(segments), "mb": round(sum(each.days_size for each in segments) / 1e6, 1)}


def make(folder: Path, plan: Plan) -> Report:
    generate(plan, folder)
    return {}


STEPS: dict[str, Callable[[Path, Plan], Report]] = {
    "generate": make,
    "sort": sort_segments,
    "days": roll_up,
    "stays": lambda folder, plan: {"visits": write_stays(folder)},
}


def prove_log_path(options: argparse.Namespace, folder: Path) -> Report:
    """Ask all questions of a small company twice: of its generated segments, and of the log it was recorded in."""
    plan = Plan(max(1, options.log_events // 50), options.log_events)
    generated, recorded = folder / "small", folder / "recorded"
    prepare(plan, generated)
    taken = {}
    if not (recorded / "plan.json").exists():
        taken = child([generated, recorded], script="metrics_path.py")
    answers = [
        [ask(place, way, name, (1, None))["answer"] for name in QUESTIONS]
        for place, way in ((generated, "rollups"), (recorded, "rollups"), (recorded, "events"))
    ]
    return {**taken, "equal": answers[0] == answers[1] == answers[2]}


def install_rival(folder: Path) -> Path | None:
    """Bring chdb into a folder of its own, by hash; None where there is no package index."""
    packages = folder / "packages"
    if packages.exists():
        return packages
    lock = ROOT / "requirements" / "chdb.txt"
    arguments = ["--no-deps", "--require-hashes", "--target", packages, "-r", lock]
    uv = Path(sys.executable).parent / "uv"
    tool = (
        [uv, "pip", "install", "--python", sys.executable] if uv.exists() else [sys.executable, "-m", "pip", "install"]
    )
    done = subprocess.run([str(each) for each in [*tool, "--quiet", *arguments]], stdout=sys.stderr, check=False)
    if done.returncode:
        print("chdb can't be installed; ClickHouse's figures are missing", file=sys.stderr)
        return None
    return packages


def ask_all(folder: Path, name: str, how: tuple[int, Path | None]) -> Report:
    found = {way: ask(folder, way, name, how) for way in WAYS if way != "rival" or how[1]}
    answers = [each.pop("answer") for each in found.values()]
    for each in found.values():
        each["median"] = round(statistics.median(each["seconds"]), 3)
    return {**found, "equal": all(answer == answers[0] for answer in answers)}


def ask(folder: Path, way: str, name: str, how: tuple[int, Path | None]) -> Report:
    runs, packages = how
    return child([folder, way, name, runs], packages, "metrics_run.py")


def show(report: Report) -> None:
    print(f"\n{report['members']:,} members, {report['events']:,} events in {report['months']} months, ", end="")
    print(f"{report['segments']} segments ({report['segments_mb']} MB), day files {report['day_files_mb']} MB")
    print(f"\n{'median seconds (peak MB)':38}" + "".join(f"{title:>20}" for title in WAYS.values()) + "   answers")
    for name, each in report["questions"].items():
        cells = [f"{each[way]['median']:.3f} ({each[way]['peak_mb']})" if way in each else "—" for way in WAYS]
        verdict = "equal" if each["equal"] else "DIFFER"
        print(f"{QUESTIONS[name].title:38}" + "".join(f"{cell:>20}" for cell in cells) + f"   {verdict}")
    words = {
        "generate": "(writing the segments of the bench)",
        "sort": "segments of closed months, sorted by member",
        "days": "member-days of all segments",
        "stays": f"stage visits ({report['stage_visits']:,})",
    }
    print("\nbuilding, once for all 18 months; in service each month or segment costs its part")
    for step, took in report["building"].items():
        print(f"{words[step]:48}{took['seconds']:>8.1f} s {took['peak_mb']:>6} MB")
    if load := report["clickhouse_load"]:
        print(f"{'ClickHouse: load, merge':48}{load['load'] + load['merge']:>8.1f} s {load['peak_mb']:>6} MB")
    if path := report["log_path"]:
        print(f"\nthrough the log: {'equal answers' if path['equal'] else 'THE ANSWERS DIFFER'}; {path}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(take_step(sys.argv[2], Path(sys.argv[3]), Plan(**json.loads(sys.argv[4])))))
    else:
        main()
