"""The page about conditions can't drift: what it calls implemented works, what it calls reserved is refused."""

import re
from pathlib import Path

import pytest
import yaml

from qadam import conditions
from qadam.people.models import Membership
from tests.cast import NOW, a_company

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "conditions.md"
BLOCKS = re.findall(r"```yaml (implemented|reserved)\n(.*?)```", PAGE.read_text(), re.DOTALL)
IMPLEMENTED = [text for mark, text in BLOCKS if mark == "implemented"]
RESERVED = [text for mark, text in BLOCKS if mark == "reserved"]


def test_page_has_the_stages_and_the_cases():
    assert len(IMPLEMENTED) > 25
    assert len(RESERVED) > 5


@pytest.mark.parametrize("text", IMPLEMENTED)
def test_implemented_documents_work(db, text):
    a_company()
    condition = conditions.parse(yaml.safe_load(text), where="page")
    assert conditions.parse(conditions.as_document(condition), where="page") == condition
    assert len({conditions.explain(condition, language) for language in ("kk", "ru", "en")}) == 3
    stays = Membership.objects.filter(conditions.matching(condition, now=NOW, member="member_id", entry="entered_at"))
    assert not stays.exists()
    assert not conditions.next_flips_of(stays, condition, now=NOW, member="member_id", entry="entered_at")


@pytest.mark.parametrize("text", RESERVED)
def test_reserved_documents_are_refused(text):
    with pytest.raises(conditions.ConditionErrors):
        conditions.parse(yaml.safe_load(text), where="page")
