"""Parse a journey document: {journey, name, entry, reentry, goal?, exit?, conversion?, settings…, steps} → Graph."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.events.catalogue import find_event_type
from qadam.journeys.document_steps import parse_step
from qadam.journeys.reading import check_event, parse_condition, parse_where, read_moment
from qadam.journeys.rules import finds_endless_loop, unreachable_steps
from qadam.journeys.steps import Again, Branch, Conversion, Entry, Graph, OnResume, Reentry, Settings
from qadam.lib.documents import Fault, FaultyDocument, Node, open_document, refuse_faults

SETTINGS = ("priority", "on_resume", "holdout", "never_withheld", "quiet", "caps")
ENDINGS = ("goal", "exit", "exclude", "horizon")
ALLOWED = ("journey", "name", "entry", "reentry", *ENDINGS, "conversion", *SETTINGS, "steps")
SEGMENT_PREFIX = "journey:"
"""A journey that a condition begins keeps a segment of this name; its `segment.entered` is the entry."""


def parse_journey(document: object, *, where: str = "") -> Graph:
    """Return the graph of a journey document.

    Raises:
        FaultyDocument: every fault with its path, e.g. `steps[2].wait.for`.
    """
    root = open_document(document, where)
    root.refuse_other_keys(*ALLOWED)
    nodes = root.nodes("steps")
    if not nodes:
        root.complain("steps", _("at least one step is needed"))
    ids = [node.slug("id") for node in nodes]
    steps = {ids[place]: parse_step(node, ids, place) for place, node in enumerate(nodes)}
    _refuse_twins(root, ids)
    slug = root.slug("journey")
    entry = _parse_entry(root, slug)
    graph = Graph(
        slug=slug,
        name=root.words("name").as_document(),
        entry=entry,
        reentry=_parse_reentry(root, entry),
        goal=parse_condition(root, "goal"),
        exit=parse_condition(root, "exit"),
        horizon=root.duration("horizon") if root.has("horizon") else None,
        conversion=_parse_conversion(root.node("conversion")) if root.has("conversion") else None,
        settings=_parse_settings(root),
        first=ids[0] if ids else "",
        steps=steps,
        exclude=parse_condition(root, "exclude"),
    )
    _refuse_missing_key(root, graph)
    refuse_faults(root)
    _refuse_circles(graph)
    return graph


def _refuse_missing_key(root: Node, graph: Graph) -> None:
    """Refuse conditions about the key of an entry that has none."""
    asked = [*(rule for rule, _reason in graph.endings()), *(wait.when for _step, wait in graph.waits())]
    asked += [way[0] for step in graph.steps.values() if isinstance(step.act, Branch) for way in step.act.ways]
    if graph.reentry.again is not Again.PER_KEY and any(conditions.uses_entry_key(each) for each in asked if each):
        root.complain("reentry", _("a condition asks for the key of the entry: {per_key: property} is needed"))


def _refuse_circles(graph: Graph) -> None:
    if loop := finds_endless_loop(graph):
        raise FaultyDocument(
            [
                Fault(
                    f"steps.{loop}", _("a loop in which nothing is sure to hold anybody; put a wait for a time into it")
                )
            ]
        )
    if lost := unreachable_steps(graph):
        raise FaultyDocument([Fault(f"steps.{step}", _("nothing leads to this step")) for step in lost])


def _refuse_twins(root: Node, ids: list[str]) -> None:
    for place, step_id in enumerate(ids):
        if step_id and step_id in ids[:place]:
            root.complain(f"steps[{place}].id", _("this id stands at another step already"))


def _parse_entry(root: Node, slug: str) -> Entry:
    node = root.node("entry")
    if node.has("when"):
        node.refuse_other_keys("when")
        condition = parse_condition(node, "when")
        _refuse_entry(node, "when", condition)
        return Entry("segment.entered", {"key": SEGMENT_PREFIX + slug}, None, condition)
    node.refuse_other_keys("event", "where", "if")
    event_type = node.text("event")
    check_event(node, "event", event_type)
    only_if = parse_condition(node, "if")
    _refuse_entry(node, "if", only_if)
    return Entry(event_type, parse_where(node, (event_type,)), only_if)


def _refuse_entry(node: Node, key: str, condition: conditions.Condition | None) -> None:
    if condition is not None and conditions.uses_entry(condition):
        node.complain(key, _("nobody has entered yet, so “entry” can't be counted from"))


def _parse_reentry(root: Node, entry: Entry) -> Reentry:
    value = root.content.get("reentry", "once")
    if isinstance(value, Mapping):
        node = root.node("reentry")
        node.refuse_other_keys("after_exit", "per_key")
        if node.has("per_key") and not node.has("after_exit"):
            return Reentry(Again.PER_KEY, key=_read_key(node, entry))
        return Reentry(Again.AFTER_EXIT, gap=node.duration("after_exit"))
    if value != "once":
        root.complain("reentry", _("allowed: %(allowed)s") % {"allowed": "once, {after_exit: P30D}, {per_key: order}"})
    return Reentry()


def _read_key(node: Node, entry: Entry) -> str:
    key = node.text("per_key")
    event_type = find_event_type(entry.event_type)
    if key and event_type is not None and event_type.find_property(key) is None:
        node.complain("per_key", _("the event has no such property"))
    return key


def _parse_conversion(node: Node) -> Conversion:
    node.refuse_other_keys("event", "where", "from", "within")
    event_type = node.text("event")
    check_event(node, "event", event_type)
    return Conversion(
        event_type=event_type,
        where=parse_where(node, (event_type,)),
        anchor=node.choice("from", ("entry", "exposure", "last_send"), "entry"),
        within=node.duration("within"),
    )


def _parse_settings(root: Node) -> Settings:
    caps = root.node("caps") if root.has("caps") else open_document({})
    caps.refuse_other_keys("obey", "count")
    return Settings(
        priority=_read_priority(root),
        on_resume=OnResume(root.choice("on_resume", [each.value for each in OnResume], "fire")),
        holdout=root.share("holdout") if root.has("holdout") else 0,
        never_withheld=root.flag("never_withheld", False),
        quiet=_read_quiet(root) if root.has("quiet") else "",
        obeys_caps=caps.flag("obey", True),
        counts_caps=caps.flag("count", True),
    )


def _read_priority(root: Node) -> int:
    value = root.integer("priority", 5, at_least=1)
    if value > 9:
        root.complain("priority", _("a whole number from 1 (first) to 9 (last) is needed"))
    return value


def _read_quiet(root: Node) -> str:
    if isinstance(root.content["quiet"], Mapping):
        node = root.node("quiet")
        node.refuse_other_keys("from", "to")
        return f"{read_moment(node, 'from'):%H:%M}-{read_moment(node, 'to'):%H:%M}"
    return root.choice("quiet", ("ignore",))
