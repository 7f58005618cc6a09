"""What follows from a graph, without a database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from qadam.journeys.rules import end_of_length, end_of_until, matches_where
from qadam.journeys.steps import Length, Until

ALMATY, BERLIN, TOKYO, LOS_ANGELES = map(
    ZoneInfo, ("Asia/Almaty", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles")
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "armed", "zone", "end"),
    [
        pytest.param(Length(1, timedelta()), utc(2026, 3, 1, 12), ALMATY, utc(2026, 3, 2, 12), id="a day"),
        pytest.param(
            Length(1, timedelta()), utc(2026, 3, 28, 11), BERLIN, utc(2026, 3, 29, 10), id="same wall time over the gap"
        ),
        pytest.param(
            Length(0, timedelta(hours=24)), utc(2026, 3, 28, 11), BERLIN, utc(2026, 3, 29, 11), id="24 h over the gap"
        ),
        pytest.param(
            Length(1, timedelta()), utc(2026, 3, 28, 1, 30), BERLIN, utc(2026, 3, 29, 1), id="02:30 that doesn't exist"
        ),
        pytest.param(
            Length(1, timedelta()), utc(2026, 10, 24, 0, 30), BERLIN, utc(2026, 10, 25, 0, 30), id="02:30 that is twice"
        ),
        pytest.param(Length(2, timedelta(hours=3)), utc(2026, 3, 1, 12), ALMATY, utc(2026, 3, 3, 15), id="both"),
    ],
)
def test_end_of_length(length, armed, zone, end):
    assert end_of_length(length, armed, zone) == end


@pytest.mark.parametrize(
    ("until", "armed", "zone", "day_zero", "end"),
    [
        (Until(time(9)), utc(2026, 3, 2, 3), ALMATY, None, utc(2026, 3, 2, 4)),
        (Until(time(9)), utc(2026, 3, 2, 4), ALMATY, None, utc(2026, 3, 3, 4)),
        (Until(time(9)), utc(2026, 3, 2, 4, 1), ALMATY, None, utc(2026, 3, 3, 4)),
        (Until(time(9)), utc(2026, 3, 2, 4), TOKYO, None, utc(2026, 3, 3, 0)),
        (Until(time(18)), utc(2026, 1, 3, 1), LOS_ANGELES, None, utc(2026, 1, 3, 2)),
        (Until(time(9), day=3), utc(2026, 3, 2, 4), ALMATY, date(2026, 3, 1), utc(2026, 3, 4, 4)),
        (Until(time(9), day=0), utc(2026, 3, 2, 6), ALMATY, date(2026, 3, 1), utc(2026, 3, 1, 4)),
        (Until(time(9), day=3), utc(2026, 3, 2, 4), ALMATY, None, utc(2026, 3, 2, 4)),
        (Until(time(2, 30)), utc(2026, 3, 28, 12), BERLIN, None, utc(2026, 3, 29, 1)),
        (Until(time(2, 30)), utc(2026, 10, 24, 12), BERLIN, None, utc(2026, 10, 25, 0, 30)),
    ],
)
def test_end_of_until(until, armed, zone, day_zero, end):
    assert end_of_until(until, armed, zone, day_zero) == end


@pytest.mark.parametrize(
    ("where", "props", "passes"),
    [
        ({}, {"buyer": "own"}, True),
        ({"buyer": "retail"}, {"buyer": "retail"}, True),
        ({"buyer": ["retail", "preferred"]}, {"buyer": "preferred"}, True),
        ({"buyer": ["retail", "preferred"]}, {"buyer": "own"}, False),
        ({"buyer": "retail"}, {}, False),
        ({"amount": {"at_least": 5, "below": 10}}, {"amount": 5}, True),
        ({"amount": {"at_least": 5, "below": 10}}, {"amount": 10}, False),
        ({"amount": {"above": 5, "at_most": 10}}, {"amount": 5}, False),
    ],
)
def test_matches_where(where, props, passes):
    assert matches_where(where, props) is passes
