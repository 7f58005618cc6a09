"""The reference is true: its document is read, compiled, and its examples are right."""

import re
from pathlib import Path

import pytest
import yaml

from qadam.cases import examples
from qadam.cases.documents import ALLOWED, parse
from qadam.cases.measures import MEASURE_KEYS
from qadam.cases.rules import compile_journey
from qadam.journeys.documents import parse_journey
from tests.cast import NOW, a_company

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "cases.md"


def the_block():
    return re.search(r"```yaml case\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)[1]


@pytest.mark.django_db
def test_the_document_of_the_reference_is_a_case():
    a_company()
    document = yaml.safe_load(the_block())
    parse_journey(compile_journey(parse(document).source))
    assert all(each.is_right for each in examples.check(document, NOW))


def test_every_key_is_in_the_reference():
    assert [key for key in (*ALLOWED, *MEASURE_KEYS) if f"{key}:" not in the_block()] == []
