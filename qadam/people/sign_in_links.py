"""Links in letters that let a person in once. What stands in the letter is made when it is written, and not kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.crypto import salted_hmac

from qadam.jobs.transactions import write
from qadam.people.joining_models import Joining
from qadam.people.models import User
from qadam.people.sign_in_models import SignInLink

LIFE = timedelta(minutes=20)
JOINING_LIFE = timedelta(days=7)
"""A letter that only confirms an address gives no access to anybody's data; people read it when they come to it."""
SALT = "qadam.people.sign_in_link"


class LinkState(StrEnum):
    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link and what is left of it; an unknown token has no link."""

    state: LinkState
    link: SignInLink | None


@write()
def issue_link(
    *, user: User, now: datetime, life: timedelta = LIFE, joining: Joining | None = None, next_path: str = ""
) -> SignInLink:
    """Make a link that lets a user in once within `life`; older ones stay good until they end."""
    link = SignInLink(
        user=user,
        joining=joining,
        nonce=secrets.token_hex(16),
        next_path=next_path if len(next_path) <= 400 else "",
        created_at=now,
        expires_at=now + life,
    )
    link.token_hash = hash_of_token(token_of(link))
    link.save(force_insert=True)
    return link


def token_of(link: SignInLink) -> str:
    """Return what stands in the letter. It takes the secret of the installation: the database alone opens nothing."""
    return salted_hmac(SALT, f"{link.user_id}:{link.nonce}", algorithm="sha256").hexdigest()


def hash_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_link(token: str, now: datetime) -> FoundLink:
    """Look a token up; looking changes nothing: mail filters open every link."""
    link = SignInLink.objects.select_related("user", "joining").filter(token_hash=hash_of_token(token)).first()
    if link is None or not link.user.is_active:
        return FoundLink(LinkState.UNKNOWN, None)
    return FoundLink(state_of(link, now), link)


def state_of(link: SignInLink, now: datetime) -> LinkState:
    """Tell what is left of a link. Once its form is confirmed it opens a cabinet, and ends as soon as others do."""
    if link.used_at is not None:
        return LinkState.USED
    is_confirmed = link.joining is not None and link.joining.confirmed_at is not None
    ends_at = min(link.expires_at, link.created_at + LIFE) if is_confirmed else link.expires_at
    return LinkState.EXPIRED if now >= ends_at else LinkState.LIVE


@write()
def end_links_of_forms(*, user: User, now: datetime) -> None:
    """End every link that was to confirm the user's address: the person is registered, and each would let in."""
    waiting = SignInLink.objects.filter(user=user, joining__isnull=False, used_at=None, expires_at__gt=now)
    waiting.update(expires_at=now)
