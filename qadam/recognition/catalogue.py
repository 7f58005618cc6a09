"""Definitions of every kind as the office lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qadam.recognition.definitions import Definition, Kind


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a definition."""

    id: int
    kind: str
    key: str
    number: int
    document: Mapping[str, Any]
    published_at: datetime
    is_retired: bool


def current(kind: str) -> list[Row]:
    """Return the newest version of every definition of a kind, in the order of keys; retired ones too."""
    rows = Definition.objects.filter(kind=Kind(kind)).order_by("key", "number")
    return [_row(row) for row in {row.key: row for row in rows}.values()]


def versions_of(kind: str, key: str) -> list[Row]:
    """Return all versions of one definition, newest first."""
    return [_row(row) for row in Definition.objects.filter(kind=Kind(kind), key=key).newest_first()]


def _row(row: Definition) -> Row:
    is_retired = row.retired_at is not None
    return Row(row.id, row.kind, row.key, row.number, row.document, row.published_at, is_retired)
