"""The page about conditions can't drift: every example on it works."""

import re
from pathlib import Path

import pytest
import yaml

from qadam import conditions
from qadam.people.models import Membership
from tests.cast import NOW, a_company

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "conditions.md"
IMPLEMENTED = re.findall(r"```yaml implemented\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_page_has_the_stages_and_the_cases():
    assert len(IMPLEMENTED) > 40


@pytest.mark.parametrize("text", IMPLEMENTED)
def test_implemented_documents_work(db, text):
    a_company()
    condition = conditions.parse(yaml.safe_load(text), where="page")
    assert conditions.parse(conditions.as_document(condition), where="page") == condition
    assert len({conditions.explain(condition, language) for language in ("kk", "ru", "en")}) == 3
    columns = {"member": "member_id", "entry": "entered_at", "entry_key": "key"}
    stays = Membership.objects.filter(conditions.matching(condition, now=NOW, **columns))
    assert not stays.exists()
    assert not conditions.next_flips_of(stays, condition, now=NOW, **columns)
