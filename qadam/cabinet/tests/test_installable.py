"""The cabinet as an app: manifest, icons, worker, offline page, and answers that come twice."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from qadam.cabinet.installable import SHELL
from qadam.cabinet.tests.factories import a_newcomer, task_id
from qadam.events.models import Event
from qadam.people.models import SeenKey, User
from qadam.tasks.models import Task

Enter = Callable[[User], Client]
KEY = "0123456789abcdef0123456789abcdef"


def test_the_manifest_names_icons_that_have_their_sizes(client: Client, plain_static: None) -> None:
    response = client.get("/manifest.webmanifest")
    assert response.headers["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert {key: manifest[key] for key in ("id", "start_url", "scope", "display")} == {
        "id": "/today/",
        "start_url": "/today/",
        "scope": "/",
        "display": "standalone",
    }
    purposes = set()
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path
        with Image.open(path) as image:
            assert (f"{image.width}x{image.height}", image.format) == (icon["sizes"], "PNG")
        assert Path(path).stat().st_size < 20_000
        purposes.add((icon["sizes"], icon["purpose"]))
    assert purposes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}


def test_the_worker_stands_at_the_root_and_keeps_no_page(client: Client, plain_static: None) -> None:
    response = client.get("/sw.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    text = response.content.decode()
    kept = re.findall(r'"(/[^"]+)"', text.split("\n", 7)[5])
    assert set(kept) == {f"/static/{name}" for name in SHELL} | {f"/offline/{code}/" for code in ("kk", "ru", "en")}
    assert all(finders.find(name) for name in SHELL)


@pytest.mark.parametrize(("language", "status"), [("kk", 200), ("ru", 200), ("en", 200), ("xx", 404)])
def test_the_page_without_a_connection_is_nobodys(
    client: Client, plain_static: None, language: str, status: int
) -> None:
    response = client.get(f"/offline/{language}/")
    assert response.status_code == status
    if status == 200:
        assert f'<html lang="{language}">' in response.content.decode()
        assert "csrf" not in response.content.decode()
        assert not response.cookies


@pytest.mark.django_db
def test_the_saved_plan_is_the_own_one_and_no_proxys(enter: Enter) -> None:
    member, user = a_newcomer()
    response = enter(user).get("/plan/saved/")
    assert "private" in response.headers["Cache-Control"]
    text = response.content.decode()
    assert all(title in text for title in ("Do profile", "Do order", "Do rest", "Because of reason"))
    assert text.count("data-queue") == Task.objects.filter(member=member, key__in=["profile", "reason"]).count()
    other = Client()
    assert other.get("/plan/saved/").status_code == 302


@pytest.mark.django_db
def test_a_tick_that_comes_twice_counts_once_and_a_stale_one_changes_nothing(enter: Enter) -> None:
    member, user = a_newcomer()
    client, path = enter(user), f"/plan/tasks/{task_id(member, 'profile')}/"
    for _time in range(3):
        assert client.post(path, {"done": "1"}, headers={"Idempotency-Key": KEY}).status_code == 302
    # The take-back arrives, then the tick that was sent before it arrives once more.
    client.post(path, {"done": "0"})
    client.post(path, {"done": "1"}, headers={"Idempotency-Key": KEY})
    assert Task.objects.get(member=member, key="profile").done_at is None
    assert Event.objects.filter(type="task.done", member_id=member.id).count() == 1
    assert SeenKey.objects.filter(member=member).count() == 1


@pytest.mark.django_db
def test_a_forged_key_and_a_refused_answer_leave_nothing(enter: Enter) -> None:
    member, user = a_newcomer()
    client = enter(user)
    order = f"/plan/tasks/{task_id(member, 'order')}/"
    assert client.post(order, {"done": "1"}, headers={"Idempotency-Key": KEY}).status_code >= 400
    assert not SeenKey.objects.exists()
    path = f"/plan/tasks/{task_id(member, 'profile')}/"
    for forged in ("x" * 500, "../../etc", "'; DROP TABLE"):
        assert client.post(path, {"done": "1"}, headers={"Idempotency-Key": forged}).status_code == 302
    assert not SeenKey.objects.exists()
    assert Event.objects.filter(type="task.done", member_id=member.id).count() == 1
    # Somebody else's task by one's own key: as without one.
    _other, other_user = a_newcomer(name="Other")
    assert enter(other_user).post(path, {"done": "1"}, headers={"Idempotency-Key": KEY}).status_code == 404


@pytest.mark.django_db
def test_pages_tell_the_script_whose_they_are_without_saying_who(enter: Enter) -> None:
    _member, user = a_newcomer()
    _other, other_user = a_newcomer(name="Other")
    tags = [
        re.search(r'data-owner="([^"]*)"', client.get(path).content.decode())
        for client, path in ((enter(user), "/me/"), (enter(other_user), "/me/"), (Client(), "/sign-in/"))
    ]
    own, others, nobodys = [tag.group(1) if tag else None for tag in tags]
    assert own != others
    assert {len(own or ""), len(others or "")} == {20}
    assert nobodys == ""
