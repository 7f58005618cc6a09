"""The forms of an action plan: one task, one first goal, and the plan's name and weeks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from qadam.lib.text import words_of
from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_condition
from qadam.office.journey_fields import Button, Words, chosen, ticked, typed
from qadam.office.journey_forms import put, read_number, read_size, read_words
from qadam.office.journey_pages import language
from qadam.office.plan_document import day_of, tasks_of, weeks_of
from qadam.office.recognition_fields import (
    Document,
    Faults,
    Known,
    Section,
    checks,
    choice_part,
    condition_part,
    in_order,
    key_part,
    number,
    part,
    put_unless,
    words_part,
)
from qadam.tasks.planned import FIRST, TaskKind
from qadam.tasks.reading_tasks import OF_KIND, TASK_KEYS

KINDS: dict[str, Words] = {
    "self_check": gettext_lazy("people tick it themselves"),
    "event": gettext_lazy("an event closes it"),
    "lesson": gettext_lazy("a lesson closes it"),
    "practical": gettext_lazy("the mentor looks at it and agrees"),
    "call": gettext_lazy("a call"),
    "meeting": gettext_lazy("a meeting"),
}
KIND_ICONS = {
    "self_check": "square-check",
    "event": "zap",
    "lesson": "book-open",
    "practical": "clipboard-check",
    "call": "phone",
    "meeting": "users-round",
}
PROOFS: dict[str, Words] = {
    "text": gettext_lazy("a text"),
    "photo": gettext_lazy("a photo"),
    "link": pgettext_lazy("proof", "a link"),
}
WITH: dict[str, Words] = {
    "mentor": gettext_lazy("with the mentor"),
    "sponsor": gettext_lazy("with the sponsor"),
    "leader": gettext_lazy("with the leader"),
    "customer": gettext_lazy("with a customer"),
    "team": gettext_lazy("with the team"),
}
DIRECTIONS: dict[str, Words] = {
    "customer": pgettext_lazy("direction", "customers"),
    "seller": pgettext_lazy("direction", "sellers"),
    "builder": pgettext_lazy("direction", "builders of a team"),
}
GOAL_KEYS = ("key", "name", "why", "how", "minutes", "done_when", "offered", "reason", "link")


# ── A task ────────────────────────────────────────────────


def task_sections(task: Document, plan: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a task of a plan. Faults are named within the task."""
    words = (
        words_part("title", _("Title"), task.get("title"), faults.at("title")),
        words_part("why", _("Why it is worth doing"), task.get("why"), faults.at("why"), rows=2),
        words_part("how", _("How to do it"), task.get("how"), faults.at("how"), rows=3, help=_("May be left empty.")),
    )
    return [
        Section(_("What to do"), words),
        Section(_("What closes it"), tuple(_closing_parts(task, plan, faults, known))),
        Section(_("When"), _when_parts(task, faults)),
        Section(_("For whom, after what, and where"), _rare_parts(task, plan, faults, is_new=is_new), is_rare=True),
    ]


def _closing_parts(task: Document, plan: Document, faults: Faults, known: Known) -> list[Part]:
    kind = str(task.get("kind") or "self_check")
    which = chosen("kind", _("What closes it"), KINDS, kind, refreshes=True)
    parts = [part("", which, faults=faults.at("kind"))]
    if kind == "event":
        parts += _event_parts(task, plan, faults, known)
    elif kind == "lesson":
        lesson = typed("lesson", _("Key of the lesson"), task.get("lesson"))
        lesson_help = _("As your learning system names it in the event “lesson completed”.")
        parts.append(part(_("Key of the lesson"), lesson, faults=faults.at("lesson"), help=lesson_help))
        url = typed("url", _("Address of the lesson"), task.get("url"))
        url_help = _("Begins with https://. Empty: the lesson is found elsewhere.")
        parts.append(part(_("Address of the lesson"), url, faults=faults.at("url"), help=url_help))
    elif kind == "practical":
        given = task.get("proof")
        proof = checks("proof", _("What is shown"), PROOFS, given if isinstance(given, list) else [given or "text"])
        proof_help = _("The mentor has 48 hours, then the leader is asked; after 96 hours it closes with thanks.")
        parts.append(part(_("What is shown"), proof, faults=faults.at("proof"), help=proof_help))
    elif kind in ("call", "meeting"):
        both_help = _("Either of the two may note that it took place.")
        whom = task.get("with") or "mentor"
        parts.append(choice_part("with", _("With whom"), WITH, whom, faults.at("with"), help=both_help))
    return parts


def _event_parts(task: Document, plan: Document, faults: Faults, known: Known) -> list[Part]:
    is_first = ticked("first", _("This is the task of the first goal"), task.get("goal") == FIRST)
    first = part("", is_first, faults=faults.at("goal"))
    if task.get("goal") == FIRST and plan.get("goals"):
        told = _("The first goals of the plan say what closes it: members choose one of them.")
        return [Part(help=told, faults=faults.at("done_when")), first]
    title = _("Done as soon as this is true")
    when = condition_part(task.get("done_when"), "done", "done_when", faults, known, title=title, needed=True)
    return [when, first]


def _when_parts(task: Document, faults: Faults) -> tuple[Part, ...]:
    return (
        part(
            _("Days of the path"),
            number("day", _("Opens on day"), task.get("day", ""), before=_("opens on day")),
            number("due_day", _("Due on day"), task.get("due_day", ""), before=_("due on day")),
            faults=faults.at("day", "due_day"),
            help=_("Day 0 is the day of registration. A late task moves on; nobody is told off."),
        ),
        part(
            _("Takes"),
            number("minutes", _("Minutes"), task.get("minutes", ""), _("minutes")),
            ticked("required", _("Part of the plan for everybody it is for"), task.get("required", True) is not False),
            faults=faults.at("minutes", "required"),
        ),
    )


def _rare_parts(task: Document, plan: Document, faults: Faults, *, is_new: bool) -> tuple[Part, ...]:
    given, after = task.get("directions"), task.get("after")
    directions = given if isinstance(given, list) else [given] if given else []
    keys = after if isinstance(after, list) else [after] if after else []
    earlier = {str(each["key"]): _title(each) for each in _above(task, plan)}
    return (
        part(
            _("Only for"),
            checks("directions", _("Only for"), DIRECTIONS, directions),
            number("hours_from", _("Hours a week"), task.get("hours_from", ""), _("hours a week or more")),
            faults=faults.at("directions", "hours_from"),
            help=_("Nothing ticked and no hours: for everybody."),
        ),
        part(_("After these tasks are done"), checks("after", _("After"), earlier, keys), faults=faults.at("after")),
        *_link_parts(task, faults),
        key_part("key", task.get("key"), faults, is_new=is_new),
    )


def _above(task: Document, plan: Document) -> list[dict[str, Any]]:
    """Return the tasks that may come before: those above, which open no later."""
    tasks = tasks_of(plan)
    places = [place for place, each in enumerate(tasks) if each.get("key") == task.get("key")]
    end = places[0] if places else len(tasks)
    return [each for each in tasks[:end] if day_of(each) <= day_of(task) and each.get("key")]


def _title(task: Document) -> str:
    return words_of(task.get("title") or {}).in_language(language()) or str(task.get("key"))


def _link_parts(document: Document, faults: Faults) -> tuple[Part, Part]:
    given = document.get("link")
    link: Document = given if isinstance(given, Mapping) else {}
    return (
        words_part("link.label", _("Words of the link"), link.get("label"), faults.at("link.label")),
        part(
            _("Page where it is done"),
            typed("link.path", _("Page where it is done"), link.get("path")),
            faults=faults.at("link"),
            help=_("A page of ours, such as /me/. Empty: none."),
        ),
    )


def read_task(post: QueryDict, old: Document, plan: Document, do: str = "") -> dict[str, Any]:
    """Return the task that a form says; keys that no form knows are kept, those of other kinds are dropped."""
    task = dict(old)
    kind = post.get("kind", "self_check")
    put(task, "key", post.get("key", "").strip())
    for name in ("title", "why"):
        task[name] = read_words(post, name) or {}
    put(task, "how", read_words(post, "how"))
    for name in ("day", "due_day", "minutes"):
        task[name] = read_number(post, name)
    task["kind"] = kind
    put_unless(task, "required", post.get("required") == "on", True)
    put(task, "goal", FIRST if kind == "event" and post.get("first") == "on" else None)
    put(task, "directions", [each for each in post.getlist("directions") if each])
    put_unless(task, "hours_from", read_number(post, "hours_from"), 0)
    put(task, "after", [each for each in post.getlist("after") if each])
    put(task, "link", _read_link(post))
    _read_closing(post, task, plan, do)
    return in_order(task, TASK_KEYS)


def _read_closing(post: QueryDict, task: dict[str, Any], plan: Document, do: str) -> None:
    for name, kinds in OF_KIND.items():
        if task["kind"] not in kinds:
            task.pop(name, None)
    if task["kind"] == TaskKind.EVENT:
        by_goals = task.get("goal") == FIRST and plan.get("goals")
        put(task, "done_when", None if by_goals else read_condition(post, "done", do) or {"did": ""})
    elif task["kind"] == TaskKind.LESSON:
        task["lesson"] = post.get("lesson", "").strip()
        put(task, "url", post.get("url", "").strip())
    elif task["kind"] == TaskKind.PRACTICAL:
        put(task, "proof", [each for each in post.getlist("proof") if each])
    elif task["kind"] in (TaskKind.CALL, TaskKind.MEETING):
        put_unless(task, "with", post.get("with", ""), "mentor")


def _read_link(post: QueryDict) -> dict[str, Any] | None:
    label, path = read_words(post, "link.label"), post.get("link.path", "").strip()
    return {"label": label or {}, "path": path} if label or path else None


# ── A first goal ──────────────────────────────────────────

OFFERED: dict[str, Words] = {"true": gettext_lazy("offered to newcomers"), "false": gettext_lazy("not offered")}


def goal_sections(goal: Document, faults: Faults, known: Known, *, is_new: bool, is_recruiting: bool) -> list[Section]:
    """Return the form of a first goal. One that counts people brought in isn't offered unless somebody says so."""
    offered = goal.get("offered", not is_recruiting)
    words = (
        words_part("name", pgettext("of a thing", "Name"), goal.get("name"), faults.at("name")),
        words_part("why", _("Why it is worth doing"), goal.get("why"), faults.at("why"), rows=2),
        words_part("how", _("How to do it"), goal.get("how"), faults.at("how"), rows=3, help=_("May be left empty.")),
    )
    title = _("Reached as soon as this is true")
    when = condition_part(goal.get("done_when"), "done", "done_when", faults, known, title=title, needed=True)
    return [
        Section(_("What to reach"), words),
        Section(_("What closes it"), (when,)),
        Section(
            _("Choice"),
            (
                choice_part(
                    "offered", _("In the choice"), OFFERED, "true" if offered else "false", faults.at("offered")
                ),
                part(
                    _("Takes"),
                    number("minutes", _("Minutes"), goal.get("minutes", ""), _("minutes")),
                    faults=faults.at("minutes"),
                ),
            ),
        ),
        Section(
            _("Link and key"),
            (*_link_parts(goal, faults), key_part("key", goal.get("key"), faults, is_new=is_new)),
            is_rare=True,
        ),
    ]


def read_goal(post: QueryDict, old: Document, do: str = "", *, is_recruiting: bool = False) -> dict[str, Any]:
    """Return the goal that a form says."""
    goal = dict(old)
    put(goal, "key", post.get("key", "").strip())
    for name in ("name", "why"):
        goal[name] = read_words(post, name) or {}
    put(goal, "how", read_words(post, "how"))
    goal["minutes"] = read_number(post, "minutes")
    goal["done_when"] = read_condition(post, "done", do) or {"did": ""}
    put_unless(goal, "offered", post.get("offered") == "true", not is_recruiting)
    put(goal, "reason", post.get("reason", "").strip())
    put(goal, "link", _read_link(post))
    return in_order(goal, GOAL_KEYS)


# ── The plan itself ───────────────────────────────────────

MOST_WEEKS = 60


def plan_sections(plan: Document, faults: Faults) -> list[Section]:
    """Return the form of the plan's name, its weeks, and what to begin again with."""
    parts: list[Part] = []
    weeks = weeks_of(plan)
    for place, week in enumerate(weeks):
        parts += _week_parts(week, place, faults, is_last=place == len(weeks) - 1)
    more = Part(
        buttons=(Button("week", _("One more week")),), faults=faults.at("weeks"), sizes=(("week.size", len(weeks)),)
    )
    given = plan.get("restart")
    restart = given if isinstance(given, list) else [given] if given else []
    known = {str(task["key"]): _title(task) for task in tasks_of(plan) if task.get("key")}
    restart_help = _("After a week away these are offered first. A few easy ones; nothing ticked: the plan chooses.")
    per_day = number(
        "per_day", _("Tasks a day"), plan.get("per_day", ""), _("tasks at most land on one day when late ones move")
    )
    return [
        Section(
            _("The plan"), (words_part("name", pgettext("of a thing", "Name"), plan.get("name"), faults.at("name")),)
        ),
        Section(_("Weeks"), (*parts, more)),
        Section(
            _("Late tasks, and beginning again"),
            (
                part(_("Late tasks"), per_day, faults=faults.at("per_day")),
                part(
                    _("Beginning again"),
                    checks("restart", _("Beginning again"), known, restart),
                    faults=faults.at("restart"),
                    help=restart_help,
                ),
            ),
            is_rare=True,
        ),
    ]


def _week_parts(week: Document, place: int, faults: Faults, *, is_last: bool) -> list[Part]:
    at = f"weeks[{place}]"
    title = _("Week %(number)s") % {"number": week.get("week", place + 1)}
    buttons = (Button(f"unweek:{place}", _("Take this week out"), "trash-2"),) if is_last and place else ()
    sizes = ((f"week.{place}.number", week.get("week", place + 1)),)
    return [
        words_part(f"week.{place}.title", title, week.get("title"), faults.at(f"{at}.title"), sizes=sizes),
        words_part(
            f"week.{place}.aim", _("Its aim"), week.get("aim"), faults.at(f"{at}.aim", f"{at}.week"), buttons=buttons
        ),
    ]


def read_plan(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    """Return the plan with its name, weeks and the like as a form says; tasks and goals stay."""
    plan = dict(old)
    plan["name"] = read_words(post, "name") or {}
    weeks = [_read_week(post, place) for place in range(min(read_size(post, "week"), MOST_WEEKS))]
    if do == "week":
        weeks.append({"week": (weeks[-1]["week"] if weeks else 0) + 1, "title": {}, "aim": {}})
    elif do.startswith("unweek:"):
        weeks = weeks[:-1]
    plan["weeks"] = weeks
    put_unless(plan, "per_day", read_number(post, "per_day"), "")
    put(plan, "restart", _in_old_order(post.getlist("restart"), old.get("restart")))
    return in_order(plan, ("plan", "name", "weeks", "per_day", "restart", "goals", "tasks"))


def _in_old_order(ticked: Sequence[str], old: Any) -> list[str]:
    """Return the ticked keys: those of before as they stood, for their order says what comes first; new ones behind."""
    before = old if isinstance(old, list) else [old]
    return [key for key in dict.fromkeys((*before, *ticked)) if key in ticked and key]


def _read_week(post: QueryDict, place: int) -> dict[str, Any]:
    number = post.get(f"week.{place}.number", "")
    words: Sequence[str] = ("title", "aim")
    texts = {name: read_words(post, f"week.{place}.{name}") or {} for name in words}
    return {"week": int(number) if number.isdecimal() and len(number) < 5 else place + 1, **texts}
