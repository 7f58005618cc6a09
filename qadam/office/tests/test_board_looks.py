"""The map as people look at it: filtered, in its past, shared, presented, on paper."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from qadam.maps import operations, sharing
from qadam.maps.models import ShareLink
from qadam.maps.tests.content import a_map
from qadam.metrics import jobs as metrics
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.office import board_drawing, board_sharing
from qadam.office.tests.board_world import board, oleg, published_board
from qadam.people.models import Membership
from qadam.segments.models import Segmentation
from tests.cast import NOW, a_user, days

__all__ = ["board", "oleg", "published_board"]
pytestmark = pytest.mark.django_db
SEGMENTS = [{"key": key, "name": {"kk": key, "ru": key, "en": key.title()}} for key in ("buyer", "rest")]


def text_of(client, name, *args, query="", status=200):
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def segments(board):
    """Four of the ten who stand in the second stage are buyers."""
    document = {"segmentation": "role", "name": SEGMENTS[0]["name"], "segments": SEGMENTS}
    Segmentation.objects.create(key="role", number=1, document=document, content_hash="x", published_at=NOW)
    type(board).objects.update(segmentation="role")
    stays = Membership.objects.filter(kind="stage", key="small/s2", left_at__isnull=True).order_by("id")[:4]
    for stay in stays:
        Membership.objects.create(member_id=stay.member_id, kind="segment", key="role/buyer", entered_at=NOW)


def test_a_segment_is_counted_alone_and_said(client, segments):
    metrics.compute(NOW, only_touched=False)
    text = text_of(client, "office:board", query="?segment=buyer")
    assert 'id="table-here-s2">4<' in text
    assert "4 of 4" in text
    assert "By where people stand today" in text
    assert '<option value="buyer" selected>' in text
    assert 'id="table-here-s2">10<' in text_of(client, "office:board", query="?segment=nowhere")
    counts = text_of(client, "office:board_counts", query="?segment=buyer")
    assert 'id="table-here-s2" hx-swap-oob="innerHTML">4<' in counts


@pytest.mark.parametrize("period", ["2026-13", "x", "2026-q5", "99999-01"])
def test_a_period_that_is_none_is_not_chosen(client, board, period):
    assert "Show everybody" not in text_of(client, "office:board", query=f"?period={period}&team=7777777777777777777")


def test_a_month_shows_stored_values(client, board):
    metrics.compute(NOW, only_touched=False)
    month = MetricValue.objects.filter(grain="month", denominator__gt=0, binding__code="M1").first()
    local = month.period_start + timedelta(hours=12)
    text = text_of(client, "office:board", query=f"?period={local:%Y-%m}")
    assert f"{month.numerator} of {month.denominator}" in text
    assert "Values of the stored periods" in text


def test_an_earlier_version_keeps_its_numbers(client, board, oleg):
    metrics.compute(NOW - days(30), only_touched=False)
    windows = MetricValue.objects.filter(binding__code="M1", binding__target_key="small/s1", grain="window")
    then = windows.latest("period_end")
    document = a_map()
    document["stages"][0]["horizon_days"] = 2
    operations.publish_map_document(document, actor=oleg, now=NOW - days(20))
    metrics.compute(NOW, only_touched=False)
    old = text_of(client, "office:board", query="?version=1")
    assert "Version 1, valid" in old
    assert f"{then.numerator} of {then.denominator}" in old
    assert "hx-trigger" not in old
    assert "people are in" not in old
    assert "Version 1, valid" not in text_of(client, "office:board", query="?version=2")
    text_of(client, "office:board", query="?version=9", status=404)


def test_presented_and_on_paper_without_a_way_to_people(client, board):
    for name in ("office:board_present", "office:board_print"):
        text = text_of(client, name)
        assert "Stage s3" in text
        assert "/office/people/" not in text
    assert text_of(client, "office:board_print", query="?paper=a4").count('class="sheet is-a4"') > 3


def test_without_a_browser_the_server_says_so(client, board, monkeypatch):
    monkeypatch.setattr(board_drawing, "find_browser", lambda: None)
    text = text_of(client, "office:board_download", "pdf", status=422)
    assert "There is no Chromium on this server" in text
    assert "has no Chromium" in text_of(client, "office:board_print")
    text_of(client, "office:board_download", "exe", status=404)


def test_a_touchpoint_and_a_division(client, board):
    metrics.compute(NOW, only_touched=False)
    assert "question.opened" in text_of(client, "office:board_touchpoint", "small", "s1", "talk")
    assert "can’t be measured yet" in text_of(client, "office:board_touchpoint", "small", "s1", "board")
    text_of(client, "office:board_touchpoint", "small", "s1", "none", status=404)
    binding = MetricBinding.objects.get(target_key="small/s1", code="M1")
    assert "The stored periods" in text_of(client, "office:board_breakdown", binding.id, "cohort")
    text_of(client, "office:board_breakdown", binding.id, "colour", status=404)


@pytest.fixture
def token(client, board, oleg):
    cache.clear()
    fields = {"label": "Board meeting", "days": "30", "password": "apricot"}
    text = client.post(reverse("office:board_share_new"), fields).content.decode()
    return re.search(r"/share/([\w-]{20,})/", text).group(1)


def test_a_link_shows_figures_and_nobody(client, token, segments):
    metrics.compute(NOW, only_touched=False)
    client.logout()
    client.cookies["language"] = "en"
    address = reverse("shared_map", args=[token])
    assert "This map has a password" in client.get(address).content.decode()
    assert client.post(address, {"password": "wrong"}).status_code == 422
    assert client.post(address, {"password": "apricot"}).status_code == 302
    answer = client.get(address)
    text = answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert 'href="/office/' not in text
    assert "oleg" not in text
    assert "10 of 25" in text
    few = client.get(address + "?segment=buyer&team=1").content.decode()
    assert "fewer than 5" in few
    assert "4 of 4" not in few
    assert 'id="table-here-s2">—<' in few
    assert ShareLink.objects.get().token_hash != token


def test_too_many_wrong_passwords_rest(client, token, monkeypatch):
    monkeypatch.setattr(board_sharing, "TRIES", 2)
    client.logout()
    client.cookies["language"] = "en"
    address = reverse("shared_map", args=[token])
    given = ["wrong", "wrong", "apricot"]
    assert [client.post(address, {"password": each}).status_code for each in given] == [422, 422, 429]


def test_a_closed_and_an_unknown_link(client, token, oleg):
    client.post(reverse("office:board_share_close", args=[ShareLink.objects.get().id]))
    assert "has been closed" in text_of(client, "shared_map", token, status=404)
    assert "There is no such link" in text_of(client, "shared_map", "nonsense", status=404)
    faulty = client.post(reverse("office:board_share_new"), {"label": " ", "days": "9999"})
    assert faulty.status_code == 422
    client.force_login(a_user(roles=("analyst",), email="ana@example.com"))
    text_of(client, "office:board_share", status=403)


def test_a_link_ends_by_itself(board, oleg):
    link, token = sharing.create_link(map_slug="small", label="x", days=1, password="", actor=oleg, now=NOW)
    assert sharing.find_link(token, NOW + days(0.9)) == link
    with pytest.raises(sharing.SpentShareLink):
        sharing.find_link(token, NOW + days(1))
