"""What is written is read again as the same content, and looks as a person would have written it."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.packs.documents import HERE
from qadam.packs.sources import read_source
from qadam.packs.writing import write_yaml

READY = sorted(HERE.glob("*/**/*.yaml"))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.sampled_from(
    [
        "",
        " ",
        "\n",
        "yes",
        "null",
        "~",
        "1",
        "1.5",
        "-0",
        "1e3",
        "0x1",
        "10:00",
        "2026-03-02",
        "a: b",
        "- a",
        "#",
        "{{ x }}",
    ]
)
long_texts = st.lists(st.text("абвгabc ,.:#'\"-", max_size=60), min_size=2, max_size=8).map("\n".join) | st.lists(
    st.text("қазақabc.:#-", min_size=1, max_size=12), min_size=15, max_size=40
).map(" ".join)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts | long_texts
)
keys = st.from_regex(r"[a-z_]{1,10}", fullmatch=True) | texts.filter(bool)
contents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


def read_again(text: str, folder: Path) -> Any:
    path = folder / "document.yaml"
    path.write_text(text, encoding="utf-8")
    return read_source(path, path.name).content


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@given(document=st.dictionaries(keys, contents, max_size=5))
def test_any_document_comes_back_equal(folder, document):
    assert repr(sort_all(read_again(write_yaml(document), folder))) == repr(sort_all(document))


def sort_all(value: object) -> object:
    if isinstance(value, dict):
        return {key: sort_all(value[key]) for key in sorted(value)}
    return [sort_all(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", READY, ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_documents_of_the_ready_packs_keep_their_content_and_the_order_of_their_keys(path, folder):
    content = read_source(path, path.name).content
    again = read_again(write_yaml(content), folder)
    assert again == content
    assert keys_of(again) == keys_of(content)


def keys_of(value: object) -> list[object]:
    if isinstance(value, dict):
        return [[key, keys_of(each)] for key, each in value.items()]
    return [keys_of(each) for each in value] if isinstance(value, list) else []


@pytest.mark.parametrize("path", READY, ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_no_order_of_keys_in_the_database_shows(path):
    """PostgreSQL keeps the keys of a document in an order of its own."""
    content = read_source(path, path.name).content
    assert write_yaml(content) == write_yaml(turn_round(content))


def turn_round(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: turn_round(value[key]) for key in reversed(value)}
    return [turn_round(each) for each in value] if isinstance(value, list) else value


def test_it_looks_as_a_person_would_write_it():
    long = "Two sentences are enough. " * 6
    document = {
        "steps": [
            {
                "send": {"deadline": "P2D", "template": "welcome", "channel": "email"},
                "id": "hello",
                "on": {"failed": "end"},
            },
            {"id": "pause", "wait": {"until": {"at": "09:00", "day": 3}}},
            {"id": "end", "exit": "done"},
        ],
        "name": {"en": "One: two", "kk": "Бір", "ru": "Один"},
        "journey": "start",
        "entry": {"when": {"all": [{"did": "order.paid"}, {"is": {"left": False}}]}},
        "note": {"text": "First line\n\nSecond line\n", "long": long.strip(), "share": 0.0000001},
    }
    assert write_yaml(document) == dedent("""\
        journey: start
        name: {kk: Бір, ru: Один, en: "One: two"}
        entry:
          when:
            all:
              - {did: order.paid}
              - {is: {left: false}}
        steps:
          - id: hello
            send: {channel: email, template: welcome, deadline: P2D}
            on: {failed: end}
          - id: pause
            wait: {until: {day: 3, at: "09:00"}}
          - id: end
            exit: done
        note:
          share: 0.0000001
          long: >-
            Two sentences are enough. Two sentences are enough. Two sentences are enough. Two sentences are enough. Two
            sentences are enough. Two sentences are enough.
          text: |
            First line

            Second line
        """)


def test_equal_parts_are_written_out():
    part = {"did": "order.paid", "where": {"buyer": "own"}}
    written = write_yaml({"segment": "a", "when": {"any": [part, part]}})
    assert "&" not in written
    assert written.count("order.paid") == 2
