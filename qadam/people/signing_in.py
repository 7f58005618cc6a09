"""Coming in without a password to remember: ask for a link by letter, and use it once."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    validate_password,
)
from django.core.exceptions import ValidationError

from qadam.jobs.transactions import write
from qadam.people import sign_in_links, tries
from qadam.people.errors import LinkExpired, LinkUnknown, LinkUsed, WeakPassword
from qadam.people.finding import find_member_of, find_user, normalise
from qadam.people.joining import is_here, register_by_invitation, user_of
from qadam.people.joining_models import Joining
from qadam.people.models import User
from qadam.people.operations import write_audit
from qadam.people.sign_in_links import JOINING_LIFE, LinkState, hash_of_token
from qadam.people.sign_in_models import SignInLink

SECOND_PRESS = timedelta(minutes=5)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Hashing takes the longer the more there is; nobody remembers more."""


@write()
def ask_for_link(*, email: str, next_path: str, now: datetime) -> SignInLink | None:
    """Return a link for the letter to an address; None where no letter goes out: nobody's, or too many of late.

    Who came by an import has a sign-in made now; who filled in a form and lost the letter gets it once more.
    """
    address = normalise(email)
    if not address or not tries.note_try(purpose="letter", subject=address, now=now):
        return None
    user = find_user(address) or user_of(find_member_of(address))
    if user is None or not user.is_active:
        return None
    if is_here(user):
        return sign_in_links.issue_link(user=user, next_path=next_path, now=now)
    joining = Joining.objects.filter(email=user.email, confirmed_at=None).order_by("-id").first()
    if joining is None:
        return None
    life = joining.asked_at + JOINING_LIFE - now
    return sign_in_links.issue_link(user=user, joining=joining, life=life, next_path="/today/", now=now)


@write()
def use_link(*, token: str, browser: str, now: datetime, advertising_version: str = "") -> SignInLink:
    """Use a link up and return it; whose form waited becomes a member by it.

    `browser` is a secret of the browser's own: its second press within minutes is the first one again.
    `advertising_version` is what the person agrees to by confirming a form, as `register_by_invitation` takes it.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired: it lets nobody in.
        UnknownText: as `register_by_invitation`.
    """
    # One link of a person after the other: a registration ends all the others.
    User.objects.select_for_update().filter(id__in=_owner_of(token)).first()
    link = SignInLink.objects.select_related("user", "joining").filter(token_hash=hash_of_token(token)).first()
    if link is None or not link.user.is_active:
        raise LinkUnknown
    state = sign_in_links.state_of(link, now)
    if state is LinkState.USED and not _is_second_press(link, browser, now):
        raise LinkUsed
    if state is LinkState.EXPIRED:
        raise LinkExpired
    if state is LinkState.LIVE:
        link.used_at, link.browser_hash = now, hash_of_token(browser)
        link.save(update_fields=["used_at", "browser_hash"])
        if link.joining is not None:
            register_by_invitation(joining=link.joining, advertising_version=advertising_version, now=now)
            link.user.refresh_from_db()
    return link


def _owner_of(token: str) -> list[int]:
    return list(SignInLink.objects.filter(token_hash=hash_of_token(token)).values_list("user_id", flat=True))


def _is_second_press(link: SignInLink, browser: str, now: datetime) -> bool:
    return (
        bool(browser)
        and link.browser_hash == hash_of_token(browser)
        and link.used_at is not None
        and now - link.used_at < SECOND_PRESS
    )


@write()
def set_password(*, user: User, password: str, now: datetime) -> None:
    """Let a user come in by a password too, beside the letters and the passkeys. Audited.

    Raises:
        WeakPassword: it is short, known to everybody, or the name or address itself.
    """
    check_password(user, password)
    user.set_password(password)
    user.save(update_fields=["password"])
    write_audit(actor=user, action="password.set", target=f"user:{user.id}", detail={}, now=now)


@write()
def remove_password(*, user: User, now: datetime) -> None:
    """Let a user come in by letters and passkeys only. Audited."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    write_audit(actor=user, action="password.removed", target=f"user:{user.id}", detail={}, now=now)


def check_password(user: User, password: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        WeakPassword: as `set_password`.
    """
    rules: list[Any] = [
        MinimumLengthValidator(SHORTEST_PASSWORD),
        CommonPasswordValidator(),
        UserAttributeSimilarityValidator(("email", "name")),
    ]
    try:
        validate_password(password, user, rules)
    except ValidationError:
        raise WeakPassword(least=SHORTEST_PASSWORD) from None
    if len(password) > LONGEST_PASSWORD:
        raise WeakPassword(least=SHORTEST_PASSWORD)
