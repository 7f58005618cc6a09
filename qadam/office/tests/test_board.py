"""The map on screen: who may see it, its parts, its panels, its versions; a fixed number of queries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qadam.maps import operations
from qadam.maps.models import MapVersion
from qadam.maps.tests.content import a_map, say
from qadam.metrics import jobs as metrics
from qadam.metrics.models import MetricBinding
from qadam.office.board_versions import _as_yaml
from qadam.office.tests.board_world import board, oleg, published_board
from tests.cast import NOW

__all__ = ["board", "oleg", "published_board"]
pytestmark = pytest.mark.django_db
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}


def page(client, name, *args, query="", **headers):
    answer = client.get(reverse(f"office:{name}", args=args) + query, headers=headers)
    return answer, answer.content.decode()


def test_the_board_is_a_table_of_stages_and_lanes(client, board):
    _answer, text = page(client, "board")
    assert text.count('<th scope="col"') == 3
    assert text.count('<th scope="row"') >= 9
    assert "Declined after the presentation" in text
    assert "Case learns" in text
    assert 'id="table-here-s1">15<' in text
    assert 'id="table-here-s2">10<' in text


def test_the_list_by_stage_holds_the_same(client, board):
    _answer, text = page(client, "board", query="?view=outline")
    assert "<table" not in text
    assert 'id="outline-here-s1">15<' in text


@pytest.mark.parametrize("name", ["board", "board_counts", "board_chips", "board_versions"])
def test_queries_do_not_grow(client, board, oleg, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(28):
        page(client, name)


def test_waiting_for_data_and_then_numbers(client, board):
    assert "waiting for data" in page(client, "board")[1]
    metrics.compute(NOW, only_touched=False)
    _answer, text = page(client, "board")
    assert "10 of 25" in text
    assert "40<small>" in text
    assert "on target" in text


def test_counts_come_as_parts_for_both_places(client, board):
    _answer, text = page(client, "board_counts")
    assert '<span id="table-here-s1" hx-swap-oob="innerHTML">15</span>' in text
    assert '<span id="outline-here-s1" hx-swap-oob="innerHTML">15</span>' in text
    assert '<span id="board-total" hx-swap-oob="innerHTML">25</span>' in text
    _answer, outline = page(client, "board_counts", query="?view=outline")
    assert "table-here" not in outline


def test_chips_come_as_parts(client, board):
    metrics.compute(NOW, only_touched=False)
    _answer, text = page(client, "board_chips")
    binding = MetricBinding.objects.get(target_key="small/s1", code="M1")
    assert f'id="table-chip-{binding.id}" hx-swap-oob="innerHTML"' in text
    assert "<html" not in text


def test_a_metric_in_full(client, board):
    metrics.compute(NOW, only_touched=False)
    binding = MetricBinding.objects.get(target_key="small/s1", code="M1")
    _answer, part = page(client, "board_metric", binding.id, **PANEL)
    _answer, whole = page(client, "board_metric", binding.id)
    assert "<html" not in part
    assert "<html" in whole
    for text in (part, whole):
        assert "10 of 25 people" in text
        assert f"?behind={binding.id}&amp;part=numerator" in text
        assert f"?behind={binding.id}&amp;part=denominator" in text
        assert "stage-conversion" in text
        assert "23–59 %" in text


def test_a_metric_before_its_first_people(client, board):
    binding = MetricBinding.objects.get(target_key="small/s3", code="M5")
    assert "Nobody has come so far yet" in page(client, "board_metric", binding.id)[1]


def test_a_case_and_a_stage_in_full(client, board):
    _answer, case = page(client, "board_case", "declined", **PANEL)
    assert "Little trust" in case
    assert "in it now" in case
    assert "declined after a presentation" in case
    _answer, stage = page(client, "board_stage", "small", "s1", **PANEL)
    assert "No event tells that it happened" in stage


@pytest.mark.parametrize(
    ("name", "args"),
    [("board_metric", (9_999,)), ("board_case", ("nowhere",)), ("board_stage", ("small", "s9")),
     ("board_stage", ("none", "s1")), ("board_document", ("small", 9))],
)  # fmt: skip
def test_what_is_not_there(client, board, name, args):
    assert page(client, name, *args)[0].status_code == 404


def test_the_draft_shows_what_it_lacks(client, board, oleg):
    document = a_map(name={"en": "Small map"})
    document["stages"][1]["metrics"] = []
    operations.save_draft(document, actor=oleg, now=NOW)
    _answer, text = page(client, "board_versions")
    assert 'href="#stage-s2"' in text
    assert 'id="stage-s2"' in text
    assert "Stage s2” has no mandatory conversion metric" in text
    assert "has no name in: kk, ru" in text


def test_publishing_a_lacking_draft_is_refused_in_words(client, board, oleg):
    document = a_map()
    document["stages"][0]["metrics"] = []
    operations.save_draft(document, actor=oleg, now=NOW)
    answer = client.post(reverse("office:board_publish", args=["small", 2]))
    assert answer.status_code == 422
    assert "Stage s1" in answer.content.decode()
    assert MapVersion.objects.current().get().number == 1


def test_a_draft_from_the_text_field_and_from_a_file(client, board, oleg):
    text = _as_yaml(board)
    answer = client.post(reverse("office:board_draft"), {"document": text.replace("Small map", "Smaller map")})
    assert answer.status_code == 302
    assert MapVersion.objects.drafts().get().name["en"] == "Smaller map"
    file = SimpleUploadedFile("map.yaml", text.replace("Small map", "Карта").encode())
    assert client.post(reverse("office:board_draft"), {"file": file, "document": "x"}).status_code == 302
    assert MapVersion.objects.drafts().get().name["en"] == "Карта"
    assert client.post(reverse("office:board_publish", args=["small", 2])).status_code == 302
    assert MapVersion.objects.current().get().number == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("map: [", "This can&#x27;t be read as YAML"),
        ("map: small\nstagges: []", "stagges"),
        ("- 1", "a group of keys is needed"),
        ("", "a group of keys is needed"),
    ],
)
def test_a_faulty_document_comes_back_with_its_faults(client, board, text, said):
    answer = client.post(reverse("office:board_draft"), {"document": text})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not MapVersion.objects.drafts().exists()


def test_a_file_that_is_not_utf8(client, board):
    file = SimpleUploadedFile("map.yaml", "map: Карта".encode("cp1251"))
    assert client.post(reverse("office:board_draft"), {"file": file}).status_code == 422


def test_a_version_as_a_document(client, board):
    answer, text = page(client, "board_document", "small", 1)
    assert answer["Content-Disposition"] == 'attachment; filename="small-1.yaml"'
    assert "name:" in text
    assert say("Stage s1")["kk"] in text
