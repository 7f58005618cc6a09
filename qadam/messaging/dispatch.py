"""The dispatcher: claim, gates, render, send outside any transaction, record the outcome."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from qadam.jobs.sql import chunks
from qadam.messaging import channels, operations, queries, staff_letters
from qadam.messaging.channels.protocol import Channel, Fate, Letter, Outcome
from qadam.messaging.documents import PolicyDocument
from qadam.messaging.models import Outbox, Status
from qadam.messaging.outcomes import Result
from qadam.messaging.preparation import Ready, prepare, try_again
from qadam.messaging.rules import Cap

log = logging.getLogger(__name__)

HANDFUL = 10
"""So many letters at most are in doubt when a process is killed; a transaction for each would cost too much time."""

ENDS = {Fate.SENT: Status.SENT, Fate.PERMANENT: Status.FAILED, Fate.UNKNOWN: Status.UNKNOWN}


def dispatch_due(*, now: datetime, limit: int = 1_000) -> int:
    """Send what is due, `limit` messages per channel at most. Return how many were dealt with, whatever the outcome.

    Priority goes first through all channels, so that what matters more gets the slots under the caps.
    """
    to_staff = staff_letters.send_due(now=now)
    # One look answers most ticks: nothing is due and no claim was lost.
    if not queries.has_work(now):
        return to_staff
    with _Dispatch(now, limit, queries.read_policy()) as dispatch:
        for kind in queries.channels_with_lost_claims(now, channels.KINDS):
            channel = dispatch.channel_for(kind)
            operations.recover_lost_claims(channel=kind, is_idempotent=channel.is_idempotent, now=now)
        for priority, kind in queries.due_lanes(now, channels.KINDS):
            dispatch.run_lane(priority, kind)
        return to_staff + sum(dispatch.done.values())


@dataclass
class _Dispatch:
    """One call of the dispatcher: its open channels, how much each has done, and which turned out to be down."""

    now: datetime
    limit: int
    policy: PolicyDocument
    opened: dict[str, Channel] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def channel_for(self, kind: str) -> Channel:
        if kind not in self.opened:
            self.opened[kind] = channels.open_channel(kind)
        return self.opened[kind]

    def run_lane(self, priority: int, kind: str) -> None:
        """Send the due messages of one priority and channel, batch by batch."""
        channel = self.channel_for(kind)
        while kind not in self.down and (left := self.limit - self.done.get(kind, 0)) > 0:
            asked = min(left, channel.batch_size)
            batch = operations.claim_messages(channel=kind, now=self.now, limit=asked, priority=priority)
            if batch:
                self._run_batch(kind, channel, batch)
            if len(batch) < asked:
                return

    def _run_batch(self, kind: str, channel: Channel, batch: Sequence[Outbox]) -> None:
        self.done[kind] = self.done.get(kind, 0) + len(batch)
        prepared = prepare(batch, self.policy, reads_letter=channel.reads_letter, now=self.now)
        if prepared.advertising:
            operations.note_categories(prepared.advertising)
        run = _Run(channel, prepared.ready, self.policy.caps, self.now, results=prepared.results)
        try:
            run.send_all()
        finally:
            run.settle()
        if run.down is not None:
            self.down.add(kind)
            operations.hold_back(channel=kind, now=self.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for channel in self.opened.values():
            channel.close()


@dataclass
class _Run:
    """One batch on its way through a channel.

    `begun` holds the messages that may have reached the channel: after an interruption these keep their claim, and
    with it the question what became of them, while the others go back to the queue at once. `gone` holds
    those that another process took over, and those that a cap turned away.
    """

    channel: Channel
    ready: Sequence[Ready]
    caps: Sequence[Cap]
    now: datetime
    results: list[Result] = field(default_factory=list)
    begun: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    down: Outcome | None = None

    def send_all(self) -> None:
        if self.channel.is_idempotent and not self.caps:
            self._send_each(self.ready)
            return
        # Where a double does no harm only the slots under the caps are at stake: one look for the whole batch.
        size = self.channel.batch_size if self.channel.is_idempotent else HANDFUL
        for handful in chunks(self.ready, size):
            if self.down is None:
                self._send_each(self._hand_over(handful))

    def _hand_over(self, handful: Sequence[Ready]) -> list[Ready]:
        """Record what is known so far and mark the next ones, in one transaction. Return those that are ours."""
        results, self.results = self.results, []
        next_up = [each.message for each in handful]
        ours = operations.record_results(results, now=self.now, next_up=next_up, caps=self.caps)
        self.gone.update(message.id for message in next_up if message.id not in ours)
        return [each for each in handful if each.message.id in ours]

    def _send_each(self, letters: Sequence[Ready]) -> None:
        for each in letters:
            if self.down is None:
                self._send(each)

    def _send(self, each: Ready) -> None:
        self.begun.add(each.message.id)
        if each.letter is None:
            self.results.append(Result(each.message, Status.WITHHELD))
            return
        outcome = _send_safely(self.channel, each.letter)
        self.results.append(_result_of(each.message, outcome, each.letter.to_address, self.now))
        if outcome.fate is Fate.UNREACHABLE:
            self.down = outcome

    def settle(self) -> None:
        """Record the last results and give back what wasn't begun: later when the channel is down, else at once."""
        rest = [each.message for each in self.ready if each.message.id not in self.begun | self.gone]
        if self.down is not None:
            self.results += [try_again(each, self.down.reason, self.down.detail, self.now) for each in rest]
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


def _result_of(message: Outbox, outcome: Outcome, address: str, now: datetime) -> Result:
    if outcome.fate in ENDS:
        bounced = address if outcome.is_bounce else ""
        return Result(message, ENDS[outcome.fate], outcome.reason, outcome.detail, bounced=bounced)
    return try_again(message, outcome.reason, outcome.detail, now)
