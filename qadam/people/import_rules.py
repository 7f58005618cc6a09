"""Read the cells of an imported row: local dates, amounts as people write them, orders. Plain Python."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from qadam.events.catalogue import Fault, find_fault
from qadam.events.values import Misfit, amount_decimals, minor_units
from qadam.lib.clock import CLOCK_SKEW, instant_of
from qadam.people.trait_rules import EARLIEST

MEMBER_FIELDS = ("external_id", "name", "email", "phone", "language", "zone", "kind", "sponsor", "registered_at")
ORDER_FIELDS = ("order", "member", "paid_at", "amount", "quantity", "buyer")
LONGEST_KEY = 200
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
THOUSANDS_BY_COMMA = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(,\d{3}){2,}")
THOUSANDS_BY_DOT = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d{1,3}(\.\d{3}){2,}")
TWO_READINGS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


class FaultyRow(ValueError):
    """A row that can't be imported. `fault.place` is the field."""

    def __init__(self, code: str, place: str, detail: str = "") -> None:
        self.fault = Fault(code, place, detail)
        super().__init__(code, place, detail)


@dataclass(frozen=True, slots=True)
class Order:
    """A paid order of a file. `key` identifies it within the source; `member` is the company's own id."""

    row: int
    key: str
    member: str
    paid_at: datetime
    props: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Customs:
    """What the company's files take for granted: the zone of times without an offset, the currency of amounts."""

    zone: ZoneInfo
    currency: str
    now: datetime


@lru_cache(maxsize=100_000)
def read_local_time(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a date or time as aware UTC; None where it isn't one.

    ISO 8601 (19970101 too) and day.month.year[ hour:minute[:second]]. Without an offset it is a wall time of `zone`;
    a date alone is the beginning of that day.
    """
    text = text.strip()
    try:
        if dotted := DOTTED.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in dotted.groups())
            moment = datetime.combine(date(year, month, day), time(hour, minute, second))
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        return instant_of(moment.date(), moment.time(), zone)
    except (ValueError, OverflowError):
        return None


def read_amount(text: str, decimals: int) -> int:
    """Return an amount as people write it (1 990,50 · 1,990.50 · 1990.5) in the smallest unit, exactly.

    Raises:
        Misfit: wrong_kind, inexact_amount, ambiguous_amount (1.990 may be one thousand or one), too_large.
    """
    plain = re.sub(r"[\s'’]", "", text)
    if TWO_READINGS.fullmatch(plain) and decimals != 3:
        raise Misfit("ambiguous_amount", text.strip()[:40])
    if THOUSANDS_BY_COMMA.fullmatch(plain):
        plain = plain.replace(",", "")
    elif THOUSANDS_BY_DOT.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", ".", 1)
    return minor_units(plain, decimals)


def read_order(row: int, cells: Mapping[str, str], customs: Customs) -> Order:
    """Check the cells of an order and return it.

    Without a column `order` its identity is member + date + number of the row, so the same file again adds nothing.

    Raises:
        FaultyRow: missing_property, wrong_time, future_time, wrong_kind, inexact_amount, ambiguous_amount,
            wrong_choice, zero_byte.
    """
    for field, text in cells.items():
        if "\x00" in text:
            raise FaultyRow("zero_byte", field)
    for field in ("member", "paid_at", "order"):
        if field in cells and not cells[field].strip():
            raise FaultyRow("missing_property", field)
    member, paid_text = cells["member"].strip(), cells["paid_at"].strip()
    order = cells.get("order", "").strip() or f"{member}-{paid_text}-{row}"
    props: dict[str, object] = {"order": order, **_numbers(cells, customs)}
    if buyer := cells.get("buyer", "").strip():
        props["buyer"] = buyer
    if fault := find_fault("order.paid", props):
        raise FaultyRow(fault.code, fault.place, fault.detail)
    return Order(row, key_of(order), member, _paid_at(paid_text, customs), props)


def _paid_at(text: str, customs: Customs) -> datetime:
    at = read_local_time(text, customs.zone)
    if at is None or at < EARLIEST:
        raise FaultyRow("wrong_time", "paid_at", text[:100])
    if at > customs.now + CLOCK_SKEW:
        raise FaultyRow("future_time", "paid_at", text[:100])
    return at


def _numbers(cells: Mapping[str, str], customs: Customs) -> dict[str, object]:
    numbers: dict[str, object] = {}
    try:
        if text := cells.get("amount", "").strip():
            numbers["amount"] = read_amount(text, amount_decimals("amount", customs.currency))
            numbers["currency"] = customs.currency
    except Misfit as misfit:
        raise FaultyRow(misfit.code, "amount", misfit.detail) from None
    if text := cells.get("quantity", "").strip():
        if not re.fullmatch(r"[+-]?\d{1,18}", text):
            raise FaultyRow("wrong_kind", "quantity", "integer")
        numbers["quantity"] = int(text)
    return numbers


def key_of(order: str) -> str:
    key = f"order:{order}"
    return key if len(key) <= LONGEST_KEY else "sha256:" + sha256(key.encode()).hexdigest()
