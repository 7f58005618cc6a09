"""`qadam journey simulate NAME|FILE`: what would happen, as a timeline; nothing is sent and nothing stays."""

import re
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qadam.journeys.errors import UnknownJourney
from qadam.journeys.models import Journey
from qadam.journeys.simulation import Course, Happening, Invented, Simulation, simulate_entrants, simulate_member
from qadam.lib.clock import utc_now
from qadam.lib.documents import parse_duration
from qadam.lib.errors import DomainError
from qadam.packs.sources import read_source
from qadam.people.models import Member

HAPPENING = re.compile(r"(?P<after>P[^=]+)=(?P<type>[a-z_.]+)(?:\{(?P<props>[^}]*)\})?")
PERIOD = timedelta(days=90)


class Command(BaseCommand):
    help = str(_("Say what a journey would do with a member, or with the people who entered last month."))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["simulate"])
        parser.add_argument("journey", help=gettext("the name of a journey, or a YAML file with one"))
        parser.add_argument("--member", help=gettext("a real member, by the company's own id"))
        parser.add_argument("--entrants", help=gettext("the real entrants of this time instead, e.g. P30D"))
        parser.add_argument("--kind", default="distributor", help=gettext("what an invented member is"))
        parser.add_argument("--language", default="kk")
        parser.add_argument("--zone", default="")
        parser.add_argument("--for", dest="period", default="P90D", help=gettext("how long, e.g. P90D"))
        parser.add_argument(
            "--event", action="append", default=[], help=gettext("what the member does, e.g. P2D=order.paid{order: 1}")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in _simulate(options, utc_now()):
                self.stdout.write(line)
        except DomainError as error:
            raise CommandError(str(error)) from error


def _simulate(options: Mapping[str, Any], now: datetime) -> Iterator[str]:
    document = _read_document(options["journey"])
    period = _read_duration(options["period"])
    if options["entrants"]:
        since = now - _read_duration(options["entrants"])
        yield from _tell_entrants(simulate_entrants(document, since=since, until=now))
        return
    member: Member | Invented = Invented(options["kind"], options["language"], options["zone"])
    if options["member"]:
        found = Member.objects.filter(external_id=options["member"]).first()
        if found is None:
            raise CommandError(gettext("There is no member “%(id)s”.") % {"id": options["member"]})
        member = found
    happenings = [_read_happening(each) for each in options["event"]]
    result = simulate_member(document, member=member, happenings=happenings, begin=now, until=now + period)
    for course in result.courses:
        yield from _tell_course(course, now)
    if not result.courses:
        yield gettext("The member doesn't enter.")
    if result.cut_at is not None:
        yield gettext("Looked no further than %(at)s: the story is too long.") % {
            "at": f"{result.cut_at:%Y-%m-%d %H:%M}"
        }


def _read_document(name: str) -> Mapping[str, object]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        content = read_source(path, path.name).content
        return content if isinstance(content, Mapping) else {}
    journey = Journey.objects.select_related("current").filter(slug=name).first()
    if journey is None or (journey.current is None and journey.draft is None):
        raise UnknownJourney(journey=name)
    found = journey.draft or (journey.current.document if journey.current else {})
    return dict(found)


def _read_duration(text: str) -> timedelta:
    found = parse_duration(text)
    if found is None:
        raise CommandError(gettext("“%(text)s” isn't a duration such as P30D.") % {"text": text})
    return found


def _read_happening(text: str) -> Happening:
    match = HAPPENING.fullmatch(text)
    if match is None:
        raise CommandError(gettext("“%(text)s” isn't an event such as P2D=order.paid{order: 1}.") % {"text": text})
    props = yaml.safe_load(f"{{{match['props'] or ''}}}") or {}
    return Happening(_read_duration(match["after"]), match["type"], props)


def _tell_course(course: Course, begin: datetime) -> Iterator[str]:
    for line in course.lines:
        day = (line.at - begin).days
        what = f"{line.step} — {line.edge} → {line.to_step or '·'}" if line.kind == "step" else f"* {line.detail}"
        letter = f"  “{line.letter.subject}”" if line.letter else ""
        yield f"{line.at:%Y-%m-%d %H:%M}  {day:>3}  {what}{letter}"
    if course.left_at is not None:
        yield gettext("Left: %(reason)s.") % {"reason": course.exit_reason}
    else:
        until = f"{course.next_at:%Y-%m-%d %H:%M}" if course.next_at else "…"
        yield gettext("Waits at %(step)s until %(until)s.") % {"step": course.step, "until": until}


def _tell_entrants(result: Simulation) -> Iterator[str]:
    yield gettext("%(entered)s of %(candidates)s would have entered.") % {
        "entered": len(result.courses),
        "candidates": result.candidates,
    }
    for (step, edge), number in result.passed.items():
        yield f"{number:>7}  {step} — {edge}"
    for reason, number in result.exits.items():
        yield f"{number:>7}  {gettext('left')}: {reason}"
