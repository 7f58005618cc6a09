"""The pages of Recognition: who may come in, publishing, faults, warnings, drafts, counting, retiring."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.office.badge_forms import badge_sections
from qadam.office.points_forms import blank_rule, rule_sections
from qadam.office.recognition_fields import Faults, Known
from qadam.office.tests.forms import post_of
from qadam.people.models import AuditEntry, User
from qadam.recognition import publishing
from qadam.recognition.definitions import Definition
from qadam.recognition.models import Award
from tests.cast import NOW, a_company, a_member, a_user, an_event

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
WORDS = {"kk": "Сабақ", "ru": "Урок", "en": "Lesson"}
RULE: dict[str, Any] = {"rule": "lesson", "name": WORDS, "event": "lesson.completed", "to": "self", "points": 10}
PARTNER: dict[str, Any] = {
    "rule": "partner", "name": WORDS, "event": "member.registered", "to": "sponsor", "points": 0,
}  # fmt: skip
BADGE: dict[str, Any] = {
    "badge": "first-lesson",
    "name": WORDS,
    "why": WORDS,
    "how": WORDS,
    "icon": "award",
    "kind": "earned",
    "tiers": [{"key": "one", "when": {"did": "lesson.completed"}}],
}
RULES, BADGES = "/office/recognition/points/", "/office/recognition/badges/"


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    publishing.publish_point_rule(document=RULE, actor=None, now=NOW)
    publishing.publish_point_rule(document=PARTNER, actor=None, now=NOW)
    publishing.publish_badge(document=BADGE, actor=None, now=NOW)
    return enter(a_user(roles=("editor",)))


def rule_form(document: dict[str, Any], number: int = 1, **changes: Any) -> Any:
    sections = rule_sections(document, Faults(), Known(), is_new=not number)
    return post_of(sections, number=str(number), **changes)


def badge_form(document: dict[str, Any], number: int = 1, **changes: Any) -> Any:
    sections = badge_sections(document, Faults(), Known(), is_new=not number)
    return post_of(sections, number=str(number), **changes)


def send(client: Client, url: str, post: Any, **headers: str) -> Any:
    return client.post(url, post.urlencode(), content_type="application/x-www-form-urlencoded", headers=headers)


def numbers(key: str) -> list[int]:
    return list(Definition.objects.filter(key=key).order_by("number").values_list("number", flat=True))


@pytest.mark.parametrize(
    ("role", "sees", "begins"), [("editor", 200, 200), ("analyst", 200, 403), ("integrator", 403, 403)]
)
def test_who_may_look_and_who_may_edit(client: Client, enter: Enter, role: str, sees: int, begins: int) -> None:
    visitor = enter(a_user(roles=(role,)))
    assert visitor.get(RULES).status_code == sees
    assert visitor.get(f"{RULES}new/").status_code == begins
    if role != "editor":
        assert send(visitor, f"{RULES}lesson/", rule_form(RULE, points="99", do="publish")).status_code == 403
        assert visitor.post(f"{RULES}lesson/retire/", {"reason": "no"}).status_code == 403
        assert numbers("lesson") == [1]


def test_members_stay_out(client: Client, enter: Enter) -> None:
    assert enter(a_user(member=a_member())).get(RULES).status_code == 403


@pytest.mark.parametrize("slug", ["points", "badges", "levels", "streaks", "challenges", "boards", "nominations"])
def test_every_list_opens_and_an_unknown_kind_does_not(client: Client, slug: str) -> None:
    assert client.get(f"/office/recognition/{slug}/").status_code == 200
    assert client.get("/office/recognition/nothing/").status_code == 404


def test_a_change_becomes_a_new_version_and_the_same_again_does_not(client: Client) -> None:
    form = rule_form(RULE, points="15", do="publish")
    assert send(client, f"{RULES}lesson/", form).status_code == 302
    assert numbers("lesson") == [1, 2]
    assert Definition.objects.get(key="lesson", number=2).document == {**RULE, "points": 15}
    again = send(client, f"{RULES}lesson/", rule_form(RULE, 2, points="15", do="publish"))
    assert again.status_code == 302
    assert numbers("lesson") == [1, 2]


def test_faults_stand_beside_the_fields_and_what_was_typed_is_kept(client: Client) -> None:
    response = send(client, f"{RULES}lesson/", rule_form(RULE, points="lots\x00", **{"name.kk": ""}, do="publish"))
    html = response.content.decode()
    assert response.status_code == 422
    assert 'value="lots"' in html
    assert "Қазақша: the text in this language is missing" in html
    assert numbers("lesson") == [1]


def test_a_button_that_changes_the_form_publishes_nothing(client: Client) -> None:
    response = send(client, f"{RULES}lesson/", rule_form(RULE, do="filter:fact"), **{"HX-Request": "true"})
    html = response.content.decode()
    assert response.status_code == 200
    assert "choose a property" in html
    assert "<html" not in html
    assert numbers("lesson") == [1]


def test_somebody_elses_version_is_never_overwritten_unseen(client: Client) -> None:
    publishing.publish_point_rule(document={**RULE, "points": 11}, actor=None, now=NOW)
    response = send(client, f"{RULES}lesson/", rule_form(RULE, 1, points="15", do="publish"))
    assert response.status_code == 409
    html = response.content.decode()
    assert "published version 2 meanwhile" in html
    assert 'value="15"' in html
    assert numbers("lesson") == [1, 2]


def test_points_for_registrations_need_a_reason_which_the_audit_keeps(client: Client, enter: Enter) -> None:
    url = f"{RULES}partner/"
    assert "The law looks at this" not in client.get(url).content.decode()
    warned = send(client, url, rule_form(PARTNER, points="5", do="check")).content.decode()
    assert "The law looks at this" in warned
    assert "article 217" in warned
    refused = send(client, url, rule_form(PARTNER, points="5", do="publish"))
    assert refused.status_code == 422
    assert "Write down the reason" in refused.content.decode()
    assert numbers("partner") == [1]
    form = rule_form(PARTNER, points="5", reason="The board decided it in May.", do="publish")
    assert send(client, url, form).status_code == 302
    entry = AuditEntry.objects.filter(action="points.published").latest("id")
    assert entry.detail["warnings"] == ["recruiting"]
    audit = enter(a_user(roles=("compliance",))).get("/office/audit/").content.decode()
    assert "The board decided it in May." in audit
    assert "bringing people in" in audit


def test_a_new_rule_begins_empty_and_its_key_must_be_free(client: Client) -> None:
    url = f"{RULES}new/"
    html = client.get(url).content.decode()
    assert "missing" not in html
    taken = send(client, url, rule_form({**blank_rule(), **RULE}, 0, do="publish"))
    assert taken.status_code == 422
    assert "there is one of this key already" in taken.content.decode()
    assert send(client, url, rule_form({**RULE, "rule": "other"}, 0, do="publish")).status_code == 302
    assert numbers("other") == [1]


def test_a_draft_is_kept_for_oneself_until_it_is_dropped(client: Client, enter: Enter) -> None:
    url = f"{RULES}lesson/"
    assert send(client, url, rule_form(RULE, points="77", do="keep")).status_code == 302
    assert "your draft" in client.get(RULES).content.decode()
    assert 'value="77"' in client.get(url).content.decode()
    assert 'value="77"' not in enter(a_user(roles=("editor",))).get(url).content.decode()
    client.post(f"{url}drop/")
    assert 'value="10"' in client.get(url).content.decode()
    assert numbers("lesson") == [1]


def test_asel_counts_who_would_have_a_badge_and_publishes_it(client: Client) -> None:
    a_member()
    an_event("lesson.completed", a_member(), lesson="claims")
    document = {**BADGE, "badge": "learner", "why": {}}
    counted = send(client, f"{BADGES}new/", badge_form(document, 0, do="count"), **{"HX-Request": "true"})
    assert "member of 2 meets this now" in counted.content.decode()
    assert not numbers("learner")
    finished = badge_form({**document, "why": WORDS}, 0, do="publish")
    assert send(client, f"{BADGES}new/", finished).status_code == 302
    assert numbers("learner") == [1]
    assert "Has happened" in client.get(f"{BADGES}learner/").content.decode()


def test_a_badge_that_nobody_can_ever_get_is_refused(client: Client) -> None:
    never = {"all": [{"day": {"at_most": 3}}, {"day": {"at_least": 7}}]}
    document = {**BADGE, "tiers": [{"key": "one", "when": never}]}
    refused = send(client, f"{BADGES}first-lesson/", badge_form(document, do="publish"))
    assert refused.status_code == 422
    assert "exclude each other" in refused.content.decode()
    assert numbers("first-lesson") == [1]


def test_a_badge_is_given_to_those_who_had_earned_it(client: Client) -> None:
    an_event("lesson.completed", a_member(), lesson="claims")
    assert client.post(f"{BADGES}first-lesson/award/").status_code == 302
    assert Award.objects.count() == 1
    assert client.post(f"{BADGES}first-lesson/award/").status_code == 302
    assert Award.objects.count() == 1
    assert AuditEntry.objects.filter(action="badge.awarded_in_hindsight").count() == 2


def test_taking_out_of_force_asks_for_a_reason(client: Client) -> None:
    client.post(f"{RULES}lesson/retire/", {"reason": " "})
    assert Definition.objects.get(key="lesson").retired_at is None
    client.post(f"{RULES}lesson/retire/", {"reason": "Replaced by tests."})
    assert Definition.objects.get(key="lesson").retired_at == NOW
    assert AuditEntry.objects.get(action="points.retired").detail["reason"] == "Replaced by tests."
