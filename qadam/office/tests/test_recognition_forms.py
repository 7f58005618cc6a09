"""The forms of recognition documents: nothing is lost, what is typed becomes the document, faults stand at fields."""

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from qadam import packs
from qadam.office.points_forms import read_rule, rule_sections
from qadam.office.recognition_fields import Faults, Known
from qadam.office.recognition_kinds import BY_SLUG
from qadam.office.tests.forms import post_of
from qadam.recognition.publishing import with_text_dates

START = Path(packs.__file__).parent / "start"
FOLDERS = {
    "points": "point_rules",
    "badges": "badges",
    "levels": "levels",
    "streaks": "streaks",
    "challenges": "challenges",
    "boards": "boards",
}
DOCUMENTS = [(slug, path) for slug, folder in FOLDERS.items() for path in sorted((START / folder).glob("*.yaml"))]
WORDS = {"kk": "Сабақ", "ru": "Урок", "en": "Lesson"}
RULE: dict[str, Any] = {
    "rule": "lesson",
    "name": WORDS,
    "event": "lesson.completed",
    "which": "first",
    "per": ["lesson"],
    "to": "self",
    "points": 10,
    "caps": {"day": 3},
    "cooldown": "PT1H",
}


def sections_of(slug: str, document: dict[str, Any], faults: Faults | None = None) -> list[Any]:
    return BY_SLUG[slug].sections(document, faults or Faults(), Known(), is_new=False)


@pytest.mark.parametrize(("slug", "path"), DOCUMENTS, ids=lambda value: getattr(value, "stem", value))
def test_a_document_of_the_pack_comes_back_as_it_was(slug: str, path: Path) -> None:
    document = with_text_dates(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert BY_SLUG[slug].read(post_of(sections_of(slug, document)), document) == document


def test_every_kind_has_documents_to_be_tested_with() -> None:
    assert {slug for slug, _path in DOCUMENTS} == set(FOLDERS) == set(BY_SLUG)


RULE_CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "more points": ({"points": "25"}, {"points": 25}),
    "no number": ({"points": "many"}, {"points": "many"}),
    "every time": ({"which": "every", "per": None}, {"which": "every", "per": None}),
    "to the mentor": ({"to": "mentor"}, {"to": "mentor"}),
    "no cap": ({"caps.day": ""}, {"caps": None}),
    "caps": ({"caps.week": "15", "caps.total": "100"}, {"caps": {"day": 3, "week": 15, "total": 100}}),
    "days of waiting": ({"hold_days": "14"}, {"hold_days": 14}),
    "no pause between": ({"cooldown.n": ""}, {"cooldown": None}),
    "dates": ({"from": "2026-01-01", "until": "2026-12-31"}, {"from": "2026-01-01", "until": "2026-12-31"}),
    "taken back": (
        {"undone.event": "order.refunded", "undone.same": "order"},
        {"reversed_by": {"event": "order.refunded", "same": "order"}},
    ),
    "by a number": (
        {"points.kind": "formula", "points.of": "score", "points.per": "10", "points.most": "50"},
        {"points": {"of": "score", "per": 10, "most": 50}},
    ),
    "a reason": ({"reason": " The board decided it. "}, {"reason": "The board decided it."}),
    "without Kazakh": ({"name.kk": ""}, {"name": {"ru": "Урок", "en": "Lesson"}}),
}


@pytest.mark.parametrize(("changes", "expected"), RULE_CHANGES.values(), ids=RULE_CHANGES)
def test_what_is_typed_becomes_the_rule(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    post = post_of(rule_sections(RULE, Faults(), Known(), is_new=False), **changes)
    wanted = {key: value for key, value in {**RULE, **expected}.items() if value is not None}
    assert read_rule(post, RULE) == wanted


FAULTY: dict[str, tuple[str, dict[str, Any], str]] = {
    "a language": ("points", {**RULE, "name": {"ru": "Урок", "en": "Lesson"}}, "Name"),
    "an event": ("points", {**RULE, "event": "no.such"}, "When this happens"),
    "points": ("points", {**RULE, "points": "many"}, "Points"),
    "a cap": ("points", {**RULE, "caps": {"day": 0}}, "Scored at most so many times"),
}


@pytest.mark.parametrize(("slug", "document", "label"), FAULTY.values(), ids=FAULTY)
def test_a_fault_stands_beside_its_field(slug: str, document: dict[str, Any], label: str) -> None:
    faults = Faults(BY_SLUG[slug].faults_of(document))
    assert len(faults.all) == 1
    shown = [part.label for section in sections_of(slug, document, faults) for part in section.parts if part.faults]
    assert shown == [label]
    assert not faults.left()


JUNK = ("", "💥", "-1", "9" * 400, "1e400", "nan", "a: [b", "\x00", "²", "P99999999999999D", "order.paid")


def test_whatever_a_browser_sends_is_read_and_told_not_raised() -> None:
    junk = cycle(JUNK)
    for slug, path in dict(DOCUMENTS).items():
        document = with_text_dates(yaml.safe_load(path.read_text(encoding="utf-8")))
        form = post_of(sections_of(slug, document))
        for name in [*form, *(None for _junk in JUNK)]:
            changes = dict.fromkeys((key for key in form if name in (key, None)), next(junk))
            read = BY_SLUG[slug].read(post_of(sections_of(slug, document), **changes), document)
            assert sections_of(slug, read, Faults(BY_SLUG[slug].faults_of(read)))
            json.dumps(read, allow_nan=False)
