"""`qadam demo --if-empty | --reset`: a demo company with 18 months of history."""

from argparse import ArgumentParser
from datetime import datetime, time, timedelta
from subprocess import CalledProcessError
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from qadam.lib import clock
from qadam.people.models import Company
from qadam.site.demo import aside
from qadam.site.demo.build import Built, Order, build_demo
from qadam.site.demo.lives import ZONE, span_until


class Command(BaseCommand):
    help = "Build the demo company: invented people and 18 months of history, played through the real engine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--if-empty", action="store_true", help="do nothing where there is a company already")
        way.add_argument("--reset", action="store_true", help="replace the company in the data folder by a new demo")
        way.add_argument("--here", action="store_true", help="build in the data folder itself, which must be empty")
        parser.add_argument(
            "--anchor", default="", help="when the history ends: an ISO date (its noon) or instant; now"
        )
        parser.add_argument("--members", type=int, default=600, help="how many registered members; 600")
        parser.add_argument("--seed", type=int, default=7, help="the same seed and anchor give the same facts; 7")

    def handle(self, *args: Any, **options: Any) -> None:
        order = Order(_read_anchor(options["anchor"]), options["members"], options["seed"])
        if _has_company() and not options["reset"]:
            if options["here"]:
                raise CommandError(_("There is a company in this data folder already."))
            return
        if options["here"] or connection.vendor != "sqlite":
            _build_here(order)
        else:
            _build_aside(order)
        if not options["here"]:
            self._say_address()

    def _say_address(self) -> None:
        self.stdout.write(_("Sign in at %(address)s") % {"address": f"{settings.BASE_URL}/sign-in/"})


def _read_anchor(text: str) -> datetime:
    """Return the instant, to the second. What has no zone is local time of the demo company."""
    now = clock.utc_now().replace(microsecond=0)
    if not text:
        return now
    try:
        anchor = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(_("%(text)s is not an ISO date.") % {"text": text}) from error
    if len(text) <= len("2026-01-01"):
        anchor = datetime.combine(anchor, time(12))
    if anchor.tzinfo is None:
        anchor = anchor.replace(tzinfo=ZoneInfo(ZONE))
    if anchor > now:
        raise CommandError(_("The history can't end in the future: %(anchor)s.") % {"anchor": anchor.isoformat()})
    return anchor


def _has_company() -> bool:
    return Company._meta.db_table in connection.introspection.table_names() and Company.objects.exists()


def _build_aside(order: Order) -> None:
    arguments = ["--anchor", order.anchor.isoformat(), "--members", str(order.members), "--seed", str(order.seed)]
    try:
        aside.build_aside(arguments)
    except CalledProcessError as error:
        raise CommandError(_("The demo could not be built. What was there is untouched.")) from error


def _build_here(order: Order) -> None:
    if _has_company():
        raise CommandError(_("Only a demo on SQLite can be replaced. Empty the PostgreSQL database first."))
    console = Console(stderr=True)
    aside.hurry()
    call_command("migrate", verbosity=0)
    begin = span_until(order.anchor, order.days).start
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task(_("Days of the demo company"), total=(order.anchor - begin) / timedelta(days=1))
        built = build_demo(
            order, on_moment=lambda now: progress.update(bar, completed=(now - begin) / timedelta(days=1))
        )
    console.print(_say(built))


def _say(built: Built) -> str:
    return _(
        "Demo company: %(registered)d members, %(prospects)d prospects, %(events)d events in %(days)d days;"
        " built in %(seconds).0f s."
    ) % {
        "registered": built.registered,
        "prospects": built.prospects,
        "events": built.events,
        "days": built.days,
        "seconds": built.seconds,
    }
