"""Build the columns of a board out of what was read: stages, cases, metrics and counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qadam import conditions
from qadam.cases.models import CaseVersion, Polarity
from qadam.lib.text import words_of
from qadam.maps import curve, rules, words
from qadam.maps.board import CaseCard, Emotion, MetricFace, Seam, StageColumn, TouchpointCard
from qadam.maps.models import Channel, Initiator, Stage, StageTouchpoint
from qadam.maps.words import CHANNELS, FEELINGS, INITIATORS, MOUTHS

HUES = 5


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a board is built of. `people` and `in_cases` are counts by stage key and by case key."""

    map_slug: str
    language: str
    stages: Sequence[Stage]
    pinned: Sequence[CaseVersion]
    faces: Mapping[tuple[str, str], Sequence[MetricFace]]
    people: Mapping[str, int]
    in_cases: Mapping[str, int]

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
        open_count=material.in_cases.get(key, 0),
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


def _emotions(material: Material) -> list[Emotion]:
    scores = [stage.expected_emotion for stage in material.stages]
    pieces = curve.draw_pieces(scores)
    lowest = min((score for score in scores if score is not None), default=None)
    place_of_lowest = scores.index(lowest) if lowest is not None else -1
    return [
        _emotion(material, stage, piece, is_lowest=place == place_of_lowest)
        for place, (stage, piece) in enumerate(zip(material.stages, pieces, strict=True))
    ]


def _emotion(material: Material, stage: Stage, piece: curve.Piece | None, *, is_lowest: bool) -> Emotion:
    feeling = words.feeling_of(piece.score) if piece else 0
    own = [card for card in cards_of(material, stage.key) if card.is_problem]
    return Emotion(
        piece=piece,
        score_text=words.score_text(piece.score) if piece else "",
        word=str(FEELINGS[feeling]),
        mouth=MOUTHS[feeling],
        quote=material.say(stage.quote),
        is_lowest=is_lowest,
        case_key=own[0].key if own else "",
    )


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
        company_actions=tuple(material.say(each) for each in stage.company_actions),
        emotion=emotion,
        problems=tuple(card for card in cards if card.is_problem),
        successes=tuple(card for card in cards if not card.is_problem),
        headline=headline,
        extras=tuple(face for face in faces if face is not headline),
        people_here=material.people.get(stage.key, 0),
        seam=seam,
        river=river,
    )


def explain_rule(document: object, language: str) -> str:
    """Say a stored condition as a sentence in one language."""
    return conditions.explain(conditions.parse(document, where="rule"), language)


def _touchpoint(material: Material, each: StageTouchpoint) -> TouchpointCard:
    name, icon = CHANNELS[Channel(each.channel)]
    return TouchpointCard(
        name=material.say(each.name),
        channel_name=str(name),
        label=str(INITIATORS[Initiator(each.initiator)] if each.channel == Channel.OTHER else name),
        icon=icon,
        initiator=str(INITIATORS[Initiator(each.initiator)]),
        client_action=material.say(each.client_action),
        company_action=material.say(each.company_action),
        importance=each.importance,
        is_blind=not each.event_types,
    )
