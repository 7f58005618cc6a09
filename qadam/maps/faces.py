"""Put the numbers of metrics into the words and lines of a chip."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qadam.maps import curve
from qadam.maps.board import MetricFace, Spark
from qadam.metrics.queries import MetricChip
from qadam.ui.formats import number_words


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
    )


def _delta(moved: float | None, chip: MetricChip, language: str) -> str:
    if moved is None:
        return ""
    size = number_words(abs(moved), language)
    unit = pgettext("percentage points, short", "pp") if chip.unit == "share" else pgettext("days, short", "d")
    return f"{size} {unit}"


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
