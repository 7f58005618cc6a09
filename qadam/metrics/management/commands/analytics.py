"""`qadam analytics rebuild`: write segments and day files anew from the log. `qadam analytics seal`: what is ripe."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.progress import Progress

from qadam.events.models import Event
from qadam.lib.clock import utc_now
from qadam.metrics import files, jobs


class Command(BaseCommand):
    help = "Rebuild or seal the Parquet segments of the event log. Segments are disposable: the log is the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("rebuild", "seal"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        now = utc_now()
        rows = self._rebuild() if action == "rebuild" else jobs.seal(now)
        removed = files.clean_orphans(now=now)
        self.stdout.write(f"{rows} rows sealed; {removed} old files removed")

    def _rebuild(self) -> int:
        with Progress(transient=True) as progress:
            task = progress.add_task("Segments", total=Event.objects.count())
            return jobs.rebuild(utc_now(), lambda rows: progress.update(task, advance=rows))
