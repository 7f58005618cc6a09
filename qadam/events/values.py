"""Turn a sender's values into the catalogue's kinds: amounts exactly, never through a float. Plain Python."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from qadam.events.catalogue import LARGEST_INTEGER, Property, PropertyKind

NUMBER_PATTERN = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")
POINT_DECIMALS = 3
WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
WITH_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
CURRENCY_DECIMALS = {
    **dict.fromkeys(WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(WITH_THREE_DECIMALS.split(), 3),
}
"""Currencies whose minor unit isn't 1/100 (ISO 4217)."""
LARGEST_WHOLE = 10**15
FLOAT_NOISE = Decimal("0.000001")
"""How far, in minor units, an amount may be from a whole one: senders add floats (59.97000000000001)."""


class Misfit(ValueError):
    """A value that isn't of the kind that is expected. `code` and `detail` as in catalogue.Fault."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(code, detail)


def read_instant(value: object) -> datetime | None:
    """Return an ISO 8601 text as aware UTC (without an offset it is taken as UTC); None where it isn't one."""
    if not isinstance(value, str) or not value.isascii():
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def minor_units(value: object, decimals: int) -> int:
    """Return an amount in whole units as an integer of 1/10^decimals, exactly.

    Accepts an integer, a Decimal (so are JSON numbers read here) or a plain decimal text. More decimals than the
    unit has are refused, except the noise of a sender's float arithmetic (under a millionth of a minor unit).

    Raises:
        Misfit: wrong_kind, inexact_amount, too_large.
    """
    if type(value) is int and abs(value) <= LARGEST_WHOLE:
        return int(value * 10**decimals)
    number = _decimal(value)
    if number.adjusted() + decimals > 18:
        raise Misfit("too_large", str(value)[:40])
    scaled = number.scaleb(decimals)
    whole = scaled.to_integral_value(ROUND_HALF_EVEN)
    if abs(scaled - whole) > FLOAT_NOISE:
        raise Misfit("inexact_amount", f"{str(value)[:40]}, {decimals}")
    return int(whole)


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Misfit("wrong_kind", "amount")
    if isinstance(value, str) and not NUMBER_PATTERN.fullmatch(value.strip()):
        raise Misfit("wrong_kind", "amount")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise Misfit("too_large", "amount")
    return Decimal(value)


def amount_decimals(name: str, currency: str) -> int:
    """Return how many decimals the smallest unit of the amount property `name` has: points 3, money by its currency."""
    return POINT_DECIMALS if name == "points" else CURRENCY_DECIMALS.get(currency.upper(), 2)


def fit(prop: Property, value: object, currency: str) -> object:
    """Turn a sender's value into the kind of a catalogue property; what can't be turned is left for the catalogue.

    Raises:
        Misfit: an amount that isn't one.
    """
    if prop.kind is PropertyKind.AMOUNT:
        return minor_units(value, amount_decimals(prop.name, currency))
    if prop.kind is PropertyKind.TEXT and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if prop.kind is PropertyKind.INTEGER:
        return _integer(value)
    return plain(value)


def _integer(value: object) -> object:
    is_whole = isinstance(value, Decimal) and abs(value) <= LARGEST_INTEGER and value == value.to_integral_value()
    if is_whole or (isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value)):
        return int(value)  # type: ignore[call-overload]
    return value


def plain(value: object) -> object:
    """Return a JSON number that was read as Decimal as a float; anything else as it is."""
    return float(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=10_000)
def _steps(path: str) -> list[list[str]]:
    return [alternative.strip().split(".") for alternative in path.split("|")]


def find_value(properties: Mapping[str, object], path: str) -> object:
    """Return the first value that is there: `path` is dotted, alternatives are separated by |; None if none is."""
    for steps in _steps(path):
        value: object = properties
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None
