"""Read the log for the types of its events only: which metrics have something new to count."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.metrics import operations, registry
from qadam.metrics.models import MetricBinding

NAME = "metrics"
EVERYTHING = ("member.merged", "member.erased")
"""Facts after which every metric is counted anew: people aren't who they were."""


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    touched = [binding.id for binding in MetricBinding.objects.active() if _is_touched(binding, batch)]
    operations.touch_bindings(touched)


def _is_touched(binding: MetricBinding, batch: Sequence[EventRow]) -> bool:
    if any(event.type in EVERYTHING for event in batch):
        return True
    definition = registry.find_definition(binding.code)
    if definition is None:
        return False
    inputs = definition.inputs((binding.target_kind, binding.target_key), binding.params)
    return any(inputs.is_touched_by(event.type, event.props) for event in batch)
