from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.messaging import rules

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
FREE = {
    "has_left": False,
    "has_address": True,
    "has_bounced": False,
    "needs_consent": False,
    "has_consent": False,
    "is_stopped": False,
}


@pytest.mark.parametrize(
    ("seen", "obstacle"),
    [
        ({}, ""),
        ({"has_left": True}, "left"),
        ({"has_address": False}, "address"),
        ({"has_bounced": True, "is_stopped": True}, "bounced"),
        ({"is_stopped": True}, "stopped"),
        ({"needs_consent": True}, "consent"),
        ({"needs_consent": True, "has_consent": True}, ""),
        ({"has_left": True, "has_address": False, "is_stopped": True, "needs_consent": True}, "left"),
    ],
)
def test_obstacles(seen, obstacle):
    assert rules.find_obstacle(rules.Circumstances(**{**FREE, **seen})) == obstacle


def test_the_deadline_itself_is_still_in_time():
    assert not rules.is_expired(NOW, NOW)
    assert rules.is_expired(NOW, NOW + timedelta(microseconds=1))
    assert not rules.is_expired(None, NOW)


@given(st.integers(1, 30), st.none() | st.integers(-10, 10_000))
def test_retries_end(attempts, minutes):
    deadline = None if minutes is None else NOW + timedelta(minutes=minutes)
    again = rules.next_attempt_at(attempts, deadline, NOW)
    if again is None:
        assert attempts >= rules.MAX_TRIES or deadline is not None
    else:
        assert again > NOW
        assert deadline is None or again <= deadline
        assert attempts < rules.MAX_TRIES


def test_message_id_is_stable_and_of_this_installation():
    assert rules.message_id("a:1", "salt") == rules.message_id("a:1", "salt")
    assert (
        len({rules.message_id("a:1", "salt"), rules.message_id("a:2", "salt"), rules.message_id("a:1", "other")}) == 3
    )
    assert rules.message_id("a:1", "salt").endswith("@qadam>")


@given(st.text())
def test_paragraphs_hold_all_words(text):
    paragraphs = rules.paragraphs_of(text)
    assert "".join(paragraphs).split() == "".join(paragraphs).split()
    assert sorted("".join("".join(paragraphs).split())) == sorted("".join(text.split()))
    assert all(paragraph.strip() and "\n\n" not in paragraph for paragraph in paragraphs)


def test_paragraphs_are_split_at_blank_lines():
    assert rules.paragraphs_of("\nOne\n two \n\n \n\nThree\n") == ("One\ntwo", "Three")


def test_a_subject_is_one_line():
    assert rules.one_line("  Day 3:\n one\tstep ") == "Day 3: one step"


def test_first_names():
    assert [rules.first_name_of(name) for name in ("Айгүл Серікқызы", "Marat", "", "  ")] == ["Айгүл", "Marat", "", ""]
