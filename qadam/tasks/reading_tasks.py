"""Read one task of a plan's document, by its kind."""

from urllib.parse import urlsplit

from django.utils.translation import gettext

from qadam import conditions
from qadam.lib.documents import SLUG, Node
from qadam.tasks.planned import FIRST, PlannedTask, Proof, TaskKind, With, read_link
from qadam.tasks.rules import Direction

TASK_KEYS = (
    *("key", "day", "due_day", "title", "why", "how", "minutes", "kind", "done_when", "lesson", "url", "proof"),
    *("with", "required", "goal", "link", "after", "directions", "hours_from"),
)
OF_KIND = {
    "done_when": (TaskKind.EVENT,),
    "lesson": (TaskKind.LESSON,),
    "url": (TaskKind.LESSON,),
    "proof": (TaskKind.PRACTICAL,),
    "with": (TaskKind.CALL, TaskKind.MEETING),
}
"""Keys that only tasks of these kinds have."""
CHOOSABLE = (Direction.CUSTOMER, Direction.SELLER, Direction.BUILDER)
MOST_HOURS = 60


def read_task(node: Node, position: int, *, has_goals: bool) -> PlannedTask:
    """Read a task. `has_goals`: the plan offers goals, so that the task of the first goal has no condition."""
    node.refuse_other_keys(*TASK_KEYS)
    kind = TaskKind(node.choice("kind", list(TaskKind)))
    _refuse_keys_of_others(node, kind)
    is_first_goal = node.has("goal") and node.choice("goal", (FIRST,)) == FIRST
    if is_first_goal and kind is not TaskKind.EVENT:
        node.complain("goal", gettext("the first goal closes by an event: kind: event"))
    lesson = node.slug("lesson") if kind is TaskKind.LESSON else ""
    return PlannedTask(
        key=node.slug("key"),
        day=node.integer("day", at_least=0),
        due_day=node.integer("due_day", at_least=0),
        title=node.words("title"),
        why=node.words("why"),
        how=node.words("how") if node.has("how") else None,
        minutes=node.integer("minutes", at_least=1),
        kind=kind,
        done_when=_read_done_when(node, kind, lesson, takes_goal=is_first_goal and has_goals),
        is_required=node.flag("required", True),
        is_first_goal=is_first_goal,
        link=read_link(node.node("link")) if node.has("link") else None,
        after=node.texts("after") if node.has("after") else (),
        position=position,
        lesson=lesson,
        url=_read_url(node),
        proof=_read_proof(node) if kind is TaskKind.PRACTICAL else (),
        with_whom=node.choice("with", list(With), With.MENTOR) if kind.is_talk else "",
        directions=_read_several(node, "directions", CHOOSABLE),
        hours_from=_read_hours(node),
    )


def _refuse_keys_of_others(node: Node, kind: TaskKind) -> None:
    for key, kinds in OF_KIND.items():
        if node.has(key) and kind not in kinds:
            if key == "done_when" and kind is TaskKind.SELF_CHECK:
                node.complain(key, gettext("a task that people tick themselves has none"))
            else:
                node.complain(key, gettext("a task of the kind “%(kind)s” has none") % {"kind": kind})


def _read_done_when(node: Node, kind: TaskKind, lesson: str, *, takes_goal: bool) -> conditions.Condition | None:
    if kind is TaskKind.LESSON:
        passed = {"did": "lesson.completed", "where": {"lesson": lesson}, "since": "entry"}
        return conditions.parse(passed) if SLUG.fullmatch(lesson) else None
    if kind is not TaskKind.EVENT:
        return None
    if takes_goal:
        if node.has("done_when"):
            node.complain("done_when", gettext("the goals of the plan say what closes this task"))
        return None
    return read_condition(node, "done_when")


def read_condition(node: Node, key: str) -> conditions.Condition | None:
    """Read a condition; its faults are added to the node's."""
    try:
        return conditions.parse(node.content.get(key), where=f"{node.place}.{key}")
    except conditions.ConditionErrors as error:
        node.faults.extend(error.faults)
        return None


def _read_proof(node: Node) -> tuple[Proof, ...]:
    return tuple(Proof(each) for each in _read_several(node, "proof", list(Proof))) or (Proof.TEXT,)


def _read_several(node: Node, key: str, allowed: "tuple[str, ...] | list[Proof]") -> tuple[str, ...]:
    """Read some of the allowed words, each once, in the order in which they are allowed; () where there is no key."""
    if not node.has(key):
        return ()
    given = node.texts(key)
    if not set(given) <= {str(each) for each in allowed}:
        node.complain(key, gettext("allowed: %(allowed)s") % {"allowed": ", ".join(allowed)})
    return tuple(str(each) for each in allowed if each in given)


def _read_hours(node: Node) -> int:
    hours = node.integer("hours_from", 0, at_least=0)
    if hours > MOST_HOURS:
        node.complain("hours_from", gettext("at most %(most)s hours a week") % {"most": MOST_HOURS})
    return hours


def _read_url(node: Node) -> str:
    if not node.has("url"):
        return ""
    url = node.text("url")
    if not is_web_address(url):
        node.complain("url", gettext("an address that begins with https:// is needed"))
    return url


def is_web_address(url: str) -> bool:
    """Tell whether people can be sent there: https with a host, without a password and without spaces."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    is_clean = not any(letter.isspace() or not letter.isprintable() for letter in url)
    return parts.scheme == "https" and bool(host) and "." in (host or "") and "@" not in parts.netloc and is_clean
