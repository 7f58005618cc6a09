"""What is exported, planned again, is the same: for the ready packs and for documents that nobody wrote by hand."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qadam.journeys import operations as journeys
from qadam.messaging import operations as messaging
from qadam.packs.documents import find_folder, read_pack
from qadam.packs.errors import FaultyPack, FolderTaken
from qadam.packs.exporting import export_pack
from qadam.packs.operations import apply_pack
from qadam.packs.queries import State, plan_pack, read_stored
from qadam.segments.publishing import publish_segment
from tests.cast import NOW, a_company, a_user

pytestmark = pytest.mark.django_db
POLICY = {"quiet": {"email": {"from": "22:00", "to": "08:00"}}, "caps": [{"limit": 3, "within": "P7D"}]}
NAME = "name: {kk: а, ru: б, en: c}\n"
SEGMENT = {
    "segment": "quiet-buyers",
    "name": {"kk": "Үнсіз сатып алушылар", "ru": "Тихие покупатели", "en": "Quiet buyers"},
    "when": {"all": [{"did": "order.paid"}, {"did_not": "cabinet.opened", "within": "P30D"}]},
}


@pytest.fixture(autouse=True)
def _somebody_who_answers_for_metrics():
    a_user(roles=("retention",))


def states_of(folder: Path) -> set[State]:
    return {change.state for change in plan_pack(read_pack(folder))}


def documents_of(folder: Path) -> dict[tuple[str, str], object]:
    return {(each.kind, each.name): each.content for each in read_pack(folder).documents}


@pytest.mark.two_databases  # PostgreSQL keeps no order of keys.
@pytest.mark.parametrize("name", ["start", "retail"])
def test_a_ready_pack_comes_out_as_it_went_in(name, tmp_path):
    source = find_folder(name)
    apply_pack(read_pack(source), actor=None, now=NOW)
    exported = export_pack(tmp_path / name)
    assert documents_of(tmp_path / name) == documents_of(source)
    assert read_pack(tmp_path / name).company == read_pack(source).company
    assert read_pack(tmp_path / name).name == name
    assert states_of(tmp_path / name) == {State.SAME}
    assert set(exported.written) == {path.relative_to(source).as_posix() for path in source.rglob("*.yaml")}
    assert exported.left == ()


def test_everything_together_comes_out_and_makes_an_equal_installation(tmp_path):
    for name in ("start", "retail"):
        apply_pack(read_pack(find_folder(name)), actor=None, now=NOW)
    messaging.set_policy(document=POLICY, actor=None, now=NOW)
    publish_segment(SEGMENT, actor=None, now=NOW)
    folder = tmp_path / "all"
    exported = export_pack(folder)
    assert {"messaging.yaml", "segments/quiet-buyers.yaml", "maps/start.yaml", "maps/retail.yaml"} <= set(
        exported.written
    )
    assert states_of(folder) == {State.SAME}
    found = documents_of(folder)
    assert found["policy", "messaging"] == POLICY
    assert found["segment", "quiet-buyers"] == SEGMENT
    assert {kind for kind, _ in found} == {
        *("policy", "consent", "terms", "template", "plan", "segment", "segmentation", "survey"),
        *("point rule", "levels", "streak", "badge", "challenge", "board", "case", "journey", "map"),
    }
    assert not [name for kind, name in found if kind == "journey" and name.startswith("case:")]
    changed = apply_pack(read_pack(folder), actor=None, now=NOW + timedelta(hours=1))
    assert changed == []
    assert {(kind, name) for kind, documents in read_stored().items() for name in documents} == set(found)


def test_a_pack_is_written_over_and_keeps_its_name_and_version(tmp_path):
    a_company()
    publish_segment(SEGMENT, actor=None, now=NOW)
    (tmp_path / "segments").mkdir()
    (tmp_path / "pack.yaml").write_text("pack: ours\nversion: 7\n")
    (tmp_path / "segments/old.yaml").write_text((export_text(tmp_path)).replace("quiet-buyers", "old"))
    (tmp_path / "README.md").write_text("Ours")
    exported = export_pack(tmp_path)
    assert exported.left == ("segments/old.yaml",)
    pack = read_pack(tmp_path)
    assert (pack.name, pack.version, (tmp_path / "README.md").read_text()) == ("ours", 7, "Ours")


def export_text(folder: Path) -> str:
    export_pack(folder / "elsewhere")
    text = (folder / "elsewhere/segments/quiet-buyers.yaml").read_text()
    for path in sorted((folder / "elsewhere").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / "elsewhere").rmdir()
    return text


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FolderTaken, match="holds no pack"):
        export_pack(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_before_there_is_anything_the_head_comes_out_alone(tmp_path):
    assert export_pack(tmp_path / "Мой пакет").written == ("pack.yaml",)
    assert (tmp_path / "Мой пакет/pack.yaml").read_text() == "pack: company\nversion: 1\n"


def test_the_command_says_what_it_wrote(tmp_path):
    call_command("pack", "apply", "retail", stdout=StringIO())
    out = StringIO()
    call_command("pack", "export", str(tmp_path / "ours"), stdout=out)
    assert "journeys/after-delivery.yaml\n" in out.getvalue()
    assert out.getvalue().endswith("18 files written.\n")
    with pytest.raises(CommandError, match="holds no pack"):
        call_command("pack", "export", str(Path(__file__).parent))


# ---- documents that nobody wrote by hand

slugs = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
words = st.fixed_dictionaries(
    dict.fromkeys(("kk", "ru", "en"), st.text("абвқңab :#'\"{}\n,-", min_size=1).filter(str.strip))
)
conditions = st.recursive(
    st.sampled_from(
        [
            {"did": "order.paid"},
            {"did": "order.paid", "where": {"buyer": ["retail", "preferred"]}, "count": {"at_least": 2}},
            {"did_not": ["cabinet.opened", "lesson.completed"], "within": "P14D"},
            {"is": {"left": True}},
            {"day": {"at_least": 3, "at_most": 9}},
            {"in": {"segment": "vip"}},
        ]
    ),
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=4,
)
weekdays = st.sampled_from(["mon", ["tue", "fri"]])
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
waits = st.one_of(
    st.fixed_dictionaries({"for": st.sampled_from(["P1D", "PT24H", "P2DT3H"])}),
    st.fixed_dictionaries({"until": st.fixed_dictionaries({"day": st.integers(0, 90), "at": times})}),
    st.fixed_dictionaries({"until": st.fixed_dictionaries({"at": times, "weekday": weekdays})}),
    st.just({"event": "order.paid", "where": {"buyer": "own"}, "since": "arm", "timeout": "P3D"}),
)


sends = st.fixed_dictionaries(
    {"channel": st.just("email"), "template": st.just("hello")}, optional={"deadline": st.just("P2D")}
)
sets = st.sampled_from(
    [{"tag": "vip", "to": True}, {"attribute": "interest", "to": "retail"}, {"score": "heat", "by": -5}]
)
entries = st.sampled_from([{"event": "member.registered", "where": {"kind": "distributor"}}, {"event": "order.paid"}])
settings_of_journeys = st.fixed_dictionaries(
    {},
    optional={
        "reentry": st.sampled_from(["once", {"after_exit": "PT72H"}]),
        "priority": st.integers(1, 9),
        "on_resume": st.sampled_from(["fire", "shift", "drop"]),
        "holdout": st.sampled_from([0, 10, 33.33]),
        "never_withheld": st.booleans(),
        "quiet": st.sampled_from(["ignore", {"from": "22:00", "to": "06:00"}]),
        "caps": st.sampled_from([{"obey": False}, {"obey": True, "count": False}]),
        "goal": conditions,
        "exit": conditions,
        "horizon": st.just("P90D"),
        "conversion": st.just({"event": "order.paid", "where": {"buyer": "own"}, "from": "exposure", "within": "P30D"}),
    },
)


def steps_before(later: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """Return steps that go on to the first of `later`, and perhaps to others of them."""
    after, goto = st.just(later[0]), st.sampled_from(later)
    way = st.fixed_dictionaries({"when": conditions, "goto": goto})
    part = st.fixed_dictionaries({"share": st.just(10), "goto": goto, "control": st.just(True)})
    return st.one_of(
        st.fixed_dictionaries({"wait": waits}),
        st.fixed_dictionaries({"branch": st.lists(way, min_size=1, max_size=2), "else": after}),
        st.fixed_dictionaries(
            {"split": st.tuples(st.fixed_dictionaries({"share": st.just(90), "goto": after}), part).map(list)}
        ),
        st.fixed_dictionaries(
            {"send": sends}, optional={"holdout": st.just(5.5), "on": st.fixed_dictionaries({"failed": goto})}
        ),
        st.fixed_dictionaries({"set": sets}, optional={"name": words}),
    )


@st.composite
def journey_documents(draw: st.DrawFn) -> dict[str, object]:
    """Make a journey whose steps follow each other; branches and splits go forward only."""
    ids = draw(st.lists(slugs, min_size=2, max_size=6, unique=True))
    steps = [{"id": ids[at], **draw(steps_before(ids[at + 1 :]))} for at in range(len(ids) - 1)]
    head = {"journey": draw(slugs), "name": draw(words), "entry": draw(entries)}
    return {**head, **draw(settings_of_journeys), "steps": [*steps, {"id": ids[-1], "exit": draw(slugs)}]}


LETTER = {
    "template": "hello",
    "channel": "email",
    "category": "service",
    "variables": [],
    **{key: {"kk": "Сәлем", "ru": "Привет", "en": "Hello"} for key in ("subject", "body")},
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(journey_documents(), min_size=1, max_size=2, unique_by=lambda each: each["journey"]))
def test_any_journey_comes_out_as_it_went_in(documents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    with transaction.atomic():
        messaging.publish_template(document=LETTER, actor=None, now=NOW)
        for document in documents:
            journeys.publish_journey(document, actor=None, now=NOW)
        export_pack(folder)
        found = documents_of(folder)
        assert found.pop(("template", "hello")) == LETTER
        assert found == {("journey", document["journey"]): document for document in documents}
        assert states_of(folder) == {State.SAME}
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "segments/vip.yaml",
            f"segment: vip\n{NAME}when: {{did: order.payed}}",
            "line 3: when.did: ",
        ),
        (
            "segments/vip.yaml",
            "segment: vip\nwhen: {did: order.paid}",
            "line 1: name: a text in kk, ru and en is needed",
        ),
        (
            "segments/vip.yaml",
            f"segment: vips\n{NAME}when: {{day: {{at_least: 1}}}}",
            "line 1: segment: the file is named “vip”",
        ),
        ("messaging.yaml", "quiet:\n  sms: {from: '22:00', to: '08:00'}", "line 2: quiet.sms: unknown; allowed: "),
        ("messaging.yaml", "caps:\n  - {limit: 0, within: P7D}", "line 2: caps[0].limit: a whole number of at least 1"),
    ],
)
def test_faults_of_the_new_kinds_name_file_line_and_key(tmp_path, file, text, message):
    (tmp_path / "pack.yaml").write_text("pack: ours\nversion: 1\n")
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(FaultyPack) as caught:
        read_pack(tmp_path)
    assert any(str(fault).startswith(f"{file}, {message}") for fault in caught.value.faults), caught.value.faults


def test_one_map_in_two_files_is_refused(tmp_path):
    source = find_folder("retail")
    for name in ("pack.yaml", "map.yaml"):
        (tmp_path / name).write_text((source / name).read_text())
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps/retail.yaml").write_text((source / "map.yaml").read_text())
    with pytest.raises(FaultyPack, match=r"maps/retail.yaml, line \d+: map: “retail” is in map.yaml too"):
        read_pack(tmp_path)
