"""What bench/engine.py prints: tables of its figures beside the goals."""

from typing import Any

import engine_steady
from rivals import compare

Report = dict[str, Any]
GOALS = {"sqlite": 20_000, "postgresql": 10_000}
AHEAD = 50
"""At least so many times the best rival, per member-step."""


def weigh_rivals(report: Report) -> None:
    """Add how many times as fast as each rival we are: by the clock, by CPU, and with dispatch to the next wait."""
    unit = report["unit"]
    for rival in report["rivals"].get("figures", []):
        rival["ratio"] = round(unit["members_per_second"] / rival["per_second"], 1)
        rival["ratio_by_cpu"] = round(unit["members_per_cpu_second"] / rival["per_cpu_second"], 1)
        rival["ratio_to_next_wait"] = round(unit["to_the_next_wait_per_second"] / rival["per_second"], 1)


def rates(report: Report) -> dict[str, int]:
    phases = report["phases"]
    own = [each for name, each in phases.items() if name.startswith("journeys")]
    loop = [each for name, each in phases.items() if name != "record the events"]
    steps = report["member_steps"]
    return {
        "engine_per_second": round(steps / wall_of(own)),
        "engine_per_cpu_second": round(steps / cpu_of(own)),
        "loop_per_second": round(steps / wall_of(loop)),
        "loop_per_cpu_second": round(steps / cpu_of(loop)),
        "members_through_w_per_second": round(report["members"] / wall_of(loop)),
    }


def wall_of(phases: list[Report]) -> float:
    return sum(float(each["seconds"]) for each in phases)


def cpu_of(phases: list[Report]) -> float:
    return sum(float(each["cpu"] + each["database_cpu"]) for each in phases)


def show(report: Report) -> None:
    print(f"\n{report['database']} ({report['durability']}), {report['members']:,} members, {report['cores']} cores\n")
    print(f"{'workload W':28}{'wall s':>10}{'our CPU s':>12}{'database CPU s':>16}")
    for name, each in report["phases"].items():
        print(f"{name:28}{each['seconds']:>10.2f}{each['cpu']:>12.2f}{each['database_cpu']:>16.2f}")
    done = report["rates"]
    print(f"\n{report['member_steps']:,} member-steps, {report['messages']:,} messages, left: {report['left']}")
    print(f"{'member-steps a second':44}{'wall':>10}{'CPU':>10}")
    print(f"{'  the engine alone':44}{done['engine_per_second']:>10,}{done['engine_per_cpu_second']:>10,}")
    print(f"{'  with activity and dispatch':44}{done['loop_per_second']:>10,}{done['loop_per_cpu_second']:>10,}")
    print(f"{'members through all of W a second':44}{done['members_through_w_per_second']:>10,}")
    show_ticks(report)
    show_room(report)
    show_unit(report)
    if "steady" in report:
        engine_steady.show(report["steady"])
    if "rivals" in report:
        compare.show(report["rivals"], AHEAD)


def show_ticks(report: Report) -> None:
    print(f"\n{'member-steps in one call':28}{'calls':>8}{'member-steps':>14}{'ms a call':>11}{'steps/s':>10}")
    for each in report["ticks"]:
        print(
            f"{each['steps']:28}{each['calls']:>8,}{each['member_steps']:>14,}"
            f"{each['ms_per_call']:>11,.1f}{each['steps_per_second']:>10,}"
        )


def show_room(report: Report) -> None:
    each = report["room"]
    print(
        f"\nroom with {each['waiting']:,} waiting: {each['bytes_of_enrollment']:,} bytes a member in enrollments and"
        f" their indexes; {each['bytes_of_all']:,} with their events, messages and transitions"
    )
    for at in report["memory"]:
        print(
            f"memory with {at['waiting']:>9,} waiting: {at['own_mb']:>5} MB of our own, {at['mb']} MB with mapped files"
        )
    cache = "; SQLite's page cache, at most 64 MB of our own, fills first" if report["database"] == "sqlite" else ""
    print(f"peak memory {report['peak_mb']:,} MB{cache}")


def show_unit(report: Report) -> None:
    print("\ntimer, message step, one outbox row (fire_due alone; median of three rounds)")
    print(f"{'due at once':>12}{'wall ms':>11}{'CPU ms':>10}{'database CPU ms':>17}{'members/s':>12}{'a CPU s':>10}")
    for each in report["unit"]["sizes"]:
        print(
            f"{each['due']:>12,}{each['ms']:>11,.1f}{each['cpu_ms']:>10,.1f}"
            f"{each['database_cpu_ms']:>17,.1f}{each['members_per_second']:>12,}{each['members_per_cpu_second']:>10,}"
        )
    goal = GOALS[report["database"]]
    print(
        f"goal {goal:,} a second; dispatch (null channel), outcome and the next wait included:"
        f" {report['unit']['to_the_next_wait_per_second']:,} members a second"
    )
