"""Install the rivals into a throw-away venv and let each do the unit of work: a timer's step, one outbox row, the next.

Their PostgreSQL is the one of QADAM_DATABASE (a database of its own) or, without it, a server of its own that
tools/with_postgresql.py starts.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = ["procrastinate", "dbos", "psycopg[binary,pool]"]
MEMBERS = {"with_procrastinate": 10_000, "with_dbos": 1_000}

Report = dict[str, Any]


def run_all() -> Report:
    """Return the figures of all rivals, or why there are none."""
    folder = Path(tempfile.mkdtemp(prefix="qadam-rivals-"))
    try:
        python = install(folder)
        if python is None:
            return {"missing": "the package index can't be reached, so the rivals can't be installed"}
        figures = []
        for script, members in MEMBERS.items():
            figures += run(python, script, members, folder)
        return {"figures": figures}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(folder: Path) -> Path | None:
    print("installing the rivals into a venv of their own", file=sys.stderr)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    command = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *PACKAGES]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return python


def run(python: Path, script: str, members: int, folder: Path) -> list[Report]:
    """Run one rival's script, on PostgreSQL where there is one. A rival that fails is left out, with a word."""
    command = [str(python), str(HERE / f"{script}.py"), str(members), str(folder / script)]
    if not os.environ.get("QADAM_DATABASE") and has_postgresql():
        command = [sys.executable, str(ROOT / "tools" / "with_postgresql.py"), *command]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(f"{script} failed; its figures are missing", file=sys.stderr)
        return []
    found: list[Report] = json.loads(done.stdout.splitlines()[-1])
    return found


def has_postgresql() -> bool:
    """Whether tools/with_postgresql.py finds a server to start."""
    return bool(shutil.which("pg_ctl") or list(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")))


def show(rivals: Report, goal: int) -> None:
    if "missing" in rivals:
        print(f"\nrivals: {rivals['missing']}")
        return
    print("\nrivals, the same unit of work on this machine in this run (best of the settings tried)")
    print(f"{'engine':52}{'scale':>18}{'a second':>10}{'a CPU s':>10}{'we':>7}{'by CPU':>8}{'to next wait':>14}")
    for each in rivals["figures"]:
        scale = f"{each['scale']:,} {each['what']}"
        print(
            f"{each['name']:52}{scale:>18}{each['per_second']:>10,}{each['per_cpu_second']:>10,}"
            f"{each['ratio']:>6.0f}×{each['ratio_by_cpu']:>7.0f}×{each['ratio_to_next_wait']:>13.0f}×"
        )
        print(f"    {each['chosen']}")
    if rivals["figures"]:
        least = min(each["ratio"] for each in rivals["figures"])
        print(f"at least {least:.0f} times the best rival; the goal is {goal}")
