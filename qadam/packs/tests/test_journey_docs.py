"""The reference of the journey document can't drift from the code; and the command that plays one."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from qadam.journeys.document_steps import KINDS, OUTCOMES
from qadam.journeys.documents import ALLOWED, parse_journey
from qadam.journeys.models import Enrollment, Journey
from qadam.packs.sources import read_source
from tests.cast import a_company

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/journeys.md"
JOURNEY = """
journey: short
name: {kk: Қысқа, ru: Короткий, en: Short}
entry: {event: member.registered}
steps:
  - id: order
    wait: {event: order.paid, timeout: P3D, on_timeout: late}
  - id: glad
    exit: glad
  - id: late
    exit: late
"""


def test_the_page_shows_a_document_that_is_valid_and_complete(tmp_path):
    block = re.search(r"```yaml journey\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "journey.yaml").write_text(block[1], encoding="utf-8")
    document = read_source(tmp_path / "journey.yaml", "journey.yaml").content
    graph = parse_journey(document)
    assert set(document) == set(ALLOWED)
    kinds = {kind for step in document["steps"] for kind in KINDS if kind in step}
    assert kinds == set(KINDS)
    assert all(outcome in block[1] for outcome in OUTCOMES)
    assert graph.conversion is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happens", "reason"), [("P1D=order.paid{order: '1'}", "glad"), ("P9D=cabinet.opened", "late")]
)
def test_the_command_tells_what_would_happen_and_leaves_nothing(tmp_path, happens, reason):
    a_company()
    (tmp_path / "short.yaml").write_text(JOURNEY, encoding="utf-8")
    out = io.StringIO()
    call_command("journey", "simulate", str(tmp_path / "short.yaml"), "--event", happens, stdout=out)
    assert f"Left: {reason}." in out.getvalue()
    assert not Journey.objects.exists()
    assert not Enrollment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "nothing"),
        (["{file}", "--event", "soon"], "soon"),
        (["{file}", "--event", "P1D=order.lost"], "order.lost"),
        (["{file}", "--for", "long"], "long"),
        (["{file}", "--member", "nobody"], "nobody"),
    ],
)
def test_what_the_command_can_not_read_it_names(tmp_path, arguments, words):
    a_company()
    (tmp_path / "short.yaml").write_text(JOURNEY, encoding="utf-8")
    given = [each.replace("{file}", str(tmp_path / "short.yaml")) for each in arguments]
    with pytest.raises(CommandError, match=words):
        call_command("journey", "simulate", *given)
