"""What may not go out, or not yet: claimed messages judged by the state of this very moment."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from qadam import conditions
from qadam.conditions import ids_in
from qadam.lib.text import LANGUAGES
from qadam.messaging import queries
from qadam.messaging.documents import PolicyDocument, TemplateDocument
from qadam.messaging.models import Category, Outbox, Status, Suppression
from qadam.messaging.outcomes import Result
from qadam.messaging.rules import (
    IGNORE,
    Circumstances,
    Window,
    find_obstacle,
    is_expired,
    quiet_until_all_end,
    window_of,
)
from qadam.people import pausing
from qadam.people import queries as people
from qadam.people.models import Company, ConsentKind, Member
from qadam.people.preferences import Letters

ADDRESSED = {"email"}
"""Channels that write to an address of the member; a webhook has an address of its own."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a batch is judged and rendered with, read once."""

    company: Company
    policy: PolicyDocument
    members: Mapping[int, Member]
    templates: Mapping[str, TemplateDocument]
    now: datetime
    paused_until: Mapping[int, datetime] = field(default_factory=dict)
    """When the path of those goes on that stands still."""
    is_rehearsal: bool = False
    """Nothing goes out and nothing stays: a link that names a row would come to name another one later."""

    def language_of(self, message: Outbox) -> str:
        language = self.members[message.member_id].language
        return language if language in LANGUAGES else self.company.language

    def category_of(self, message: Outbox) -> str:
        """Advertising when either the decision or the newest template says so."""
        template = self.templates.get(message.template)
        is_advertising = Category.ADVERTISING in (message.category, template.category if template else "")
        return Category.ADVERTISING if is_advertising else Category.SERVICE

    def address_of(self, message: Outbox) -> str:
        return self.members[message.member_id].email if message.channel in ADDRESSED else ""


def read_scene(batch: Sequence[Outbox], policy: PolicyDocument, now: datetime, *, is_rehearsal: bool = False) -> Scene:
    company = people.get_company()
    of_journeys = {each.member_id for each in batch if each.enrollment_id is not None}
    return Scene(
        company=company,
        policy=policy,
        members={each.id: each for each in Member.objects.filter(id__in=ids_in([each.member_id for each in batch]))},
        templates=queries.newest_templates({message.template for message in batch}),
        now=now,
        paused_until=pausing.paused_until(sorted(of_journeys), company, now) if of_journeys else {},
        is_rehearsal=is_rehearsal,
    )


def pass_gates(batch: Sequence[Outbox], scene: Scene, results: list[Result]) -> list[Outbox]:
    """Return the messages that may go out; add to `results` what becomes of the others."""
    late = [message for message in batch if is_expired(message.deadline_at, scene.now)]
    in_time = [message for message in batch if not is_expired(message.deadline_at, scene.now)]
    results += [Result(message, Status.EXPIRED, "deadline") for message in late]
    judged = _judge(in_time, scene)
    results += [result for result in judged if isinstance(result, Result)]
    return [message for message in judged if isinstance(message, Outbox)]


def _judge(messages: Sequence[Outbox], scene: Scene) -> list[Outbox | Result]:
    stops = _find_stops(messages, scene.now)
    members = {message.member_id for message in messages}
    consenting = people.members_with_consent(ConsentKind.ADVERTISING, among=members)
    bounced = _bounced(messages)
    judged: list[Outbox | Result] = []
    for message in messages:
        if message.id in stops.faults:
            judged.append(Result(message, Status.FAILED, "stop_when", stops.faults[message.id]))
            continue
        member = scene.members[message.member_id]
        address = scene.address_of(message)
        obstacle = find_obstacle(
            Circumstances(
                has_left=member.left_at is not None and member.left_at <= scene.now,
                has_address=bool(address) or message.channel not in ADDRESSED,
                has_bounced=(member.id, message.channel, address.casefold()) in bounced,
                needs_consent=scene.category_of(message) == Category.ADVERTISING,
                has_consent=member.id in consenting,
                is_stopped=message.id in stops.stopped,
                is_unwanted=message.enrollment_id is not None and member.letters == Letters.NEEDED,
            )
        )
        if obstacle:
            judged.append(Result(message, Status.SUPPRESSED, obstacle))
        else:
            judged.append(_wait_for_return(message, scene) or _keep_quiet(message, scene) or message)
    return judged


def _wait_for_return(message: Outbox, scene: Scene) -> Result | None:
    """Return what a pause makes of a journey's message: back until the path goes on, or closed when that is too late.

    What answers an act of the person belongs to no journey and isn't held.
    """
    until = scene.paused_until.get(message.member_id) if message.enrollment_id is not None else None
    if until is None:
        return None
    if is_expired(message.deadline_at, until):
        return Result(message, Status.EXPIRED, "paused")
    return Result(message, Status.PENDING, "paused", again_at=until)


def _keep_quiet(message: Outbox, scene: Scene) -> Result | None:
    """Return what quiet hours make of a message: back until their end, or closed when that is too late."""
    member = scene.members[message.member_id]
    windows = [window for window in (_window_for(message, scene), _own_window(message, member)) if window]
    until = quiet_until_all_end(windows, member.zone_in(scene.company), scene.now)
    if until is None:
        return None
    if is_expired(message.deadline_at, until):
        return Result(message, Status.EXPIRED, "quiet")
    return Result(message, Status.PENDING, "quiet", again_at=until)


def _window_for(message: Outbox, scene: Scene) -> Window | None:
    """Return the quiet hours that concern a message: its own, else the company's.

    A service message outside every journey answers what the person just did; the company's hours leave it alone.
    """
    if message.quiet == IGNORE:
        return None
    if own := window_of(message.quiet):
        return own
    if message.enrollment_id is None and scene.category_of(message) == Category.SERVICE:
        return None
    return scene.policy.quiet.get(message.channel)


def _own_window(message: Outbox, member: Member) -> Window | None:
    """Return the hours in which the member wants no message of a journey."""
    is_of_journey = message.enrollment_id is not None and message.quiet != IGNORE
    return window_of(member.quiet) if is_of_journey else None


def _bounced(messages: Iterable[Outbox]) -> set[tuple[int, str, str]]:
    addressed = [message.member_id for message in messages if message.channel in ADDRESSED]
    if not addressed:
        return set()
    rows = Suppression.objects.filter(member_id__in=set(addressed), lifted_at__isnull=True)
    return {
        (member_id, channel, address.casefold())
        for member_id, channel, address in rows.values_list("member_id", "channel", "address")
    }


@dataclass(frozen=True, slots=True)
class _Stops:
    stopped: set[int] = field(default_factory=set)
    faults: dict[int, str] = field(default_factory=dict)


def _find_stops(messages: Iterable[Outbox], now: datetime) -> _Stops:
    """Evaluate `stop_when`, one query for each different condition. One that can't be read spoils its own messages."""
    stops = _Stops()
    for source, ids in _by_condition(messages).items():
        try:
            condition = _parse_stop(source)
        except conditions.ConditionErrors as error:
            stops.faults.update(dict.fromkeys(ids, str(error)))
            continue
        holds = conditions.matching(condition, now=now, member="member_id", entry="since", entry_key="since_key")
        stops.stopped.update(Outbox.objects.filter(holds, id__in=ids_in(ids)).values_list("id", flat=True))
    return stops


@lru_cache(maxsize=256)
def _parse_stop(source: str) -> conditions.Condition:
    """Read a condition, the same one again for the same text: what is compiled for it is kept by identity."""
    return conditions.parse(json.loads(source), where="stop_when")


def _by_condition(messages: Iterable[Outbox]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for message in messages:
        if message.stop_when is not None:
            groups.setdefault(json.dumps(message.stop_when, sort_keys=True), []).append(message.id)
    return groups
