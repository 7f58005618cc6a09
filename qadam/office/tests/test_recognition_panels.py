"""What is said of a board's control group, and of a challenge's days. Plain Python."""

from datetime import date

import pytest

from qadam.office.recognition_panels import tell_report
from qadam.office.recognition_told import state_of
from qadam.recognition.social_shapes import ArmResult, BoardReport, Retention

FEW = (ArmResult("treated", 40, 30, (0.6, 0.86)), ArmResult("control", 4, 3, (0.3, 0.95)))
MANY = (ArmResult("treated", 900, 450, (0.47, 0.53)), ArmResult("control", 100, 50, (0.4, 0.6)))
CASES = {
    "few": (Retention(30, *FEW, None, None, False), "Not enough data yet"),
    "few, though it looks like a winner": (Retention(30, *FEW, 0.4, (0.2, 0.5), False), "Not enough data yet"),
    "zero within": (Retention(30, *MANY, 0.02, (-0.03, 0.07), True), "No difference that can be told from chance"),
    "more": (Retention(90, *MANY, 0.06, (0.01, 0.11), True), "6 points more stay (95 % interval +1 … +11)"),
    "fewer": (Retention(90, *MANY, -0.05, (-0.09, -0.01), True), "5 points fewer stay (95 % interval −9 … −1)"),
}


@pytest.mark.parametrize(("retention", "words"), CASES.values(), ids=CASES)
def test_what_may_be_said(retention: Retention, words: str) -> None:
    panel = tell_report(BoardReport("cohort-week", 1000, (retention,)), "en")
    (block,) = panel.blocks
    assert words in block.verdict
    shares = {arm.share for arm in block.arms}
    assert (shares == {"—"}) is not retention.is_enough
    assert [arm.counts for arm in block.arms] == [
        f"{arm.kept} of {arm.people}" for arm in (retention.treated, retention.control)
    ]


STATES = {
    "before": ({"from": "2026-03-03", "until": "2026-03-09"}, "hasn't begun yet"),
    "first day": ({"from": "2026-03-02", "until": "2026-03-09"}, "is running"),
    "last day": ({"from": "2026-02-02", "until": "2026-03-02"}, "is running"),
    "after": ({"from": "2026-02-02", "until": "2026-03-01"}, "is over"),
    "of the path": ({"path": [0, 6]}, "along each path"),
}


@pytest.mark.parametrize(("when", "state"), STATES.values(), ids=STATES)
def test_how_a_challenge_stands(when: dict[str, object], state: str) -> None:
    assert state_of({"when": when}, date(2026, 3, 2)) == state


def test_without_a_control_group_nothing_is_said() -> None:
    panel = tell_report(BoardReport("cohort-week", 0, (CASES["more"][0],)), "en")
    assert not panel.has_control
    assert panel.blocks == ()
