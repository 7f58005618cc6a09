"""The weekly call as a gathering, in the last weeks and the next: planned on Mondays, held on Thursdays."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from qadam.community import operations as community
from qadam.community.models import Gathering
from qadam.community.rules import Plan
from qadam.lib.errors import DomainError
from qadam.people.models import Member, User
from qadam.site.demo.cast import DOMAIN, LEADER
from qadam.site.demo.deeds import CALL_HOUR, CALL_WEEKDAY
from qadam.site.demo.diary import Fact
from qadam.site.demo.lives import Span

WEEKS_BACK, WEEKS_AHEAD = 3, 2
MINUTES = 45
TITLES = (
    {
        "kk": "Апталық қоңырау: алғашқы клиентпен әңгіме",
        "ru": "Еженедельный созвон: разговор с первым клиентом",
        "en": "Weekly call: talking with a first customer",
    },
    {
        "kk": "Апталық қоңырау: сұрақ-жауап",
        "ru": "Еженедельный созвон: вопросы и ответы",
        "en": "Weekly call: questions and answers",
    },
    {
        "kk": "Апталық қоңырау: сатып алғаннан кейінгі қамқорлық",
        "ru": "Еженедельный созвон: забота после покупки",
        "en": "Weekly call: care after the purchase",
    },
)


class Calls:
    """The calls that are planned so far; `take` lets people check in to them instead of a bare fact."""

    def __init__(self, span: Span) -> None:
        self._waiting = list(_weeks(span))
        self._planned: dict[str, Gathering] = {}

    def plan(self, now: datetime) -> None:
        """Put the calls whose Monday has come into the calendar."""
        while self._waiting and self._waiting[0][0] <= now:
            monday, held_at = self._waiting.pop(0)
            leader = Member.objects.filter(email=f"{LEADER}@{DOMAIN}").first()
            actor = User.objects.filter(email=f"oleg@{DOMAIN}").first()
            if leader is None or actor is None:
                continue
            title = TITLES[held_at.toordinal() // 7 % len(TITLES)]
            plan = Plan("call", title, leader.name, held_at, MINUTES, "https://meet.example.com/dala-weekly", "")
            row = community.add_gathering(plan=plan, leader=None, actor=actor, now=monday)
            self._planned[f"weekly-{held_at.date()}"] = row

    def take(self, member: Member, fact: Fact) -> bool:
        """Check somebody in with the code of the call. Tell whether this fact is done with."""
        call = self._planned.get(str(fact.props.get("event")))
        if call is None or fact.type != "live.attended":
            return False
        try:
            community.check_in(member=member, gathering_id=call.id, code=call.code, now=fact.at)
        except DomainError:
            return False
        return True


def _weeks(span: Span) -> Iterator[tuple[datetime, datetime]]:
    """Return each call of these weeks: its Monday morning and its beginning."""
    today = span.day_of(span.anchor)
    monday = today - span.weekday_of(today)
    for week in range(-WEEKS_BACK, WEEKS_AHEAD):
        first = monday + 7 * week
        if first >= 0:
            # What lies ahead is in the calendar already.
            known_at = min(span.at(first, 9.0), span.anchor - timedelta(hours=30))
            yield known_at, span.at(first + CALL_WEEKDAY, CALL_HOUR)
