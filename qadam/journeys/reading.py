"""What the documents of journeys are read with, beyond lib.documents: events, filters, conditions, times."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition
from qadam.events.catalogue import find_event_type
from qadam.lib.documents import FaultyDocument, Node


def check_event(node: Node, key: str, name: str) -> None:
    """Complain where an event isn't in the catalogue."""
    if name and find_event_type(name) is None:
        node.complain(key, _("the event “%(name)s” isn't in the catalogue") % {"name": name})


def parse_where(node: Node, event_types: tuple[str, ...]) -> Mapping[str, Any]:
    """Read a filter on properties that every one of the events has."""
    where = node.content.get("where", {})
    if not isinstance(where, Mapping):
        node.complain("where", _("a group of properties is needed"))
        return {}
    known = [find_event_type(name) for name in event_types]
    for name in where:
        if any(each is not None and each.find_property(str(name)) is None for each in known):
            node.complain(f"where.{name}", _("the event has no such property"))
    return dict(where)


def parse_condition(node: Node, key: str) -> Condition | None:
    """Read a condition that may be absent."""
    if not node.has(key):
        return None
    try:
        return conditions.parse(node.content[key], where=f"{node.place}.{key}" if node.place else key)
    except FaultyDocument as error:
        node.faults.extend(error.faults)
        return None


def read_moment(node: Node, key: str) -> time:
    """Read a time of day such as 09:00."""
    try:
        return time.fromisoformat(node.text(key))
    except ValueError:
        node.complain(key, _("a time of day such as 09:00 is needed, in quotes"))
        return time.min


def read_step_id(node: Node, key: str, ids: list[str]) -> str:
    """Read the id of a step of the same journey."""
    step = node.text(key)
    if step and step not in ids:
        node.complain(key, _("there is no step “%(step)s”") % {"step": step})
    return step
