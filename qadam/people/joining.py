"""Joining: a filled form, a letter that confirms the address, and a member with a place, consents and day 0."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from qadam.jobs.transactions import attempt, write
from qadam.people import operations as people
from qadam.people import sign_in_links, tries
from qadam.people.consent_texts import text_of_version
from qadam.people.errors import AlreadySettled, ConsentNeeded, SponsorLoop, UnknownText
from qadam.people.finding import find_member_of, find_user, normalise
from qadam.people.invitations import find_invitation, may_invite
from qadam.people.joining_models import Joining
from qadam.people.models import Company, ConsentKind, Kind, Member, User
from qadam.people.sign_in_links import JOINING_LIFE
from qadam.people.sign_in_models import SignInLink

KEPT_LINKS = 4 * JOINING_LIFE


@dataclass(frozen=True, slots=True)
class JoinForm:
    """What a person filled in, checked by the door. `key` is the form's own: the same one again changes nothing.

    `code` is the invitation as it was carried or typed; without a good one `told` holds the person's own words about
    who invited them, or `says_nobody` is set. `advertising_version` "" refuses advertising. `zone` "" is the company's.
    """

    key: str
    name: str
    email: str
    phone: str
    language: str
    zone: str
    code: str
    told: str
    says_nobody: bool
    data_version: str
    advertising_version: str
    channel: str


@write()
def ask_to_join(*, form: JoinForm, now: datetime) -> SignInLink | None:
    """Keep a filled form and return the link for the letter that confirms the address.

    Who is with the company already gets a link to sign in instead, so that the form tells nobody who is here. None:
    no letter goes out, because this form was sent before, or because too many letters went to this address.

    Raises:
        ConsentNeeded: the consent to keep data isn't given.
        UnknownText: a consent names a version that was never published.
    """
    form = replace(form, email=normalise(form.email))
    _check_consents(form)
    # One form after the other: the same one sent twice at once must meet its first coming.
    Company.objects.select_for_update().filter(id=1).first()
    if Joining.objects.filter(form_key=form.key).exists():
        return None
    if not tries.note_try(purpose="letter", subject=form.email, now=now):
        return None
    user = find_user(form.email) or user_of(find_member_of(form.email))
    if user is not None and (is_here(user) or not user.is_active):
        return sign_in_links.issue_link(user=user, now=now) if user.is_active else None
    if user is None:
        user = User(email=form.email, language=form.language)
        user.set_unusable_password()
        user.save()
    joining = _keep(form, now)
    return sign_in_links.issue_link(user=user, joining=joining, life=JOINING_LIFE, next_path="/today/", now=now)


def _check_consents(form: JoinForm) -> None:
    if not form.data_version:
        raise ConsentNeeded
    given = {ConsentKind.DATA: form.data_version, ConsentKind.ADVERTISING: form.advertising_version}
    for kind, version in given.items():
        if version and text_of_version(kind, version, form.language) is None:
            raise UnknownText


def is_here(user: User) -> bool:
    """Tell whether a sign-in belongs to a registered member or to staff, not to a form that waits."""
    return (user.member is not None and user.member.registered_at is not None) or user.roles.exists()


def user_of(member: Member | None) -> User | None:
    """Return the sign-in of a registered member, made now for one who came by an import and never had one."""
    if member is None:
        return None
    user = User.objects.filter(member=member).first()
    return user or make_user(member=member)


@write()
def make_user(*, member: Member) -> User:
    """Give a member a sign-in by the own e-mail, without a password."""
    user = User(email=member.email.lower(), name=member.name, language=member.language, member=member)
    user.set_unusable_password()
    user.save()
    return user


def _keep(form: JoinForm, now: datetime) -> Joining:
    invitation = find_invitation(form.code)
    return Joining.objects.create(
        form_key=form.key,
        name=form.name,
        email=form.email,
        phone=form.phone,
        language=form.language,
        zone=form.zone,
        invitation=invitation,
        code="" if invitation else form.code[:64],
        told="" if invitation else form.told,
        says_nobody=form.says_nobody and invitation is None,
        data_version=form.data_version,
        advertising_version=form.advertising_version,
        channel=form.channel,
        asked_at=now,
    )


@write()
def register_by_invitation(*, joining: Joining, advertising_version: str, now: datetime) -> Member:
    """Make a member of who filled in a form, once the address is confirmed; a second time changes nothing.

    The consents are those of whoever has the address, at this moment: anybody may have filled in the form.
    `advertising_version` is the text that they agree to now, "" for none, whatever the form said.

    A prospect of this address becomes registered. The sponsor is who invited; without one the person keeps the place
    they may have, and the form waits for the company. Day 0 begins. Records `member.registered`.

    Raises:
        UnknownText: that version of the text was never published.
    """
    if advertising_version and text_of_version(ConsentKind.ADVERTISING, advertising_version, "en") is None:
        raise UnknownText
    # Two forms of one person may be confirmed at once: the sign-in of the address is the one thing they share.
    User.objects.select_for_update().filter(email=joining.email).first()
    joining = Joining.objects.select_for_update().get(id=joining.id)
    if joining.member is not None:
        return joining.member
    sponsor = joining.invitation.sponsor if joining.invitation else None
    if sponsor is not None and not may_invite(sponsor):
        sponsor = None
    user = find_user(joining.email)
    known = (user.member if user else None) or find_member_of(joining.email, is_registered=None)
    before = known.sponsor_id if known else None
    member, is_placed = _register(joining, known, sponsor, now)
    joining.advertising_version = advertising_version
    _give_consents(joining, member, now)
    if user is not None and user.member_id is None and not User.objects.filter(member=member).exists():
        User.objects.filter(id=user.id).update(member=member, name=joining.name, language=joining.language)
    joining.member, joining.confirmed_at, joining.settled_at = member, now, now if is_placed else None
    if joining.invitation is not None and not is_placed:
        joining.code, joining.invitation = joining.invitation.code, None
    joining.save(update_fields=["member", "confirmed_at", "settled_at", "invitation", "code", "advertising_version"])
    if user is not None:
        sign_in_links.end_links_of_forms(user=user, now=now)
    detail = {"sponsor": member.sponsor_id, "sponsor_before": before}
    people.write_audit(actor=user, action="member.joined", target=f"member:{member.id}", detail=detail, now=now)
    return member


def _register(joining: Joining, known: Member | None, sponsor: Member | None, now: datetime) -> tuple[Member, bool]:
    """Return the member, and whether they stand below the sponsor whom they named."""
    if known is None:
        row = people.NewMember(
            name=joining.name,
            kind=Kind.DISTRIBUTOR,
            email=joining.email,
            phone=joining.phone,
            language=joining.language,
            zone=joining.zone,
            sponsor_id=sponsor.id if sponsor else None,
            mentor_id=sponsor.id if sponsor else None,
            registered_at=now,
        )
        return people.add_members([row], now=now)[0], sponsor is not None
    if known.registered_at is not None:
        return known, sponsor is not None and known.sponsor_id == sponsor.id
    _take_over(known, joining, now)
    try:
        with attempt():
            people.register_member(member=known, kind=Kind.DISTRIBUTOR, sponsor=sponsor, at=now, now=now)
            is_placed = sponsor is not None
    except SponsorLoop:
        # Whom they name stands below them in the company's records: somebody has to look at it.
        people.register_member(member=known, kind=Kind.DISTRIBUTOR, sponsor=None, at=now, now=now)
        is_placed = False
    if is_placed and known.mentor_id is None:
        Member.objects.filter(id=known.id).update(mentor=sponsor)
    return known, is_placed


def _take_over(known: Member, joining: Joining, now: datetime) -> None:
    """Let a prospect's record say what the person says; what they left empty stays."""
    said = {"name": joining.name, "phone": joining.phone, "language": joining.language, "zone": joining.zone}
    changed: dict[str, Any] = {key: value for key, value in said.items() if value and getattr(known, key) != value}
    people.record_changes(member_id=known.id, before={key: getattr(known, key) for key in changed}, now=now)
    for key, value in changed.items():
        setattr(known, key, value)
    known.save(update_fields=list(changed))


def _give_consents(joining: Joining, member: Member, now: datetime) -> None:
    given = {ConsentKind.DATA: joining.data_version, ConsentKind.ADVERTISING: joining.advertising_version}
    for kind, version in given.items():
        if version:
            people.give_consent(member=member, kind=kind, text_version=version, channel=joining.channel, now=now)


def waiting_for_place() -> QuerySet[Joining]:
    """Return the forms of people whose sponsor the company has to find, oldest first."""
    waiting = Joining.objects.filter(settled_at=None, confirmed_at__isnull=False)
    return waiting.filter(member__erased_at=None).select_related("member__sponsor").order_by("confirmed_at", "id")


@write()
def settle_place(*, joining: Joining, sponsor: Member | None, actor: User, now: datetime) -> None:
    """Hang a person below the sponsor whom the company found, or (None) leave them where they are. Audited.

    Raises:
        AlreadySettled: somebody was faster.
        SponsorLoop: the sponsor stands below them.
    """
    if not Joining.objects.filter(id=joining.id, settled_at=None).update(settled_at=now, settled_by=actor):
        raise AlreadySettled
    member = joining.member
    assert member is not None, "only confirmed forms wait"
    if sponsor is not None and sponsor.id != member.sponsor_id:
        people.move_branch(member=member, new_sponsor=sponsor, actor=actor, now=now)
    if sponsor is not None and member.mentor_id is None:
        people.record_changes(member_id=member.id, before={"mentor": None}, now=now)
        Member.objects.filter(id=member.id).update(mentor=sponsor)
    detail = {"sponsor": sponsor.id if sponsor else None}
    people.write_audit(actor=actor, action="joining.settled", target=f"member:{member.id}", detail=detail, now=now)


@write()
def forget_unfinished(now: datetime) -> None:
    """Delete forms that nobody confirmed in time, with the sign-ins made for them, spent links and counted tries."""
    old = Joining.objects.filter(confirmed_at=None, asked_at__lt=now - JOINING_LIFE)
    addresses = set(old.values_list("email", flat=True))
    old.delete()
    left = set(Joining.objects.filter(email__in=addresses).values_list("email", flat=True))
    User.objects.filter(email__in=addresses - left, member=None, roles=None, last_login=None).delete()
    SignInLink.objects.filter(expires_at__lt=now - KEPT_LINKS).delete()
    tries.forget_tries(now=now)
