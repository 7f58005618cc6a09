"""The dispatcher: claim, gates, render, send outside any transaction, record the outcome."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qadam.jobs.sql import chunks
from qadam.messaging import channels, operations, queries
from qadam.messaging.channels.protocol import Channel, Fate, Letter, Outcome
from qadam.messaging.models import Outbox, Status
from qadam.messaging.operations import Result
from qadam.messaging.preparation import Ready, prepare, try_again

log = logging.getLogger(__name__)

HANDFUL = 10
"""So many letters at most are in doubt when a process is killed; a transaction for each would cost too much time."""

ENDS = {Fate.SENT: Status.SENT, Fate.PERMANENT: Status.FAILED, Fate.UNKNOWN: Status.UNKNOWN}


def dispatch_due(*, now: datetime, limit: int = 1_000) -> int:
    """Send what is due, `limit` messages per channel at most. Return how many were dealt with, whatever the outcome."""
    # One look answers most ticks: nothing is due and no claim was lost.
    if not queries.has_work(now):
        return 0
    return sum(_dispatch_kind(kind, now, limit) for kind in channels.KINDS)


def _dispatch_kind(kind: str, now: datetime, limit: int) -> int:
    channel = channels.open_channel(kind)
    try:
        operations.recover_lost_claims(channel=kind, is_idempotent=channel.is_idempotent, now=now)
        return sum(_run_batches(kind, channel, now, limit))
    finally:
        channel.close()


def _run_batches(kind: str, channel: Channel, now: datetime, limit: int) -> Iterator[int]:
    """Yield the size of each batch that was dealt with, until nothing is due or the channel is down."""
    left, is_reachable = limit, True
    while left > 0 and is_reachable:
        batch = operations.claim_messages(channel=kind, now=now, limit=min(left, channel.batch_size))
        if not batch:
            return
        left -= len(batch)
        is_reachable = _dispatch_batch(batch, channel, now)
        if not is_reachable:
            operations.hold_back(channel=kind, now=now)
        yield len(batch)


def _dispatch_batch(batch: Sequence[Outbox], channel: Channel, now: datetime) -> bool:
    """Deal with claimed messages. Return False when the channel turned out to be down."""
    prepared = prepare(batch, reads_letter=channel.reads_letter, now=now)
    operations.record_results(prepared.results, now=now)
    run = _Run(channel, prepared.ready, now)
    try:
        run.send_all()
    finally:
        run.settle()
    return run.down is None


@dataclass
class _Run:
    """One batch on its way through a channel.

    `begun` holds the messages that may have reached the channel: after an interruption these keep their claim, and
    with it the question what became of them, while the others go back to the queue at once. `lost` holds
    those that another process took over.
    """

    channel: Channel
    ready: Sequence[Ready]
    now: datetime
    begun: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    results: list[Result] = field(default_factory=list)
    down: Outcome | None = None

    def send_all(self) -> None:
        if self.channel.is_idempotent:
            self._send_each(self.ready)
            return
        for handful in chunks(self.ready, HANDFUL):
            if self.down is None:
                self._send_each(self._hand_over(handful))

    def _hand_over(self, handful: Sequence[Ready]) -> list[Ready]:
        """Record what is known so far and mark the next ones, in one transaction. Return those that are still ours."""
        results, self.results = self.results, []
        ours = operations.record_results(results, now=self.now, next_up=[each.message for each in handful])
        self.lost.update(each.message.id for each in handful if each.message.id not in ours)
        return [each for each in handful if each.message.id in ours]

    def _send_each(self, letters: Sequence[Ready]) -> None:
        for each in letters:
            if self.down is None:
                self._send(each)

    def _send(self, each: Ready) -> None:
        self.begun.add(each.message.id)
        outcome = _send_safely(self.channel, each.letter)
        self.results.append(_result_of(each.message, outcome, self.now))
        if outcome.fate is Fate.UNREACHABLE:
            self.down = outcome

    def settle(self) -> None:
        """Record the last results and give back what wasn't begun: later when the channel is down, else at once."""
        rest = [each.message for each in self.ready if each.message.id not in self.begun | self.lost]
        if self.down is not None:
            self.results += [_result_of(message, self.down, self.now) for message in rest]
        else:
            self.results += [Result(message, Status.PENDING, again_at=self.now) for message in rest]
        operations.record_results(self.results, now=self.now)


def _send_safely(channel: Channel, letter: Letter) -> Outcome:
    try:
        return channel.send(letter)
    except Exception as error:
        # A fault of the channel's own; how far it came is anybody's guess, and the other letters must go on.
        log.exception("channel failed on message %s", letter.outbox_id)
        return Outcome(Fate.UNKNOWN, "channel", f"{type(error).__name__}: {error}")


def _result_of(message: Outbox, outcome: Outcome, now: datetime) -> Result:
    if outcome.fate in ENDS:
        return Result(message, ENDS[outcome.fate], outcome.reason, outcome.detail)
    return try_again(message, outcome.reason, outcome.detail, now)
