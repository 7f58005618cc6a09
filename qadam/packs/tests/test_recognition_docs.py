"""The page on recognition shows documents that the readers of packs take."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from qadam.packs.sources import read_source
from qadam.recognition.badge_documents import parse_badge
from qadam.recognition.board_documents import parse_board
from qadam.recognition.challenge_documents import parse_challenge
from qadam.recognition.documents import parse_levels, parse_point_rule, parse_streak

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/recognition.md"


@pytest.mark.parametrize(
    ("kind", "parse", "key"),
    [
        ("rule", parse_point_rule, "retail-order"),
        ("levels", parse_levels, "effort"),
        ("streak", parse_streak, "learning"),
        ("badge", parse_badge, "customer-care"),
        ("challenge", parse_challenge, "team-month"),
        ("board", parse_board, "cohort-week"),
    ],
)
def test_the_page_shows_documents_that_can_be_published(
    kind: str, parse: Callable[[object], object], key: str, tmp_path: Path
) -> None:
    found = re.search(rf"```yaml {kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found is not None
    (tmp_path / f"{kind}.yaml").write_text(found[1], encoding="utf-8")
    document = parse(read_source(tmp_path / f"{kind}.yaml", f"{kind}.yaml").content)
    assert getattr(document, "key") == key  # noqa: B009
