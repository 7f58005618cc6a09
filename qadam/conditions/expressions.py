"""The few SQL expressions that Django has none for: properties inside JSON, and local days."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    DecimalField,
    F,
    Func,
    IntegerField,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from qadam.conditions.tree import Bounds, Comparison, Test
from qadam.conditions.zones import Offsets, Zones, offsets_between

Sql = tuple[str, tuple[Any, ...]]
OPERATORS = {Comparison.AT_LEAST: ">=", Comparison.AT_MOST: "<=", Comparison.ABOVE: ">", Comparison.BELOW: "<"}


class _OfProps(Func):
    """An expression about one property of `props`. Names come from the catalogue: letters, digits and “_”."""

    events: tuple[str, ...] = ()

    def __init__(self, props: Combinable | str, *, name: str, output_field: Any) -> None:
        super().__init__(F(props) if isinstance(props, str) else props, output_field=output_field)
        self.name = name

    def _extract(self, compiler: SQLCompiler) -> Sql:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"JSON_EXTRACT({sql}, '$.{self.name}')", tuple(params)

    def _of_types(self, compiler: SQLCompiler, sql: str, params: tuple[Any, ...]) -> Sql:
        kind, kind_params = compiler.compile(self.source_expressions[1])
        places = ", ".join("%s" for _event in self.events)
        return f"(CASE WHEN {kind} IN ({places}) THEN {sql} END)", (*kind_params, *self.events, *params)

    def _arrow(self, compiler: SQLCompiler, arrow: str = "->") -> Sql:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} {arrow} '{self.name}')", tuple(params)


class PropertyValue(_OfProps):
    """A property's value, fit to be compared with itself and counted; NULL where it is absent."""

    def __init__(self, name: str, props: Combinable | str = "props") -> None:
        super().__init__(props, name=name, output_field=TextField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._extract(compiler)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._arrow(compiler)


class PropertyText(_OfProps):
    """A property that is a text, as text: fit to be compared with a column of keys. NULL where it is absent."""

    def __init__(self, name: str) -> None:
        super().__init__("props", name=name, output_field=TextField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._extract(compiler)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._arrow(compiler, "->>")


class PropertyNumber(_OfProps):
    """A property's number, to be added up or compared; NULL for events of other types than `events`, where given.

    A condition needs the types: PostgreSQL may cast before it looks at other filters.
    """

    def __init__(self, name: str, events: Sequence[str] = ()) -> None:
        Func.__init__(self, "props", "type", output_field=DecimalField())
        self.name = name
        self.events = tuple(events)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._extract(compiler)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        sql, params = self._arrow(compiler, "->>")
        return self._of_types(compiler, f"{sql}::numeric", params) if self.events else (f"{sql}::numeric", params)


class PropertyPasses(_OfProps):
    """Whether a property passes a test. On PostgreSQL compared as JSON: a cast could fail on rows of other types."""

    def __init__(self, name: str, test: Test) -> None:
        super().__init__("props", name=name, output_field=BooleanField())
        self.test = test

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._passes(*self._extract(compiler), cast="", values=_plain)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._passes(*self._arrow(compiler), cast="::jsonb", values=json.dumps)

    def _passes(self, sql: str, params: tuple[Any, ...], *, cast: str, values: Any) -> Sql:
        if isinstance(self.test, Bounds):
            tests = [f"{sql} {OPERATORS[comparison]} %s{cast}" for comparison, _limit in self.test.limits]
            given = tuple(part for _comparison, limit in self.test.limits for part in (*params, values(limit)))
            return f"({' AND '.join(tests)})", given
        places = ", ".join(f"%s{cast}" for _value in self.test.values)
        return f"{sql} IN ({places})", (*params, *map(values, self.test.values))


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


class PropertyInstant(_OfProps):
    """The instant in a property, to the millisecond on SQLite; NULL for events of other types than `events`."""

    def __init__(self, name: str, events: Sequence[str]) -> None:
        Func.__init__(self, "props", "type", output_field=DateTimeField())
        self.name = name
        self.events = tuple(events)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        sql, params = self._extract(compiler)
        return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', {sql})", params

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        sql, params = self._arrow(compiler, "->>")
        return self._of_types(compiler, f"{sql}::timestamptz", params)


class InstantCompared(Func):
    """`PropertyInstant` against a fixed instant: `operator` is <= or >."""

    def __init__(self, instant: PropertyInstant, operator: str, limit: datetime) -> None:
        super().__init__(instant, Value(limit, DateTimeField()), output_field=BooleanField())
        self.operator = operator

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        """Compare texts: Django leaves out the fraction of a whole second, which the property always has."""
        (sql, params), (limit, limits) = map(compiler.compile, self.source_expressions)
        return f"{sql} {self.operator} SUBSTR({limit} || '.000000', 1, 26)", (*params, *limits)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        (sql, params), (limit, limits) = map(compiler.compile, self.source_expressions)
        return f"{sql} {self.operator} {limit}", (*params, *limits)


class Microseconds(Func):
    """An instant as whole microseconds since 1970, for exact sums with lengths."""

    def __init__(self, instant: Combinable | str) -> None:
        super().__init__(F(instant) if isinstance(instant, str) else instant, output_field=BigIntegerField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        sql, params = compiler.compile(self.source_expressions[0])
        seconds = f"CAST(STRFTIME('%%s', SUBSTR({sql}, 1, 19)) AS INTEGER)"
        fraction = f"CAST(SUBSTR(SUBSTR({sql}, 21) || '000000', 1, 6) AS INTEGER)"
        return f"({seconds} * 1000000 + {fraction})", (*params, *params)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"(EXTRACT(EPOCH FROM {sql}) * 1000000)::bigint", tuple(params)


class Total(Func):
    """What a subquery adds up to: COUNT(*), COUNT(DISTINCT x), SUM(x). Unlike Django's aggregates it groups nothing."""

    def __init__(self, template: str, *what: Combinable | str) -> None:
        super().__init__(*what, output_field=DecimalField())
        self.sql = template

    def as_sql(self, compiler: SQLCompiler, *_args: Any, **_context: Any) -> Sql:
        if not self.source_expressions:
            return self.sql, ()
        sql, params = compiler.compile(self.source_expressions[0])
        return self.sql.replace("x", sql, 1), tuple(params)


class QuotientCompared(Func):
    """Whether one / other compares with a fraction, multiplied out: whole numbers, no rounding."""

    def __init__(self, one: Any, other: Any, comparison: Comparison, limit: Fraction) -> None:
        super().__init__(one, other, output_field=BooleanField())
        self.comparison, self.limit = comparison, limit

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._compare(compiler, cast="")

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        return self._compare(compiler, cast="::numeric")

    def _compare(self, compiler: SQLCompiler, cast: str) -> Sql:
        (one, one_params), (other, params) = map(compiler.compile, self.source_expressions)
        left, right = f"({one}){cast} * {self.limit.denominator}", f"({other}){cast} * {self.limit.numerator}"
        return f"{left} {OPERATORS[self.comparison]} {right}", (*one_params, *params)


class LocalDay(Func):
    """The number of the local day of an instant in a member's zone; differences of two are days.

    The offsets come from Python's time-zone data on both databases, so that pages and rules agree to the second.
    """

    def __init__(self, at: Combinable, zone: Combinable, *, zones: Zones, start: datetime, end: datetime) -> None:
        super().__init__(at, zone, output_field=IntegerField())
        self.zones, self.start, self.end = zones, start, end

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        at, at_params = compiler.compile(self.source_expressions[0])
        offset, params = self._offset(compiler)
        seconds = f"({offset}) || ' seconds'"
        return f"CAST(JULIANDAY(SUBSTR({at}, 1, 19), {seconds}) + 0.5 AS INTEGER)", (*at_params, *params)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> Sql:
        at, at_params = compiler.compile(self.source_expressions[0])
        offset, params = self._offset(compiler)
        local = f"(({at} AT TIME ZONE 'UTC') + ({offset}) * INTERVAL '1 second')"
        return f"({local}::date - DATE '1970-01-01')", (*at_params, *params)

    def _offset(self, compiler: SQLCompiler) -> Sql:
        at, at_params = compiler.compile(self.source_expressions[0])
        zone, zone_params = compiler.compile(self.source_expressions[1])
        groups = self.zones.groups(lambda name: offsets_between(name, self.start, self.end))
        adapt = compiler.connection.ops.adapt_datetimefield_value
        default, params = _offset_at(at, at_params, offsets_between(self.zones.default, self.start, self.end), adapt)
        whens = ""
        given: list[Any] = []
        for offsets, names in groups.items():
            then, then_params = _offset_at(at, at_params, offsets, adapt)
            whens += f" WHEN {zone} IN ({', '.join('%s' for _name in names)}) THEN {then}"
            given += [*zone_params, *names, *then_params]
        return (f"CASE{whens} ELSE {default} END", (*given, *params)) if whens else (default, params)


def _offset_at(at: str, at_params: Sequence[Any], offsets: Offsets, adapt: Callable[[datetime], Any]) -> Sql:
    """Return the seconds east of UTC at the instant `at`: newest change first, since most events are recent."""
    *changes, (_first, earliest) = offsets
    whens, params = "", []
    for instant, offset in changes:
        whens += f" WHEN {at} >= %s THEN {offset}"
        params += [*at_params, adapt(instant)]
    return (f"CASE{whens} ELSE {earliest} END" if changes else str(earliest)), tuple(params)
