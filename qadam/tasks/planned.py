"""What an action plan is made of: tasks of six kinds, and first goals to choose from. Read by `documents`."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext

from qadam.conditions import Condition
from qadam.lib.documents import Node
from qadam.lib.text import Words

FIRST = "first"
"""The only goal of a plan for now: `goal: first`."""


class TaskKind(StrEnum):
    SELF_CHECK = "self_check"
    EVENT = "event"
    LESSON = "lesson"
    """Closes when the lesson is completed."""
    PRACTICAL = "practical"
    """Shown to the mentor, who approves it."""
    CALL = "call"
    MEETING = "meeting"
    """Both happen between two people: either of them notes it."""

    @property
    def is_noted(self) -> bool:
        """Whether people note it themselves: the member, and for a talk the other one too."""
        return self in (TaskKind.SELF_CHECK, TaskKind.CALL, TaskKind.MEETING)

    @property
    def is_talk(self) -> bool:
        return self in (TaskKind.CALL, TaskKind.MEETING)


class Proof(StrEnum):
    """What a practical task takes as its proof."""

    TEXT = "text"
    PHOTO = "photo"
    LINK = "link"


class With(StrEnum):
    """Whom a call or a meeting is with. A mentor or sponsor may note it too."""

    MENTOR = "mentor"
    SPONSOR = "sponsor"
    LEADER = "leader"
    CUSTOMER = "customer"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Link:
    """A page of ours where the task is done; `path` begins with a slash."""

    label: Words
    path: str


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of the plan. `day`, `due_day`: days of the path; `after`: keys of the tasks that must be done before.

    `lesson` and `url` are of a lesson, `proof` of a practical task, `with_whom` of a call or meeting. `directions`
    () is all of them; `hours_from` 0 asks for no hours a week.
    """

    key: str
    day: int
    due_day: int
    title: Words
    why: Words
    how: Words | None
    minutes: int
    kind: TaskKind
    done_when: Condition | None
    is_required: bool
    is_first_goal: bool
    link: Link | None
    after: tuple[str, ...]
    position: int
    lesson: str = ""
    url: str = ""
    proof: tuple[Proof, ...] = ()
    with_whom: str = ""
    directions: tuple[str, ...] = ()
    hours_from: int = 0

    @property
    def takes_goal(self) -> bool:
        """Whether it closes by the goal that the member chooses, and has no condition of its own."""
        return self.is_first_goal and self.done_when is None


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """A first goal to choose. `is_recruiting`: it counts people brought in; `reason`: why it is offered even so."""

    key: str
    name: Words
    why: Words
    how: Words | None
    minutes: int
    done_when: Condition | None
    is_offered: bool
    is_recruiting: bool
    reason: str
    link: Link | None


def read_link(node: Node) -> Link:
    node.refuse_other_keys("label", "path")
    path = node.text("path")
    if path and (not path.startswith("/") or path.startswith("//")):
        node.complain("path", gettext("a page of ours is needed, such as /today/"))
    return Link(node.words("label"), path)
