"""Planning and applying: new things once, the same again nothing, a faulty pack nothing at all.

What holds of every pack is tried on the small one.
"""

import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from qadam.cases.models import CaseVersion
from qadam.journeys.models import Journey
from qadam.maps.errors import GateRefused
from qadam.maps.models import MapVersion
from qadam.messaging.models import Template
from qadam.packs.documents import START, find_folder, read_pack
from qadam.packs.errors import FaultyPack
from qadam.packs.operations import apply_pack
from qadam.packs.queries import State, plan_pack
from qadam.people.models import AuditEntry, Company
from qadam.surveys.models import Survey
from qadam.tasks.models import PlanVersion
from tests.cast import NOW, a_company, a_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _somebody_who_answers_for_metrics():
    a_user(roles=("retention",))


@pytest.fixture
def start(tmp_path):
    return Path(shutil.copytree(START, tmp_path / "mine"))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(find_folder("retail"), tmp_path / "mine"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def states(folder: Path) -> dict[str, State]:
    return {f"{each.kind}:{each.name}": each.state for each in plan_pack(read_pack(folder))}


def touched(folder: Path) -> dict[str, str]:
    return {name: state.value for name, state in states(folder).items() if state is not State.SAME}


def test_on_an_empty_installation_everything_is_new_and_planning_writes_nothing(folder):
    assert set(states(folder).values()) == {State.NEW}
    assert not Company.objects.exists()
    assert not Template.objects.exists()


def test_applying_publishes_everything_in_the_name_of_the_actor(start):
    actor = a_user(roles=("owner",))
    pack = read_pack(start)
    changes = apply_pack(pack, actor=actor, now=NOW)
    assert {change.state for change in changes} == {State.NEW}
    assert len(changes) >= len(pack.documents)
    assert Company.objects.get().name == "Dala Wellness"
    kinds = ("template", "case", "survey")
    names = {kind: {each.name for each in pack.documents if each.kind == kind} for kind in kinds}
    assert set(Template.objects.values_list("slug", flat=True)) == names["template"]
    assert set(Survey.objects.values_list("key", flat=True)) == names["survey"]
    assert set(Journey.objects.values_list("slug", flat=True)) == {
        *("start-90", "before-registration", "after-first-delivery", "after-an-answer", "each-quarter"),
        *(f"case:{key}" for key in names["case"]),
    }
    assert PlanVersion.objects.get().plan.slug == "start"
    assert set(CaseVersion.objects.values_list("published_at", flat=True)) == {NOW}
    assert MapVersion.objects.get().published_by == actor
    assert AuditEntry.objects.get(action="pack.applied").actor == actor


def test_applying_again_changes_nothing(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    count = AuditEntry.objects.count()
    assert touched(folder) == {}
    assert apply_pack(read_pack(folder), actor=None, now=LATER) == []
    assert AuditEntry.objects.count() == count
    assert (MapVersion.objects.count(), CaseVersion.objects.count(), Template.objects.count()) == (1, 4, 4)


def test_only_what_changed_is_published(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    change(folder, "templates/thank-you.yaml", "en: Thank you\n", "en: Many thanks\n")
    assert touched(folder) == {"template:thank-you": "changed"}
    (only,) = apply_pack(read_pack(folder), actor=None, now=LATER)
    assert only.name == "thank-you"
    assert touched(folder) == {}


def test_changed_case_makes_a_new_version_of_its_map(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    change(folder, "cases/silent-after-first-order.yaml", "horizon: P90D", "horizon: P80D")
    assert touched(folder) == {"case:silent-after-first-order": "changed", "map:retail": "changed"}
    apply_pack(read_pack(folder), actor=None, now=LATER)
    assert touched(folder) == {}
    assert MapVersion.objects.current().get().published_at == LATER


def test_company_that_is_there_keeps_its_settings(folder):
    a_company(name="Ours", language="ru")
    apply_pack(read_pack(folder), actor=None, now=NOW)
    assert Company.objects.get().name == "Ours"


def test_missing_letter_is_named_with_file_and_line_and_nothing_is_written(start):
    (start / "templates/day-60.yaml").unlink()
    lines = (start / "journeys/start-90.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "template: day-60" in text)
    with pytest.raises(FaultyPack, match=rf"journeys/start-90.yaml, line {line}: steps.day-60.send: .*day-60"):
        apply_pack(read_pack(start), actor=None, now=NOW)
    assert not Template.objects.exists()
    assert not Company.objects.exists()
    assert not AuditEntry.objects.filter(action="pack.applied").exists()


def test_stage_without_metric_is_refused_by_name_and_nothing_is_written(folder):
    change(folder, "map.yaml", "        role: mandatory\n", "        role: extra\n")
    with pytest.raises(GateRefused, match="Loyal customer"):
        apply_pack(read_pack(folder), actor=None, now=NOW)
    assert not MapVersion.objects.exists()
    assert not Template.objects.exists()


def run(*args: str) -> str:
    out = StringIO()
    call_command("pack", *args, stdout=out)
    return out.getvalue()


def test_command_plans_and_applies():
    with translation.override("en"):
        assert "new       template  thank-you" in run("plan", "retail")
        assert "documents published." in run("apply", "retail")
        assert "0 documents to publish." in run("plan", "retail")


def test_command_shows_what_changed_key_by_key(folder):
    run("apply", str(folder))
    change(folder, "cases/silent-after-first-order.yaml", "horizon: P90D", "horizon: P80D")
    change(folder, "journeys/after-delivery.yaml", "survey: csat-order, deadline: P2D", "survey: csat-order")
    change(folder, "templates/last-order.yaml", "You have ordered from us twice", "You came back to us")
    lines = [line.strip() for line in run("plan", str(folder)).splitlines()]
    assert "horizon: P90D → P80D" in lines
    assert "cases.silent-after-first-order: a new version" in lines
    assert "steps.question.send.deadline: gone: P2D" in lines
    (body,) = [line for line in lines if line.startswith("body.en: ")]
    assert body.index("ordered from us twice") < body.index("→") < body.index("came back to us")
    assert lines[-1] == "4 documents to publish."


def test_command_says_what_is_wrong_in_words(start):
    change(start, "templates/welcome.yaml", "category: service", "category: servis")
    with pytest.raises(CommandError, match=r"templates/welcome.yaml, line 3: category: allowed: service, advertising"):
        run("apply", str(start))
    with pytest.raises(CommandError, match="There is no folder"):
        run("apply", "nowhere")
    with pytest.raises(CommandError, match=r"nobody@example\.com"):
        run("apply", "start", "--actor", "nobody@example.com")
