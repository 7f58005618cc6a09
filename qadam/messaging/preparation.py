"""From claimed messages to letters: what may not go out is closed here, by the state of this very moment."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from qadam import conditions
from qadam.lib.text import LANGUAGES
from qadam.messaging import queries, variables
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.documents import TemplateDocument
from qadam.messaging.errors import UnrenderableLetter
from qadam.messaging.letters import Content, make_content
from qadam.messaging.models import Category, Outbox, Status
from qadam.messaging.operations import Result
from qadam.messaging.rules import Circumstances, find_obstacle, is_expired, message_id, next_attempt_at
from qadam.people import queries as people
from qadam.people.models import Company, ConsentKind, Member

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    message: Outbox
    letter: Letter


@dataclass(frozen=True, slots=True)
class Prepared:
    """`ready` may be sent; `results` are the others, with what becomes of them."""

    ready: list[Ready] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a batch is judged and rendered with, read once."""

    company: Company
    members: Mapping[int, Member]
    templates: Mapping[str, TemplateDocument]
    now: datetime

    def language_of(self, message: Outbox) -> str:
        language = self.members[message.member_id].language
        return language if language in LANGUAGES else self.company.language

    def category_of(self, message: Outbox) -> str:
        """Advertising when either the decision or the newest template says so."""
        template = self.templates.get(message.template)
        is_advertising = Category.ADVERTISING in (message.category, template.category if template else "")
        return Category.ADVERTISING if is_advertising else Category.SERVICE


def prepare(batch: Sequence[Outbox], *, reads_letter: bool, now: datetime) -> Prepared:
    """Judge claimed messages by the gates and render those that pass."""
    scene = _Scene(
        company=people.get_company(),
        members=Member.objects.in_bulk({message.member_id for message in batch}),
        templates=queries.newest_templates({message.template for message in batch}),
        now=now,
    )
    prepared = Prepared()
    passing = _pass_gates(batch, scene, prepared.results)
    if reads_letter:
        _render_all(passing, scene, prepared)
    else:
        blank = Content("", "", "")
        prepared.ready.extend(Ready(message, _address(message, blank, scene)) for message in passing)
    return prepared


def try_again(message: Outbox, reason: str, detail: str, now: datetime) -> Result:
    """Put a message back for a later attempt, or close it as failed when tries or time are used up."""
    again_at = next_attempt_at(message.attempts, message.deadline_at, now)
    status = Status.FAILED if again_at is None else Status.PENDING
    return Result(message, status, reason, detail, again_at)


def _pass_gates(batch: Sequence[Outbox], scene: _Scene, results: list[Result]) -> list[Outbox]:
    late = [message for message in batch if is_expired(message.deadline_at, scene.now)]
    in_time = [message for message in batch if not is_expired(message.deadline_at, scene.now)]
    results += [Result(message, Status.EXPIRED, "deadline") for message in late]
    stops = _find_stops(in_time, scene.now)
    consenting = people.members_with_consent(ConsentKind.ADVERTISING, among=list(scene.members))
    passing = []
    for message in in_time:
        if message.id in stops.faults:
            results.append(Result(message, Status.FAILED, "stop_when", stops.faults[message.id]))
        elif obstacle := find_obstacle(_look_at(message, scene, stops.stopped, consenting)):
            results.append(Result(message, Status.SUPPRESSED, obstacle))
        else:
            passing.append(message)
    return passing


def _look_at(message: Outbox, scene: _Scene, stopped: set[int], consenting: set[int]) -> Circumstances:
    member = scene.members[message.member_id]
    return Circumstances(
        has_left=member.left_at is not None and member.left_at <= scene.now,
        has_address=bool(member.email),
        needs_consent=scene.category_of(message) == Category.ADVERTISING,
        has_consent=member.id in consenting,
        is_stopped=message.id in stopped,
    )


@dataclass(frozen=True, slots=True)
class _Stops:
    stopped: set[int] = field(default_factory=set)
    faults: dict[int, str] = field(default_factory=dict)


def _find_stops(messages: Iterable[Outbox], now: datetime) -> _Stops:
    """Evaluate `stop_when`, one query for each different condition. One that can't be read spoils its own messages."""
    stops = _Stops()
    for source, ids in _by_condition(messages).items():
        try:
            condition = conditions.parse(json.loads(source), where="stop_when")
        except conditions.ConditionErrors as error:
            stops.faults.update(dict.fromkeys(ids, str(error)))
            continue
        holds = conditions.matching(condition, now=now, member="member_id", entry="since")
        stops.stopped.update(Outbox.objects.filter(holds, id__in=ids).values_list("id", flat=True))
    return stops


def _by_condition(messages: Iterable[Outbox]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for message in messages:
        if message.stop_when is not None:
            groups.setdefault(json.dumps(message.stop_when, sort_keys=True), []).append(message.id)
    return groups


def _render_all(messages: Sequence[Outbox], scene: _Scene, prepared: Prepared) -> None:
    for language, group in groupby(sorted(messages, key=scene.language_of), key=scene.language_of):
        alike = list(group)
        templates = [scene.templates[each.template] for each in alike if each.template in scene.templates]
        names = {name for template in templates for name in template.variables}
        values = variables.collect(names, sorted({each.member_id for each in alike}), scene.now, language)
        for message in alike:
            made = _render(message, values, scene)
            if isinstance(made, Result):
                prepared.results.append(made)
            else:
                prepared.ready.append(made)
    # Grouping by language must not cost the order in which the messages were due.
    prepared.ready.sort(key=lambda each: (each.message.due_at, each.message.id))


def _render(message: Outbox, values: variables.Values, scene: _Scene) -> Ready | Result:
    template = scene.templates.get(message.template)
    if template is None:
        return Result(message, Status.FAILED, "template", f"no usable template “{message.template}”")
    if failure := values.failure_among(template.variables):
        return try_again(message, "variables", failure, scene.now)
    try:
        content = make_content(
            template,
            category=scene.category_of(message),
            language=scene.language_of(message),
            company=scene.company.name,
            values=values.of(message.member_id, template.variables),
        )
    except UnrenderableLetter as error:
        return Result(message, Status.FAILED, "template", str(error))
    except Exception as error:
        log.exception("can't make the letter of message %s", message.id)
        return Result(message, Status.FAILED, "template", f"{type(error).__name__}: {error}")
    return Ready(message, _address(message, content, scene))


def _address(message: Outbox, content: Content, scene: _Scene) -> Letter:
    member = scene.members[message.member_id]
    return Letter(
        outbox_id=message.id,
        member_id=member.id,
        message_id=message_id(message.key, scene.company.salt),
        to_name=member.name,
        to_address=member.email,
        language=scene.language_of(message),
        subject=content.subject,
        html=content.html,
        text=content.text,
        at=scene.now,
    )
