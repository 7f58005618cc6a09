"""Every fault of a map document is named with its place."""

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.maps.documents import parse, read_yaml
from qadam.maps.errors import NotYaml
from qadam.maps.tests.content import a_map, a_stage, say


def places(document):
    with pytest.raises(FaultyDocument) as caught:
        parse(document)
    return [fault.place for fault in caught.value.faults]


def test_a_good_document():
    parsed = parse(a_map())
    assert [stage.key for stage in parsed.stages] == ["s1", "s2", "s3"]
    assert parsed.stages[0].entry == {"did": "contact.recorded"}
    assert [use.code for use in parsed.stages[0].touchpoints] == ["talk", "board"]
    assert parsed.touchpoints[1].event_types == ()
    assert parsed.stages[1].emotion.expected == -1


def test_the_hash_is_of_the_content():
    assert parse(a_map()).content_hash == parse(dict(reversed(a_map().items()))).content_hash
    assert parse(a_map()).content_hash == parse(a_map(change_note="tidied")).content_hash
    assert parse(a_map()).content_hash != parse(a_map(next_review_days=91)).content_hash


def a_touchpoint(**changes):
    return {"code": "talk", "name": say("Talk"), "channel": "mentor", **changes}


@pytest.mark.parametrize("document", [None, [], "map", 3])
def test_something_else_than_a_map(document):
    assert places(document)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"extra": 1}, "extra"),
        ({"map": "Большая"}, "map"),
        ({"map": "a" * 40}, "map"),
        ({"languages": ["kk", "de"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"next_review_days": 0}, "next_review_days"),
        ({"name": "Map"}, "name"),
        ({"name": {"en": "Map", "de": "Karte"}}, "name.de"),
        ({"stages": []}, "stages"),
        ({"stages": "s1"}, "stages"),
        ({"cases": ["declined", "declined"]}, "cases[1]"),
        ({"metrics": [{"code": "M77"}]}, "metrics[0].code"),
        ({"touchpoints": [a_touchpoint(), a_touchpoint()]}, "touchpoints[1].code"),
        ({"touchpoints": [a_touchpoint(channel="fax")]}, "touchpoints[0].channel"),
        ({"touchpoints": [a_touchpoint(event_types=["order.lost"])]}, "touchpoints[0].event_types[0]"),
        ({"touchpoints": [a_touchpoint()]}, "stages[0].touchpoints[1].code"),
        ({"next_review_on": "soon"}, "next_review_on"),
    ],
)
def test_faults_of_the_map(changes, place):
    assert place in places(a_map(**changes))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"key": "s 2"}, "stages[1].key"),
        ({"key": "s1"}, "stages[1].key"),
        ({"entry": None}, "stages[1].entry"),
        ({"entry": {"all": [{"did": "order.paid"}, {"did": "order.pa1d"}]}}, "stages[1].entry.all[1].did"),
        ({"entry": {"did": "order.paid", "since": "entry"}}, "stages[1].entry"),
        ({"horizon_days": "30"}, "stages[1].horizon_days"),
        ({"emotion": {"expected": 3}}, "stages[1].emotion.expected"),
        ({"emotion": {"felt": 1}}, "stages[1].emotion.felt"),
        ({"client_actions": ["Asks"]}, "stages[1].client_actions[0]"),
        ({"client_actions": say("Asks")}, "stages[1].client_actions"),
        ({"metrics": [{"code": "M1", "role": "main"}]}, "stages[1].metrics[0].role"),
        ({"metrics": [{"code": "M1", "target": "40 %"}]}, "stages[1].metrics[0].target"),
        ({"metrics": [{"code": "M5", "params": {"months": 4}}]}, "stages[1].metrics[0].params.months"),
        ({"metrics": [{"code": "M5", "params": {"weeks": 4}}]}, "stages[1].metrics[0].params.weeks"),
        ({"emotion": {"expected": 1, "evidence": "rumour"}}, "stages[1].emotion.evidence"),
        ({"emotion": {"expected": 1, "by_segment": {"buyer": 4}}}, "stages[1].emotion.by_segment.buyer"),
        ({"sponsor_actions": say("Calls")}, "stages[1].sponsor_actions"),
        ({"touchpoints": [{"code": "talk"}, {"code": "talk"}]}, "stages[1].touchpoints[1].code"),
        ({"touchpoints": [{"code": "fair"}]}, "stages[1].touchpoints[0].code"),
        ({"touchpoints": [{"code": "talk", "importance": 9}]}, "stages[1].touchpoints[0].importance"),
        ({"touchpoints": [{"code": "talk", "channel": "order"}]}, "stages[1].touchpoints[0].channel"),
    ],
)
def test_faults_of_a_stage(changes, place):
    stages = [*a_map()["stages"]]
    stages[1] = {**a_stage("s2", "presentation.attended"), **changes}
    assert place in places(a_map(stages=stages))


def test_all_faults_at_once():
    stages = [*a_map()["stages"]]
    stages[0] = a_stage("s1", "contact.recorded", horizon_days=0, emotion={"expected": 5})
    found = places(a_map(stages=stages, languages=["xx"], review=1))
    assert {"review", "languages", "stages[0].horizon_days", "stages[0].emotion.expected"} <= set(found)


def test_a_missing_language_is_for_the_gate():
    assert parse(a_map(name={"en": "Map"})).name.kk == ""


@pytest.mark.parametrize("text", ["map: [", "a: b: c", "!!python/object/apply:os.system ['true']", "x" * 500_001])
def test_what_is_not_yaml(text):
    with pytest.raises(NotYaml):
        read_yaml(text)
