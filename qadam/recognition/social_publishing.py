"""Publish boards and challenges; retire and stop them. The same content again changes nothing."""

from collections.abc import Mapping
from datetime import datetime

from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.documents import FaultyDocument, open_document
from qadam.people import operations as people
from qadam.people.models import User
from qadam.people.queries import get_company
from qadam.recognition import board_ledger
from qadam.recognition.board_definitions import find_board
from qadam.recognition.board_documents import BoardDocument, parse_board
from qadam.recognition.board_rules import start_of_period
from qadam.recognition.challenge_documents import parse_challenge
from qadam.recognition.compliance import Warning, warnings_of_rules
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.periods import day_in
from qadam.recognition.publishing import audit_detail, keep_version, retire_version, target_of
from qadam.recognition.social import Board


@write()
def publish_board(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish a board. The period that is on is counted from its beginning, also where the rules of a board change.

    Raises:
        FaultyDocument: every fault, each with its path; a board of nothing but recruiting rules needs a reason.
    """
    board = parse_board(document)
    warnings = _warnings_of_rules(board)
    _refuse_without_reason(document, board, warnings)
    version, is_new = keep_version(Kind.BOARD, board.key, document, actor, now)
    if is_new:
        Board.objects.get_or_create(key=board.key)
        _count_period(board.key, now)
        detail = audit_detail(version, document)
        if warnings:
            detail |= {"warnings": sorted({each.matter.value for each in warnings}), "reason": board.reason}
        people.write_audit(actor=actor, action="board.published", target=target_of(version), detail=detail, now=now)
    return version


def _warnings_of_rules(board: BoardDocument) -> list[Warning]:
    """Return what the law has to say to a board that adds up point rules: only if recruiting is all it counts."""
    if board.measure is not None:
        return []
    newest = {row.key: row for row in Definition.objects.filter(kind=Kind.POINT_RULE).order_by("number")}
    in_force = {key: row.document for key, row in newest.items() if row.retired_at is None}
    named = board.rules or tuple(in_force)
    return warnings_of_rules([in_force[key] for key in named if key in in_force])


def _refuse_without_reason(document: Mapping[str, object], board: BoardDocument, warnings: list[Warning]) -> None:
    node = open_document(document)
    if not board.reason.strip():
        for warning in warnings:
            node.complain("reason", str(warning.words))
    if node.faults:
        raise FaultyDocument(node.faults)


def _count_period(key: str, now: datetime) -> None:
    board = find_board(key)
    if board is not None:
        today = day_in(now, clock.zone_of(get_company().zone, "UTC"))
        board_ledger.check_period(board=board, starts_on=start_of_period(today, board.document.period), now=now)


@write()
def publish_challenge(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish a challenge. Whoever is in an earlier version ends it under the terms of that one.

    Raises:
        FaultyDocument: every fault, each with its path; what counts stock or recruiting needs a reason.
    """
    version, is_new = keep_version(Kind.CHALLENGE, parse_challenge(document).key, document, actor, now)
    if is_new:
        detail = audit_detail(version, document)
        people.write_audit(actor=actor, action="challenge.published", target=target_of(version), detail=detail, now=now)
    return version


@write()
def retire_board(*, key: str, reason: str, actor: User | None, now: datetime) -> None:
    """Take a board away: it counts nothing more and nobody sees it. Closed periods stay.

    Raises:
        UnknownDefinition: there is none of this key.
    """
    if version := retire_version(Kind.BOARD, key, now):
        detail = {"reason": reason}
        people.write_audit(actor=actor, action="board.retired", target=target_of(version), detail=detail, now=now)


@write()
def stop_challenge(*, key: str, reason: str, actor: User | None, now: datetime) -> None:
    """Let nobody begin a challenge any more; what is under way ends as it was promised.

    Raises:
        UnknownDefinition: there is none of this key.
    """
    if version := retire_version(Kind.CHALLENGE, key, now):
        detail = {"reason": reason}
        people.write_audit(actor=actor, action="challenge.stopped", target=target_of(version), detail=detail, now=now)
