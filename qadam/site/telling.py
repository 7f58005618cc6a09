"""Tell mentors and leaders by letter of what waits for their word: a first goal reached, a practical task to look at.

Here, because tasks know nothing of letters. The letters name nobody: a name must not outlive its erasure; the page
behind the button says who.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from qadam.conditions import ids_in
from qadam.events.consumers import EventRow
from qadam.lib.text import Words
from qadam.messaging import operations as messaging
from qadam.messaging.operations import NewStaffLetter
from qadam.people.models import Member, User
from qadam.tasks.models import Proof, ProofState
from qadam.tasks.plans import read_versions

NAME = "telling"
NEWS = timedelta(days=2)
"""How long a fact is news: later nobody is told, so that imported history writes to nobody."""
APPROVALS, FEED = "/desk/approvals/", "/team/feed/"


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one kind of letter. `about` names the goal or the task as %(name)s, where the plan still has it."""

    subject: Promise
    about: Promise
    body: Promise
    label: Promise
    path: str


TEXTS: Mapping[str, Text] = {
    "goal.reached": Text(
        gettext_lazy("One of your people has reached their first goal"),
        gettext_lazy("The goal: %(name)s"),
        gettext_lazy("A short kind word from you today is worth more to them than a long one next week."),
        gettext_lazy("What your people achieved"),
        FEED,
    ),
    "practice.sent": Text(
        gettext_lazy("One of your people shows you a practical task"),
        gettext_lazy("The task: %(name)s"),
        gettext_lazy(
            "Please look at it within two days: approve it with a kind word, or say what to try differently. After "
            "that the leader of the branch is asked too."
        ),
        gettext_lazy("To approve"),
        APPROVALS,
    ),
    "practice.escalated": Text(
        gettext_lazy("A practical task in your branch waits for your word"),
        gettext_lazy("The task: %(name)s"),
        gettext_lazy(
            "The mentor didn't get to it within two days, so you are asked too. Please look at it within two days; "
            "after that it closes with thanks."
        ),
        gettext_lazy("To approve"),
        APPROVALS,
    ),
}


@dataclass(frozen=True, slots=True)
class News:
    """A fact and whom to tell. `named` is the key of the goal or the task in the plan; `key` names the letter."""

    key: str
    type: str
    plan: str
    named: str
    user: User


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Queue one letter per fact to whoever is asked; to nobody who can't sign in or has left."""
    facts = [each for each in batch if each.type in TEXTS and each.member_id and each.occurred_at > now - NEWS]
    if not facts:
        return
    helpers = _helpers_of({each.member_id for each in facts if each.member_id})
    news = [*_goals(facts, helpers), *_practices(facts, helpers)]
    if news:
        titles = _titles()
        messaging.queue_staff_letters([_letter(each, titles) for each in news], now=now)


def _helpers_of(member_ids: Collection[int]) -> dict[int, User]:
    """Return {member: the user of their mentor, or sponsor where there is none}; of members who are still here."""
    here = Member.objects.filter(id__in=ids_in(list(member_ids)), left_at__isnull=True, erased_at__isnull=True)
    helper_of = {
        member_id: mentor_id or sponsor_id
        for member_id, mentor_id, sponsor_id in here.values_list("id", "mentor_id", "sponsor_id")
        if mentor_id or sponsor_id
    }
    users = User.objects.filter(member_id__in=ids_in(sorted({*helper_of.values()}))).select_related("member")
    by_member = {user.member_id: user for user in users if _can_be_told(user)}
    return {member_id: by_member[helper] for member_id, helper in helper_of.items() if helper in by_member}


def _can_be_told(user: User) -> bool:
    return user.is_active and bool(user.email) and (user.member is None or user.member.left_at is None)


def _goals(facts: Iterable[EventRow], helpers: Mapping[int, User]) -> list[News]:
    return [
        News(f"told:goal:{each.seq}", each.type, each.props.get("plan", ""), each.props.get("option", ""), user)
        for each in facts
        if each.type == "goal.reached" and (user := helpers.get(each.member_id or 0))
    ]


def _practices(facts: Iterable[EventRow], helpers: Mapping[int, User]) -> list[News]:
    """Return what waits still, once per showing: what was taken back or answered meanwhile asks nobody."""
    practices = [each for each in facts if each.type != "goal.reached"]
    waiting = _waiting_of({each.member_id for each in practices if each.member_id}) if practices else {}
    news: dict[str, News] = {}
    for each in practices:
        plan, task = each.props["plan"], each.props["task"]
        proof = waiting.get((each.member_id, plan, task))
        if proof is None:
            continue
        user = helpers.get(proof.member_id) if each.type == "practice.sent" else proof.leader
        if user is not None and _can_be_told(user):
            key = f"told:{each.type}:{proof.id}"
            news[key] = News(key, each.type, plan, task, user)
    return list(news.values())


def _waiting_of(member_ids: Collection[int]) -> dict[tuple[int | None, str, str], Proof]:
    """Return {(member, plan, key of the task): what waits for an answer}."""
    rows = Proof.objects.filter(member_id__in=ids_in(sorted(member_ids)), state=ProofState.WAITING)
    rows = rows.select_related("task__plan_version__plan", "leader__member")
    return {(each.member_id, each.task.plan_version.plan.slug, each.task.key): each for each in rows}


def _titles() -> dict[tuple[str, str], Words]:
    """Return {(plan, key of a task or a goal): its name}; a newer version's words win, and a goal's over a task's."""
    plans = [version.plan for version in sorted(read_versions().values(), key=lambda version: version.id)]
    tasks = {(plan.slug, task.key): task.title for plan in plans for task in plan.tasks}
    return tasks | {(plan.slug, goal.key): goal.name for plan in plans for goal in plan.goals}


def _letter(news: News, titles: Mapping[tuple[str, str], Words]) -> NewStaffLetter:
    text, title, language = TEXTS[news.type], titles.get((news.plan, news.named)), news.user.language
    with override(language):
        about = [str(text.about) % {"name": title.in_language(language)}] if title else []
        body = "\n\n".join([*about, str(text.body)])
        return NewStaffLetter(news.key, news.user.id, str(text.subject), body, str(text.label), text.path)
