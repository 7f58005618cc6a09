from datetime import date, timedelta

import pytest

from qadam.people.models import AuditEntry
from qadam.tasks import choosing, drafts, operations
from qadam.tasks.errors import DraftMoved, NoDraft, UnknownPlan
from qadam.tasks.models import ActionPlan, Task
from qadam.tasks.tests.factories import a_goal, a_plan, a_plan_document, a_planned_task, a_rich_plan, task_of
from tests.cast import NOW, a_company, a_member, an_event, days

pytestmark = pytest.mark.django_db


def test_two_editors_cannot_overwrite_each_other():
    assert drafts.save_draft(slug="new", document={"plan": "new"}, revision=0, actor=None, now=NOW) == 1
    assert drafts.save_draft(slug="new", document={"plan": "new", "x": 1}, revision=1, actor=None, now=NOW) == 2
    with pytest.raises(DraftMoved):
        drafts.save_draft(slug="new", document={}, revision=1, actor=None, now=NOW)
    assert ActionPlan.objects.get(slug="new").draft == {"plan": "new", "x": 1}
    drafts.discard_draft(slug="new", actor=None, now=NOW)
    with pytest.raises(NoDraft):
        drafts.discard_draft(slug="new", actor=None, now=NOW)


def test_publishing_is_the_end_of_a_draft():
    drafts.save_draft(slug="start", document=a_plan_document(), revision=0, actor=None, now=NOW)
    a_plan()
    assert ActionPlan.objects.get(slug="start").draft is None


def test_people_under_way_move_to_the_newest_version():
    a_company()
    a_plan()
    member, stays = a_member(), a_member()
    operations.assign_plan(plan="start", member_ids=[member.id, stays.id], now=NOW)
    Task.objects.filter(member=stays).update(done_at=NOW)
    operations.tick_task(member=member, task_id=task_of(member, "profile").id, is_done=True, now=NOW)
    an_event("live.attended", member, NOW + timedelta(hours=1), event="weekly")
    rule = {"did": "live.attended", "since": "entry"}
    kept = [task for task in a_plan_document()["tasks"] if task["key"] not in ("share", "call")]
    kept[2]["day"], kept[2]["due_day"], kept[2]["title"] = 4, 6, kept[0]["title"]
    new = [a_planned_task("new", 9, 10), a_planned_task("live", 10, 12, kind="event", done_when=rule)]
    a_plan(tasks=[*kept, *new])
    assert drafts.people_on_older_versions("start") == 1
    assert drafts.move_to_newest_version(plan="start", actor=None, now=NOW + days(1)) == 1
    rows = {task.key: task for task in Task.objects.filter(member=member)}
    assert set(rows) == {"profile", "registered", "list", "first-order", "lesson", "new", "live"}
    assert {row.plan_version.number for row in rows.values()} == {2}
    assert rows["profile"].done_at == NOW
    assert (rows["list"].opens_on, rows["list"].due_on) == (date(2026, 3, 6), date(2026, 3, 8))
    assert (rows["new"].opens_on, rows["new"].assigned_at) == (date(2026, 3, 11), NOW)
    assert rows["live"].done_at is not None
    assert drafts.people_on_older_versions("start") == 0
    assert drafts.move_to_newest_version(plan="start", actor=None, now=NOW + days(1)) == 0
    assert AuditEntry.objects.filter(action="plan.moved").count() == 2
    with pytest.raises(UnknownPlan):
        drafts.move_to_newest_version(plan="ghost", actor=None, now=NOW)


def test_a_chosen_goal_that_is_gone_is_chosen_anew():
    a_company()
    a_rich_plan()
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    choosing.choose_goal(member=member, goal="customer-registration", now=NOW)
    a_rich_plan(goals=[a_goal()])
    drafts.move_to_newest_version(plan="start", actor=None, now=NOW)
    assert task_of(member, "goal").goal == ""
