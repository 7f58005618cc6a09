"""`qadam import members|orders FILE`: see docs/howto/import-files.md."""
# ruff: noqa: N999 - the command is called import

import csv
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qadam.events.fault_words import reason_words
from qadam.lib.clock import utc_now
from qadam.lib.errors import DomainError
from qadam.people.import_files import WHITE_SPACE, Table, open_table
from qadam.people.imports import Plan, Report, RowError, import_members, import_orders
from qadam.site.management.commands.mapping import read_pairs

SHOWN = 10


class Command(BaseCommand):
    help = "Import members or orders from a table (CSV, tabs, semicolons, white space; UTF-8, UTF-16 or cp1251)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["members", "orders"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", nargs="+", action="extend", default=[], metavar="COLUMN=FIELD")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--errors", type=Path, help="write the faulty rows with their reasons to this file")
        parser.add_argument("--source", default="import", help="orders: whose ids these are, as called in the log")
        parser.add_argument("--create-members", default="", choices=["customer", "distributor"], metavar="KIND")
        parser.add_argument("--kind", default="", help="members: the kind of those whose row names none")
        parser.add_argument("--columns", default="", help="the columns of a file without a header, by commas")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--delimiter", default="", help=f"one character, tab, or “{WHITE_SPACE}”")

    def handle(self, *args: object, **options: Any) -> None:
        with translation.override("en"):
            try:
                table = open_table(
                    options["file"],
                    encoding=options["encoding"],
                    delimiter=options["delimiter"],
                    columns=[name for name in options["columns"].split(",") if name],
                )
                report = self._import(table, options)
            except DomainError as error:
                raise CommandError(str(error)) from None
            if options["errors"]:
                write_errors(options["errors"], table, report.errors)
            self._tell(report, table, options)

    def _import(self, table: Table, options: dict[str, Any]) -> Report:
        total = sum(1 for _ in table.rows())
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task(options["what"], total=total)
            plan = Plan(
                table,
                read_pairs(options["map"]),
                is_dry_run=options["dry_run"],
                source=options["source"],
                kind=options["kind"],
                on_progress=lambda count: progress.advance(bar, count),
            )
            run: dict[str, Callable[[], Report]] = {
                "members": lambda: import_members(plan, now=utc_now()),
                "orders": lambda: import_orders(plan, create_members=options["create_members"], now=utc_now()),
            }
            return run[options["what"]]()

    def _tell(self, report: Report, table: Table, options: dict[str, Any]) -> None:
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"read as {table.encoding}, delimiter {table.delimiter!r}: {report.rows} rows")
        self.stdout.write(f"{would}created: {report.created}")
        if options["what"] == "members":
            self.stdout.write(f"{would}changed: {report.updated}")
        elif report.members_created:
            self.stdout.write(f"members {would}created: {report.members_created}")
        self.stdout.write(f"there already: {report.present}")
        self.stdout.write(f"rows with errors: {len(report.errors)}")
        for error in report.errors[:SHOWN]:
            self.stdout.write(f"  row {error.row}: {reason_of(error)}")
        if len(report.errors) > SHOWN:
            where = options["errors"] or "use --errors FILE to get all of them"
            self.stdout.write(f"  … and {len(report.errors) - SHOWN} more ({where})")


def reason_of(error: RowError) -> str:
    """Return “field: reason”."""
    words = reason_words(error.fault.code, error.fault.detail)
    return f"{error.fault.place}: {words}" if error.fault.place else words


def write_errors(path: Path, table: Table, errors: list[RowError]) -> None:
    """Write the faulty rows as they were, behind `row` and `reason`: put right, they can be imported again."""
    delimiter = "," if table.delimiter == WHITE_SPACE else table.delimiter
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["row", "reason", *table.header])
        for error in errors:
            writer.writerow([error.row, reason_of(error), *error.cells])
