"""What recognition does by the clock."""

from datetime import datetime

from qadam.recognition import badges, releasing, streaks, totals


def run_due(now: datetime) -> int:
    """Release the points whose time of waiting is over. Part of the engine's round."""
    return releasing.release_due(now=now)


def next_due() -> datetime | None:
    """Return the instant of the next release, or None."""
    return releasing.next_release()


def close_days(now: datetime) -> int:
    """Settle days and weeks of streaks that are over; once an hour, so that each zone has its own midnight."""
    return streaks.close_days(now=now)


def nightly(now: datetime) -> None:
    """Compare the totals with the ledger, and give the badges that time has made true."""
    totals.check_totals(now=now)
    badges.sweep(now=now)
