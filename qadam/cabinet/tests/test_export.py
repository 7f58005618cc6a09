"""The file with everything about a member: nothing forgotten, nothing of others, nothing that opens a door."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from qadam.cabinet.export import write_archive
from qadam.cabinet.export_parts import LEFT_OUT, NOT_SECRET, all_parts, is_left_out, references_of
from qadam.cabinet.export_words import column_words, kind_words, table_words
from qadam.cabinet.tests.factories import a_newcomer
from qadam.cabinet.tests.test_me import freshly
from qadam.community import operations as community
from qadam.lib import clock
from qadam.messaging.models import LocalMail
from qadam.people import operations as people
from qadam.people.models import AuditEntry, ConsentKind, Member, User
from qadam.people.queries import get_company
from tests.cast import NOW, a_member, an_event

Enter = Callable[[User], Client]
OURS = [model for model in apps.get_models() if model.__module__.startswith("qadam.")]


def test_no_table_about_a_member_is_forgotten() -> None:
    exported = {part.model for part in all_parts()}
    about_members = {
        model
        for model in OURS
        if references_of(model, Member)
        or getattr(model, "is_personal", False)
        or hasattr(model, "personal_fields")
        or any(field.name == "member_id" and not field.is_relation for field in model._meta.concrete_fields)
    }
    assert about_members - exported == set()
    # What hangs on such tables comes along too.
    labels = {part.label for part in all_parts()}
    assert {"journeys.Transition", "cases.MeasureRun", "people.Passkey", "people.AuditEntry"} <= labels


def test_what_is_left_out_exists_and_every_column_can_be_told() -> None:
    places = {f"{model._meta.label}.{field.name}" for model in OURS for field in model._meta.concrete_fields}
    assert {each for each in (*LEFT_OUT, *NOT_SECRET) if each.count(".") == 2} <= places
    for part in all_parts():
        assert table_words(part)
        assert all(kind_words(field) and column_words(part, field) for field in part.fields())


@pytest.mark.parametrize(
    ("label", "field", "is_out"),
    [
        ("people.User", "password", True),
        ("people.SignInLink", "token_hash", True),
        ("people.Passkey", "public_key", True),
        ("community.Feed", "token", True),
        ("community.Gathering", "code", True),
        ("people.Invitation", "code", False),
        ("people.Member", "tin", True),
        ("people.Member", "email", False),
    ],
)
def test_what_opens_a_door_stays(label: str, field: str, is_out: bool) -> None:
    assert is_left_out(apps.get_model(label), field) is is_out


def read(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(f"{name}.json"))


@pytest.mark.django_db
def test_the_file_holds_the_own_and_nothing_of_others(enter: Enter) -> None:
    member, user = a_newcomer(phone="+77015550001")
    member.refresh_from_db()
    neighbour = a_member(name="CANARY", phone="+77015559999", email="canary@example.com", sponsor_id=member.sponsor_id)
    below = a_member(name="CANARY below", sponsor_id=member.id, email="canary-below@example.com")
    for person, word in ((member, "own"), (neighbour, "CANARY"), (below, "CANARY")):
        an_event("order.paid", person, NOW, order=f"{word}-{person.id}", amount=1, currency="KZT")
        people.give_consent(member=person, kind=ConsentKind.DATA, text_version=word, channel="web", now=NOW)
        letter = {"message_id": "1", "to": person.email, "subject": "=HYPERLINK(1)", "language": "kk", "html": ""}
        LocalMail.objects.create(member=person, text=word, at=NOW, **letter)
    token = community.give_feed(member=member, now=NOW)
    client = enter(user)
    freshly(client)
    response = client.post("/me/data/file/")
    assert response.headers["Content-Type"] == "application/zip"
    content = b"".join(response)  # type: ignore[arg-type]
    archive = zipfile.ZipFile(io.BytesIO(content))
    everything = b"\n".join(archive.read(name) for name in archive.namelist())
    assert b"CANARY" not in everything
    assert b"canary" not in everything
    assert b"Marat" not in everything
    assert token.encode() not in everything
    (own,) = read(archive, "people-member")
    assert (own["name"], own["phone"], own["sponsor"]) == ("Aigul Nurlanova", "+77015550001", "another person")
    assert "tin" not in own
    assert [row["text_version"] for row in read(archive, "people-consent")] == ["own"]
    assert [row["props"]["order"] for row in read(archive, "events-event") if row["type"] == "order.paid"] == [
        f"own-{member.id}"
    ]
    assert len(read(archive, "tasks-task")) == 4
    # CSV: the same rows; what a spreadsheet would run stays text.
    lines = list(csv.DictReader(io.StringIO(archive.read("messaging-localmail.csv").decode("utf-8-sig"))))
    assert [line["subject"] for line in lines] == ["'=HYPERLINK(1)"]
    columns = list(csv.DictReader(io.StringIO(archive.read("fields.csv").decode("utf-8-sig"))))
    assert {(line["table"], line["column"]) for line in columns} >= {("people-consent", "given_at")}
    assert "people-consent: what you agreed to" in archive.read("README.txt").decode()
    assert AuditEntry.objects.filter(action="member.exported", actor=user).count() == 1


@pytest.mark.django_db
def test_a_file_asks_each_table_once_however_many_rows(django_assert_max_num_queries: Any) -> None:
    member, _user = a_newcomer()
    for number in range(60):
        an_event("lesson.completed", member, NOW, lesson=f"lesson-{number}")
    with (
        django_assert_max_num_queries(3 * len(all_parts())),
        write_archive(member, get_company(), clock.utc_now()) as file,
    ):
        assert len(read(zipfile.ZipFile(file), "events-event")) > 60
