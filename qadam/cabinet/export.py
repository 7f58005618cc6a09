"""A member's data as one file: a ZIP with each table as CSV and JSON, and two files that say what is in it.

Rows are read and written one by one; what is large lies in a temporary file, never in memory.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO, Any

from django.db import models
from django.utils.translation import gettext as _

from qadam.cabinet.export_parts import Part, all_parts
from qadam.cabinet.export_words import column_words, kind_words, table_words
from qadam.people.models import Company, Member, User
from qadam.tasks import photos
from qadam.tasks.models import Proof

AT_ONCE = 1_000
"""Rows read from the database at a time."""
IN_MEMORY = 1_000_000
"""Bytes of one table that may wait in memory for their place in the ZIP."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula."""
BOM = "\ufeff"
"""So that spreadsheets read Kazakh letters as they are."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one table came to."""

    part: Part
    rows: int


def write_archive(member: Member, company: Company, now: datetime) -> IO[bytes]:
    """Return a temporary file, at its beginning, with everything there is about a member, in the active language."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the answer closes it
    try:
        _fill(file, member, company, now)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(file: IO[bytes], member: Member, company: Company, now: datetime) -> None:
    user = User.objects.filter(member=member).first()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        written = [_write_part(archive, part, member, user) for part in all_parts()]
        _write_photos(archive, member)
        archive.writestr("README.txt", _readme([each for each in written if each.rows], company, now))
        archive.writestr("fields.csv", _fields([each.part for each in written if each.rows]))


def _write_part(archive: zipfile.ZipFile, part: Part, member: Member, user: User | None) -> Written:
    """Write one table twice, CSV straight into the archive and JSON beside it; nothing where it has no rows."""
    rows = part.rows_of(member).iterator(chunk_size=AT_ONCE)
    first = next(rows, None)
    if first is None:
        return Written(part, 0)
    fields, count = part.fields(), 0
    with SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8") as spool:
        with archive.open(f"{part.name}.csv", "w") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
            text.write(BOM)
            table = csv.writer(text)
            table.writerow([field.name for field in fields])
            for count, row in enumerate(_chain(first, rows), start=1):
                values = {field.name: _value_of(row, field, member, user) for field in fields}
                table.writerow([_cell(value) for value in values.values()])
                spool.write("[\n" if count == 1 else ",\n")
                json.dump(values, spool, ensure_ascii=False, default=str)
            spool.write("\n]\n")
        spool.seek(0)
        with archive.open(f"{part.name}.json", "w") as raw:
            while piece := spool.read(AT_ONCE * 64):
                raw.write(piece.encode())
    return Written(part, count)


def _write_photos(archive: zipfile.ZipFile, member: Member) -> None:
    """Put the photos of the member's own proofs beside the tables; one whose file is gone is passed over."""
    for proof in Proof.objects.filter(member=member, photo__isnull=False).select_related("photo").iterator():
        if proof.photo is None:
            continue
        name = f"photos/{Path(proof.photo.name).name}"
        with suppress(FileNotFoundError), photos.open_photo(proof.photo) as stored, archive.open(name, "w") as raw:
            shutil.copyfileobj(stored, raw)


def _chain(first: Any, rest: Iterator[Any]) -> Iterable[Any]:
    yield first
    yield from rest


def _value_of(row: Any, field: models.Field[Any, Any], member: Member, user: User | None) -> object:
    """Return what a column holds, other people left out: a reference says only whether it is the member."""
    value = getattr(row, field.attname)
    if value is None:
        return None
    if field.is_relation and field.related_model is Member:
        return "me" if value == member.pk else "another person"
    if field.is_relation and field.related_model is User:
        return "me" if user is not None and value == user.pk else "another person"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def _cell(value: object) -> object:
    """Return a value as a table of a spreadsheet takes it."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value


def _readme(written: Iterable[Written], company: Company, now: datetime) -> str:
    lines = [
        _("Your data at %(company)s, as of %(at)s UTC.")
        % {"company": company.name, "at": now.strftime("%Y-%m-%d %H:%M")},
        "",
        _("Each table is here twice: CSV opens in a spreadsheet, JSON is for programs. fields.csv says what each "
          "column holds."),
        _("Times are UTC. Amounts are in the smallest unit of the currency: 250000 is 2,500.00."),
        _("Other people aren't in here: where a column would name one, it says “another person”. Keys and passwords "
          "aren't in here either."),
        _("A text that begins like a formula has an apostrophe before it in the CSV; the JSON has it as it is."),
        "",
        *(f"{each.part.name}: {table_words(each.part)} ({each.rows})" for each in written),
        "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def _fields(parts: Iterable[Part]) -> str:
    text = io.StringIO()
    text.write(BOM)
    table = csv.writer(text)
    table.writerow(["table", "column", "kind", "meaning"])
    for part in parts:
        for field in part.fields():
            table.writerow([part.name, field.name, kind_words(field), column_words(part, field)])
    return text.getvalue()
