"""One task as a page shows it: in the reader's language, on the reader's day."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from qadam.lib.clock import local_date
from qadam.people.models import Company, Member
from qadam.tasks import rules, settling
from qadam.tasks.assigned import Assigned, Path
from qadam.tasks.models import Proof
from qadam.tasks.planned import Link, PlannedTask, TaskKind, With
from qadam.tasks.rules import State
from qadam.tasks.settling import Settled
from qadam.tasks.shapes import Review, TaskCard


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is made: the member's zone, local day and language, the day's moves, and who helps."""

    zone: ZoneInfo
    today: date
    language: str
    settled: Settled
    stands_still: bool
    member: Member

    def state(self, task: Assigned) -> State:
        opens_on, _due_on = task.dates(self.settled.move_of(task))
        return rules.state_of(opens_on, task.is_done, self.today)

    def is_actable(self, task: Assigned) -> bool:
        """Whether the member can do something about it now."""
        return not task.is_done and not task.is_aside and not self.stands_still and task.opens_on <= self.today

    def card(self, task: Assigned) -> TaskCard:
        row, planned = task.row, task.planned
        opens_on, due_on = task.dates(self.settled.move_of(task))
        done_on = local_date(row.done_at, self.zone) if row.done_at else None
        moved_to = self.settled.moved_to(task)
        label, path = _link_words(planned.link, self.language)
        is_actable = self.is_actable(task)
        return TaskCard(
            id=row.id,
            plan=task.version.plan.slug,
            key=row.key,
            title=planned.title.in_language(self.language),
            why=planned.why.in_language(self.language),
            how=planned.how.in_language(self.language) if planned.how else "",
            minutes=planned.minutes,
            kind=planned.kind,
            state=self.state(task),
            day=row.day,
            opens_on=opens_on,
            due_on=due_on,
            done_on=done_on,
            moved_to=moved_to if moved_to and moved_to >= self.today and task.is_open else None,
            is_required=row.is_required,
            is_first_goal=row.is_first_goal,
            is_aside=task.is_aside and not task.is_done,
            closes_itself=planned.kind in (TaskKind.EVENT, TaskKind.LESSON),
            can_tick=planned.kind.is_noted and is_actable,
            can_untick=planned.kind.is_noted and done_on == self.today,
            can_put_off=is_actable and opens_on <= self.today and not task.is_waiting,
            can_show=planned.kind is TaskKind.PRACTICAL and is_actable and not task.is_waiting,
            proof=planned.proof,
            review=self.review(task.proof, task) if task.proof else None,
            with_whom=planned.with_whom,
            phone=self.phone(planned),
            url=planned.url,
            link_label=label,
            link_path=path,
            waits_for=tuple(each.title.in_language(self.language) for each in task.waits_for),
        )

    def review(self, proof: Proof, task: Assigned) -> Review:
        return Review(
            id=proof.id,
            state=proof.state,
            text=proof.text,
            link=proof.link,
            photo=proof.photo.name if proof.photo else "",
            sent_at=proof.sent_at,
            due_at=proof.due_at,
            is_with_leader=proof.leader_asked_at is not None,
            words=proof.words,
            can_take_back=task.is_waiting,
        )

    def phone(self, planned: PlannedTask) -> str:
        """Return whom a call with one's mentor or sponsor reaches; "" for others, or where no number is known."""
        helper = None
        if planned.with_whom == With.MENTOR:
            helper = self.member.mentor or self.member.sponsor
        elif planned.with_whom == With.SPONSOR:
            helper = self.member.sponsor
        return helper.phone if helper else ""


def _link_words(link: Link | None, language: str) -> tuple[str, str]:
    return (link.label.in_language(language), link.path) if link else ("", "")


def read_for(member: Member, company: Company, path: Path, today: date, language: str) -> Reader:
    zone = member.zone_in(company)
    settled = settling.settle(path, today, zone)
    return Reader(zone, today, language, settled, path.stands_still(today), member)
