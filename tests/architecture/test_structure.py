"""What no linter checks: the habits that keep the rooms in order."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "qadam"
MODULES = [
    path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts and "tests" not in path.parts
]
WRITES = re.compile(r"\.(create|bulk_create|update_or_create|get_or_create|bulk_update|delete|save)\(")
READERS = {"queries.py", "rules.py", "views.py", "documents.py"}
"""Files that only read: whatever changes rows stands in operations and what they are made of."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_over_600_lines_and_no_function_over_60(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 600
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} at line {node.lineno}"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "rules.py"], ids=name_of)
def test_rules_are_plain_python(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert not {name for name in imported if name.split(".")[0] in {"django", "os", "time", "requests", "httpx"}}
    assert not {name for name in imported if name.endswith((".models", ".operations", ".queries"))}


def test_nobody_reads_the_clock_below_the_doors():
    doors = {"site", "cabinet", "desk", "office", "api", "ui"}
    for path in MODULES:
        room = path.relative_to(PACKAGE).parts[0]
        if room in doors or "management" in path.parts or path.name in ("clock.py", "jobs.py"):
            continue
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"utc_now\(|timezone\.now\(|datetime\.now\(|date\.today\(", source), name_of(path)


@pytest.mark.parametrize("path", [path for path in MODULES if path.name in READERS], ids=name_of)
def test_readers_write_nothing(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if WRITES.search(line) and "objects" in line]


@pytest.mark.django_db
def test_migrations_are_current():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return listed.stdout.split()


def test_no_file_records_a_package_registry():
    pattern = re.compile(r"https?://[^ \"]*/simple(/|\"|$)|--(extra-)?index-url|--find-links|\"resolved\":")
    for name in tracked_files():
        path = ROOT / name
        if name.startswith("docs/") or name == str(Path(__file__).relative_to(ROOT)) or not path.is_file():
            continue
        try:
            assert not pattern.search(path.read_text(encoding="utf-8")), name
        except UnicodeDecodeError:
            continue


def test_every_text_of_the_interface_is_translated():
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "words.py"), "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
