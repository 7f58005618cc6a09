"""The audit log's page: every act as a sentence, found again by who, what, whom and when."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import qadam
from qadam.office.audit_words import GROUPS, ICONS, SENTENCES
from qadam.people import operations as people
from qadam.people.models import AuditEntry, User
from qadam.segments.publishing import publish_segment
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
PAGE = "/office/audit/"
DAY = timedelta(days=1)


def write(action: str, target: str, *, actor: User | None = None, days: float = 0, **detail: object) -> None:
    people.write_audit(actor=actor, action=action, target=target, detail=detail, now=NOW + days * DAY)


@pytest.fixture
def boss() -> User:
    a_company()
    user = a_user(roles=("owner",))
    User.objects.filter(pk=user.pk).update(name="Olga Kim")
    user.refresh_from_db()
    return user


@pytest.fixture
def office(enter: Enter, boss: User) -> Client:
    return enter(boss)


def entries_of(client: Client, **asked: str) -> list[str]:
    page = client.get(PAGE, asked).context["page"]
    return [re.sub("<[^>]+>", "", entry.sentence) for day in page.days for entry in day.entries]


def test_an_entry_says_who_did_what_to_which_object_and_why(office: Client, boss: User) -> None:
    member = a_member(name="Aigul <b>")
    write(
        "journey.moved",
        f"member:{member.id}",
        actor=boss,
        journey="start-90",
        to="day-3",
        reason="asked for it",
        **{"from": "hello"},
    )
    (entry,) = office.get(PAGE).context["page"].days[0].entries
    assert "Aigul &lt;b&gt;" in entry.sentence
    assert re.sub("<[^>]+>", "", entry.sentence) == (
        "Olga Kim moved Aigul &lt;b&gt; in the journey “start-90” from step “hello” to “day-3”"
    )
    assert entry.reason == "asked for it"
    page = office.get(PAGE).content.decode()
    assert "Why: asked for it" in page
    assert f'href="/office/people/{member.id}/"' in page


def test_objects_have_their_names_and_acts_without_a_person_too(office: Client) -> None:
    name = {"kk": "Сатып алғандар", "ru": "Покупатели", "en": "Buyers"}
    publish_segment({"segment": "b", "name": name, "when": {"did": "order.paid"}}, actor=None, now=NOW)
    assert entries_of(office) == ["The system published version 1 of the segment “Buyers”"]


def test_what_the_details_lack_or_nobody_knows_is_said_as_well_as_can_be(office: Client) -> None:
    write("template.published", "template:gone")
    write("old.action", "thing:1", days=1, strange={"a": [1]})
    write("member.moved", "member:999999", days=2, to=a_member(name="Marat").id, **{"from": None})
    assert entries_of(office) == [
        "The system moved 999999 with the downline; sponsor before: —, now: Marat",
        "The system: old.action, 1",
        "The system published version — of the template “gone”",
    ]


def test_newest_come_first_day_by_day_and_page_by_page(office: Client) -> None:
    for number in range(60):
        write("template.published", "template:a", version=number, days=number / 2)
    first = office.get(PAGE).context["page"]
    second = office.get(PAGE, {"page": "2"}).context["page"]
    assert (first.total, first.page_count, second.number) == (60, 2, 2)
    assert [sum(len(day.entries) for day in page.days) for page in (first, second)] == [50, 10]
    assert first.days[0].on > first.days[-1].on > second.days[-1].on


def test_the_log_is_narrowed_by_group_actor_object_and_days(office: Client, boss: User) -> None:
    member = a_member(name="Dina Sadykova")
    write("template.published", "template:welcome", version=1, actor=boss)
    write("member.moved", f"member:{member.id}", actor=boss, days=1)
    write("journey.paused", "journey:welcome-back", days=2)
    assert len(entries_of(office, group="content")) == 1
    assert len(entries_of(office, actor=str(boss.id))) == 2
    assert entries_of(office, actor="none") == ["The system paused the journey “welcome-back”"]
    assert len(entries_of(office, target="welcome")) == 2
    assert len(entries_of(office, target="template:welcome")) == 1
    assert len(entries_of(office, target="sadykova")) == 1
    assert len(entries_of(office, first="2026-03-03", last="2026-03-03")) == 1
    assert len(entries_of(office, first="2026-03-03")) == 2
    assert len(entries_of(office, last="2026-03-02", group="members")) == 0
    assert "No entry fits" in office.get(PAGE, {"target": "nothing-like-it"}).content.decode()


def test_days_are_the_companys(office: Client) -> None:
    people.write_audit(
        actor=None, action="journey.paused", target="journey:a", detail={}, now=NOW.replace(hour=20)
    )  # 01:00 of the next day in Almaty
    assert len(entries_of(office, first="2026-03-03", last="2026-03-03")) == 1
    assert len(entries_of(office, last="2026-03-02")) == 0


@pytest.mark.parametrize(
    "asked", ["first=yesterday", "first=9999-12-31", "last=0001-01-01", "actor=x", "group=x", "page=x", "target=%00"]
)
def test_nonsense_is_passed_over(office: Client, asked: str) -> None:
    write("journey.paused", "journey:a")
    assert office.get(f"{PAGE}?{asked}").status_code == 200


def test_the_number_of_queries_doesnt_grow(office: Client, boss: User, django_assert_max_num_queries) -> None:
    for number in range(40):
        write("member.moved", f"member:{a_member().id}", actor=boss, days=number)
        write("map.published", "map:start", number=number, actor=boss)
        write("staff.added", f"user:{boss.id}", roles=["owner"])
    with django_assert_max_num_queries(14):
        office.get(PAGE)


def test_an_empty_log_says_what_will_appear(office: Client) -> None:
    assert "Nothing was changed yet" in office.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("roles", "status"), [(("compliance",), 200), (("retention",), 200), (("analyst",), 403), ((), 403)]
)
def test_who_may_read_it(enter: Enter, roles: tuple[str, ...], status: int) -> None:
    a_company()
    client = enter(a_user(roles=roles))
    assert client.get(PAGE).status_code == status
    if roles:
        assert ('href="/office/audit/"' in client.get("/office/journeys/").content.decode()) == (status == 200)


def test_nothing_changes_the_log(office: Client) -> None:
    write("journey.paused", "journey:a")
    assert office.post(PAGE).status_code == 405
    assert AuditEntry.objects.count() == 1


# ---- every action has words


def actions_written() -> Iterator[tuple[str, str]]:
    """Return (action, where) of every act that the code writes to the log."""
    root = Path(qadam.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "audit" in _called(node.func):
                for action in _actions_in(node):
                    yield action, f"{path.relative_to(root)}:{node.lineno}"


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _actions_in(call: ast.Call) -> list[str]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "action"] + list(call.args)
    texts = [each.value for part in given for each in ast.walk(part) if isinstance(each, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)]


def test_every_action_that_is_written_anywhere_has_words() -> None:
    written = dict(actions_written())
    assert len(written) > 10
    assert {action: where for action, where in written.items() if action not in SENTENCES} == {}


def test_no_action_is_put_together_at_run_time() -> None:
    """An action that isn't written out can't be found by the test above."""
    root = Path(qadam.__file__).parent
    for path in root.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"action=f[\"']", source), path


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_sentence_can_be_said(language: str) -> None:
    parts = dict.fromkeys(
        (
            "who",
            "what",
            "action",
            "number",
            "version",
            "journey",
            "from",
            "to",
            "step",
            "channel",
            "case",
            "measure",
            "label",
            "title",
            "goal",
        ),
        "…",
    )
    with translation.override(language):
        for action, sentence in SENTENCES.items():
            assert "%" not in str(sentence.text) % parts, action
            assert sentence.group in GROUPS
    assert ICONS.keys() == GROUPS.keys()
