"""What a journey changed, in words: its conversion in both arms, and the difference with its interval."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from qadam.experiments.rules import CONTROL, TREATED
from qadam.journeys.models import Journey
from qadam.journeys.numbers import SMALLEST, ArmNumbers, Effect, read_effect
from qadam.ui.formats import number_words, percent_words


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One arm: `share` is "—" for nobody, and "k of n" alone while there are few."""

    label: str
    share: str
    counts: str


@dataclass(frozen=True, slots=True)
class EffectBlock:
    arms: tuple[ArmLine, ...]
    lift: str
    note: str
    entered_until: datetime


def read_block(journey: Journey, *, now: datetime, language: str) -> EffectBlock | None:
    """Return what stands on the journey's page; None where the journey counts no success."""
    effect = read_effect(journey, now=now)
    if effect is None:
        return None
    lines = tuple(_arm_line(arm, language) for arm in effect.arms)
    return EffectBlock(lines, _tell_lift(effect, language), _tell_note(effect), effect.entered_until)


def _arm_line(arm: ArmNumbers, language: str) -> ArmLine:
    labels = {TREATED: _("With the journey"), CONTROL: _("Control group"), "": _("Succeeded")}
    counts = _("%(count)s of %(n)s") % {
        "count": number_words(arm.converted, language),
        "n": number_words(arm.n, language),
    }
    share = percent_words(arm.converted / arm.n, language) if arm.n >= SMALLEST else "—"
    return ArmLine(labels[arm.arm], share, counts)


def _tell_lift(effect: Effect, language: str) -> str:
    if effect.lift is None:
        return ""
    treated, control = effect.arms
    middle = treated.converted / treated.n - control.converted / control.n
    words = {name: _points(value, language) for name, value in zip(("low", "high"), effect.lift, strict=True)}
    return _("%(middle)s points (95 %% interval %(low)s … %(high)s)") % {"middle": _points(middle, language), **words}


def _points(share: float, language: str) -> str:
    points = round(share * 100)
    return ("+" if points > 0 else "−" if points < 0 else "") + number_words(abs(points), language)


def _tell_note(effect: Effect) -> str:
    if len(effect.arms) == 1:
        return _("Without a control group nobody can say what the journey changed.")
    if effect.lift is None:
        return _("Too few to compare: at least %(smallest)s in each group are needed.") % {"smallest": SMALLEST}
    if effect.lift[0] <= 0 <= effect.lift[1]:
        return _("The interval holds zero: no difference can be told from chance yet.")
    return ""
