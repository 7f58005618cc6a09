"""A company that never was: members, a sponsor tree and months of events, seeded, written straight as segments.

The files are those that the store writes (schema, names, 50,000 rows each, a line in the manifest), made month by
month, so that a company of any length fits into memory. One event in two hundred comes to the log a month late.
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
ZONE = ZoneInfo("Asia/Almaty")
"""Its clocks went back an hour within the months below."""
START = date(2023, 10, 1)
STEPS = ("member.registered", "lesson.completed", "order.paid", "invitation.sent", "customer.registered")
"""The funnel; a stage begins with the first event of its step at or after the stage before."""
TYPES = (*STEPS, "live.attended", "contact.recorded", "question.asked")
MIX = (0.0, 0.27, 0.10, 0.13, 0.04, 0.14, 0.27, 0.05)
LATE = 0.005
DAY = 86_400


@dataclass(frozen=True)
class Plan:
    members: int = 1_000_000
    events: int = 50_000_000
    months: int = 18
    seed: int = 4

    def midnight(self, months: int) -> datetime:
        """Return the local midnight at which month number `months` begins."""
        from qadam.lib.clock import start_of_day
        from qadam.metrics.periods import add_months

        return start_of_day(add_months(START, months), ZONE)

    @property
    def now(self) -> datetime:
        """The instant of looking: the midnight after the last month. In UTC that month is still open."""
        return self.midnight(self.months)


def set_up(folder: Path) -> None:
    """Make Django use `folder`; its database holds the manifest."""
    import os

    os.environ["QADAM_DATA"] = str(folder)
    os.environ.pop("QADAM_DATABASE", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    import django

    django.setup()


def generate(plan: Plan, folder: Path) -> None:
    """Write people.npz, plan.json and all segments with their manifest into `folder`."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    (folder / "plan.json").write_text(json.dumps(asdict(plan)))
    people = make_people(plan)
    np.savez(folder / "people.npz", **people)
    seq, held_over = 1, None
    for month in range(plan.months):
        rows, held_over = make_month(plan, people, month, held_over)
        seq = write_month(rows, seq)


def read_plan(folder: Path) -> Plan:
    return Plan(**json.loads((folder / "plan.json").read_text()))


def make_people(plan: Plan) -> dict[str, Any]:
    """Draw who registers when, under whom, how eagerly they act and until when (seconds since 1970)."""
    from qadam.metrics.kernels import preorder

    draw = np.random.default_rng([plan.seed, 1_000])
    n = plan.members
    begin, end = (int(plan.midnight(month).timestamp()) for month in (0, plan.months))
    registered = np.sort(begin + (draw.random(n) ** 0.8 * (end - begin)).astype(np.int64))
    places = np.arange(n)
    sponsors = np.maximum(places - 1 - (draw.exponential(0.2, n) * places).astype(np.int64), 0)
    sponsors[0] = -1
    days = np.where(draw.random(n) < 0.35, draw.exponential(20, n), draw.exponential(220, n))
    until = np.minimum(registered + (days * DAY).astype(np.int64) + 60, end)
    eagerness = draw.gamma(1.5, 1.0, n) + 0.05
    eagerness *= max(0, plan.events - n) / float((eagerness * (until - registered)).sum() * 0.92)
    tin, size = preorder(sponsors)
    has_left = (draw.random(n) < 0.1) & (until < end)
    left = np.where(has_left, until, 0)
    return {
        "registered": registered, "sponsors": sponsors, "until": until, "eagerness": eagerness,
        "tin": tin, "size": size, "left": left,
    }  # fmt: skip


Rows = dict[str, Any]


def make_month(plan: Plan, people: dict[str, Any], month: int, held_over: Rows | None) -> tuple[Rows, Rows]:
    """Return the events that reach the log in a month, in its order, and those that will come a month late."""
    draw = np.random.default_rng([plan.seed, month])
    begin, end = (int(plan.midnight(number).timestamp()) for number in (month, month + 1))
    low, high = np.maximum(people["registered"], begin), np.minimum(people["until"], end)
    span = np.maximum(high - low, 0)
    is_pausing = draw.random(len(span)) < 0.08
    counts = draw.poisson(np.where(is_pausing, 0, people["eagerness"] * span))
    member = np.repeat(np.arange(len(span), dtype=np.int32), counts)
    moment = low[member] + (draw.random(len(member)) * span[member]).astype(np.int64)
    kind = np.searchsorted(np.cumsum(MIX)[:-1], draw.random(len(member)), side="right").astype(np.uint8)
    newcomers = np.flatnonzero((people["registered"] >= begin) & (people["registered"] < end)).astype(np.int32)
    rows = {
        "member": np.concatenate([member, newcomers]),
        "moment": np.concatenate([moment, people["registered"][newcomers]]),
        "kind": np.concatenate([kind, np.zeros(len(newcomers), np.uint8)]),
    }
    is_late = draw.random(len(rows["member"])) < (LATE if month + 1 < plan.months else 0)
    late = {name: column[is_late] for name, column in rows.items()}
    order = np.argsort(rows["moment"][~is_late], kind="stable")
    rows = {name: column[~is_late][order] for name, column in rows.items()}
    if held_over is not None:
        rows = {name: np.concatenate([held_over[name], column]) for name, column in rows.items()}
    return rows, late


PROPS = """CASE kind
    WHEN 1 THEN '{"lesson": "l' || seq % 40 || '"}'
    WHEN 2 THEN '{"order": "o' || seq || '", "amount": ' || (1000 + seq * 37 % 50000) || ', "currency": "KZT"}'
    WHEN 3 THEN '{"channel": "whatsapp"}'
    WHEN 5 THEN '{"live": "z' || seq % 90 || '", "minutes": ' || seq % 60 || '}'
    ELSE '{}' END"""


def write_month(rows: Rows, first_seq: int) -> int:
    """Write rows as segments with their lines in the manifest; return the next `seq`."""
    from qadam.metrics import files
    from qadam.metrics.models import Segment

    count = len(rows["member"])
    columns = {
        "seq": np.arange(first_seq, first_seq + count),
        "member_id": rows["member"].astype(np.int64) + 1,
        "kind": rows["kind"],
        "occurred_at": rows["moment"].astype("datetime64[s]").astype("datetime64[us]"),
    }
    types = ", ".join(f"'{each}'" for each in TYPES)
    segments = []
    with files.new_duckdb() as db:
        db.register("columns", columns)
        db.execute("CREATE TABLE month AS SELECT * FROM columns")
        for begin in range(0, count, files.SEGMENT_ROWS):
            end = min(begin + files.SEGMENT_ROWS, count)
            low, high = first_seq + begin, first_seq + end - 1
            path = files.folder() / files.new_name(low, high)
            chosen = (
                f"SELECT seq, member_id, [{types}][kind + 1] AS type, occurred_at, ({PROPS})::JSON AS props"
                f" FROM month WHERE seq BETWEEN {low} AND {high} ORDER BY seq"
            )
            files.save(path, lambda to, rows=chosen: db.execute(f"COPY ({rows}) TO '{to}' ({files.FORMAT})"))
            segments.append(_line(path, (low, high), columns["occurred_at"][begin:end]))
    Segment.objects.bulk_create(segments)
    return first_seq + count


def _line(path: Path, ends: tuple[int, int], moments: Any) -> Any:
    from qadam.metrics import files
    from qadam.metrics.models import Segment
    from qadam.metrics.periods import as_datetime

    return Segment(
        first_seq=ends[0],
        last_seq=ends[1],
        row_count=len(moments),
        min_occurred_at=as_datetime(moments.min()),
        max_occurred_at=as_datetime(moments.max()),
        file_name=path.name,
        size=path.stat().st_size,
        sha256=files.digest(path),
        sealed_at=as_datetime(moments.max()),
    )


def write_stays(folder: Path) -> int:
    """Find when each member entered each stage, and write stays.npz: what the product keeps as membership."""
    from qadam.metrics import files, store

    paths = [str(files.folder() / segment.file_name) for segment in store.standing_segments()]
    events = f"SELECT member_id, occurred_at FROM read_parquet([{files.quoted(paths)}]) WHERE type ="
    with files.new_duckdb() as db:
        db.execute(
            "CREATE TABLE s1 AS SELECT member_id, min(occurred_at) AS entered_at"
            f" FROM ({events} '{STEPS[0]}') GROUP BY member_id"
        )
        for number, kind in enumerate(STEPS[1:], start=2):
            db.execute(
                f"CREATE TABLE s{number} AS SELECT s.member_id, e.occurred_at AS entered_at FROM s{number - 1} s"
                f" ASOF JOIN ({events} '{kind}') e ON s.member_id = e.member_id AND s.entered_at <= e.occurred_at"
            )
        union = " UNION ALL ".join(
            f"SELECT member_id, {n} AS stage, entered_at FROM s{n}" for n in range(1, len(STEPS) + 1)
        )
        found = db.execute(union).fetchnumpy()
    np.savez(folder / "stays.npz", **{name: np.asarray(column) for name, column in found.items()})
    return len(found["entered_at"])


def snapshot_of(folder: Path, *, is_rolled: bool) -> Any:
    """Return what the store would read: the manifest's files, and people and stays as columns."""
    from dataclasses import replace

    from qadam.metrics import store

    base = store.read_snapshot()
    return replace(
        base,
        members=_members(folder),
        membership=_membership(folder) if is_rolled else base.membership,
        days=base.days if is_rolled else {},
    )


def _members(folder: Path) -> dict[str, Any]:
    people = np.load(folder / "people.npz")
    n = len(people["registered"])
    ids = np.arange(1, n + 1)
    registered = people["registered"].astype("datetime64[s]").astype("datetime64[us]")
    left = np.where(people["left"] > 0, people["left"], np.iinfo(np.int64).min).astype(np.int64)
    is_gone = people["left"] > 0
    left_at = np.where(is_gone, left.astype("datetime64[s]"), np.datetime64("NaT")).astype("datetime64[us]")
    same = {"kind": "distributor", "language": "kk", "zone": ""}
    return {
        "id": ids,
        **{name: np.full(n, value, object) for name, value in same.items()},
        "sponsor_id": np.where(people["sponsors"] >= 0, people["sponsors"] + 1, 0),
        "mentor_id": np.zeros(n, np.int64),
        "registered_at": registered,
        "day_zero_at": registered,
        "left_at": left_at,
        "tin": people["tin"],
        "size": people["size"],
        "depth": np.zeros(n, np.int64),
    }


def _membership(folder: Path) -> dict[str, Any]:
    stays = np.load(folder / "stays.npz")
    n = len(stays["entered_at"])
    keys = np.array([f"bench/s{number}" for number in range(len(STEPS) + 1)], object)
    return {
        "member_id": stays["member_id"],
        "kind": np.full(n, "stage", object),
        "key": keys[stays["stage"]],
        "entered_at": stays["entered_at"].astype("datetime64[us]"),
        "left_at": np.full(n, np.datetime64("NaT", "us")),
    }


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
