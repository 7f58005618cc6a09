"""Read the examples of a case: invented members of whom the detection must, or must not, be true."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.cases.reading import read_number, read_texts, read_words
from qadam.events.catalogue import find_event_type, find_fault
from qadam.lib.documents import Node
from qadam.lib.text import Words

KINDS = ("prospect", "customer", "distributor")
PERSON = ("registered", "kind", "events", "in", "left_on", "mentee")
EXAMPLE = ("matches", "name", *PERSON, "sponsor", "mentor", "team", "on_day")
STAYS = ("segment", "stage", "case")
MOST_TEAM = 12
MOMENT = re.compile(r"\{day (-?\d+(?:\.\d+)?)\}")
"""Stands in a property for the instant so many days after day 0."""
TEAM_MEMBER = re.compile(r"\{team (\d+)\}")
"""Stands in a property for the id of a person of the team, counted from 1."""
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something the invented person did, `after` so long since day 0."""

    after: timedelta
    type: str
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented person. `stays` are (kind, key): segments, stages and cases the person is in from day 0."""

    kind: str
    is_registered: bool
    deeds: tuple[Deed, ...]
    stays: tuple[tuple[str, str], ...]
    left_after: timedelta | None
    is_mentee: bool = False
    """Of a person in the team: whether the member is the mentor, too."""


@dataclass(frozen=True, slots=True)
class Example:
    """One invented member, asked `at` so long after day 0 whether the case is noticed."""

    matches: bool
    name: Words
    person: Invented
    has_sponsor: bool
    has_mentor: bool
    team: tuple[Invented, ...]
    at: timedelta


def read_examples(node: Node) -> tuple[Example, ...]:
    """Read the list `examples`. That one matches and one doesn't is for the publish gate to say."""
    return tuple(_read_example(each) for each in node.nodes("examples")) if node.has("examples") else ()


def _read_example(node: Node) -> Example:
    node.refuse_other_keys(*EXAMPLE)
    if not node.has("matches"):
        node.complain("matches", _("true or false is needed"))
    team = node.nodes("team") if node.has("team") else []
    if len(team) > MOST_TEAM:
        node.complain("team", _("at most %(most)s is possible") % {"most": MOST_TEAM})
    for each in team:
        each.refuse_other_keys(*PERSON)
    return Example(
        matches=node.flag("matches", True),
        name=read_words(node, "name", is_required=False),
        person=_read_person(node),
        has_sponsor=node.flag("sponsor", False),
        has_mentor=node.flag("mentor", False),
        team=tuple(_read_person(each) for each in team),
        at=_read_day(node, "on_day"),
    )


def _read_person(node: Node) -> Invented:
    stays = node.node("in") if node.has("in") else Node("", {})
    stays.refuse_other_keys(*STAYS)
    kind = node.choice("kind", KINDS, "distributor")
    return Invented(
        kind=kind,
        is_registered=node.flag("registered", kind != "prospect"),
        deeds=tuple(_read_deed(each) for each in node.nodes("events")) if node.has("events") else (),
        stays=tuple((name, key) for name in STAYS for key in read_texts(stays, name)),
        left_after=_read_day(node, "left_on") if node.has("left_on") else None,
        is_mentee=node.flag("mentee", False),
    )


def _read_deed(node: Node) -> Deed:
    node.refuse_other_keys("day", "type", "props")
    name = node.text("type")
    props = dict(node.node("props").content) if node.has("props") else {}
    if name and find_event_type(name) is None:
        node.complain("type", _("there is no event type “%(type)s”") % {"type": name})
    elif name and (fault := find_fault(name, fill_props(props, SOME_DAY, range(1, MOST_TEAM + 1)))) is not None:
        node.complain(f"props.{fault.place}", _("not as the catalogue says: %(code)s") % {"code": fault.code})
    return Deed(_read_day(node, "day"), name, props)


def fill_props(props: Mapping[str, Any], day_zero: datetime, team: Sequence[int]) -> dict[str, Any]:
    """Return properties with `{day: 3}` (or `"{day 3}"`) as an instant and `"{team 1}"` as a team person's id."""
    return {name: _fill(value, day_zero, team) for name, value in props.items()}


def _fill(value: Any, day_zero: datetime, team: Sequence[int]) -> Any:
    match value:
        case {"day": int() | float() as days} if len(value) == 1:
            return (day_zero + timedelta(days=days)).isoformat()
    if not isinstance(value, str):
        return value
    if moment := MOMENT.fullmatch(value):
        return (day_zero + timedelta(days=float(moment[1]))).isoformat()
    place = TEAM_MEMBER.fullmatch(value)
    return team[int(place[1]) - 1] if place and 0 < int(place[1]) <= len(team) else value


def _read_day(node: Node, key: str) -> timedelta:
    if not node.has(key):
        node.complain(key, _("a number is needed"))
    return timedelta(days=read_number(node, key, low=-3650, high=3650) or 0.0)
