"""The parameters of metrics: what each must be, and the sets that metrics share."""

from __future__ import annotations

from collections.abc import Callable, Collection

from qadam.events.catalogue import find_event_type
from qadam.metrics.definition import Inputs, Parameter, Params
from qadam.metrics.periods import Grain

QUALIFYING = (
    "order.paid",
    "lesson.completed",
    "live.attended",
    "invitation.sent",
    "customer.registered",
)
"""What counts as an action of an active member, unless a binding says otherwise: purchase, training, recruiting."""
LONGEST_KEY = 100


def is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3_650


def is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, str) and each for each in value)


def is_event_types(value: object) -> bool:
    return is_texts(value) and all(find_event_type(each) for each in value)  # type: ignore[attr-defined]


def is_key(value: object) -> bool:
    """Tell whether it is the key of something, or "" for none."""
    return isinstance(value, str) and len(value) <= LONGEST_KEY


def is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_within(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_one_of(choices: Collection[str]) -> Callable[[object], bool]:
    return lambda value: value in choices


COMMON = {
    "grain": Parameter(is_one_of((Grain.MONTH, Grain.WEEK)), Grain.MONTH.value),
    "headline_days": Parameter(is_days, 90),
}
FOLLOWED = {"horizon_days": Parameter(is_days)}
STAGED = {
    **COMMON,
    **FOLLOWED,
    "stages_after": Parameter(is_texts),
    "stage": Parameter(is_key, ""),
}
ACTIONS = {"event_types": Parameter(is_event_types, list(QUALIFYING))}
ACTIVE = {
    **ACTIONS,
    "trailing_days": Parameter(is_days, 30),
    "min_order": Parameter(is_amount, 0),
}
REGULAR = {**ACTIVE, "days": Parameter(is_days, 2)}


def stage_inputs(target_key: str, params: Params) -> Inputs:
    own = params.get("stage") or target_key
    return Inputs(frozenset({"stage.entered"}), frozenset([own, *params["stages_after"]]))


def activity_inputs(_target_key: str, params: Params) -> Inputs:
    extra = params.get("contact_types", ())
    return Inputs(frozenset([*params["event_types"], *extra, "order.refunded", "member.registered", "member.left"]))


def case_inputs(target_key: str, params: Params) -> Inputs:
    steps = ["journey.entered", "journey.goal_reached", "journey.left"]
    return Inputs(frozenset([*steps, *params.get("event_types", ())]), frozenset({f"case:{target_key}"}))


def inputs_from(*event_types: str) -> Callable[[str, Params], Inputs]:
    """Return the inputs of a metric that always reads the same types of events."""
    found = Inputs(frozenset(event_types))
    return lambda _target_key, _params: found
