"""The page on surveys shows a document that the reader of packs takes."""

import re
from pathlib import Path

from qadam.journeys.surveying import parse_survey_with_letter
from qadam.packs.sources import read_source
from qadam.surveys.documents import KEYS

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/surveys.md"


def test_the_page_shows_a_survey_that_can_be_published(tmp_path: Path) -> None:
    found = re.search(r"```yaml survey\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found is not None
    (tmp_path / "survey.yaml").write_text(found[1], encoding="utf-8")
    content = read_source(tmp_path / "survey.yaml", "survey.yaml").content
    assert parse_survey_with_letter(content).key == "nps-quarter"
    assert set(KEYS) - set(content) == {"options", "checks"}
