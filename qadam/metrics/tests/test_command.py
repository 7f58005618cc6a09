from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qadam.metrics import segment_operations, store
from qadam.metrics.models import Segment
from tests.cast import an_event


def test_analytics_seals_and_rebuilds(db, monkeypatch):
    monkeypatch.setattr(segment_operations, "SEGMENT_ROWS", 2)
    for lesson in "abcde":
        an_event("lesson.completed", 1, lesson=lesson)
    said = StringIO()
    monkeypatch.setattr(segment_operations.seal_log, "__kwdefaults__", {"min_rows": 2})
    call_command("analytics", "seal", stdout=said)
    old = set(Segment.objects.values_list("file_name", flat=True))
    call_command("analytics", "rebuild", stdout=said)
    assert said.getvalue().splitlines() == ["4 rows sealed; 0 old files removed"] * 2
    assert not old & set(Segment.objects.values_list("file_name", flat=True))
    assert store.read_snapshot().tail["seq"].size == 1


def test_analytics_knows_no_other_action(db):
    with pytest.raises(CommandError):
        call_command("analytics", "drop")
