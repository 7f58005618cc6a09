"""The page on the action plan shows a document that the reader of packs takes, with every kind of task."""

import re
from pathlib import Path

from qadam.packs.sources import read_source
from qadam.tasks.documents import parse_plan
from qadam.tasks.planned import TaskKind

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/plans.md"


def test_the_page_shows_a_plan_that_can_be_published(tmp_path: Path) -> None:
    found = re.search(r"```yaml plan\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found is not None
    (tmp_path / "start.yaml").write_text(found[1], encoding="utf-8")
    plan = parse_plan(read_source(tmp_path / "start.yaml", "start.yaml").content)
    assert {task.kind for task in plan.tasks} >= set(TaskKind) - {TaskKind.MEETING}
    assert [goal.key for goal in plan.goals] == ["customer-order"]
