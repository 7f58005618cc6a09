"""Consents: given one by one or to many at once, the same proof either way."""

from datetime import timedelta

import pytest

from qadam.people import operations as people
from qadam.people.models import Consent, ConsentKind
from qadam.people.queries import members_with_consent
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
PROOF = ("kind", "text_version", "channel", "given_at", "withdrawn_at")


def proofs_of(member):
    return list(Consent.objects.filter(member=member).values_list(*PROOF))


def test_many_get_the_same_proof_as_one_alone():
    a_company()
    alone, *together = (a_member() for _ in range(4))
    given = {"kind": ConsentKind.ADVERTISING, "text_version": "2026-01", "channel": "import"}
    people.give_consent(member=alone, **given, now=NOW)
    people.give_consents(together, **given, at=NOW)
    assert [proofs_of(member) for member in together] == [proofs_of(alone)] * 3
    assert proofs_of(alone) == [("advertising", "2026-01", "import", NOW, None)]


def test_many_are_written_in_one_statement(django_assert_num_queries):
    a_company()
    members = [a_member() for _ in range(30)]
    with django_assert_num_queries(3):  # begin and commit, and one insert
        people.give_consents(members, kind=ConsentKind.DATA, text_version="1", channel="demo", at=NOW)
    assert members_with_consent(ConsentKind.DATA, [member.id for member in members]) == {each.id for each in members}


def test_only_the_kind_that_was_given_counts_and_only_for_those_who_gave_it():
    a_company()
    giver, other = a_member(), a_member()
    people.give_consents([giver], kind=ConsentKind.DATA, text_version="1", channel="demo", at=NOW)
    both = [giver.id, other.id]
    assert members_with_consent(ConsentKind.DATA, both) == {giver.id}
    assert members_with_consent(ConsentKind.ADVERTISING, both) == set()


def test_what_was_given_together_is_withdrawn_alone_and_stays_as_proof():
    a_company()
    first, second = a_member(), a_member()
    people.give_consents([first, second], kind=ConsentKind.ADVERTISING, text_version="1", channel="demo", at=NOW)
    people.withdraw_consent(member=first, kind=ConsentKind.ADVERTISING, now=LATER)
    assert members_with_consent(ConsentKind.ADVERTISING, [first.id, second.id]) == {second.id}
    assert proofs_of(first) == [("advertising", "1", "demo", NOW, LATER)]


def test_nobody_is_fine():
    people.give_consents([], kind=ConsentKind.DATA, text_version="1", channel="demo", at=NOW)
    assert not Consent.objects.exists()
