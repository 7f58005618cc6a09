"""The variables of templates. Each comes from a provider that answers for many members at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Provider = Callable[[Sequence[int], datetime, str], Mapping[int, object]]
"""(member ids, now, language) -> {member id: {field: value} or, for a variable without fields, the value itself}."""


@dataclass(frozen=True, slots=True)
class _Known:
    provider: Provider
    fields: tuple[str, ...]

    def names(self, prefix: str) -> list[str]:
        return [f"{prefix}.{name}" for name in self.fields] or [prefix]


_known: dict[str, _Known] = {}


def add_provider(prefix: str, provider: Provider, fields: Sequence[str] = ()) -> None:
    """Make `prefix.<field>` known to templates (or `prefix` alone, without fields). Adding again replaces."""
    _known[prefix] = _Known(provider, tuple(fields))


def known_names() -> list[str]:
    return sorted(name for prefix, known in _known.items() for name in known.names(prefix))


@dataclass(frozen=True, slots=True)
class Values:
    """What the providers said: per member the values by prefix; `failures` says which provider raised, and what."""

    by_member: dict[int, dict[str, object]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def of(self, member_id: int, names: Collection[str]) -> dict[str, object]:
        """Return one member's values for a template; a group nobody knows is empty, so that errors name the field."""
        groups: dict[str, object] = {prefix_of(name): {} for name in names if "." in name}
        return groups | self.by_member.get(member_id, {})

    def failure_among(self, names: Collection[str]) -> str:
        """Return what went wrong for a template with these variables; "" when nothing."""
        return next((self.failures[prefix] for prefix in map(prefix_of, names) if prefix in self.failures), "")


def prefix_of(name: str) -> str:
    return name.partition(".")[0]


def collect(names: Collection[str], member_ids: Sequence[int], now: datetime, language: str) -> Values:
    """Ask the providers of `names`, once each. A provider that raises spoils only the letters that need it."""
    values = Values()
    for prefix in sorted({prefix_of(name) for name in names} & set(_known)):
        try:
            answers = _known[prefix].provider(member_ids, now, language)
        except Exception as error:
            values.failures[prefix] = f"{prefix}: {type(error).__name__}: {error}"
            continue
        for member_id, answer in answers.items():
            values.by_member.setdefault(member_id, {})[prefix] = _without_blanks(answer)
    return values


def _without_blanks(answer: object) -> object:
    """Leave out what is empty: to a template an unknown name is undefined, so no letter says “Hello, !”."""
    if isinstance(answer, Mapping):
        return {name: value for name, value in answer.items() if value not in (None, "")}
    return answer
