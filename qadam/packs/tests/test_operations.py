"""Planning and applying: new things once, the same again nothing, a faulty pack nothing at all."""

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
from qadam.packs.documents import START, read_pack
from qadam.packs.errors import FaultyPack
from qadam.packs.operations import apply_pack
from qadam.packs.queries import State, plan_pack
from qadam.people.models import AuditEntry, Company
from qadam.tasks.models import PlanVersion
from tests.cast import NOW, a_company, a_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(START, tmp_path / "mine"))


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


def test_applying_publishes_everything_in_the_name_of_the_actor(folder):
    actor = a_user(roles=("owner",))
    changes = apply_pack(read_pack(folder), actor=actor, now=NOW)
    assert {change.state for change in changes} == {State.NEW}
    assert Company.objects.get().name == "Dala Wellness"
    assert Template.objects.count() == 11
    assert PlanVersion.objects.get().plan.slug == "start"
    assert set(Journey.objects.values_list("slug", flat=True)) == {
        "start-90", "before-registration", "case:silent-after-first-purchase",
    }  # fmt: skip
    assert CaseVersion.objects.get().published_at == NOW
    assert MapVersion.objects.get().published_by == actor
    assert AuditEntry.objects.get(action="pack.applied").actor == actor


def test_applying_again_changes_nothing(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    count = AuditEntry.objects.count()
    assert touched(folder) == {}
    assert apply_pack(read_pack(folder), actor=None, now=LATER) == []
    assert AuditEntry.objects.count() == count
    assert (MapVersion.objects.count(), CaseVersion.objects.count(), Template.objects.count()) == (1, 1, 11)


def test_only_what_changed_is_published(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    change(folder, "templates/week-2.yaml", 'en: "Week 2: together with your mentor"', "en: Together with your mentor")
    assert touched(folder) == {"template:week-2": "changed"}
    (only,) = apply_pack(read_pack(folder), actor=None, now=LATER)
    assert only.name == "week-2"
    assert touched(folder) == {}


def test_changed_case_makes_a_new_version_of_its_map(folder):
    apply_pack(read_pack(folder), actor=None, now=NOW)
    change(folder, "cases/silent-after-first-purchase.yaml", "horizon: P21D", "horizon: P28D")
    assert touched(folder) == {"case:silent-after-first-purchase": "changed", "map:start": "changed"}
    apply_pack(read_pack(folder), actor=None, now=LATER)
    assert touched(folder) == {}
    assert MapVersion.objects.current().get().published_at == LATER


def test_company_that_is_there_keeps_its_settings(folder):
    a_company(name="Ours", language="ru")
    apply_pack(read_pack(folder), actor=None, now=NOW)
    assert Company.objects.get().name == "Ours"


def test_missing_letter_is_named_with_file_and_line_and_nothing_is_written(folder):
    (folder / "templates/day-60.yaml").unlink()
    lines = (folder / "journeys/start-90.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "template: day-60" in text)
    with pytest.raises(FaultyPack, match=rf"journeys/start-90.yaml, line {line}: steps.day-60.send: .*day-60"):
        apply_pack(read_pack(folder), actor=None, now=NOW)
    assert not Template.objects.exists()
    assert not Company.objects.exists()
    assert not AuditEntry.objects.exists()


def test_stage_without_metric_is_refused_by_name_and_nothing_is_written(folder):
    change(folder, "map.yaml", "{code: M5, role: mandatory,", "{code: M5, role: extra,")
    with pytest.raises(GateRefused, match="Loyalty and retention"):
        apply_pack(read_pack(folder), actor=None, now=NOW)
    assert not MapVersion.objects.exists()
    assert not Template.objects.exists()


def run(*args: str) -> str:
    out = StringIO()
    call_command("pack", *args, stdout=out)
    return out.getvalue()


def test_command_plans_and_applies():
    with translation.override("en"):
        assert "new       template  welcome" in run("plan", "start")
        assert "17 documents published." in run("apply", "start")
        assert "0 documents to publish." in run("plan", "start")


def test_command_shows_what_changed_key_by_key(folder):
    run("apply", str(folder))
    change(folder, "cases/silent-after-first-purchase.yaml", "horizon: P21D", "horizon: P28D")
    change(folder, "journeys/start-90.yaml", "template: day-3, deadline: P1D", "template: day-3")
    change(
        folder,
        "templates/welcome.yaml",
        "Today is day 0, with 90 days ahead",
        "Today is day 0, with thirteen weeks ahead",
    )
    lines = [line.strip() for line in run("plan", str(folder)).splitlines()]
    assert "horizon: P21D → P28D" in lines
    assert "cases.silent-after-first-purchase: a new version" in lines
    assert "steps.day-3.send.deadline: gone: P1D" in lines
    (body,) = [line for line in lines if line.startswith("body.en: ")]
    assert body.index("90 days ahead") < body.index("→") < body.index("thirteen weeks ahead")
    assert lines[-1] == "4 documents to publish."


def test_command_says_what_is_wrong_in_words(folder):
    change(folder, "templates/welcome.yaml", "category: service", "category: servis")
    with pytest.raises(CommandError, match=r"templates/welcome.yaml, line 3: category: allowed: service, advertising"):
        run("apply", str(folder))
    with pytest.raises(CommandError, match="There is no folder"):
        run("apply", "nowhere")
    with pytest.raises(CommandError, match=r"nobody@example\.com"):
        run("apply", "start", "--actor", "nobody@example.com")
