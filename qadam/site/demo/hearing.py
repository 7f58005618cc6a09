"""What the invented people hear from the product, and what they do about it: letters, surveys, suggestions."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from qadam.cases import by_hand
from qadam.cases.models import CaseFile
from qadam.events.models import Event
from qadam.lib.errors import DomainError
from qadam.people.models import Member
from qadam.site.demo import mentors, reactions
from qadam.site.demo.beginnings import RECOGNITION_FROM, WHOLE_FROM
from qadam.site.demo.cast import MENTOR
from qadam.site.demo.choices import confirms_help, reads_after
from qadam.site.demo.diary import ANSWERS, APPROVES, CONFIRMS, TAKES_UP, TURNS_DOWN, Fact
from qadam.site.demo.lives import Person, Span
from qadam.site.demo.opinions import opinion_of
from qadam.site.demo.reactions import BECOMES_MENTOR, BRINGS_PARTNER, GETS_ANSWER, LETTERS, Way
from qadam.surveys import operations as surveys
from qadam.surveys.models import Via
from qadam.tasks.proofs import find_leader

HOPE = "expectation-start"
"""The survey in which an option is chosen."""
WAITING = timedelta(hours=40)
"""What members show so long before the anchor still lies with the mentor of the cast."""
WHY_NOT = ("Әлі ерте, өзі хабарласты", "Уже поговорили, всё в порядке", "Человек попросил не звонить на этой неделе")


class Ears:
    """Listens to the log on behalf of everybody; what they make of it are facts that come later."""

    def __init__(self, people: dict[int, Person], members: Mapping[int, Member], span: Span) -> None:
        self._people, self._members, self._span = people, members, span
        self.number_of: dict[int, int] = {}
        """By member id."""
        self._position = 0
        self._open_tickets: dict[int, list[str]] = {}
        self._prospects: dict[int, list[int]] = {}
        self.new_mentors: set[int] = set()
        """Who took the role because a case offered it."""

    def meet(self, person: Person, member: Member) -> None:
        self.number_of[member.id] = person.number
        if person.registered_at is None and person.sponsor is not None:
            self._prospects.setdefault(person.sponsor, []).append(person.number)

    def note_ticket(self, fact: Fact) -> None:
        tickets = self._open_tickets.setdefault(fact.person, [])
        ticket = str(fact.props["ticket"])
        if fact.type == "question.opened" and ticket not in tickets:
            tickets.append(ticket)
        elif fact.type == "question.answered" and ticket in tickets:
            tickets.remove(ticket)

    def is_mentor(self, person: Person, at: datetime) -> bool:
        return mentors.is_mentor(person, at) or (person.number in self.new_mentors and not person.has_left(at))

    def mentor_of(self, person: Person, at: datetime) -> Person | None:
        """Return who looks after somebody new: the nearest mentor above. A prospect is with whoever invited."""
        above = self._people.get(person.sponsor or 0)
        while above is not None and person.registered_at is not None and not self.is_mentor(above, at):
            above = self._people.get(above.sponsor or 0)
        return above

    def hear(self) -> list[Fact]:
        """Return what follows from everything in the log since the last time."""
        news = Event.objects.filter(
            id__gt=self._position,
            type__in=("message.sent", "survey.asked", "case.suggested", "practice.sent", "practice.escalated"),
        ).order_by("id")
        facts: list[Fact] = []
        for event_id, type_name, member_id, at, props in news.values_list(
            "id", "type", "member_id", "occurred_at", "props"
        ):
            self._position = event_id
            assert member_id is not None
            person = self._people[self.number_of[member_id]]
            if type_name == "message.sent":
                case = LETTERS.get(props["template"])
                facts += self.feel(case, Way.LETTER, person, at) if case else ()
            elif type_name == "survey.asked":
                facts += _opinion(person, props, at)
            elif type_name.startswith("practice."):
                facts += self.read_practice(person, props["task"], at, is_late=type_name == "practice.escalated")
            else:
                facts += self._consider(person, props, at)
        return facts

    def feel(self, case: str, way: Way, person: Person, at: datetime) -> list[Fact]:
        """Return what a measure of a case brings about."""
        if case == GETS_ANSWER:
            return [
                fact
                for ticket in self._open_tickets.get(person.number, ())
                for fact in reactions.answer_ticket(person, ticket, self._span, at)
            ]
        if not reactions.heeds(person, case, way):
            return []
        if case == BRINGS_PARTNER:
            return self._bring_partner(person, at)
        if case == BECOMES_MENTOR:
            self.new_mentors.add(person.number)
        return reactions.react(case, way, person, self._span, at)

    def _bring_partner(self, person: Person, at: datetime) -> list[Fact]:
        """Let the newest of somebody's lost prospects register after all."""
        waiting = self._prospects.get(person.number, [])
        if not waiting:
            return []
        prospect = self._people[waiting.pop()]
        partner, facts = reactions.join_after_all(prospect, self._span, at)
        self._people[partner.number] = partner
        return facts

    def _consider(self, person: Person, props: Mapping[str, str], at: datetime) -> Iterator[Fact]:
        """Let the mentor look at a suggestion about a person."""
        mentor_id = self._members[person.number].mentor_id
        mentor = self._people[self.number_of[mentor_id]] if mentor_id in self.number_of else None
        if mentor is None or mentor.has_left(at) or at < self._span.anchor - WHOLE_FROM:
            return
        delay = mentors.takes_up(mentor, person, props["case"])
        if delay is not None and at + delay < self._span.anchor:
            kind = TURNS_DOWN if mentors.turns_down(mentor, person, props["case"]) else TAKES_UP
            yield Fact(at + delay, person.number, kind, "", {"case": props["case"], "measure": props["measure"]})

    def read_practice(self, person: Person, task: str, at: datetime, *, is_late: bool = False) -> Iterator[Fact]:
        """Let the mentor read a practical task, or the leader who was asked because the mentor didn't."""
        reader = self._leader_of(person) if is_late else self._helper_of(person)
        if reader is None or reader.has_left(at):
            return
        delay = reads_after(reader, person, task)
        # Marat's newest ones wait: his queue is there to be tried out.
        is_for_show = reader.role == MENTOR and at > self._span.anchor - WAITING
        if delay is not None and not is_for_show and at + delay < self._span.anchor:
            yield Fact(at + delay, person.number, APPROVES, "", {"task": task, "by": reader.number})
            yield from self._confirm(person, f"practice:{task}", at + delay)

    def _confirm(self, person: Person, occasion: str, at: datetime) -> Iterator[Fact]:
        """Let somebody new say, some hours later, that their mentor helped."""
        later = at + timedelta(hours=3)
        if later < self._span.anchor and at > self._span.anchor - RECOGNITION_FROM and confirms_help(person, occasion):
            yield Fact(later, person.number, CONFIRMS, "", {})

    def _helper_of(self, person: Person) -> Person | None:
        member = self._members[person.number]
        helper_id = member.mentor_id or member.sponsor_id
        return self._people[self.number_of[helper_id]] if helper_id in self.number_of else None

    def _leader_of(self, person: Person) -> Person | None:
        user = find_leader(self._members[person.number])
        return self._people[self.number_of[user.member_id]] if user and user.member_id in self.number_of else None

    # What needs an operation

    def look_after(self, fact: Fact) -> list[Fact]:
        """Let a mentor do what was suggested, or refuse to, if the case is open still. Return what comes of it."""
        file_id = self._open_file(fact)
        if file_id is None:
            return []
        if fact.type == TURNS_DOWN:
            reason = WHY_NOT[fact.person % len(WHY_NOT)]
            by_hand.dismiss_suggestion(file_id=file_id, reason=reason, actor=None, now=fact.at)
            return []
        try:
            by_hand.start_measure(file_id=file_id, measure=str(fact.props["measure"]), actor=None, now=fact.at)
        except DomainError:
            return []
        case, person = str(fact.props["case"]), self._people[fact.person]
        return [*self.feel(case, Way.PERSON, person, fact.at), *self._confirm(person, case, fact.at)]

    def _open_file(self, fact: Fact) -> int | None:
        files = CaseFile.objects.filter(
            enrollment__member_id=self._members[fact.person].id,
            enrollment__left_at__isnull=True,
            case__key=fact.props["case"],
            suggested_at__isnull=False,
        )
        return files.values_list("id", flat=True).first()


def _opinion(person: Person, props: Mapping[str, str], at: datetime) -> Iterator[Fact]:
    opinion = opinion_of(person, props["survey"], props["kind"], is_choice=props["survey"] == HOPE, asked_at=at)
    if opinion is not None and not person.has_left(opinion.at):
        yield Fact(opinion.at, person.number, ANSWERS, "", {"request": props["request"], "answer": opinion.answer})


def answer(fact: Fact) -> None:
    """Answer a survey by a tap in its letter."""
    request, said = fact.props["request"], fact.props["answer"]
    assert isinstance(request, int)
    assert isinstance(said, int | str)
    try:
        surveys.record_answer(request_id=request, answer=said, via=Via.LETTER, now=fact.at)
    except DomainError:
        # Too late: the survey is closed.
        return
