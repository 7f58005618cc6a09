"""Going, coming back, being forgotten, the zone, letters and consents: what members decide themselves."""

from datetime import date, timedelta
from functools import partial

import pytest

from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.lib.text import Words
from qadam.people import identity, leaving, pausing, preferences, seen_keys
from qadam.people.errors import (
    AlreadyErased,
    FaultyHours,
    HasLeft,
    HasNotLeft,
    LeftByCompany,
    StaffNotErased,
    ZoneChangedLately,
)
from qadam.people.leaving import Reason, choose_returnable
from qadam.people.models import AuditEntry, Consent, Member, SeenKey
from qadam.people.operations import leave_company
from qadam.people.preferences import Letters
from qadam.people.terms import TermsDocument
from tests.cast import NOW, a_company, a_member, a_user, days

TODAY = date(2026, 3, 2)
TERMS = TermsDocument(refund_days=14, buyback_days=365, buyback_percent=90, text=Words("", "", ""))


@pytest.mark.parametrize(
    ("days_ago", "refund", "buyback"),
    [
        (0, TODAY + timedelta(days=14), TODAY + timedelta(days=365)),
        (14, TODAY, TODAY + timedelta(days=351)),
        (15, None, TODAY + timedelta(days=350)),
        (365, None, TODAY),
    ],
)
def test_orders_that_can_still_be_given_back(days_ago, refund, buyback):
    paid_on = TODAY - timedelta(days=days_ago)
    props = {"order": "K-1", "amount": 2_490_000, "currency": "KZT"}
    (order,) = choose_returnable([(paid_on, props)], TERMS, "KZT", TODAY)
    assert (order.refund_until, order.buyback_until, order.amount) == (refund, buyback, 2_490_000)


def test_an_order_out_of_both_windows_and_one_without_an_amount():
    old = (TODAY - timedelta(days=366), {"order": "K-0"})
    bare = (TODAY, {"amount": "much"})
    assert [(row.order, row.amount, row.currency) for row in choose_returnable([old, bare], TERMS, "UZS", TODAY)] == [
        ("", None, "UZS")
    ]


@pytest.mark.django_db
def test_leaving_and_coming_back_and_leaving_again_are_four_facts():
    a_company()
    member = a_member()
    pausing.pause_path(member=member, first_on=TODAY, last_on=TODAY, now=NOW)
    leaving.leave(member=member, reason=Reason.NO_TIME, now=NOW + days(1))
    assert pausing.open_pause_of(member) is None
    with pytest.raises(HasLeft):
        leaving.leave(member=member, reason=Reason.COSTS, now=NOW + days(1))
    leaving.come_back(member=member, now=NOW + days(2))
    with pytest.raises(HasNotLeft):
        leaving.come_back(member=member, now=NOW + days(2))
    leaving.leave(member=member, reason=Reason.LIFE, now=NOW + days(3))
    facts = Event.objects.filter(member_id=member.id, type__in=["member.left", "member.returned"]).order_by("id")
    assert [(row.type, row.props.get("reason")) for row in facts] == [
        ("member.left", "no_time"),
        ("member.returned", None),
        ("member.left", "life"),
    ]
    member.refresh_from_db()
    assert member.left_at == NOW + days(3)


@pytest.mark.django_db
def test_whom_the_company_removed_the_company_takes_back():
    a_company()
    member = a_member()
    leaving.leave(member=member, reason=Reason.NO_TIME, now=NOW)
    leaving.come_back(member=member, now=NOW + days(1))
    # Whatever reason the company's system gives, even one of ours.
    leave_company(member=member, reason=Reason.NO_TIME.value, at=NOW - days(1), now=NOW + days(2))
    with pytest.raises(LeftByCompany):
        leaving.come_back(member=member, now=NOW + days(3))
    assert Member.objects.get(id=member.id).left_at == NOW - days(1)


@pytest.mark.django_db
def test_a_second_tap_erases_nobody_twice():
    a_company()
    member = a_member(name="Aigul")
    stale = Member.objects.get(id=member.id)
    leaving.erase_self(member=member, now=NOW)
    count = Member.objects.count()
    for erase in (leaving.erase_self, partial(identity.erase_member, actor=None)):
        with pytest.raises(AlreadyErased):
            erase(member=stale, now=NOW + days(1))
    assert Member.objects.count() == count


@pytest.mark.django_db
def test_erasing_oneself_keeps_the_facts_and_says_whose_wish_it_was():
    a_company()
    member = a_member(name="Aigul")
    user = a_user(member=member)
    leaving.erase_self(member=member, now=NOW)
    assert not Member.objects.filter(name="Aigul").exists()
    assert not type(user).objects.filter(pk=user.pk).exists()
    nameless = Member.objects.get(erased_at=NOW)
    assert Event.objects.filter(member_id=nameless.id, type="member.registered").exists()
    assert AuditEntry.objects.filter(action="member.erased_at_own_wish", target=f"member:{nameless.id}").exists()
    staff = a_member()
    a_user(member=staff, roles=("editor",))
    with pytest.raises(StaffNotErased):
        leaving.erase_self(member=staff, now=NOW)
    assert Member.objects.filter(id=staff.id).exists()


@pytest.mark.django_db
def test_the_zone_changes_once_in_seven_days():
    a_company(zone="Asia/Almaty")
    member = a_member(zone="Asia/Almaty")
    # The company's zone under its own name is the same clock: nothing is held back by it.
    preferences.change_zone(member=member, zone="", now=NOW - days(1))
    preferences.change_zone(member=member, zone="Asia/Oral", now=NOW)
    for later in (timedelta(seconds=1), days(7) - timedelta(seconds=1)):
        with pytest.raises(ZoneChangedLately):
            preferences.change_zone(member=member, zone="Europe/Moscow", now=NOW + later)
    preferences.change_zone(member=member, zone="Asia/Oral", now=NOW + days(1))
    preferences.change_zone(member=member, zone="Europe/Moscow", now=NOW + days(7))
    member.refresh_from_db()
    assert (member.zone, member.zone_changed_at) == ("Europe/Moscow", NOW + days(7))
    told = Event.objects.filter(member_id=member.id, type="member.changed").order_by("id")
    assert [row.props["before"] for row in told] == ["Asia/Almaty", "", "Asia/Oral"]


@pytest.mark.django_db
@pytest.mark.parametrize("quiet", ["21:00", "21:00-21:00", "25:00-06:00", "21:00-06:00; DROP", "-06:00"])
def test_faulty_hours_are_refused(quiet):
    a_company()
    with pytest.raises(FaultyHours):
        preferences.set_letters(member=a_member(), letters=Letters.ALL, quiet=quiet)


@pytest.mark.django_db
def test_advertising_is_given_once_and_taken_back_once():
    a_company()
    member = a_member()
    for is_wanted in (True, True, False, False, True):
        preferences.set_advertising(
            member=member, is_wanted=is_wanted, text_version="2026-11", channel="cabinet", now=NOW
        )
    rows = Consent.objects.filter(member=member).order_by("id")
    assert [(row.text_version, row.withdrawn_at) for row in rows] == [("2026-11", NOW), ("2026-11", None)]


@pytest.mark.django_db
def test_a_key_counts_once_for_its_member_and_falls_with_what_failed():
    a_company()
    member, other = a_member(), a_member()
    key = "k" * 32

    def is_new(whose, key, now=NOW):
        with seen_keys.once(member=whose, key=key, now=now) as answer:
            return answer

    assert [is_new(member, key), is_new(member, key), is_new(other, key)] == [True, False, True]
    # No key, or what isn't one: every time new, and nothing is kept.
    assert all(is_new(member, bad) for bad in ("", "short", "x" * 65, "a b" * 10, "'; --" * 5) for _twice in "ab")
    failed = "f" * 20
    with pytest.raises(ZeroDivisionError), write(), seen_keys.once(member=member, key=failed, now=NOW):
        raise ZeroDivisionError
    assert is_new(member, failed)
    assert SeenKey.objects.count() == 3
    assert seen_keys.forget_keys(NOW + days(61)) == 3
