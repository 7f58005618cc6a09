"""Build the columns of a board out of what was read: stages, cases, metrics and counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qadam import conditions
from qadam.cases.models import CaseVersion, Polarity
from qadam.lib.text import words_of
from qadam.maps import curve, rules, words
from qadam.maps.board import CaseCard, Emotion, Measured, MeasureLine, MetricFace, Seam, StageColumn, TouchpointCard
from qadam.maps.feelings import Felt
from qadam.maps.models import Channel, Evidence, Initiator, Stage, StageTouchpoint
from qadam.maps.words import CHANNELS, EVIDENCE, FEELINGS, INITIATORS, MOUTHS, TRIGGERS

HUES = 5


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a board is built of. `people`, `in_cases`, `late` are counts by stage or case; None: not told.

    `segment`: the segment whose expected feelings are wanted; `felt`: what was measured, by stage key.
    """

    map_slug: str
    language: str
    stages: Sequence[Stage]
    pinned: Sequence[CaseVersion]
    faces: Mapping[tuple[str, str], Sequence[MetricFace]]
    people: Mapping[str, int] | None
    in_cases: Mapping[str, int] | None
    late: Mapping[str, int] = field(default_factory=dict)
    felt: Mapping[str, Felt] = field(default_factory=dict)
    segment: str = ""

    def say(self, document: Mapping[str, str]) -> str:
        return words_of(document).in_language(self.language)

    def faces_of_stage(self, stage: Stage) -> Sequence[MetricFace]:
        return self.faces.get(("stage", rules.full_key(self.map_slug, stage.key)), ())


def cards_of(material: Material, stage_key: str) -> tuple[CaseCard, ...]:
    """Return the cards of the cases that belong to one stage ("" = to every stage)."""
    return tuple(_card(material, each) for each in material.pinned if each.stage_key == stage_key)


def _card(material: Material, version: CaseVersion) -> CaseCard:
    key = version.case.key
    return CaseCard(
        key=key,
        name=material.say(version.name),
        is_problem=version.polarity == Polarity.NEGATIVE,
        open_count=None if material.in_cases is None else material.in_cases.get(key, 0),
        late_count=material.late.get(key, 0),
        result=find_headline(material.faces.get(("case", key), ())),
    )


def find_headline(faces: Iterable[MetricFace]) -> MetricFace | None:
    """Return the mandatory metric that stands in front: the first."""
    return next((face for face in faces if face.is_mandatory), None)


def build_columns(material: Material) -> tuple[StageColumn, ...]:
    """Return the columns of a board, in the order of the path."""
    stages = material.stages
    seams: list[Seam | None] = [_seam(material.faces_of_stage(stage)) for stage in stages[:-1]]
    rivers = curve.draw_river([seam.persons if seam else None for seam in seams])
    emotions = _emotions(material)
    return tuple(
        _column(material, stage, emotion, seam, river)
        for stage, emotion, seam, river in zip(stages, emotions, [*seams, None], rivers, strict=True)
    )


def _seam(faces: Sequence[MetricFace]) -> Seam:
    conversion = next((face for face in faces if face.code == "M1"), None)
    transit = next((face for face in faces if face.code == "M2"), None)
    return Seam(conversion, transit, conversion.numerator if conversion and conversion.denominator else None)


MIN_ANSWERS = 20
"""Fewer answers are shown as such, with their count."""


def _emotions(material: Material) -> list[Emotion]:
    expected = [_expected_score(material, stage) for stage in material.stages]
    felt = [material.felt.get(stage.key) for stage in material.stages]
    lowest = _place_of_lowest([each.mean if each else None for each in felt], expected)
    pieces, measured = curve.draw_pieces(expected), _draw_measured(felt, material.language)
    return [
        _emotion(material, stage, pieces[place], measured[place], is_lowest=place == lowest)
        for place, stage in enumerate(material.stages)
    ]


def _expected_score(material: Material, stage: Stage) -> float | None:
    own = stage.emotion_by_segment.get(material.segment) if material.segment else None
    return float(own) if own is not None else stage.expected_emotion


def _place_of_lowest(felt: Sequence[float | None], expected: Sequence[float | None]) -> int:
    """Return where the moment of truth is: the lowest that was measured; the lowest expected where nothing was."""
    scores = felt if any(score is not None for score in felt) else expected
    known = [score for score in scores if score is not None]
    return scores.index(min(known)) if known else -1


def _draw_measured(felt: Sequence[Felt | None], language: str) -> list[Measured | None]:
    pieces = curve.draw_pieces([each.mean if each else None for each in felt])
    bands = curve.draw_bands(
        [(each.low, each.high) if each and each.low is not None and each.high is not None else None for each in felt]
    )
    return [
        _measured(each, piece, band, language) if each and piece else None
        for each, piece, band in zip(felt, pieces, bands, strict=True)
    ]


def _measured(felt: Felt, piece: curve.Piece, band: curve.Band | None, language: str) -> Measured:
    feeling = words.feeling_of(felt.mean)
    interval = ""
    if felt.low is not None and felt.high is not None:
        interval = f"{words.score_text(felt.low, language)} … {words.score_text(felt.high, language)}"
    return Measured(
        piece=piece,
        band=band,
        score_text=words.score_text(felt.mean, language),
        word=str(FEELINGS[feeling]),
        mouth=MOUTHS[feeling],
        interval=interval,
        n=felt.n,
        is_small=felt.n < MIN_ANSWERS,
    )


def _emotion(
    material: Material, stage: Stage, piece: curve.Piece | None, measured: Measured | None, *, is_lowest: bool
) -> Emotion:
    feeling = words.feeling_of(piece.score) if piece else 0
    own = [card for card in cards_of(material, stage.key) if card.is_problem]
    evidence, icon = EVIDENCE[Evidence(stage.emotion_evidence)]
    return Emotion(
        piece=piece,
        score_text=words.score_text(piece.score, material.language) if piece else "",
        word=str(FEELINGS[feeling]),
        mouth=MOUTHS[feeling],
        quote=material.say(stage.quote),
        evidence=str(evidence),
        evidence_icon=icon,
        source=stage.emotion_source,
        is_of_segment=bool(material.segment) and material.segment in stage.emotion_by_segment,
        measured=measured,
        is_lowest=is_lowest,
        case_key=own[0].key if own else "",
    )


def measures_of(material: Material, stage_key: str) -> tuple[MeasureLine, ...]:
    """Return what is done in the cases of one stage, in the order of the cases."""
    return tuple(
        _measure_line(material, version, measure)
        for version in material.pinned
        if version.stage_key == stage_key
        for measure in version.measures
    )


def _measure_line(material: Material, version: CaseVersion, measure: Mapping[str, Any]) -> MeasureLine:
    trigger, icon = TRIGGERS.get(str(measure.get("trigger", "")), TRIGGERS["manual"])
    name, case = material.say(measure["name"]), material.say(version.name)
    return MeasureLine(name, str(trigger), icon, version.case.key, case)


def _column(material: Material, stage: Stage, emotion: Emotion, seam: Seam | None, river: str) -> StageColumn:
    faces, cards = material.faces_of_stage(stage), cards_of(material, stage.key)
    headline = find_headline(faces)
    return StageColumn(
        key=stage.key,
        full_key=rules.full_key(material.map_slug, stage.key),
        position=stage.position,
        hue=(stage.position - 1) % HUES + 1,
        name=material.say(stage.name),
        client_goal=material.say(stage.client_goal),
        company_goal=material.say(stage.company_goal),
        entry=explain_rule(stage.entry_rule, material.language),
        horizon_days=stage.horizon_days,
        owner=(stage.owner.name or stage.owner.email) if stage.owner else "",
        touchpoints=tuple(_touchpoint(material, each) for each in stage.touchpoints.all()),
        client_actions=tuple(material.say(each) for each in stage.client_actions),
        sponsor_actions=tuple(material.say(each) for each in stage.sponsor_actions),
        company_actions=tuple(material.say(each) for each in stage.company_actions),
        emotion=emotion,
        problems=tuple(card for card in cards if card.is_problem),
        successes=tuple(card for card in cards if not card.is_problem),
        headline=headline,
        extras=tuple(face for face in faces if face is not headline),
        measures=measures_of(material, stage.key),
        people_here=None if material.people is None else material.people.get(stage.key, 0),
        seam=seam,
        river=river,
    )


def explain_rule(document: object, language: str) -> str:
    """Say a stored condition as a sentence in one language."""
    return conditions.explain(conditions.parse(document, where="rule"), language)


def _touchpoint(material: Material, each: StageTouchpoint) -> TouchpointCard:
    touchpoint = each.touchpoint
    name, icon = CHANNELS[Channel(touchpoint.channel)]
    return TouchpointCard(
        code=touchpoint.code,
        name=material.say(touchpoint.name),
        channel_name=str(name),
        label=str(INITIATORS[Initiator(touchpoint.initiator)] if touchpoint.channel == Channel.OTHER else name),
        icon=icon,
        initiator=str(INITIATORS[Initiator(touchpoint.initiator)]),
        client_action=material.say(each.client_action),
        company_action=material.say(each.company_action),
        importance=each.importance,
        is_blind=not touchpoint.event_types,
    )
