from datetime import date, timedelta
from typing import Any

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.people import consent_texts, terms
from qadam.people.joining_models import ConsentText, Terms
from qadam.people.models import AuditEntry
from qadam.people.tests.joining import TERMS, VERSION, a_text, words
from tests.cast import NOW, a_company, a_member, a_prospect, an_event, days


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"consent": "cookies"}, "consent"),
        ({"version": ""}, "version"),
        ({"version": "x" * 33}, "version"),
        ({"label": {"kk": "а", "ru": "б"}}, "label.en"),
        ({"purpose": "anything"}, "purpose"),
        ({"ticked": True}, "ticked"),
    ],
)
def test_a_faulty_text_is_refused_with_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        consent_texts.parse_consent(a_text(**changes))
    assert [fault.place for fault in refusal.value.faults] == [place]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"refund_days": -1}, "refund_days"),
        ({"buyback_percent": 101}, "buyback_percent"),
        ({"buyback_days": "year"}, "buyback_days"),
        ({"terms": "other"}, "terms"),
        ({"text": words("")}, "text.en"),
    ],
)
def test_faulty_terms_are_refused_with_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        terms.parse_terms({**TERMS, **changes})
    assert place in [fault.place for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("ordered", "refund", "buyback"),
    [
        (None, date(2026, 3, 16), None),
        (date(2026, 3, 2), date(2026, 3, 16), date(2027, 3, 2)),
        (date(2026, 3, 20), date(2026, 4, 3), date(2027, 3, 20)),
        (date(2026, 2, 1), date(2026, 3, 16), date(2027, 2, 1)),
    ],
)
def test_the_last_days_are_counted_from_the_joining_or_the_newest_order(
    ordered: date | None, refund: date, buyback: date | None
) -> None:
    found = terms.count_dates(terms.parse_terms(TERMS), date(2026, 3, 2), ordered)
    assert (found.refund_until, found.buyback_until) == (refund, buyback)


@pytest.mark.django_db
def test_a_version_stands_for_ever() -> None:
    a_company(name="Dala")
    first = consent_texts.publish_consent(document=a_text(), actor=None, now=NOW)
    assert consent_texts.publish_consent(document=a_text(), actor=None, now=NOW) == first
    with pytest.raises(FaultyDocument):
        consent_texts.publish_consent(document=a_text(text=words("Other words.")), actor=None, now=NOW)
    consent_texts.publish_consent(document=a_text(version="2026-02", text=words("New.")), actor=None, now=NOW)
    assert ConsentText.objects.count() == AuditEntry.objects.count() == 2
    now = consent_texts.current_text("data", "ru")
    assert now is not None
    assert (now.version, now.label, now.paragraphs) == ("2026-02", "I agree to data of Dala ru", ("New. ru",))
    then = consent_texts.text_of_version("data", VERSION, "en")
    assert then is not None
    assert then.paragraphs == ("The operator is Dala.", "Until you withdraw it.")
    assert consent_texts.current_text("advertising", "ru") is None


@pytest.mark.django_db
def test_terms_are_versioned_and_dated_by_the_local_day() -> None:
    company = a_company(name="Dala")
    late = NOW.replace(hour=20)
    member, prospect = a_member(now=late), a_prospect()
    assert terms.terms_dates(member, company) is None
    terms.publish_terms(document=TERMS, actor=None, now=NOW)
    terms.publish_terms(document=TERMS, actor=None, now=NOW)
    assert Terms.objects.count() == 1
    dates = terms.terms_dates(member, company)
    # 20:00 UTC on the 2nd is the 3rd in Almaty.
    assert dates == terms.TermsDates(date(2026, 3, 17), None, is_from_order=False)
    assert terms.terms_dates(prospect, company) is None
    an_event("order.paid", member, late + days(2), order="1", buyer="own")
    an_event("order.paid", member, late + timedelta(days=9), order="2", buyer="retail")
    dates = terms.terms_dates(member, company)
    assert dates == terms.TermsDates(date(2026, 3, 19), date(2027, 3, 5), is_from_order=True)
    assert terms.terms_in_force().paragraphs("en", company) == ("Dala pays back in 14 days.",)
