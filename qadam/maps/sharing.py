"""Share links: a way in for somebody without a sign-in, to the figures and never to a person."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.hashers import check_password, make_password

from qadam.jobs.transactions import write
from qadam.maps.errors import FaultyShareLink, SpentShareLink, UnknownMap, UnknownShareLink
from qadam.maps.models import JourneyMap, ShareLink
from qadam.people import operations as people
from qadam.people.models import User

LONGEST_DAYS = 365


@write()
def create_link(
    *, map_slug: str, label: str, days: int, password: str, actor: User, now: datetime
) -> tuple[ShareLink, str]:
    """Make a share link and return it with its token, which is kept nowhere. `password` "": none is asked.

    Raises:
        UnknownMap: there is no such map.
        FaultyShareLink: it has no label, or its life isn't 1 to 365 days.
    """
    the_map = JourneyMap.objects.filter(slug=map_slug).first()
    if the_map is None:
        raise UnknownMap(map=map_slug)
    if not label.strip() or not 1 <= days <= LONGEST_DAYS:
        raise FaultyShareLink
    token = secrets.token_urlsafe(24)
    link = ShareLink.objects.create(
        map=the_map,
        token_hash=hash_of(token),
        label=label.strip()[:100],
        password=make_password(password) if password else "",
        created_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _audit("map.shared", link, actor, now)
    return link, token


@write()
def revoke_link(*, link_id: int, actor: User, now: datetime) -> ShareLink:
    """Close a share link at once; closing it again changes nothing.

    Raises:
        UnknownShareLink: there is none.
    """
    link = ShareLink.objects.select_for_update(of=("self",)).filter(id=link_id).select_related("map").first()
    if link is None:
        raise UnknownShareLink
    if link.revoked_at is None:
        ShareLink.objects.filter(id=link_id).update(revoked_at=now)
        _audit("map.unshared", link, actor, now)
    link.refresh_from_db()
    return link


def _audit(action: str, link: ShareLink, actor: User, now: datetime) -> None:
    target, detail = f"map:{link.map.slug}", {"label": link.label}
    people.write_audit(actor=actor, action=action, target=target, detail=detail, now=now)


@write()
def note_seen(*, link: ShareLink, now: datetime) -> None:
    """Note that a link was opened; at most once a minute, so that a crowd of readers doesn't queue for it."""
    if link.seen_at is None or now - link.seen_at > timedelta(minutes=1):
        ShareLink.objects.filter(id=link.id).update(seen_at=now)


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def find_link(token: str, now: datetime) -> ShareLink:
    """Return the link of a token while it is open.

    Raises:
        UnknownShareLink: no link has this token.
        SpentShareLink: it was closed, or its time is over.
    """
    link = ShareLink.objects.filter(token_hash=hash_of(token)).select_related("map").first()
    if link is None:
        raise UnknownShareLink
    if link.revoked_at is not None or link.expires_at <= now:
        raise SpentShareLink
    return link


def list_links(map_slug: str) -> list[ShareLink]:
    """Return all links of a map, newest first."""
    links = ShareLink.objects.filter(map__slug=map_slug).select_related("created_by")
    return list(links.order_by("-created_at", "-id"))


def is_password_right(link: ShareLink, password: str) -> bool:
    return not link.password or check_password(password, link.password)
