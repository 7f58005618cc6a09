"""What changed between two documents of a journey, in words. Pure functions over what phrases.py tells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qadam import conditions
from qadam.journeys import phrases
from qadam.journeys.phrases import Names
from qadam.journeys.steps import Graph, OnResume, Settings, Step, ways_out


@dataclass(frozen=True, slots=True)
class Told:
    """A document in words. `settings`: {what: sentence}; a step that can't be read is absent from `ways`."""

    settings: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """What other sentences call a step: its name, or else its sentence."""
    ways: Mapping[str, Mapping[str, tuple[str, str | None]]] = field(default_factory=dict)
    """{step: {edge: (label, the step it leads to)}}; None is the end."""
    first: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence that became another one; an empty one wasn't there, or is gone. `label` says what it is about."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepChange:
    """`kind` is added, removed or changed; `place` says after which step an added one stands ("": it is the first)."""

    kind: str
    step: str
    title: str
    details: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    place: str = ""

    @property
    def is_retold(self) -> bool:
        """Whether the first change is of the sentence itself."""
        return bool(self.changes) and not self.changes[0].label and self.changes[0].after == self.title


@dataclass(frozen=True, slots=True)
class Difference:
    settings: tuple[Change, ...]
    steps: tuple[StepChange, ...]

    @property
    def is_empty(self) -> bool:
        return not self.settings and not self.steps

    def count(self, kind: str) -> int:
        """Return how many steps were added, removed or changed."""
        return sum(each.kind == kind for each in self.steps)


def tell(steps: Mapping[str, Step | None], names: Names, graph: Graph | None, language: str) -> Told:
    """Put a document into words. `steps` in the order of the tree; None where one can't be read; so may the whole."""
    told = {step_id: phrases.tell_step(step, names) for step_id, step in steps.items() if step is not None}
    broken = dict.fromkeys((each for each in steps if each not in told), _("A step that isn't complete yet"))
    return Told(
        settings=tell_settings(graph, language) if graph else {},
        titles={each: broken[each] if each in broken else told[each].title for each in steps},
        details={step_id: phrase.details for step_id, phrase in told.items()},
        labels={step_id: names.steps.get(step_id, step_id) for step_id in steps},
        ways={step_id: _tell_ways(step) for step_id, step in steps.items() if step is not None},
        first=graph.first if graph else "",
    )


def _tell_ways(step: Step) -> dict[str, tuple[str, str | None]]:
    found = {}
    for edge, goto in ways_out(step):
        is_outcome = edge in phrases.OUTCOMES
        label = _("Then") if edge == "next" else phrases.tell_way(f"on:{edge}" if is_outcome else edge, step)
        found[edge] = (label, goto)
    return found


def tell_settings(graph: Graph, language: str) -> dict[str, str]:
    """Return everything that holds for the whole journey: {what: sentence}, in the order of reading."""
    goal, leaves, exclude = graph.goal, graph.exit, graph.exclude
    found = {
        _("Name"): graph.name.get(language) or graph.name.get("en", ""),
        _("Enters"): phrases.tell_entry(graph.entry),
        _("How often"): phrases.tell_reentry(graph.reentry),
        _("Goal"): conditions.explain(goal, language) if goal else "",
        _("Leaves early"): conditions.explain(leaves, language) if leaves else "",
        _("Is taken out"): conditions.explain(exclude, language) if exclude else "",
        _("At most"): phrases.tell_length(graph.horizon) if graph.horizon else "",
        _("Success"): phrases.tell_conversion(graph.conversion) if graph.conversion else "",
        **_tell_manners(graph.settings),
    }
    return {label: sentence for label, sentence in found.items() if sentence}


def _tell_manners(settings: Settings) -> dict[str, str]:
    resumes = {
        OnResume.FIRE: _("Overdue steps happen at once"),
        OnResume.SHIFT: _("All waits grow by the pause"),
        OnResume.DROP: _("Whoever is overdue leaves"),
    }
    return {
        _("Control group"): phrases.percent(settings.holdout) if settings.holdout else "",
        _("Priority"): _("%(number)s of 9") % {"number": settings.priority},
        _("After a pause"): resumes[settings.on_resume],
        _("Never withheld"): _("Yes: no control group applies") if settings.never_withheld else "",
        _("Quiet hours"): _tell_quiet(settings.quiet),
        _("Caps"): _tell_caps(settings),
    }


def _tell_quiet(quiet: str) -> str:
    return _("Ignored") if quiet == "ignore" else quiet.replace("-", "–") or _("The company's")


def _tell_caps(settings: Settings) -> str:
    if settings.obeys_caps and settings.counts_caps:
        return _("Obeyed and counted")
    if settings.obeys_caps:
        return _("Obeyed, but not counted")
    return _("Counted, but not obeyed") if settings.counts_caps else _("Neither obeyed nor counted")


# ── Comparing ─────────────────────────────────────────────


def compare(old: Told, new: Told) -> Difference:
    """Return what turned `old` into `new`. Settings are compared only where both can be read whole."""
    settings = tuple(_compare_sentences(old.settings, new.settings)) if old.settings and new.settings else ()
    return Difference(settings, tuple(_compare_steps(old, new)))


def _compare_sentences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for label in [*old, *(each for each in new if each not in old)]:
        if old.get(label, "") != new.get(label, ""):
            yield Change(label, old.get(label, ""), new.get(label, ""))


def _compare_steps(old: Told, new: Told) -> Iterator[StepChange]:
    """Yield first what the new tree holds, from top to bottom, then what is gone."""
    for step, title in new.titles.items():
        if step not in old.titles:
            yield StepChange("added", step, title, new.details.get(step, ()), place=_place_of(step, new))
        elif changes := tuple(_compare_step(step, old, new)):
            yield StepChange("changed", step, title, changes=changes)
    for step, title in old.titles.items():
        if step not in new.titles:
            yield StepChange("removed", step, title, old.details.get(step, ()))


def _place_of(step: str, told: Told) -> str:
    leading = (source for source, ways in told.ways.items() if any(goto == step for _label, goto in ways.values()))
    return told.labels.get(next(leading, ""), "")


def _compare_step(step: str, old: Told, new: Told) -> Iterator[Change]:
    if old.titles[step] != new.titles[step]:
        yield Change("", old.titles[step], new.titles[step])
    yield from _compare_details(old.details.get(step, ()), new.details.get(step, ()))
    is_renamed = old.labels.get(step) != new.labels.get(step)
    if is_renamed and _is_named(step, old) | _is_named(step, new):
        yield Change(_("Name"), old.labels.get(step, ""), new.labels.get(step, ""))
    if step in old.ways and step in new.ways:
        yield from _compare_ways(step, old, new)


def _is_named(step: str, told: Told) -> bool:
    return told.labels.get(step, step) not in (step, told.titles.get(step))


def _compare_details(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    for place in range(max(len(gone), len(come))):
        yield Change("", gone[place] if place < len(gone) else "", come[place] if place < len(come) else "")


def _compare_ways(step: str, old: Told, new: Told) -> Iterator[Change]:
    before, after = old.ways[step], new.ways[step]
    for edge in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(edge), after.get(edge)
        if was == now:
            continue
        is_same_label = was is not None and now is not None and was[0] == now[0]
        if was and now and is_same_label and _is_only_longer(was[1], now[1], old, new):
            continue
        label = was[0] if was and is_same_label else ""
        yield Change(label, _tell_way(was, old, label), _tell_way(now, new, label))


def _is_only_longer(was: str | None, now: str | None, old: Told, new: Told) -> bool:
    """Tell whether a way leads where it led, but for steps put into it or taken out of it: those are told already."""
    return _skip(was, old, new) == _skip(now, new, old)


def _skip(step: str | None, told: Told, other: Told) -> str | None:
    """Follow `next` over the steps that the other document doesn't have."""
    seen: set[str] = set()
    while step is not None and step not in other.titles and step not in seen:
        seen.add(step)
        step = told.ways.get(step, {}).get("next", ("", None))[1]
    return step


def _tell_way(way: tuple[str, str | None] | None, told: Told, label: str) -> str:
    if way is None:
        return ""
    goal = _("the journey ends") if way[1] is None else f"→ {told.labels.get(way[1], way[1])}"
    return goal if label else f"{way[0]} {goal}"


def summarise(difference: Difference) -> str:
    """Return a difference as one line: “1 step added, 2 changed; changed: Goal”; "" for none."""
    added, changed, removed = (difference.count(kind) for kind in ("added", "changed", "removed"))
    parts = [
        ngettext("%(number)s step added", "%(number)s steps added", added) % {"number": added} if added else "",
        ngettext("%(number)s step changed", "%(number)s steps changed", changed) % {"number": changed}
        if changed
        else "",
        ngettext("%(number)s step removed", "%(number)s steps removed", removed) % {"number": removed}
        if removed
        else "",
        _("changed for the whole journey: %(labels)s")
        % {"labels": ", ".join(each.label for each in difference.settings)}
        if difference.settings
        else "",
    ]
    return "; ".join(part for part in parts if part)
