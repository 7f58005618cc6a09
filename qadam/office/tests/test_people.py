from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.maps.models import JourneyMap, MapVersion, Stage
from qadam.metrics import operations as metrics
from qadam.metrics.models import MetricBinding
from qadam.metrics.operations import NewBinding
from qadam.office import behind
from qadam.people import operations as people
from qadam.people.models import User
from qadam.people.operations import Stay
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def words(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": text}


def a_map() -> None:
    version = MapVersion.objects.create(
        map=JourneyMap.objects.create(slug="start"),
        number=1,
        name=words("Map"),
        document={},
        content_hash="x",
        created_at=NOW,
        published_at=NOW,
        valid_from=NOW,
    )
    for position, name in enumerate(("Contact", "Interest"), start=1):
        Stage.objects.create(
            version=version, key=f"s{position}", position=position, name=words(name), entry_rule={}, horizon_days=7
        )


def a_binding(kind: str, key: str, code: str, params: dict[str, Any]) -> MetricBinding:
    metrics.set_bindings(
        target_kind=kind, target_key=key, bindings=[NewBinding(code=code, params=params, target=0.4)], now=NOW
    )
    return MetricBinding.objects.get(target_kind=kind, target_key=key)


def names(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/office/people/{query}").context["page"]
    return [row.name for row in page.rows]


@pytest.mark.parametrize(
    ("roles", "status"), [(("retention",), 200), (("owner",), 200), (("editor",), 403), (("integrator",), 403)]
)
def test_the_list_opens_by_role(enter: Enter, roles: tuple[str, ...], status: int) -> None:
    a_company()
    assert enter(a_user(roles=roles)).get("/office/people/").status_code == status


def test_a_member_and_a_stranger_dont_come_in(enter: Enter) -> None:
    a_company()
    member = a_member(name="Aigul")
    assert enter(a_user(member=member)).get(f"/office/people/{member.id}/").status_code == 403
    assert Client().get("/office/people/").headers["Location"].startswith("/sign-in/")


def test_names_are_found_in_any_case_in_cyrillic_too(enter: Enter) -> None:
    a_company()
    a_member(name="Айгүл Нұрланова")
    a_member(name="Marat Ospanov", email="marat@example.com", external_id="A-7")
    client = enter(a_user(roles=("retention",)))
    assert names(client, "?q=айгүл") == ["Айгүл Нұрланова"]
    assert names(client, "?q=НҰРЛ") == ["Айгүл Нұрланова"]
    assert names(client, "?q=marat+osp") == ["Marat Ospanov"]
    assert names(client, "?q=A-7") == ["Marat Ospanov"]
    assert names(client, "?q=nobody") == []


def test_the_stage_filter_keeps_those_who_stand_there(enter: Enter) -> None:
    a_company()
    a_map()
    aigul, saule = a_member(name="Aigul"), a_member(name="Saule")
    stays = [Stay(aigul.id, "stage", "start/s1", NOW), Stay(saule.id, "stage", "start/s1", NOW)]
    people.enter_memberships([*stays, Stay(saule.id, "stage", "start/s2", NOW)], now=NOW)
    client = enter(a_user(roles=("retention",)))
    assert names(client, "?stage=start/s2") == ["Saule"]
    rows = {row.name: row.stage.name for row in client.get("/office/people/").context["page"].rows}
    assert rows == {"Aigul": "Contact", "Saule": "Interest"}


def test_the_search_swaps_the_list_only(enter: Enter) -> None:
    a_company()
    html = enter(a_user(roles=("retention",))).get(
        "/office/people/?q=x", headers={"HX-Request": "true", "HX-Target": "people"}
    )
    assert "<html" not in html.content.decode()
    assert "HX-Request" in html.headers["Vary"]


def test_the_people_behind_a_number_are_listed(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    a_company()
    a_map()
    aigul, saule = a_member(name="Aigul"), a_member(name="Saule")
    a_member(name="Other")
    binding = a_binding("stage", "start/s1", "M1", {"horizon_days": 7, "stages_after": ["start/s2"]})

    def counted(binding_id: int, part: str, grain: str) -> list[int]:
        assert (binding_id, grain) == (binding.id, "window")
        return [saule.id] if part == "numerator" else [aigul.id, saule.id, saule.id]

    monkeypatch.setattr(behind.metrics, "people_behind", counted)
    client = enter(a_user(roles=("retention",)))
    assert names(client, f"?behind={binding.id}&part=numerator") == ["Saule"]
    assert names(client, f"?behind={binding.id}&part=denominator") == ["Aigul", "Saule"]
    assert "1 · Contact" in client.get(f"/office/people/?behind={binding.id}").content.decode()


def test_a_number_that_was_never_computed_has_nobody_behind_it(enter: Enter) -> None:
    a_company()
    binding = a_binding("map", "start", "M4", {})
    response = enter(a_user(roles=("retention",))).get(f"/office/people/?behind={binding.id}")
    assert "Nobody is counted here yet" in response.content.decode()


def test_a_member_is_shown_with_what_happened_in_words(enter: Enter) -> None:
    a_company()
    a_map()
    aigul = a_member(name="Aigul", phone="+77010000001")
    people.enter_memberships([Stay(aigul.id, "stage", "start/s1", NOW - days(1))], now=NOW)
    an_event("order.paid", aigul, NOW, order="K-1", amount=2_490_000, currency="KZT", points=45_000)
    html = enter(a_user(roles=("retention",))).get(f"/office/people/{aigul.id}/").content.decode()
    assert "Order paid" in html
    assert "24,900\xa0₸" in html
    assert "volume: 45" in html
    assert "Contact" in html
    assert "+77010000001" in html


def test_the_side_panel_gets_the_member_without_the_frame(enter: Enter) -> None:
    a_company()
    aigul = a_prospect(name="Aigul")
    response = enter(a_user(roles=("retention",))).get(
        f"/office/people/{aigul.id}/", headers={"HX-Request": "true", "HX-Target": "panel-body"}
    )
    assert "<html" not in response.content.decode()
    assert "Aigul" in response.content.decode()


def test_an_unknown_member_is_missing(enter: Enter) -> None:
    a_company()
    assert enter(a_user(roles=("retention",))).get("/office/people/999999/").status_code == 404


def test_the_list_takes_few_queries_however_many_people(
    enter: Enter, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    a_company()
    a_map()
    mentor = a_member()
    for _ in range(30):
        a_member(mentor_id=mentor.id)
    client = enter(a_user(roles=("retention",)))
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        client.get("/office/people/")
