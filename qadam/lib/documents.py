"""Read content documents (YAML, JSON) once, at the edge: faults are collected, each with its path."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind
from qadam.lib.text import LANGUAGES, Words, missing_languages, words_of

DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
SLUG = re.compile(r"[a-z0-9][a-z0-9:_-]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a document, and where: `place` is a path such as `steps[2].wait.for`."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class FaultyDocument(DomainError):
    """A document with faults; `faults` lists them all."""

    kind = Kind.REFUSED
    message: ClassVar[str | Promise] = _("The document has faults:\n%(faults)s")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults="\n".join(map(str, faults)))


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping inside a document with its path; reading a key that is absent or wrong adds a fault."""

    place: str
    content: Mapping[str, object]
    faults: list[Fault] = field(default_factory=list)

    def complain(self, key: str, message: str) -> None:
        self.faults.append(Fault(self._path(key), message))

    def refuse_other_keys(self, *allowed: str) -> None:
        for key in self.content:
            if key not in allowed:
                self.complain(str(key), gettext("unknown; allowed: %(allowed)s") % {"allowed": ", ".join(allowed)})

    def has(self, key: str) -> bool:
        return self.content.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        value = self.content.get(key, default)
        if isinstance(value, str) and (value or default == ""):
            return value
        self.complain(key, gettext("a text is needed"))
        return ""

    def slug(self, key: str) -> str:
        value = self.text(key)
        if value and not SLUG.fullmatch(value):
            self.complain(key, gettext("use small Latin letters, digits, “-”, “_” and “:” only"))
        return value

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self.content.get(key, default)
        if value in allowed:
            return str(value)
        self.complain(key, gettext("allowed: %(allowed)s") % {"allowed": ", ".join(allowed)})
        return allowed[0]

    def integer(self, key: str, default: int | None = None, *, at_least: int | None = None) -> int:
        value = self.content.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and (at_least is None or value >= at_least):
            return value
        if at_least is None:
            self.complain(key, gettext("a whole number is needed"))
        else:
            self.complain(key, gettext("a whole number of at least %(least)s is needed") % {"least": at_least})
        return default or 0

    def share(self, key: str) -> int:
        """Read per cent, from 0 to 100 with at most two decimals, as ten-thousandths."""
        value = self.content.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
            share = round(value * 100)
            if abs(share - value * 100) < 1e-6:
                return share
        self.complain(key, gettext("per cent from 0 to 100 are needed, with two decimals at most"))
        return 0

    def flag(self, key: str, default: bool) -> bool:
        value = self.content.get(key, default)
        if isinstance(value, bool):
            return value
        self.complain(key, gettext("true or false is needed"))
        return default

    def words(self, key: str) -> Words:
        value = self.content.get(key)
        if not isinstance(value, Mapping):
            self.complain(key, gettext("a text in kk, ru and en is needed"))
            return Words("", "", "")
        for language in missing_languages(value):
            self.complain(f"{key}.{language}", gettext("the text in this language is missing"))
        for extra in set(value) - set(LANGUAGES):
            self.complain(f"{key}.{extra}", gettext("unknown; allowed: %(allowed)s") % {"allowed": "kk, ru, en"})
        return words_of(value)

    def duration(self, key: str) -> timedelta:
        """Read an ISO 8601 duration of weeks, days, hours, minutes, seconds."""
        found = parse_duration(self.content.get(key))
        if found is None:
            self.complain(key, gettext("a duration such as P14D or PT24H is needed"))
        return found or timedelta()

    def node(self, key: str) -> Node:
        value = self.content.get(key)
        if isinstance(value, Mapping):
            return Node(self._path(key), value, self.faults)
        self.complain(key, gettext("a group of keys is needed"))
        return Node(self._path(key), {}, self.faults)

    def nodes(self, key: str) -> list[Node]:
        value = self.content.get(key)
        if not isinstance(value, list):
            self.complain(key, gettext("a list is needed"))
            return []
        return [
            Node(f"{self._path(key)}[{place}]", each if isinstance(each, Mapping) else {}, self.faults)
            for place, each in enumerate(value)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        """Read one text or a list of texts."""
        value = self.content.get(key)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.complain(key, gettext("a text or a list of texts is needed"))
        return ()

    def _path(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def open_document(document: object, place: str = "") -> Node:
    """Begin to read a document. Its faults gather in `.faults`; end with `refuse_faults`."""
    if isinstance(document, Mapping):
        return Node(place, document)
    node = Node(place, {})
    node.complain("", gettext("a group of keys is needed"))
    return node


def refuse_faults(node: Node) -> None:
    """Raise FaultyDocument when anything was wrong."""
    if node.faults:
        raise FaultyDocument(node.faults)


def hash_of(document: object) -> str:
    """Return the SHA-256 of a document, the same for the same content in any order of keys."""
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse_duration(value: object) -> timedelta | None:
    """Return the length of an ISO 8601 duration (days of 24 h), or None where it isn't one."""
    match = DURATION.fullmatch(value) if isinstance(value, str) and value not in ("P", "PT") else None
    if match is None or not any(match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
