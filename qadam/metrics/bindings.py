"""A metric to hang on a target, and its parameters in full."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qadam.metrics import registry
from qadam.metrics.errors import FaultyParameter, UnknownMetric
from qadam.metrics.registry import Target


@dataclass(frozen=True, slots=True)
class NewBinding:
    """A metric to hang on a target. `target`, `watch`, `critical` in the metric's unit: share 0–1, time in days."""

    code: str
    role: str = "mandatory"
    params: Mapping[str, Any] = field(default_factory=dict)
    target: float | None = None
    watch: float | None = None
    critical: float | None = None
    owner_id: int | None = None


def complete_params(target: Target, code: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metric's own parameters with defaults filled in.

    Raises:
        UnknownMetric: the registry has no metric of this code.
        FaultyParameter: a parameter is absent, unknown or not what it must be.
    """
    definition = registry.find_definition(code)
    if definition is None:
        raise UnknownMetric(code=code, codes=", ".join(registry.BY_CODE))
    try:
        return definition.complete(params)
    except ValueError as error:
        raise FaultyParameter(code=code, target=":".join(target), parameter=str(error)) from error
