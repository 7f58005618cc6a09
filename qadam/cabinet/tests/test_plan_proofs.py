from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from qadam.people.models import User
from qadam.tasks import operations as tasks
from qadam.tasks.models import Photo, Proof, Task
from qadam.tasks.tests.factories import a_rich_plan_document, task_of
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


@dataclass
class Practice:
    """Aigul's practical task, and those around it."""

    user: User
    mentor: User
    stranger: User
    task: Task

    @property
    def path(self) -> str:
        return f"/plan/tasks/{self.task.id}/show/"


@pytest.fixture
def practice() -> Practice:
    a_company()
    marat = a_member(name="Marat")
    aigul = a_member(name="Aigul", sponsor_id=marat.id, mentor_id=marat.id)
    tasks.publish_plan(document=a_rich_plan_document(), actor=None, now=NOW)
    tasks.assign_plan(plan="start", member_ids=[aigul.id], now=NOW)
    users = (a_user(member=each) for each in (aigul, marat, a_member()))
    return Practice(*users, task_of(aigul, "practice"))


def a_file(raw: bytes, name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, "image/jpeg")


def a_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return out.getvalue()


def test_a_photo_is_shown_to_the_mentor_and_to_nobody_else(enter: Enter, practice: Practice) -> None:
    client = enter(practice.user)
    assert 'enctype="multipart/form-data"' in client.get(practice.path).content.decode()
    response = client.post(practice.path, {"text": "Here", "link": "", "photo": a_file(a_picture())})
    assert response.headers["Location"] == f"/plan/#task-{practice.task.id}"
    address = f"/plan/photos/{Photo.objects.get().name}/"
    for user, status in ((practice.user, 200), (practice.mentor, 200), (practice.stranger, 404)):
        assert enter(user).get(address).status_code == status
    given = enter(practice.mentor).get(address)
    assert given["Content-Type"] == "image/jpeg"
    assert "sandbox" in given["Content-Security-Policy"]
    assert given["Cache-Control"] == "private, no-store"
    assert enter(practice.user).get("/plan/photos/guessed.jpg/").status_code == 404
    assert Client().get(address).status_code == 302
    assert "With your mentor" in client.get("/plan/").content.decode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"I am no photo", "isn&#x27;t a photo"), (b"x" * 40 * 1024 * 1024, "larger than 8 MB")],
    ids=["not a photo", "40 MB"],
)
def test_a_bad_photo_is_refused_before_anything_is_kept(
    enter: Enter, practice: Practice, raw: bytes, words: str, settings: object
) -> None:
    response = enter(practice.user).post(practice.path, {"text": "My words", "photo": a_file(raw)})
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert "My words" in html
    assert not Proof.objects.exists()
    assert not Photo.objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).rglob("*"))  # type: ignore[attr-defined]


def test_the_form_needs_its_secret(practice: Practice) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(practice.user)
    assert strict.post(practice.path, {"text": "forged"}).status_code == 403
    assert not Proof.objects.exists()


def test_nobody_shows_anything_for_another(enter: Enter, practice: Practice) -> None:
    for user in (practice.mentor, practice.stranger):
        assert enter(user).get(practice.path).status_code == 404
        assert enter(user).post(practice.path, {"text": "forged"}).status_code == 404


def test_the_same_answer_from_a_phone_twice_is_one(enter: Enter, practice: Practice) -> None:
    client, sent = enter(practice.user), {"text": "Once", "idempotency_key": "k" * 32}
    assert client.post(practice.path, sent).status_code == 302
    assert client.post(practice.path, sent).status_code == 302
    assert client.post(practice.path, {"text": "Another"}).status_code == 422
    assert Proof.objects.get().text == "Once"
    client.post(f"/plan/proofs/{Proof.objects.get().id}/take-back/")
    assert not Proof.objects.exists()
