"""Parse a leaderboard of a pack: what is counted, over which period, in which group. Every fault with its path."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition
from qadam.conditions.contradictions import why_never
from qadam.conditions.tree import Tally
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.recognition.documents import read_key, refuse_without_reason

LEAGUE = 30
"""People in a league: with 20–30 of similar pace everybody has somebody in sight (recognition.md)."""
LEAGUE_SIZES = range(5, 51)


class BoardPeriod(StrEnum):
    WEEK = "week"
    MONTH = "month"


class Group(StrEnum):
    TEAM = "team"
    COHORT = "cohort"
    LEAGUE = "league"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class BoardDocument:
    """A checked board. `rules` () = all point rules; with `measure` the facts themselves are counted instead.

    `holdout` counts ten-thousandths of the members who don't see the board. `is_normalised`: teams stand on it, by the
    average of their active members.
    """

    key: str
    name: Words
    rules: tuple[str, ...]
    measure: Tally | None
    period: BoardPeriod
    group: Group
    league_size: int
    population: Condition | None
    holdout: int
    is_normalised: bool
    reason: str

    def counts(self, rule: str) -> bool:
        """Tell whether points of a rule count here."""
        return self.measure is None and (not self.rules or rule in self.rules)


def parse_board(document: object) -> BoardDocument:
    """Read a board document.

    Raises:
        FaultyDocument: every fault with its path; counting nothing but recruiting without a reason is one.
    """
    node = open_document(document)
    node.refuse_other_keys(
        *("board", "name", "score", "period", "group", "league_size", "population", "holdout", "normalised", "reason")
    )
    group = Group(node.choice("group", list(Group)))
    rules, measure = _read_score(node)
    board = BoardDocument(
        key=read_key(node, "board"),
        name=node.words("name"),
        rules=rules,
        measure=measure,
        period=BoardPeriod(node.choice("period", list(BoardPeriod))),
        group=group,
        league_size=_read_league_size(node, group),
        population=read_condition(node, "population"),
        holdout=node.share("holdout") if node.has("holdout") else 0,
        is_normalised=node.flag("normalised", False),
        reason=node.text("reason") if node.has("reason") else "",
    )
    if board.is_normalised and group is not Group.TEAM:
        node.complain("normalised", _("only teams are compared by an average: group: team"))
    refuse_without_reason(node)
    refuse_faults(node)
    return board


MEASURE = ("did", "where", "distinct", "sum", "unless")


def read_measure(node: Node, key: str) -> Tally:
    """Read a tally of the member's own facts: whose facts are added up is said elsewhere, not by a circle."""
    inner = node.node(key)
    inner.refuse_other_keys(*MEASURE)
    return conditions.read_tally(inner)


def read_condition(node: Node, key: str) -> Condition | None:
    """Read an optional condition about members; one that nobody can ever meet is a fault."""
    if not node.has(key):
        return None
    place = f"{node.place}.{key}" if node.place else key
    try:
        condition = conditions.parse(node.content[key], where=place)
    except conditions.ConditionErrors as error:
        node.faults.extend(error.faults)
        return None
    if conditions.uses_entry(condition):
        node.complain(key, _("“entry” has no meaning here"))
    node.faults.extend(why_never(condition, where=place))
    return condition


def _read_score(node: Node) -> tuple[tuple[str, ...], Tally | None]:
    score = node.node("score")
    score.refuse_other_keys("rules", "measure")
    if score.has("rules") == score.has("measure"):
        score.complain("", _("either “rules” or “measure” is needed"))
        return (), None
    if score.has("measure"):
        return (), read_measure(score, "measure")
    return (() if score.content["rules"] == [] else score.texts("rules")), None


def _read_league_size(node: Node, group: Group) -> int:
    if not node.has("league_size"):
        return LEAGUE
    if group is not Group.LEAGUE:
        node.complain("league_size", _("only leagues have a size"))
    size = node.integer("league_size", at_least=LEAGUE_SIZES[0])
    if size > LEAGUE_SIZES[-1]:
        node.complain("league_size", _("at most %(most)s is possible") % {"most": LEAGUE_SIZES[-1]})
    return size
