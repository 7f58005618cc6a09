"""Half-finished documents that somebody keeps for later: one's own, in one's session, seen by nobody else."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest

KEPT = "recognition-drafts"
MOST = 20
"""Drafts of one person; the oldest goes when another is kept."""


def keep(request: HttpRequest, slug: str, key: str, document: dict[str, Any]) -> None:
    kept = {name: each for name, each in _all(request).items() if name != _name(slug, key)}
    while len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    request.session[KEPT] = {**kept, _name(slug, key): document}


def read(request: HttpRequest, slug: str, key: str) -> dict[str, Any] | None:
    return _all(request).get(_name(slug, key))


def has(request: HttpRequest, slug: str, key: str) -> bool:
    return _name(slug, key) in _all(request)


def drop(request: HttpRequest, slug: str, key: str) -> None:
    if has(request, slug, key):
        request.session[KEPT] = {name: each for name, each in _all(request).items() if name != _name(slug, key)}


def keys_of(request: HttpRequest, slug: str) -> Collection[str]:
    """Return the keys of a kind's drafts; "" is that of a new document."""
    return {name.partition("/")[2] for name in _all(request) if name.partition("/")[0] == slug}


def _all(request: HttpRequest) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = request.session.get(KEPT, {})
    return kept


def _name(slug: str, key: str) -> str:
    return f"{slug}/{key}"
