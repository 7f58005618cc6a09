from typing import Any

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.surveys.documents import parse_survey
from qadam.surveys.tests.factories import a_survey_document, an_expectation, in_three


def test_reads_a_scale_and_a_choice() -> None:
    nps = parse_survey(a_survey_document(stage="s5", touchpoint="support"))
    assert (nps.scores, nps.is_choice, nps.open_days, nps.again_days) == (range(11), False, 7, 90)
    hopes = parse_survey(an_expectation())
    assert hopes.is_choice
    assert not hopes.scores
    check = parse_survey(a_survey_document("hopes-45", "expectation", checks="hopes", again_days=0))
    assert (check.is_choice, check.scores, check.again_days) == (False, range(1, 6), 0)


TWICE = [{"key": "a", "name": in_three("A")}] * 2
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "stars"}, "kind"),
    ({"low": None}, "low"),
    ({"question": {"kk": "?", "ru": "?"}}, "question.en"),
    ({"letter": {"subject": in_three("a")}}, "letter.body"),
    ({"options": [{"key": "a", "name": in_three("A")}]}, "options"),
    ({"checks": "hopes"}, "checks"),
    ({"touchpoint": "support"}, "stage"),
    ({"open_days": 0}, "open_days"),
    ({"survey": "x" * 51}, "survey"),
    ({"colour": "red"}, "colour"),
    ({"kind": "expectation", "checks": "nps-quarter"}, "checks"),
    ({"kind": "expectation", "low": None, "high": None}, "options"),
    ({"kind": "expectation"}, "high"),
    (
        {"kind": "expectation", "low": None, "high": None, "options": [{"key": "a", "name": in_three("A")}] * 2},
        "options[1].key",
    ),
]


@pytest.mark.parametrize(("changes", "place"), FAULTS)
def test_names_each_fault_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        parse_survey(a_survey_document(**changes))
    assert place in [fault.place for fault in refusal.value.faults]
