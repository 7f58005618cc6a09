"""Letters for the eyes of staff: what a template looks like, and one sent to oneself. They never see the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from qadam.lib.documents import FaultyDocument
from qadam.messaging import channels, queries, variables
from qadam.messaging.channels.protocol import Fate, Letter, Outcome
from qadam.messaging.documents import TemplateDocument, parse_template
from qadam.messaging.errors import NoSuchTemplate, UnrenderableLetter
from qadam.messaging.letters import Frame, make_content, render_fields
from qadam.messaging.payloads import Payload
from qadam.people.models import Member, User
from qadam.people.queries import get_company

EXAMPLES: dict[str, object] = {
    "member.name": "Айгүл Серікқызы",
    "member.first_name": "Айгүл",
    "mentor.name": "Марат Ахметов",
    "mentor.first_name": "Марат",
    "day": 3,
}
"""Values of nobody, for a look at a template before a member is chosen; other variables show their own name."""

REAL = ("company.", "links.")
"""Variables that are the same for everybody."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as a member would get it in one language. A webhook has `url` and its JSON as `text`.

    `fault` says why it can't be rendered; everything else is empty then.
    """

    subject: str = ""
    html: str = ""
    text: str = ""
    url: str = ""
    fault: str = ""


def preview(source: Mapping[str, Any] | str, *, language: str, member: Member | None = None, now: datetime) -> Preview:
    """Render a document, or the newest template of a slug, with a member's values, or with examples.

    A faulty document isn't an error: its faults, each with its place, are what the editor wants to see.

    Raises:
        NoSuchTemplate: there is no usable template of this slug.
    """
    try:
        template = _template_of(source)
        return _render(template, language, _values_for(template, language, member, now), now)
    except (FaultyDocument, UnrenderableLetter) as error:
        return Preview(fault=str(error))


def send_test(
    source: Mapping[str, Any] | str, *, to: User, language: str, member: Member | None = None, now: datetime
) -> Outcome:
    """Send a template to a user's own address through the real channel, at once. Return what the channel said.

    The subject says that it is a test; a webhook goes to its own address, with the type "message.test". Consent, caps
    and quiet hours are asked of nobody: the user asked for it. What can't be rendered is a permanent failure.

    Raises:
        FaultyDocument, NoSuchTemplate: it can't be published like this, or there is none.
    """
    template = _template_of(source)
    try:
        made = _render(template, language, _values_for(template, language, member, now), now)
    except UnrenderableLetter as error:
        return Outcome(Fate.PERMANENT, "template", str(error))
    channel = channels.open_channel(template.channel)
    try:
        return channel.send(_letter_to(to, made, language, now))
    finally:
        channel.close()


def _letter_to(to: User, made: Preview, language: str, now: datetime) -> Letter:
    with translation.override(language):
        subject = _("[test] %(subject)s") % {"subject": made.subject}
    return Letter(
        outbox_id=None,
        member_id=None,
        message_id=f"<test-{token_hex(16)}@qadam>",
        to_name=to.name,
        to_address=to.email,
        language=language,
        subject=subject,
        html=made.html,
        text=made.text,
        at=now,
        url=made.url,
    )


def _template_of(document: Mapping[str, Any] | str) -> TemplateDocument:
    if not isinstance(document, str):
        return parse_template(document)
    template = queries.newest_templates([document]).get(document)
    if template is None:
        raise NoSuchTemplate(template=document)
    return template


def _render(template: TemplateDocument, language: str, values: Mapping[str, object], now: datetime) -> Preview:
    if template.channel == "webhook":
        payload = Payload(
            type="message.test",
            id=f"test-{token_hex(16)}",
            created_at=now,
            template=template.slug,
            journey="",
            category=template.category,
            member=None,
            data=render_fields(template, language, values),
        )
        return Preview(text=payload.as_json(), url=template.url)
    content = make_content(template, Frame(language, get_company().name, template.category), values)
    return Preview(content.subject, content.html, content.text)


def _values_for(
    template: TemplateDocument, language: str, member: Member | None, now: datetime
) -> Mapping[str, object]:
    if member is None:
        return _example_values(template, now, language)
    values = variables.collect(template.variables, [member.id], now, language)
    if failure := values.failure_among(template.variables):
        raise UnrenderableLetter(failure)
    return values.of(member.id, template.variables)


def _example_values(template: TemplateDocument, now: datetime, language: str) -> dict[str, object]:
    """Return the example of each variable; the company and the links are the real ones."""
    values: dict[str, object] = {}
    groups: dict[str, dict[str, object]] = {}
    for name in template.variables:
        prefix, _dot, part = name.partition(".")
        if part:
            groups.setdefault(prefix, {})[part] = EXAMPLES.get(name, f"‹{name}›")
        else:
            values[name] = EXAMPLES.get(name, f"‹{name}›")
    real = variables.collect([name for name in template.variables if name.startswith(REAL)], [0], now, language)
    return values | groups | real.by_member.get(0, {})
