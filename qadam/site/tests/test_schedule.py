"""Jobs by the clock: one that fails rests a little and stops no other."""

from datetime import datetime, timedelta

import pytest

from qadam.site.management.commands import engine
from qadam.site.schedule import Job, all_jobs
from tests.cast import NOW

HOUR = timedelta(hours=1)


def test_a_job_is_due_again_after_its_time_and_sooner_after_a_fault() -> None:
    ran: list[datetime] = []

    def run(now: datetime) -> None:
        ran.append(now)
        if len(ran) == 2:
            raise ValueError

    job = Job("x", HOUR, run)
    for minutes in (0, 59, 60):
        try:
            job.run_if_due(NOW + timedelta(minutes=minutes))
        except ValueError:
            assert minutes == 60
    job.run_if_due(NOW + timedelta(minutes=60, seconds=59))
    job.run_if_due(NOW + timedelta(minutes=61))
    job.run_if_due(NOW + timedelta(minutes=62))
    assert ran == [NOW, NOW + HOUR, NOW + timedelta(minutes=61)]


def test_what_fails_in_the_engine_stops_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail(*_: object, **__: object) -> int:
        raise ValueError

    monkeypatch.setattr(engine, "run_once", fail)
    jobs = [Job("first", HOUR, fail), Job("second", HOUR, lambda now: done.append("second"))]
    assert engine.Command()._work(jobs) == 0
    assert done == ["second"]


def test_every_job_has_a_name_of_its_own() -> None:
    names = [job.name for job in all_jobs()]
    assert len(names) == len(set(names)) > 5
