from datetime import UTC, datetime

from django.template import Context, Template
from django.utils import timezone, translation

from qadam.lib.text import Words


def render(source: str, language: str = "en", **context: object) -> str:
    with translation.override(language), timezone.override("Asia/Almaty"):
        return Template("{% load ui %}" + source).render(Context(context))


def test_an_icon_without_a_label_is_silent() -> None:
    assert 'aria-hidden="true"' in render('{% icon "sun" %}')
    assert 'aria-label="Done &lt;now&gt;"' in render('{% icon "check" 20 label %}', label="Done <now>")


def test_words_come_in_the_visitors_language() -> None:
    text = Words("қадам", "шаг", "step")
    assert render("{{ text|words }}", "kk", text=text) == "қадам"
    assert render("{{ text|words }}", "ru", text=text.as_document()) == "шаг"
    assert render("{{ text|words }}", text="plain") == "plain"


def test_dates_are_in_the_active_zone() -> None:
    late = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert render("{{ at|day }} {{ at|wall_time }}", "kk", at=late) == "2026\u202fж. 23 қараша 01:30"


def test_when_carries_the_full_moment() -> None:
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    html = render("{% when at now %}", at=at, now=datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    assert html == '<time datetime="2026-11-22T08:00:00+00:00" title="22 November 2026, 13:00">30 minutes ago</time>'


def test_nothing_known_is_a_dash_and_never_zero() -> None:
    assert render("{{ x|number }}{{ x|percent }}", x=None) == "——"


def test_the_ring_says_what_it_shows() -> None:
    html = render('{% ring 3 7 "3 of 7 tasks done" %}')
    assert 'role="img"' in html
    assert 'aria-label="3 of 7 tasks done"' in html
