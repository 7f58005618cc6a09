"""Parse a challenge of a pack: what is counted, up to which goal, in which days. Every fault with its path."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from qadam.conditions import Condition
from qadam.conditions.tree import Tally
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.recognition.board_documents import read_condition, read_measure
from qadam.recognition.documents import read_key, refuse_without_reason

SHARE_MOST = 40
"""Per cent of a common goal that one person may carry, so that a team's bar is the team's (recognition.md)."""
GRACE = timedelta(hours=48)
LONGEST_GRACE = timedelta(days=14)
LAST_DAY = 3_650
MOST = 1_000_000_000


class Bearer(StrEnum):
    """Whose goal it is."""

    PERSON = "person"
    TEAM = "team"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class PathDays:
    """Days of the member's path, both included; day 0 is the first."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Dates:
    """Days in the company's zone, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class ChallengeDocument:
    """A checked challenge. `share_most` in per cent of the goal; `reward` the key of a badge or ""."""

    key: str
    name: Words
    why: Words
    how: Words
    next_act: Words | None
    measure: Tally
    bearer: Bearer
    goal: int
    share_most: int
    when: PathDays | Dates
    is_opt_in: bool
    audience: Condition | None
    grace: timedelta
    reward: str
    reason: str

    @property
    def most_of_one(self) -> int:
        """How much of the goal one person may carry: at least 1, all of it where it is the person's own."""
        return self.goal if self.bearer is Bearer.PERSON else max(1, self.goal * self.share_most // 100)


KEYS = (
    *("challenge", "name", "why", "how", "next", "measure", "for", "goal", "share_most", "when", "join", "audience"),
    *("grace", "reward", "reason"),
)


def parse_challenge(document: object) -> ChallengeDocument:
    """Read a challenge document.

    Raises:
        FaultyDocument: every fault with its path; what counts stock or recruiting is refused without a reason.
    """
    node = open_document(document)
    node.refuse_other_keys(*KEYS)
    bearer = Bearer(node.choice("for", list(Bearer)))
    challenge = ChallengeDocument(
        key=read_key(node, "challenge"),
        name=node.words("name"),
        why=node.words("why"),
        how=node.words("how"),
        next_act=node.words("next") if node.has("next") else None,
        measure=read_measure(node, "measure"),
        bearer=bearer,
        goal=_read_goal(node),
        share_most=_read_share(node, bearer),
        when=_read_when(node),
        is_opt_in=node.choice("join", ("auto", "opt_in"), default="auto") == "opt_in",
        audience=read_condition(node, "audience"),
        grace=_read_grace(node),
        reward=_read_reward(node),
        reason=node.text("reason") if node.has("reason") else "",
    )
    _check(node, challenge)
    refuse_without_reason(node)
    refuse_faults(node)
    return challenge


def _check(node: Node, challenge: ChallengeDocument) -> None:
    if isinstance(challenge.when, PathDays) and challenge.bearer is Bearer.COMPANY:
        node.complain("when", _("a goal of the whole company has dates, not days of a path"))
    if challenge.is_opt_in and challenge.bearer is not Bearer.PERSON:
        node.complain("join", _("a common goal is everybody's: join: auto"))


def _read_goal(node: Node) -> int:
    goal = node.integer("goal", at_least=1)
    if goal > MOST:
        node.complain("goal", _("at most %(most)s is possible") % {"most": MOST})
    return min(goal, MOST)


def _read_share(node: Node, bearer: Bearer) -> int:
    if not node.has("share_most"):
        return SHARE_MOST
    if bearer is Bearer.PERSON:
        node.complain("share_most", _("only a common goal is shared"))
    share = node.integer("share_most", at_least=1)
    if share > 100:
        node.complain("share_most", _("at most %(most)s is possible") % {"most": 100})
    return share


def _read_when(node: Node) -> PathDays | Dates:
    when = node.node("when")
    when.refuse_other_keys("path", "from", "until")
    if when.has("path"):
        return _read_path(when)
    first, last = _read_date(when, "from"), _read_date(when, "until")
    if last < first:
        when.complain("until", _("comes before “from”"))
    return Dates(first, last)


def _read_path(when: Node) -> PathDays:
    days = when.content["path"]
    if when.has("from") or when.has("until"):
        when.complain("path", _("either days of the path or dates, not both"))
    if not isinstance(days, list) or len(days) != 2 or not all(type(day) is int for day in days):
        when.complain("path", _("the first and the last day are needed, such as [0, 6]"))
        return PathDays(0, 0)
    if not 0 <= days[0] <= days[1] <= LAST_DAY:
        when.complain("path", _("the days must go up from 0"))
        return PathDays(0, 0)
    return PathDays(days[0], days[1])


def _read_date(node: Node, key: str) -> date:
    """Read a date: YAML gives one as it is, JSON as text."""
    value = node.content.get(key)
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if type(value) is date:
        return value
    node.complain(key, _("a date such as 2026-03-01 is needed"))
    return date.min


def _read_grace(node: Node) -> timedelta:
    grace = node.duration("grace") if node.has("grace") else GRACE
    if grace > LONGEST_GRACE:
        node.complain("grace", _("at most %(most)s days are possible") % {"most": LONGEST_GRACE.days})
    return grace


def _read_reward(node: Node) -> str:
    if not node.has("reward"):
        return ""
    reward = node.node("reward")
    reward.refuse_other_keys("badge")
    return reward.slug("badge")
