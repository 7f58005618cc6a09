"""Published challenges, read once per process: a version never changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qadam.conditions.tree import Tally
from qadam.recognition.challenge_documents import ChallengeDocument, parse_challenge
from qadam.recognition.definitions import Definition, Kind

_parsed: dict[str, ChallengeDocument] = {}
"""By the hash of the content: ids come again in a database that was built anew."""


@dataclass(frozen=True, slots=True)
class ChallengeVersion:
    """One version of a challenge; `id` is its definition's."""

    id: int
    document: ChallengeDocument

    @property
    def key(self) -> str:
        return self.document.key

    @property
    def hears(self) -> frozenset[str]:
        """The events that can change what is counted."""
        return self.document.measure.event_types


def challenges_in_force() -> tuple[ChallengeVersion, ...]:
    """Return the newest version of every challenge that isn't stopped, in the order of keys."""
    rows = Definition.objects.filter(kind=Kind.CHALLENGE).order_by("key", "number")
    newest = {row[1]: row for row in rows.values_list("id", "key", "content_hash", "retired_at")}
    found = [(version_id, content_hash) for version_id, _key, content_hash, retired in newest.values() if not retired]
    return _read(found)


def find_challenge(key: str) -> ChallengeVersion | None:
    """Return a challenge in force by its key, or None."""
    return next((each for each in challenges_in_force() if each.key == key), None)


def read_versions(ids: Iterable[int]) -> Mapping[int, ChallengeVersion]:
    """Return {id: version} of these versions, whether in force or not."""
    rows = Definition.objects.filter(id__in=set(ids)).values_list("id", "content_hash")
    return {version.id: version for version in _read(list(rows))}


def _read(found: list[tuple[int, str]]) -> tuple[ChallengeVersion, ...]:
    unread = [version_id for version_id, content_hash in found if content_hash not in _parsed]
    if unread:
        rows = Definition.objects.filter(id__in=unread).values_list("content_hash", "document")
        _parsed.update({content_hash: parse_challenge(document) for content_hash, document in rows})
    return tuple(ChallengeVersion(version_id, _parsed[content_hash]) for version_id, content_hash in found)


def can_go_back(tally: Tally) -> bool:
    """Tell whether what was counted can be taken away again; if not, a goal that is met is final at once."""
    return tally.unless is not None
