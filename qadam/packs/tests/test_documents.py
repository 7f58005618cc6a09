"""Faults of a pack name the file, the line, the key, and what is allowed."""

import shutil
from pathlib import Path

import pytest
from django.utils import translation

from qadam.packs.documents import START, find_folder, read_pack
from qadam.packs.errors import FaultyPack, UnknownPack


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


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(FaultyPack) as caught:
        read_pack(folder)
    return list(map(str, caught.value.faults))


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_pack_that_comes_with_the_product_is_found_by_name_and_by_path(folder):
    assert find_folder("start") == START
    assert find_folder(str(folder)) == folder


@pytest.mark.parametrize("name", ["nothing", "no/such", "start/templates"])
def test_folder_that_is_no_pack_is_refused_with_the_ready_ones(name):
    with pytest.raises(UnknownPack, match="start"):
        find_folder(name)


def test_wrong_choice_names_file_line_key_and_what_is_allowed(folder):
    change(folder, "templates/welcome.yaml", "category: service", "category: servis")
    assert faults_of(folder) == ["templates/welcome.yaml, line 3: category: allowed: service, advertising"]


def test_missing_language_is_named_where_its_text_should_stand(folder):
    change(folder, "journeys/start-90.yaml", "  ru: Первые 90 дней\n", "")
    line = line_of(folder, "journeys/start-90.yaml", "name:")
    assert faults_of(folder) == [f"journeys/start-90.yaml, line {line}: name.ru: the text in this language is missing"]


def test_unknown_event_in_a_condition_is_named_with_its_line(folder):
    change(folder, "map.yaml", "entry: {did: contact.recorded}", "entry: {did: contact.record}")
    line = line_of(folder, "map.yaml", "contact.record}")
    (fault,) = faults_of(folder)
    assert fault.startswith(f"map.yaml, line {line}: stages[0].entry.did: ")
    assert "contact.record" in fault


def test_faults_of_all_files_come_together(folder):
    change(folder, "templates/day-3.yaml", "path: /today/", "path: today")
    change(folder, "plans/start.yaml", "minutes: 3", "minutes: three")
    change(folder, "pack.yaml", "zone: Asia/Almaty", "zone: Almaty")
    assert [fault.split(",")[0] for fault in faults_of(folder)] == [
        "pack.yaml", "templates/day-3.yaml", "plans/start.yaml",
    ]  # fmt: skip


def test_document_is_named_like_its_file(folder):
    (folder / "templates/day-3.yaml").rename(folder / "templates/third-day.yaml")
    assert faults_of(folder) == [
        "templates/third-day.yaml, line 1: template: the file is named “third-day”; name both alike"
    ]


def test_file_that_nobody_reads_is_refused(folder):
    (folder / "letters").mkdir()
    (folder / "letters/new.yaml").write_text("template: new")
    (folder / "map.yml").write_text("map: other")
    found = faults_of(folder)
    assert [fault.split(":")[0] for fault in found] == ["letters/new.yaml", "map.yml"]
    assert "templates/NAME.yaml" in found[0]


def test_folder_without_head_is_refused(tmp_path):
    assert faults_of(tmp_path) == ["pack.yaml: this file is missing; every pack needs one"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty"),
        ("just words", "line 1: a group of keys is needed"),
        ("template: a\ntemplate: b", "line 2: template: this key stands here twice"),
        ("template: a\nsubject: [kk", "line 2: not YAML"),
        ("template: &a x\nsubject: *a", "line 2: aliases (*name) aren't allowed"),
        ("template: !python/name:os.system x", "line 1: template: tags (!name) aren't allowed"),
        ("template: a\n? [x]\n: y", "line 2: a key must be a word"),
        ("a: " + "[" * 60 + "]" * 60, "line 1: a[0]"),
    ],
)
def test_file_that_is_not_a_document_is_refused_with_its_line(folder, text, message):
    (folder / "templates/day-3.yaml").write_text(text)
    assert any(fault.startswith(f"templates/day-3.yaml, {message}") for fault in faults_of(folder))


def test_file_in_another_encoding_is_refused_with_its_line(folder):
    (folder / "templates/day-3.yaml").write_bytes("template: day-3\nsubject: Первая цель".encode("cp1251"))
    assert faults_of(folder) == ["templates/day-3.yaml, line 2: not UTF-8"]


def test_huge_file_is_refused(folder):
    (folder / "templates/day-3.yaml").write_text("a" * 1_000_001)
    assert faults_of(folder) == ["templates/day-3.yaml: longer than 1000000 bytes"]


def test_words_that_older_yaml_takes_for_something_else_stay_words(folder):
    change(folder, "journeys/before-registration.yaml", '"10:00"', "10:00")
    change(folder, "pack.yaml", "name: Dala Wellness", "name: on")
    pack = read_pack(folder)
    assert pack.company is not None
    assert pack.company.name == "on"
