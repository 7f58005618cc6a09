"""What the rivals' scripts share: a database of their own, and the same two tables for members and outbox."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

TABLES = (
    "DROP TABLE IF EXISTS outbox, member",
    "CREATE TABLE member (id bigint PRIMARY KEY, step text NOT NULL, visit integer NOT NULL, due_at timestamptz)",
    "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE,"
    " member_id bigint NOT NULL, template text NOT NULL, due_at timestamptz NOT NULL)",
)
STEP = (
    "WITH moved AS (UPDATE member SET visit = visit + 1, step = 'pause', due_at = now() + interval '1 day'"
    " WHERE id = %s RETURNING id, visit)"
    " INSERT INTO outbox (key, member_id, template, due_at) SELECT id || ':' || visit, id, 'hello', now() FROM moved"
)
"""The member's row and the outbox row in one statement: the least that a step can cost."""


@contextmanager
def own_database() -> Iterator[str]:
    """A new database beside the one of QADAM_DATABASE, dropped at the end."""
    url = os.environ["QADAM_DATABASE"]
    name = f"rival_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_tables(url: str, members: int) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        for statement in TABLES:
            server.execute(statement)
        server.execute("INSERT INTO member SELECT n, 'pause', 0, now() FROM generate_series(1, %s) AS n", [members])


def durability(url: str) -> str:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone()
        assert row is not None
        return f"fsync={row[0]}, synchronous_commit={row[1]}"


def analyze(url: str) -> None:
    """Let the planner know the tables as they are, as it would in a database that has been there for a while."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("ANALYZE")


def count_outbox(url: str) -> int:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT COUNT(*) FROM outbox").fetchone()
        assert row is not None
        return int(row[0])


class Processor:
    """CPU seconds of this process and, where it runs on this machine, of the PostgreSQL server behind `url`."""

    def __init__(self, url: str | None) -> None:
        self.postmaster = 0
        if url is not None:
            with psycopg.connect(url) as server:
                fields = read_stat(str(server.info.backend_pid))
                self.postmaster = int(fields[PARENT]) if fields else 0

    def seconds(self) -> float:
        ticks = 0
        for folder in Path("/proc").iterdir() if self.postmaster else ():
            fields = read_stat(folder.name)
            if fields and folder.name == str(self.postmaster):
                # Its own, and what its children that have ended took.
                ticks += sum(int(each) for each in fields[OWN_TICKS : OWN_TICKS + 4])
            elif fields and int(fields[PARENT]) == self.postmaster:
                ticks += sum(int(each) for each in fields[OWN_TICKS : OWN_TICKS + 2])
        return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()


PARENT, OWN_TICKS = 1, 11
"""Places in /proc/PID/stat after the name."""


def read_stat(pid: str) -> list[str]:
    if not pid.isdigit():
        return []
    try:
        return (Path("/proc") / pid / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
