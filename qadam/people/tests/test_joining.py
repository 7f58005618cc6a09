from datetime import timedelta
from typing import Any

import pytest

from qadam.events.models import Event
from qadam.people import identity, invitations, joining, sign_in_links, signing_in
from qadam.people import operations as people
from qadam.people.errors import AlreadySettled, CannotInvite, ConsentNeeded, LinkExpired, LinkUsed, UnknownText
from qadam.people.joining_models import Invitation, Joining
from qadam.people.models import AuditEntry, Consent, Member, User
from qadam.people.sign_in_links import token_of
from qadam.people.sign_in_models import SignInLink
from qadam.people.tests.joining import VERSION, a_form, publish_texts
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, days

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]
LATER = NOW + timedelta(hours=1)


def invite(member: Member) -> Invitation:
    return invitations.invitation_of(member=member, now=NOW)


def ask(**changes: Any) -> SignInLink:
    link = joining.ask_to_join(form=a_form(**changes), now=NOW)
    assert link is not None
    return link


def confirm(link: SignInLink, at: Any = LATER, *, news: str = "") -> Member:
    used = signing_in.use_link(token=token_of(link), browser="", now=at, advertising_version=news)
    member = User.objects.get(id=used.user_id).member
    assert member is not None
    return member


def test_an_invited_person_becomes_a_member_by_confirming_the_address() -> None:
    a_company()
    publish_texts()
    marat = a_member(name="Marat")
    link = ask(code=invite(marat).code, advertising_version=VERSION, email=" Aigul@Example.com ")
    assert not Member.objects.filter(name="Aigul Nurlanova").exists()
    aigul = confirm(link, news=VERSION)
    assert (aigul.kind, aigul.sponsor_id, aigul.mentor_id) == ("distributor", marat.id, marat.id)
    assert (aigul.registered_at, aigul.day_zero_at, aigul.email) == (LATER, LATER, "aigul@example.com")
    marat.refresh_from_db()
    assert marat.downline_has(aigul)
    event = Event.objects.get(type="member.registered", member_id=aigul.id)
    assert event.props == {"kind": "distributor", "sponsor": marat.id}
    rows = (
        Consent.objects.filter(member=aigul).order_by("kind").values_list("kind", "text_version", "channel", "given_at")
    )
    assert list(rows) == [("advertising", VERSION, "web", LATER), ("data", VERSION, "web", LATER)]
    assert invitations.count_brought(marat) == 1
    assert not joining.waiting_for_place().exists()


def test_what_a_stranger_ticked_in_the_form_is_no_consent() -> None:
    a_company()
    publish_texts()
    link = ask(says_nobody=True, advertising_version=VERSION)
    with pytest.raises(UnknownText):
        confirm(link, news="forged")
    member = confirm(link)
    assert list(Consent.objects.filter(member=member).values_list("kind", flat=True)) == ["data"]
    assert Joining.objects.get().advertising_version == ""


def test_without_the_consent_to_keep_data_nothing_is_kept() -> None:
    a_company()
    publish_texts()
    with pytest.raises(ConsentNeeded):
        joining.ask_to_join(form=a_form(data_version=""), now=NOW)
    with pytest.raises(UnknownText):
        joining.ask_to_join(form=a_form(advertising_version="forged"), now=NOW)
    assert not Joining.objects.exists()
    assert not User.objects.exists()


def test_the_same_form_twice_and_a_second_press_make_one_member_and_one_letter() -> None:
    a_company()
    publish_texts()
    link = ask(says_nobody=True)
    assert joining.ask_to_join(form=a_form(says_nobody=True), now=NOW) is None
    row = Joining.objects.get()
    first = joining.register_by_invitation(joining=row, advertising_version="", now=LATER)
    assert joining.register_by_invitation(joining=row, advertising_version="", now=LATER + days(1)) == first
    with pytest.raises(LinkExpired):
        confirm(link)
    assert Event.objects.filter(type="member.registered").count() == 1
    assert Consent.objects.filter(member=first).count() == 1


def test_two_forms_of_one_person_make_one_member_and_the_second_letter_lets_nobody_in() -> None:
    a_company()
    publish_texts()
    marat, dina = a_member(), a_member()
    first = ask(code=invite(marat).code)
    second = ask(code=invite(dina).code, key="another-form-0123456789")
    aigul = confirm(first)
    with pytest.raises(LinkExpired):
        confirm(second)
    aigul.refresh_from_db()
    assert aigul.sponsor == marat
    assert Member.objects.filter(email="aigul@example.com").count() == 1


def test_a_letter_of_a_confirmed_form_lives_no_longer_than_one_to_sign_in() -> None:
    a_company()
    publish_texts()
    link = ask(says_nobody=True)
    other = sign_in_links.issue_link(
        user=link.user, joining=link.joining, life=sign_in_links.JOINING_LIFE, now=LATER - sign_in_links.LIFE
    )
    confirm(link)
    # As left by a version that didn't end the others.
    SignInLink.objects.filter(id=other.id).update(expires_at=NOW + sign_in_links.JOINING_LIFE)
    with pytest.raises(LinkExpired):
        confirm(other)
    assert confirm(other, LATER - timedelta(seconds=1))


def test_a_known_prospect_is_registered_and_not_doubled() -> None:
    a_company()
    publish_texts()
    dina, marat = a_member(), a_member()
    known = a_prospect(name="A", email="AIGUL@example.com", phone="+77010000009", sponsor_id=dina.id)
    aigul = confirm(ask(code=invite(marat).code))
    assert aigul == known
    aigul.refresh_from_db()
    assert (aigul.name, aigul.phone, aigul.sponsor_id) == ("Aigul Nurlanova", "+77010000009", marat.id)
    detail = AuditEntry.objects.get(action="member.joined").detail
    assert detail == {"sponsor": marat.id, "sponsor_before": dina.id}


def test_a_prospect_above_the_one_who_invites_keeps_the_place_and_waits_for_the_company() -> None:
    a_company()
    publish_texts()
    known = a_prospect(email="aigul@example.com")
    below = a_member(sponsor_id=known.id)
    aigul = confirm(ask(code=invite(below).code))
    assert aigul == known
    assert aigul.sponsor_id is None
    assert joining.waiting_for_place().get().member == aigul


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"code": "AAAA-AAAA", "told": "Gulnara from Shymkent"}, ("AAAA-AAAA", "Gulnara from Shymkent", False)),
        ({"says_nobody": True}, ("", "", True)),
        ({"code": "<script>"}, ("<script>", "", False)),
    ],
)
def test_who_has_no_good_code_is_a_member_without_a_sponsor_and_waits(said: Any, kept: Any) -> None:
    a_company()
    publish_texts()
    member = confirm(ask(**said))
    row = joining.waiting_for_place().get()
    assert (row.code, row.told, row.says_nobody) == kept
    assert (member.sponsor_id, row.member) == (None, member)


def test_an_inviter_who_left_before_the_confirmation_gets_nobody() -> None:
    a_company()
    publish_texts()
    marat = a_member()
    link = ask(code=invite(marat).code)
    people.leave_company(member=marat, reason="", at=NOW, now=NOW)
    member = confirm(link)
    assert member.sponsor_id is None
    assert joining.waiting_for_place().get().code == invitations.Invitation.objects.get().code
    with pytest.raises(CannotInvite):
        marat.refresh_from_db()
        invite(marat)


def test_who_was_placed_waits_for_nobody_even_when_the_inviter_is_erased_later() -> None:
    a_company()
    publish_texts()
    marat = a_member()
    aigul = confirm(ask(code=invite(marat).code))
    identity.erase_member(member=marat, actor=None, now=LATER)
    aigul.refresh_from_db()
    assert aigul.sponsor is not None
    assert aigul.sponsor.erased_at == LATER
    assert not Invitation.objects.exists()
    assert not joining.waiting_for_place().exists()


def test_the_company_settles_a_place_once() -> None:
    a_company()
    publish_texts()
    oleg, marat = a_user(roles=("retention",)), a_member()
    member = confirm(ask(told="Marat"))
    row = joining.waiting_for_place().get()
    joining.settle_place(joining=row, sponsor=marat, actor=oleg, now=LATER)
    member.refresh_from_db()
    assert (member.sponsor_id, member.mentor_id) == (marat.id, marat.id)
    assert set(AuditEntry.objects.filter(actor=oleg).values_list("action", flat=True)) == {
        "member.moved",
        "joining.settled",
    }
    with pytest.raises(AlreadySettled):
        joining.settle_place(joining=row, sponsor=None, actor=oleg, now=LATER)
    assert not joining.waiting_for_place().exists()


def test_an_address_of_somebody_who_is_here_gets_a_way_in_and_nothing_else() -> None:
    a_company()
    publish_texts()
    member = a_member(email="aigul@example.com")
    link = ask(code=invite(member).code)
    assert (link.joining, link.user.member) == (None, member)
    assert not Joining.objects.exists()
    staff = a_user(roles=("retention",), email="oleg@example.com")
    assert ask(email="oleg@example.com", key="other-form-0123456789").user == staff
    gone = a_user(email="gone@example.com")
    User.objects.filter(id=gone.id).update(is_active=False)
    assert joining.ask_to_join(form=a_form(email="gone@example.com", key="third-form-0123456789"), now=NOW) is None


def test_forms_that_nobody_confirms_are_forgotten_and_others_stay() -> None:
    a_company()
    publish_texts()
    ask(email="gone@example.com")
    confirmed = confirm(ask(email="here@example.com", key="second-form-0123456789"))
    ask(email="staff@example.com", key="third-form-0123456789")
    staff = people.add_staff(email="staff@example.com", name="", roles=["owner"], password=None, language="en", now=NOW)
    joining.forget_unfinished(NOW + days(7))
    assert Joining.objects.count() == 3
    joining.forget_unfinished(NOW + days(7.1))
    assert Joining.objects.get().member == confirmed
    assert set(User.objects.values_list("id", flat=True)) == {confirmed.user.id, staff.id}


def test_a_late_letter_registers_nobody_and_a_used_one_once() -> None:
    a_company()
    publish_texts()
    link = ask(says_nobody=True)
    with pytest.raises(LinkExpired):
        confirm(link, NOW + sign_in_links.JOINING_LIFE)
    assert not Member.objects.exists()
    confirm(link, NOW + sign_in_links.JOINING_LIFE - timedelta(seconds=1))
    with pytest.raises(LinkUsed):
        confirm(link)


def test_forms_with_one_address_are_limited_like_its_letters() -> None:
    a_company()
    publish_texts()
    given = [
        joining.ask_to_join(form=a_form(key=f"form-number-{number:08}", says_nobody=True), now=NOW)
        for number in range(4)
    ]
    assert [link is not None for link in given] == [True, True, True, False]
    assert Joining.objects.count() == 3
