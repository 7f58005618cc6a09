"""`qadam analytics rebuild`: write all segments anew from the log. `qadam analytics seal`: seal what is ripe."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.progress import Progress

from qadam.events.models import Event
from qadam.lib.clock import utc_now
from qadam.metrics import jobs, operations, store


class Command(BaseCommand):
    help = "Rebuild or seal the Parquet segments of the event log. Segments are disposable: the log is the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("rebuild", "seal"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        now = utc_now()
        rows = self._rebuild() if action == "rebuild" else jobs.seal(now)
        removed = store.clean_orphans(now=now)
        self.stdout.write(f"{rows} rows sealed; {removed} old files removed")

    def _rebuild(self) -> int:
        with Progress(transient=True) as progress:
            task = progress.add_task("Segments", total=Event.objects.count())
            return operations.rebuild_segments(
                now=utc_now(), on_segment=lambda rows: progress.update(task, advance=rows)
            )
