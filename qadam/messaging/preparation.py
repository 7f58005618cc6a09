"""From claimed messages to letters: what passes the gates is rendered, each language together."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from qadam.messaging import signed_links, variables
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.documents import PolicyDocument, TemplateDocument
from qadam.messaging.errors import UnrenderableLetter
from qadam.messaging.gates import Scene, pass_gates, read_scene
from qadam.messaging.letters import Content, Frame, make_content, render_fields
from qadam.messaging.models import Category, Outbox, Status
from qadam.messaging.outcomes import Result
from qadam.messaging.payloads import Payload
from qadam.messaging.rules import key_of, message_id, next_attempt_at

log = logging.getLogger(__name__)

BLANK = Content("", "", "")


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may go out; without a letter it is withheld at that very moment."""

    message: Outbox
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """`ready` may be sent, in order; `results` are the others, with what becomes of them.

    `advertising` are those whose template became advertising after they were queued.
    """

    ready: list[Ready] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    advertising: list[Outbox] = field(default_factory=list)


def prepare(
    batch: Sequence[Outbox], policy: PolicyDocument, *, reads_letter: bool, now: datetime, is_rehearsal: bool = False
) -> Prepared:
    """Judge claimed messages by the gates and render those that pass. A rehearsal's letters have no links that act."""
    scene = read_scene(batch, policy, now, is_rehearsal=is_rehearsal)
    prepared = Prepared()
    for message in batch:
        if message.category != scene.category_of(message):
            message.category = Category.ADVERTISING
            prepared.advertising.append(message)
    passing = pass_gates(batch, scene, prepared.results)
    real = [message for message in passing if not message.is_withheld]
    prepared.ready.extend(Ready(message, None) for message in passing if message.is_withheld)
    if reads_letter:
        _render_all(real, scene, prepared)
    else:
        prepared.ready.extend(Ready(message, _address(message, BLANK, scene)) for message in real)
    # Grouping must not cost the order in which the messages were due.
    prepared.ready.sort(key=lambda each: (each.message.priority, each.message.due_at, each.message.id))
    return prepared


def try_again(message: Outbox, reason: str, detail: str, now: datetime) -> Result:
    """Put a message back for a later attempt, or close it as failed when tries or time are used up."""
    again_at = next_attempt_at(message.tries + 1, message.deadline_at, now)
    status = Status.FAILED if again_at is None else Status.PENDING
    return Result(message, status, reason, detail, again_at, is_refusal=True)


def _render_all(messages: Sequence[Outbox], scene: Scene, prepared: Prepared) -> None:
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


def _render(message: Outbox, values: variables.Values, scene: Scene) -> Ready | Result:
    template = scene.templates.get(message.template)
    if template is None or template.channel != message.channel:
        detail = f"no usable template “{message.template}” for {message.channel}"
        return Result(message, Status.FAILED, "template", detail)
    if failure := values.failure_among(template.variables):
        return try_again(message, "variables", failure, scene.now)
    try:
        return Ready(message, _make_letter(message, template, values, scene))
    except UnrenderableLetter as error:
        return Result(message, Status.FAILED, "template", str(error))
    except Exception as error:
        log.exception("can't make the letter of message %s", message.id)
        return Result(message, Status.FAILED, "template", f"{type(error).__name__}: {error}")


def _make_letter(message: Outbox, template: TemplateDocument, values: variables.Values, scene: Scene) -> Letter:
    own = values.of(message.member_id, template.variables)
    language = scene.language_of(message)
    if template.channel == "webhook":
        data = render_fields(template, language, own)
        return _address(message, Content("", "", _payload_of(message, data, scene).as_json()), scene, url=template.url)
    stop_url = signed_links.stop_url(message.member_id) if message.category == Category.ADVERTISING else ""
    acts = not scene.is_rehearsal
    seen_url = signed_links.seen_url(message.id) if scene.policy.opens and acts else ""
    answer_url = signed_links.answer_url(message.id) if template.answers and acts else ""
    frame = Frame(language, scene.company.name, message.category, stop_url, seen_url, answer_url)
    return _address(message, make_content(template, frame, own), scene, stop_url=stop_url)


def _payload_of(message: Outbox, data: dict[str, str], scene: Scene) -> Payload:
    return Payload(
        type="message",
        id=key_of(message_id(message.key, scene.company.salt)),
        created_at=message.created_at,
        template=message.template,
        journey=message.journey,
        category=message.category,
        member=scene.members[message.member_id].external_id,
        data=data,
    )


def _address(message: Outbox, content: Content, scene: Scene, *, url: str = "", stop_url: str = "") -> Letter:
    member = scene.members[message.member_id]
    return Letter(
        outbox_id=message.id,
        member_id=member.id,
        message_id=message_id(message.key, scene.company.salt),
        to_name=member.name,
        to_address=scene.address_of(message),
        language=scene.language_of(message),
        subject=content.subject,
        html=content.html,
        text=content.text,
        at=scene.now,
        url=url,
        stop_url=stop_url,
    )
