"""What a gathering must hold, how a code is read, when it is taken."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qadam.community.rules import Plan, find_faults, is_link, read_code, takes_code
from tests.cast import NOW, days

GOOD = Plan("call", {"ru": "Звонок"}, "Dina", NOW + days(1), 60, "https://meet.example.com/x", "")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, {}),
        ({"title": {"kk": "", "ru": "", "en": ""}}, {"title": "missing"}),
        ({"title": {"kk": "k" * 121}}, {"title": "long"}),
        ({"kind": "party"}, {"kind": "kind"}),
        ({"host": "h" * 121, "place": "p" * 201}, {"host": "long", "place": "long"}),
        ({"url": "javascript:alert(1)"}, {"url": "link"}),
        ({"minutes": 4}, {"minutes": "minutes"}),
        ({"minutes": 601}, {"minutes": "minutes"}),
        ({"starts_at": NOW}, {"starts": "past"}),
        ({"starts_at": NOW + days(367)}, {"starts": "far"}),
    ],
)
def test_faults(change, faults):
    assert find_faults(replace(GOOD, **change), now=NOW) == faults


def test_what_stands_may_lie_in_the_past():
    assert not find_faults(replace(GOOD, starts_at=NOW - days(3)), now=NOW, is_new=False)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://zoom.us/j/1?pwd=a", True),
        ("http://10.0.0.5/room", True),
        ("data:text/html,x", False),
        ("//zoom.us/j/1", False),
        ("https://", False),
        ("https://zoom.us/j/1 2", False),
        ("https://[::1", False),
        ("https://a/" + "x" * 500, False),
        ("zoom.us/j/1", False),
    ],
)
def test_links(text, is_one):
    assert is_link(text) is is_one


@pytest.mark.parametrize("typed", ["ABEK2", " ab-ek2 ", "АВЕК2", "a b e k 2"])
def test_a_code_is_read_as_people_type_it(typed):
    assert read_code(typed) == "ABEK2"


@pytest.mark.parametrize(
    ("minutes_later", "is_taken"), [(-11, False), (-10, True), (0, True), (60, True), (180, True), (181, False)]
)
def test_when_a_code_is_taken(minutes_later, is_taken):
    assert takes_code(NOW, 60, NOW + timedelta(minutes=minutes_later)) is is_taken
