from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from qadam.ui import formats

ALMATY = ZoneInfo("Asia/Almaty")
NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("kk", "2026\u202fж. 22 қараша"),
        ("ru", "22 ноября 2026\u202fг."),
        ("en", "22 November 2026"),
        ("en-gb", "22 November 2026"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language: str, expected: str) -> None:
    assert formats.day_words(date(2026, 11, 22), language) == expected


def test_the_year_is_left_out_within_the_year() -> None:
    assert formats.day_words(date(2026, 3, 1), "ru", today=NOW.date()) == "1\xa0марта"
    assert formats.day_words(date(2025, 3, 1), "en", today=NOW.date()) == "1 March 2025"


def test_a_moment_is_shown_in_the_zone_that_is_asked_for() -> None:
    late = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert formats.moment_words(late, "kk", ALMATY) == "2026\u202fж. 23 қараша, 01:30"
    assert formats.moment_words(late, "kk", ZoneInfo("UTC")) == "2026\u202fж. 22 қараша, 20:30"


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(minutes=30), "in 30 minutes"),
        (timedelta(hours=-3), "today, 11:05"),
        (timedelta(hours=-20), "yesterday, 18:05"),
        (timedelta(hours=12), "tomorrow, 02:05"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-7), "7 days ago"),
        (timedelta(days=-30), "23\xa0October"),
        (timedelta(days=-400), "18 October 2025"),
    ],
)
def test_relative_words_count_local_days(distance: timedelta, expected: str) -> None:
    with translation.override("en"):
        assert formats.relative_words(NOW + distance, NOW, "en", ALMATY) == expected


def test_relative_words_have_the_plural_forms_of_russian() -> None:
    with translation.override("ru"):
        assert formats.relative_words(NOW - timedelta(minutes=2), NOW, "ru", ALMATY) == "2 минуты назад"
        assert formats.relative_words(NOW - timedelta(minutes=5), NOW, "ru", ALMATY) == "5 минут назад"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_money_shows_the_tenge_sign_and_no_empty_decimals(language: str) -> None:
    whole = formats.amount_words(199_000, "KZT", language)
    assert whole.endswith("\xa0₸")
    assert whole[0] == "1"
    assert whole.replace("\xa0", "").replace(",", "") == "1990₸"
    assert "50" in formats.amount_words(199_050, "KZT", language)


def test_numbers_and_shares() -> None:
    assert formats.number_words(1234.5, "ru") == "1\xa0234,5"
    assert formats.percent_words(0.384, "kk") == "38\u202f%"
    assert formats.percent_words(0.384, "en", places=1) == "38.4\u202f%"


def test_durations() -> None:
    assert formats.duration_words(10, "en") == "10\xa0minutes"
    assert formats.duration_words(90, "kk") == "90\xa0минут"
    assert formats.duration_words(60, "ru") == "1\xa0час"
