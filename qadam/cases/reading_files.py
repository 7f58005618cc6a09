"""What pages ask about case files: how a case does, what is suggested to whom, what the evidence says."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as SqlCase

from qadam.cases.guards import possible
from qadam.cases.measures import Measure, Trigger, measures_of
from qadam.cases.models import Case, CaseFile, CaseVersion, MeasureRun, Outcome
from qadam.cases.outcomes import DECIDED, outcome_expression
from qadam.cases.reading_guards import read_facts
from qadam.conditions import ids_in
from qadam.events.catalogue import find_event_type
from qadam.events.models import Event
from qadam.experiments.rules import CONTROL
from qadam.lib.intervals import newcombe_interval, wilson_interval
from qadam.lib.text import Words, words_of
from qadam.people.models import MemberQuerySet

ENOUGH = 30
"""So many decided files each arm needs before their difference is shown."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n` decided files were successes; the interval is 95 %, None for nobody."""

    k: int = 0
    n: int = 0

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson_interval(self.k, self.n)


@dataclass(frozen=True, slots=True)
class Lift:
    """The treated share minus the control share, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CaseNumbers:
    """How a case does. `withheld`: open files of the control group; `late`: open ones whose promise has passed."""

    open: int = 0
    withheld: int = 0
    late: int = 0
    treated: Share = Share()
    control: Share = Share()

    @property
    def lift(self) -> Lift | None:
        """The effect, where each arm has enough decided files."""
        interval = newcombe_interval((self.treated.k, self.treated.n), (self.control.k, self.control.n))
        if interval is None or min(self.treated.n, self.control.n) < ENOUGH:
            return None
        value = self.treated.k / self.treated.n - self.control.k / self.control.n
        return Lift(value, *interval)


def read_numbers(now: datetime, keys: Collection[str] | None = None) -> dict[str, CaseNumbers]:
    """Return {case key: its numbers} over all files so far, without staff and test accounts."""
    files = CaseFile.objects.filter(enrollment__member__is_test=False)
    if keys is not None:
        files = files.filter(case__key__in=keys)
    late_case = When(_late(now), then=Value(True))
    rows = files.annotate(
        outcome=outcome_expression(), late=SqlCase(late_case, default=Value(False), output_field=BooleanField())
    ).order_by()
    counted: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    late: dict[str, int] = defaultdict(int)
    for key, arm, outcome, is_late, n in rows.values_list("case__key", "enrollment__arm", "outcome", "late").annotate(
        n=Count("id")
    ):
        counted[key][arm, outcome] += n
        late[key] += n if is_late else 0
    return {key: _numbers(counts, late[key]) for key, counts in counted.items()}


def _late(now: datetime) -> Q:
    is_open = Q(enrollment__left_at__isnull=True, first_response_at__isnull=True)
    return is_open & ~Q(enrollment__arm=CONTROL) & Q(response_due_at__isnull=False, response_due_at__lt=now)


def _numbers(counts: Mapping[tuple[str, str], int], late: int) -> CaseNumbers:
    def share(is_control: bool) -> Share:
        of_arm = dict.fromkeys(DECIDED, 0)
        for (arm, outcome), n in counts.items():
            if (arm == CONTROL) is is_control and outcome in of_arm:
                of_arm[Outcome(outcome)] += n
        return Share(of_arm[Outcome.SUCCESS], sum(of_arm.values()))

    return CaseNumbers(
        open=sum(n for (_arm, outcome), n in counts.items() if not outcome),
        withheld=sum(n for (arm, outcome), n in counts.items() if not outcome and arm == CONTROL),
        late=late,
        treated=share(False),
        control=share(True),
    )


def late_files(now: datetime) -> "QuerySet[CaseFile]":
    """Return the open files whose promise to answer has passed."""
    return CaseFile.objects.filter(_late(now))


def read_library() -> list[CaseVersion]:
    """Return the newest published version of every case: those of a map first, the urgent ones before."""
    newest: dict[int, CaseVersion] = {}
    for version in CaseVersion.objects.published().select_related("case").order_by("number"):
        newest[version.case_id] = version
    return sorted(newest.values(), key=lambda each: (each.case.retired_at is not None, -each.priority, each.case.key))


def open_cases_for(member_id: int) -> list[Case]:
    """Return the cases that can be opened for a member by hand: on a map, and the member isn't in them."""
    live = CaseFile.objects.filter(enrollment__member_id=member_id, enrollment__left_at__isnull=True)
    published = CaseVersion.objects.published().values("case_id")
    cases = Case.objects.filter(id__in=published, retired_at__isnull=True).exclude(id__in=live.values("case_id"))
    return list(cases.order_by("key"))


# Evidence


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of the evidence in words."""

    words: Words
    at: datetime


def read_facts_of(files: Iterable[CaseFile]) -> dict[int, tuple[Fact, ...]]:
    """Return {file: its evidence in words}, newest first. An event that is gone is left out."""
    files = list(files)
    wanted = sorted({event_id for file in files for event_id in file.evidence})
    rows = Event.objects.filter(id__in=ids_in(wanted)).values_list("id", "type", "occurred_at") if wanted else ()
    known = {event_id: Fact(_words_of_type(type_name), at) for event_id, type_name, at in rows}
    return {file.id: tuple(known[each] for each in file.evidence if each in known) for file in files}


def _words_of_type(name: str) -> Words:
    known = find_event_type(name)
    return known.words if known else Words(name, name, name)


# Suggestions


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a mentor is asked to do for somebody. `measures`: one of them; the first is meant first."""

    file: CaseFile
    name: Words
    measures: Sequence[Measure]
    evidence: Sequence[Fact]

    @property
    def due_at(self) -> datetime | None:
        return self.file.response_due_at


def open_suggestions(members: MemberQuerySet) -> "QuerySet[CaseFile]":
    """Return the files of these members in which somebody is asked to do something now; none of a control group."""
    done = MeasureRun.objects.filter(file=OuterRef("pk"), trigger=Trigger.SUGGESTED)
    files = CaseFile.objects.filter(
        enrollment__member__in=members,
        enrollment__left_at__isnull=True,
        enrollment__journey__paused_at__isnull=True,
        suggested_at__isnull=False,
        dismissed_at__isnull=True,
        case__retired_at__isnull=True,
    )
    return files.exclude(enrollment__arm=CONTROL).exclude(Exists(done))


def read_suggestions(members: MemberQuerySet, now: datetime) -> list[Suggestion]:
    """Return what is suggested for these members, the promise that ends soonest first, then the urgent ones.

    The guards are asked anew: who bought or asked for peace meanwhile isn't shown.
    """
    files = open_suggestions(members).select_related("enrollment__member", "case").prefetch_related("version")
    ordered = list(files.order_by(F("response_due_at").asc(nulls_last=True), "-version__priority", "opened_at"))
    facts = read_facts([each.enrollment.member_id for each in ordered], now) if ordered else {}
    evidence = read_facts_of(ordered)
    found = []
    for file in ordered:
        suggested = [each for each in measures_of(file.version) if each.trigger is Trigger.SUGGESTED]
        if measures := possible(suggested, facts[file.enrollment.member_id]):
            found.append(Suggestion(file, words_of(file.version.name), measures, evidence[file.id]))
    return found
