"""The reference of the map document can't drift from the code."""

import re
from pathlib import Path

from qadam.maps.documents import EMOTION_ALLOWED, MAP_ALLOWED, STAGE_ALLOWED, TOUCHPOINT_ALLOWED, USE_ALLOWED, parse
from qadam.packs.sources import read_source
from qadam.segments.documents import parse_segmentation

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/maps.md"


def read(kind, folder):
    block = re.search(rf"```yaml {kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / f"{kind}.yaml").write_text(block[1], encoding="utf-8")
    return read_source(folder / f"{kind}.yaml", kind).content


def test_the_page_shows_a_map_that_is_valid_and_complete(tmp_path):
    document = read("map", tmp_path)
    parse(document)
    stage = document["stages"][0]
    assert set(document) == set(MAP_ALLOWED)
    assert set(stage) == set(STAGE_ALLOWED)
    assert set(document["touchpoints"][0]) == set(TOUCHPOINT_ALLOWED)
    assert set(stage["touchpoints"][0]) == set(USE_ALLOWED)
    assert set(stage["emotion"]) == set(EMOTION_ALLOWED)


def test_the_page_shows_a_valid_segmentation(tmp_path):
    parsed = parse_segmentation(read("segmentation", tmp_path))
    assert list(parsed.rules()) == ["role/prospect", "role/buyer", "role/other"]
