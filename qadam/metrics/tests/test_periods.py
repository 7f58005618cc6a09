from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.metrics import periods
from qadam.metrics.periods import Frame, Grain, LocalDays

ALMATY, BERLIN = ZoneInfo("Asia/Almaty"), ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def at(*parts, zone=UTC):
    return datetime(*parts, tzinfo=zone)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_add_months_clamps_to_the_end_of_the_month(day, months, expected):
    assert periods.add_months(day, months) == expected


def test_months_begin_at_local_midnight_with_the_offset_of_that_day():
    """Almaty is at UTC+6 until the end of February 2024, then at UTC+5."""
    found = periods.cohort_periods(Frame(at(2024, 3, 20), ALMATY), 7 * DAY)
    february = next(each for each in found if each.start == at(2024, 1, 31, 18))
    assert february.grain is Grain.MONTH
    assert february.end == at(2024, 2, 29, 19)


def test_cohort_is_final_once_the_last_entrant_has_been_followed():
    def is_final(now):
        found = periods.cohort_periods(Frame(now, ALMATY), 7 * DAY)
        return next(each for each in found if each.start == at(2026, 1, 31, 19)).is_final

    assert not is_final(at(2026, 3, 7, 18, 59))
    assert is_final(at(2026, 3, 7, 19))


def test_headline_is_ninety_local_days_before_the_horizon_and_the_window_before_it_adjoins():
    found = periods.cohort_periods(Frame(at(2026, 5, 1, 12), BERLIN), 30 * DAY)
    before, newest = [each for each in found if each.grain is Grain.WINDOW]
    assert newest == periods.headline(found)
    assert (newest.start, newest.end) == (at(2026, 1, 1, zone=BERLIN), at(2026, 4, 1, zone=BERLIN))
    assert before.end == newest.start
    assert newest.end - newest.start == 90 * DAY - timedelta(hours=1)  # summer time begins inside
    under_way = next(each for each in found if each.grain is Grain.OPEN)
    assert (under_way.start, under_way.end) == (newest.end, at(2026, 5, 1, 12))


def test_weeks_begin_on_monday():
    found = periods.cohort_periods(Frame(at(2026, 3, 4, 6), ALMATY, Grain.WEEK), 7 * DAY)
    weeks = [each for each in found if each.grain is Grain.WEEK]
    assert {each.start.astimezone(ALMATY).weekday() for each in weeks} == {0}
    assert weeks[-1].start == at(2026, 3, 2, zone=ALMATY)


def test_anniversary_headline_ends_with_the_last_registration_whose_anniversary_has_come():
    """On 30 April the anniversaries of 30 and 31 January (clamped) have both come."""
    found = periods.anniversary_periods(Frame(at(2026, 4, 30, 6), ALMATY), 3)
    assert periods.headline(found).end == at(2026, 2, 1, zone=ALMATY)
    january = next(each for each in found if each.start == at(2026, 1, 1, zone=ALMATY))
    assert january.is_final


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from([3, 6]))
def test_anniversary_headline_never_holds_somebody_whose_day_has_not_come(today, months):
    frame = Frame(periods.Frame(at(2026, 1, 1), BERLIN).midnight(today), BERLIN)
    end = periods.headline(periods.anniversary_periods(frame, months)).end.astimezone(BERLIN).date()
    assert periods.add_months(end - DAY, months) <= today < periods.add_months(end, months)


def test_snapshots_hold_so_many_local_days_and_today_is_open():
    found = periods.snapshot_periods(Frame(at(2026, 4, 10, 8), BERLIN), 30)
    newest = periods.headline(found)
    assert (newest.start, newest.end) == (at(2026, 3, 11, zone=BERLIN), at(2026, 4, 10, zone=BERLIN))
    under_way = next(each for each in found if each.grain is Grain.OPEN)
    assert under_way.start == at(2026, 3, 12, zone=BERLIN)
    assert all(each.end <= at(2026, 4, 10, 8) for each in found)


@given(st.integers(0, 50 * 24 * 60).map(lambda minutes: at(2024, 2, 20) + timedelta(minutes=minutes)))
def test_local_days_are_those_of_the_zone(moment):
    days = LocalDays.covering(at(2024, 2, 20), at(2024, 4, 10), BERLIN)
    place = int(days.places(np.array([periods.as_instant(moment)]))[0])
    assert days.day(place) == moment.astimezone(BERLIN).date()
