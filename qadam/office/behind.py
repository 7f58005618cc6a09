"""A number of a stage, case or map, in words, with the people it counts."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.maps.names import name_of_target
from qadam.metrics import queries as metrics
from qadam.metrics.errors import UnknownBinding
from qadam.metrics.models import MetricBinding
from qadam.metrics.queries import MetricChip

PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("numerator", _("Got there")),
    ("rest", _("Did not")),
    ("denominator", _("All counted")),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the groups behind a number; `link` is the query string of its list."""

    label: str | Promise
    link: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Number:
    """The number whose people are listed. `target` names the stage, case or map; `ids` are distinct, in order."""

    chip: MetricChip
    target: str
    is_open: bool
    parts: tuple[Part, ...]
    ids: tuple[int, ...]

    @property
    def numerator(self) -> int:
        return self.chip.open_numerator if self.is_open else self.chip.numerator

    @property
    def denominator(self) -> int:
        return self.chip.open_denominator if self.is_open else self.chip.denominator


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: `?behind=12&part=rest&grain=window`."""

    behind: str
    part: str = "numerator"
    grain: str = "window"


def find_number(asked: Asked, language: str, now: datetime) -> Number | None:
    """Return the number with its people; None where the address names no number of ours.

    Raises:
        UnknownPart: the metric has no such part.
    """
    binding = MetricBinding.objects.filter(id=int(asked.behind)).first() if asked.behind.isdecimal() else None
    if binding is None:
        return None
    target = (binding.target_kind, binding.target_key)
    chips = metrics.chips([target], language, now)[target]
    chip = next((each for each in chips if each.binding_id == binding.id), None)
    if chip is None:
        return None
    return Number(
        chip=chip,
        target=name_of_target(target, language),
        is_open=asked.grain == "open",
        parts=tuple(
            Part(label, f"?behind={binding.id}&part={part}&grain={asked.grain}", part == asked.part)
            for part, label in PARTS
        ),
        ids=_people(binding.id, asked),
    )


def _people(binding_id: int, asked: Asked) -> tuple[int, ...]:
    """A member counted in two instances of a case stands in the list once."""
    try:
        return tuple(dict.fromkeys(metrics.people_behind(binding_id, asked.part, asked.grain)))
    except UnknownBinding:
        return ()
