"""Read a table from a file that a person exported somewhere: find out its encoding and delimiter, give its rows."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind

WHITE_SPACE = "space"
DELIMITERS = ("\t", ";", ",")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
GUESSES = ("utf-8", "cp1251")
BLOCK = 1 << 20


class UnreadableFile(DomainError):
    kind = Kind.REFUSED
    message = _("%(file)s can't be read as %(encoding)s: byte %(position)s. Name its encoding with --encoding.")


class EmptyFile(DomainError):
    kind = Kind.REFUSED
    message = _("%(file)s has no header row.")


class NoSuchFile(DomainError):
    kind = Kind.MISSING
    message = _("There is no file %(file)s.")


class MissingColumn(DomainError):
    kind = Kind.REFUSED
    message = _(
        "The file has no column for “%(field)s”. Its columns are: %(columns)s. Name one with --map COLUMN=%(field)s."
    )


class UnknownColumn(DomainError):
    kind = Kind.REFUSED
    message = _("--map names “%(name)s”, which isn't a column of the file. Its columns are: %(columns)s.")


class UnknownField(DomainError):
    kind = Kind.REFUSED
    message = _("--map names “%(name)s”, which can't be imported here. These can: %(fields)s.")


class RepeatedColumn(DomainError):
    kind = Kind.REFUSED
    message = _("Two columns give “%(field)s”: %(columns)s.")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `number` is that of a spreadsheet: the file's first row, mostly the header, is 1."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read. `delimiter` is one character, or "space" for runs of white space."""

    path: Path
    encoding: str
    delimiter: str
    header: Sequence[str]
    has_header: bool = True

    def rows(self) -> Iterator[Row]:
        """Yield the rows behind the header; empty ones are passed over but counted."""
        for number, cells in enumerate(_cells(self.path, self.encoding, self.delimiter), start=1):
            if number > self.has_header and any(cell.strip() for cell in cells):
                yield Row(number, cells)


def open_table(path: Path, *, encoding: str = "", delimiter: str = "", columns: Sequence[str] = ()) -> Table:
    """Find out how a file is written, unless told, and read its header; `columns` names those of a file without one.

    Raises:
        NoSuchFile, UnreadableFile, EmptyFile.
    """
    if not path.is_file():
        raise NoSuchFile(file=path)
    encoding = _check_encoding(path, encoding) if encoding else _guess_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first_line = file.readline()
    if not first_line.strip():
        raise EmptyFile(file=path)
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter) or guess_delimiter(first_line)
    header = columns or next(iter(_cells(path, encoding, delimiter)))
    return Table(path, encoding, delimiter, [cell.strip() for cell in header], has_header=not columns)


def guess_delimiter(line: str) -> str:
    """Return the delimiter that a header row has most of; white space where it has none."""
    best = max(DELIMITERS, key=line.count)
    return best if best in line else WHITE_SPACE


def _guess_encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return _check_encoding(path, encoding)
    for encoding in GUESSES[:-1]:
        if _first_fault(path, encoding) is None:
            return encoding
    return _check_encoding(path, GUESSES[-1])


def _check_encoding(path: Path, encoding: str) -> str:
    position = _first_fault(path, encoding)
    if position is not None:
        raise UnreadableFile(file=path, encoding=encoding, position=position)
    return encoding


def _first_fault(path: Path, encoding: str) -> int | None:
    """Return the place of the first byte that isn't of this encoding; None where all are."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        return 0
    position = 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeError as error:
                return position + getattr(error, "start", 0)
            if not block:
                return None
            position += len(block)


def _cells(path: Path, encoding: str, delimiter: str) -> Iterator[Sequence[str]]:
    with path.open(encoding=encoding, newline="") as file:
        if delimiter == WHITE_SPACE:
            for line in file:
                yield line.split()
        else:
            yield from csv.reader(file, delimiter=delimiter)


def find_columns(
    header: Sequence[str], mapping: Mapping[str, str], *, fields: Sequence[str], required: Sequence[str]
) -> dict[str, int]:
    """Return {field: place of its column}: those of `mapping` {column: field}, then columns named as the field.

    Raises:
        UnknownColumn, UnknownField, RepeatedColumn, MissingColumn.
    """
    columns = ", ".join(header)
    found: dict[str, int] = {}
    for column, field in mapping.items():
        if column not in header:
            raise UnknownColumn(name=column, columns=columns)
        if field not in fields:
            raise UnknownField(name=field, fields=", ".join(fields))
        if field in found:
            raise RepeatedColumn(field=field, columns=f"{header[found[field]]}, {column}")
        found[field] = header.index(column)
    for place, column in enumerate(header):
        if column.lower() in fields and column not in mapping:
            found.setdefault(column.lower(), place)
    for field in required:
        if field not in found:
            raise MissingColumn(field=field, columns=columns)
    return found
