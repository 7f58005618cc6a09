"""Which documents the section Recognition edits: their forms, and how they are checked and published.

The address of a kind is its `slug`; what it is in the store its `kind`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from qadam.lib.documents import Fault, FaultyDocument
from qadam.office.badge_forms import badge_sections, blank_badge, read_badge
from qadam.office.challenge_forms import blank_challenge, challenge_sections, read_challenge
from qadam.office.journey_fields import Words
from qadam.office.points_forms import blank_rule, read_rule, rule_sections
from qadam.office.recognition_boards import blank_board, board_sections, read_board
from qadam.office.recognition_fields import Document, Section
from qadam.office.recognition_scales import (
    blank_levels,
    blank_streak,
    level_sections,
    read_levels,
    read_streak,
    streak_sections,
)
from qadam.recognition import publishing, social_publishing
from qadam.recognition.badge_documents import parse_badge
from qadam.recognition.board_documents import parse_board
from qadam.recognition.challenge_documents import parse_challenge
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.documents import parse_levels, parse_point_rule, parse_streak

STOP = _("Take it out of force")
STOP_TOLD = _("Nobody gets it any more. What was given stays.")


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document. `key`: the document's own key, such as `rule`."""

    slug: str
    kind: Kind
    key: str
    name: Words
    add: Words
    lead: Words
    empty: Words
    icon: str
    blank: Callable[[str], dict[str, Any]]
    sections: Callable[..., list[Section]]
    read: Callable[..., dict[str, Any]]
    parse: Callable[[object], object]
    publish: Callable[..., Definition]
    retire: Callable[..., None] | None = None
    """None: it can only be replaced."""
    stop: Words = STOP
    stop_told: Words = STOP_TOLD

    def faults_of(self, document: Document) -> tuple[Fault, ...]:
        """Return every fault of a document; none: it can be published."""
        try:
            self.parse(document)
        except FaultyDocument as error:
            return error.faults
        return ()


KINDS: Sequence[DocumentKind] = (
    DocumentKind(
        slug="points",
        kind=Kind.POINT_RULE,
        key="rule",
        name=_("Points"),
        add=_("New point rule"),
        lead=_("What brings points: learning, sales to customers, help. Points are never money."),
        empty=_("No rule gives points yet. Begin one, or apply a pack."),
        icon="circle-plus",
        blank=blank_rule,
        sections=rule_sections,
        read=read_rule,
        parse=parse_point_rule,
        publish=publishing.publish_point_rule,
        retire=publishing.retire_point_rule,
        stop_told=_("Nothing scores by it any more. Points that were given stay."),
    ),
    DocumentKind(
        slug="badges",
        kind=Kind.BADGE,
        key="badge",
        name=_("Badges"),
        add=_("New badge"),
        lead=_("Signs of what somebody has done. Whoever meets the conditions has the badge; nobody hands it out."),
        empty=_("There is no badge yet. Begin one, or apply a pack."),
        icon="award",
        blank=blank_badge,
        sections=badge_sections,
        read=read_badge,
        parse=parse_badge,
        publish=publishing.publish_badge,
        retire=publishing.retire_badge,
    ),
    DocumentKind(
        slug="levels",
        kind=Kind.LEVELS,
        key="levels",
        name=_("Levels"),
        add=_("New scale"),
        lead=_("Where somebody stands by the points of a lifetime. Not a rank of the compensation plan."),
        empty=_("There is no scale of levels yet. Begin one, or apply a pack."),
        icon="signal",
        blank=blank_levels,
        sections=level_sections,
        read=read_levels,
        parse=parse_levels,
        publish=publishing.publish_levels,
    ),
    DocumentKind(
        slug="streaks",
        kind=Kind.STREAK,
        key="streak",
        name=_("Streaks"),
        add=_("New streak"),
        lead=_("Days or weeks in a row. Days off and holidays forgive; a break is never told."),
        empty=_("There is no streak yet. Begin one, or apply a pack."),
        icon="flame",
        blank=blank_streak,
        sections=streak_sections,
        read=read_streak,
        parse=parse_streak,
        publish=publishing.publish_streak,
        retire=publishing.retire_streak,
        stop_told=_("It grows no further and is shown no more. Badges that were given for it stay."),
    ),
    DocumentKind(
        slug="challenges",
        kind=Kind.CHALLENGE,
        key="challenge",
        name=_("Challenges"),
        add=_("New challenge"),
        lead=_("A goal with a last day, for a person, a team or the whole company."),
        empty=_("There is no challenge yet. Begin one, or apply a pack."),
        icon="flag",
        blank=blank_challenge,
        sections=challenge_sections,
        read=read_challenge,
        parse=parse_challenge,
        publish=social_publishing.publish_challenge,
        retire=social_publishing.stop_challenge,
        stop=_("Stop this challenge"),
        stop_told=_("Nobody begins it any more. Whoever is under way ends it as it was promised."),
    ),
    DocumentKind(
        slug="boards",
        kind=Kind.BOARD,
        key="board",
        name=_("Boards"),
        add=_("New board"),
        lead=_("Places in small groups of people who know each other. A control group shows whether a board helps."),
        empty=_("There is no board yet. Begin one, or apply a pack."),
        icon="chart-no-axes-column",
        blank=blank_board,
        sections=board_sections,
        read=read_board,
        parse=parse_board,
        publish=social_publishing.publish_board,
        retire=social_publishing.retire_board,
        stop=_("Take this board away"),
        stop_told=_("It counts nothing more and nobody sees it. Periods that are closed stay."),
    ),
)
BY_SLUG: Mapping[str, DocumentKind] = {kind.slug: kind for kind in KINDS}
