"""The registry: every metric by its code. The metrics themselves stand in `families`, by what they are about."""

from __future__ import annotations

from typing import Final

from qadam.metrics.definition import (
    KNOWN_PARAMETERS,
    TREND,
    UTC_ZONE,
    Definition,
    Form,
    Inputs,
    MetricKind,
    Parameter,
    Params,
    Reading,
    Target,
)
from qadam.metrics.families.activity import ACTIVITY
from qadam.metrics.families.care import CARE
from qadam.metrics.families.cases import CASES
from qadam.metrics.families.parameters import QUALIFYING
from qadam.metrics.families.passage import PASSAGE
from qadam.metrics.families.surveys import SURVEYS
from qadam.metrics.units import Unit, rests_on

__all__ = [
    "BY_CODE", "DEFINITIONS", "KNOWN_PARAMETERS", "QUALIFYING", "TREND", "UTC_ZONE", "Definition", "Form", "Inputs",
    "MetricKind", "Parameter", "Params", "Reading", "Target", "Unit", "find_definition", "rests_on",
]  # fmt: skip

DEFINITIONS: Final = tuple(
    sorted([*PASSAGE, *ACTIVITY, *CARE, *CASES, *SURVEYS], key=lambda definition: int(definition.code[1:]))
)
BY_CODE: Final = {definition.code: definition for definition in DEFINITIONS}


def find_definition(code: str) -> Definition | None:
    return BY_CODE.get(code)
