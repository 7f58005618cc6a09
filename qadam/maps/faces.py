"""Put the numbers of metrics into the words and lines of a chip."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qadam.maps import curve
from qadam.maps.board import MetricFace, Spark
from qadam.metrics.queries import MetricChip
from qadam.ui.formats import number_words, points_words


def faces_of(
    chips: Mapping[tuple[str, str], Sequence[MetricChip]], language: str
) -> dict[tuple[str, str], list[MetricFace]]:
    """Return the face of each metric, by target."""
    return {target: [face_of(chip, language) for chip in group] for target, group in chips.items()}


def face_of(chip: MetricChip, language: str) -> MetricFace:
    """Return a metric as its chip shows it, in the reader's language."""
    moved = round(chip.delta_points, 1) if chip.delta_points is not None else None
    return MetricFace(
        binding_id=chip.binding_id,
        code=chip.code,
        name=chip.name,
        is_mandatory=chip.role == "mandatory",
        figure=chip.text.number,
        unit=chip.text.unit,
        numerator=chip.numerator,
        denominator=chip.denominator,
        state=chip.state,
        target=" ".join(part for part in (chip.target_text.number, chip.target_text.unit) if part),
        delta=_delta(moved, chip, language),
        is_better=(moved > 0) == (chip.direction == "up") if moved else None,
        is_rising=bool(moved and moved > 0),
        spark=_spark(chip),
        of=_of(chip, language),
        as_of=chip.as_of,
        is_provisional=chip.maturity == "provisional",
        is_stale=chip.is_stale,
        has_failed=bool(chip.error),
        lift=_lift(chip, language),
        is_lift_sure=_is_lift_sure(chip),
    )


def _delta(moved: float | None, chip: MetricChip, language: str) -> str:
    if moved is None:
        return ""
    return f"{number_words(abs(moved), language)} {_step_of(chip.unit)}".strip()


def _step_of(unit: str) -> str:
    """Return the short unit in which a value of this unit moves; "" where the number speaks for itself."""
    steps = {
        "share": pgettext("percentage points, short", "pp"),
        "days": pgettext("days, short", "d"),
        "hours": pgettext("hours, short", "h"),
    }
    return steps.get(unit, "")


def _lift(chip: MetricChip, language: str) -> str:
    """Say how far the treated share stands from that of the control group, where both are large enough for it."""
    lift = chip.detail.get("lift")
    return points_words(lift, language) if isinstance(lift, int | float) else ""


def _is_lift_sure(chip: MetricChip) -> bool:
    low, high = chip.detail.get("low"), chip.detail.get("high")
    return isinstance(low, int | float) and isinstance(high, int | float) and (low > 0 or high < 0)


FEW = 5
"""Fewer people than this are never told to an outsider of a part of the company."""


def withhold_few(face: MetricFace) -> MetricFace:
    """Return a metric without its numbers where they would speak of a handful of people: for those outside."""
    few = min(face.numerator, face.denominator - face.numerator if face.unit == "%" else face.numerator)
    if face.denominator == 0 or (face.denominator >= FEW and few >= FEW):
        return face
    return replace(
        face, figure=_("fewer than %(few)s") % {"few": FEW}, unit="", numerator=0, denominator=0, state="waiting",
        delta="", is_better=None, spark=None, of="", lift="", is_withheld=True,
    )  # fmt: skip


def _of(chip: MetricChip, language: str) -> str:
    """Say on how many people the figure rests: of those counted, or of those still on the way."""
    if chip.denominator == 0:
        return _k_of_n(_("%(k)s of %(n)s so far"), chip.open_numerator, chip.open_denominator, language)
    if chip.is_small:
        return ""
    if chip.unit == "share":
        return _k_of_n(_("%(k)s of %(n)s"), chip.numerator, chip.denominator, language)
    return f"n = {number_words(chip.n, language)}"


def _k_of_n(form: str, k: int, n: int, language: str) -> str:
    return form % {"k": number_words(k, language), "n": number_words(n, language)} if n else ""


def _spark(chip: MetricChip) -> Spark | None:
    """Draw the final periods; those still under way would look like a fall."""
    if chip.is_small:
        return None
    final = [point.value for point in chip.series if point.is_final]
    runs, end, target_y = curve.draw_spark(final, chip.target)
    return Spark(tuple(runs), end, target_y) if runs else None
