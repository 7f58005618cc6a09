"""Members and orders from files that people export: right rows get in, faulty ones are named."""

import csv
import itertools
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from qadam.events.models import Event
from qadam.events.values import Misfit
from qadam.people import operations
from qadam.people.import_files import guess_delimiter, open_table
from qadam.people.import_rules import read_amount, read_local_time
from qadam.people.models import Company, Member
from tests.cast import a_company, a_member

ALMATY = ZoneInfo("Asia/Almaty")


@pytest.fixture
def write(tmp_path):
    def write_file(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_file


def run(what, path, **options):
    out = StringIO()
    call_command("import", what, str(path), stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [
        ("1990", 2, 199000),
        ("1990,5", 2, 199050),
        ("1 990,50", 2, 199050),
        ("1\u00a0990.50", 2, 199050),
        ("1,990.50", 2, 199050),
        ("1.990,50", 2, 199050),
        ("1'990.50", 2, 199050),
        ("11.770", 3, 11770),
        ("0.500", 2, 50),
        ("-3.20", 2, -320),
        ("500", 0, 500),
        ("0", 2, 0),
        ("1,234,567", 2, 123456700),
        ("1.234.567,5", 2, 123456750),
    ],
)
def test_amounts_as_people_write_them(text, decimals, minor):
    assert read_amount(text, decimals) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [("1.990", "ambiguous_amount"), ("1,990", "ambiguous_amount"), ("1.9901", "inexact_amount"), ("ten", "wrong_kind"),
     ("1e5", "wrong_kind"), ("9" * 25, "too_large"), ("NaN", "wrong_kind"), ("1.2.3,", "wrong_kind")],
)  # fmt: skip
def test_amounts_that_are_none(text, code):
    with pytest.raises(Misfit) as misfit:
        read_amount(text, 2)
    assert misfit.value.code == code


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_every_amount_comes_back_exactly(minor, decimals):
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).zfill(decimals + 1)
    text = f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{minor}"
    assert read_amount(text, decimals) == minor


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("19970101", datetime(1996, 12, 31, 18, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 19, tzinfo=UTC)),
        ("02.03.2026", datetime(2026, 3, 1, 19, tzinfo=UTC)),
        ("02.03.2026 14:30", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("2026-03-02 14:30:15", datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)),
        ("2026-03-02T14:30:00Z", datetime(2026, 3, 2, 14, 30, tzinfo=UTC)),
        ("31.02.2026", None),
        ("03/02/2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_local_times(text, instant):
    assert read_local_time(text, ALMATY) == instant


@pytest.mark.parametrize(
    ("line", "delimiter"), [("a;b;c,d", ";"), ("a,b", ","), ("a\tb", "\t"), ("a  b   c", "space"), ("a", "space")]
)
def test_delimiters(line, delimiter):
    assert guess_delimiter(line) == delimiter


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_encodings(write, encoding):
    table = open_table(write("имя;код\r\nДина;7\r\n\r\nМарат;8\r\n", encoding))
    assert list(table.header) == ["имя", "код"]
    assert [(row.number, list(row.cells)) for row in table.rows()] == [(2, ["Дина", "7"]), (4, ["Марат", "8"])]


MEMBERS = """external_id;name;email;language;zone;kind;sponsor;registered_at
M-2;Марат;marat@example.com;ru;Asia/Almaty;distributor;M-1;01.02.2026
M-1;Дина;dina@example.com;kk;;distributor;;15.01.2026
M-3;Айгүл;;kk;;prospect;M-2;
"""


@pytest.mark.django_db
class TestMembers:
    def test_a_file_in_any_order_and_its_second_run(self, write):
        a_company()
        path = write(MEMBERS)
        assert "created: 3" in run("members", path)
        marat = Member.objects.get(external_id="M-2")
        assert (marat.sponsor.external_id, marat.language, marat.size, marat.depth) == ("M-1", "ru", 2, 1)
        assert marat.registered_at == datetime(2026, 1, 31, 19, tzinfo=UTC)
        said = run("members", path)
        assert "created: 0" in said
        assert "changed: 0" in said
        assert "there already: 3" in said
        assert Event.objects.filter(type="member.registered").count() == 2

    def test_cp1251_and_a_mapping(self, write):
        a_company()
        run("members", write("Код;ФИО\n1;Дина\n", "cp1251"), map=["Код=external_id", "ФИО=name"])
        assert Member.objects.get().name == "Дина"

    def test_changes_are_written(self, write):
        a_company()
        dina = a_member(external_id="M-1", name="D")
        assert "changed: 1" in run("members", write("external_id,name,email\nM-1,Dina,\n"))
        dina.refresh_from_db()
        assert (dina.name, dina.email) == ("Dina", dina.email)

    def test_a_dry_run_counts_and_writes_nothing(self, write):
        a_company()
        said = run("members", write(MEMBERS), dry_run=True)
        assert "would be created: 3" in said
        assert not Member.objects.exists()
        assert not Event.objects.exists()

    def test_each_faulty_row_is_named_and_the_rest_gets_in(self, write, tmp_path):
        a_company()
        text = (
            "external_id;sponsor;zone;kind;registered_at\n"
            "A;B;;;\n"
            "B;A;;;\n"
            "C;A;;;\n"
            "D;nobody;;;\n"
            "E;;Almaty;;\n"
            "F;F;;;\n"
            "G;;;boss;\n"
            "H;;;customer;tomorrow\n"
            "I;;;;01.01.2026\n"
            ";;;;\n"
            ";X;;;\n"
            "J;;\n"
            "K;;;;\n"
            "K;;;;\n"
        )
        errors = tmp_path / "errors.csv"
        said = run("members", write(text), errors=errors)
        assert "created: 1" in said
        assert set(Member.objects.values_list("external_id", flat=True)) == {"K"}
        with errors.open(encoding="utf-8-sig", newline="") as file:
            reasons = {int(row["row"]): row["reason"] for row in csv.DictReader(file, delimiter=";")}
        assert reasons == {
            2: "sponsor: with the sponsor B the tree would close a loop",
            3: "sponsor: with the sponsor A the tree would close a loop",
            4: "sponsor: the sponsor A isn't known",
            5: "sponsor: the sponsor nobody isn't known",
            6: "zone: “Almaty” isn't a time zone such as Asia/Almaty",
            7: "sponsor: nobody can be the own sponsor",
            8: "kind: only these values are allowed: prospect, customer, distributor",
            9: "registered_at: “tomorrow” isn't a date or time",
            10: "kind: it is missing customer, distributor",
            12: "external_id: it is missing",
            13: "the number of cells differs from the header: 3 ≠ 5",
            15: "external_id: row 14 has the same key",
        }

    def test_a_loop_with_those_who_are_there(self, write):
        a_company()
        dina = a_member(external_id="M-1")
        a_member(external_id="M-2", sponsor_id=dina.id)
        said = run("members", write("external_id,sponsor,name\nM-1,M-2,Changed\n"))
        assert "row 2: sponsor: with the sponsor M-2 the tree would close a loop" in said
        dina.refresh_from_db()
        assert dina.name != "Changed"

    @pytest.mark.parametrize(
        ("text", "options", "said"),
        [
            ("name\nx\n", {}, "no column for “external_id”. Its columns are: name"),
            ("id,name\n", {"map": ["code=external_id"]}, "“code”, which isn't a column"),
            ("id,name\n", {"map": ["id=shoe_size"]}, "“shoe_size”, which can't be imported here"),
            ("a,b\n", {"map": ["a=external_id", "b=external_id"]}, "Two columns give “external_id”: a, b"),
            ("a,b\n", {"map": ["a"]}, "should be NAME=VALUE"),
            ("", {}, "no header row"),
            ("id\nДина\n", {"encoding": "ascii"}, "can't be read as ascii: byte 3"),
            ("id\nДина\n", {"encoding": "klingon"}, "can't be read as klingon"),
        ],
    )
    def test_what_the_file_as_a_whole_lacks(self, write, text, options, said):
        a_company()
        with pytest.raises(CommandError, match=said.replace("?", ".")):
            run("members", write(text), **options)

    def test_no_file(self, tmp_path):
        with pytest.raises(CommandError, match="There is no file"):
            run("members", tmp_path / "nothing.csv")


ORDERS = """order,member,paid_at,amount,quantity,buyer
1001,M-1,2026-02-01 10:00,1990.50,2,own
1002,M-1,2026-01-15,500,,retail
1003,M-9,2026-01-20,10,,
"""


@pytest.mark.django_db
class TestOrders:
    def test_orders_reach_the_log_in_the_order_of_time(self, write):
        a_company()
        a_member(external_id="M-1")
        said = run("orders", write(ORDERS), source="shop")
        assert "created: 2" in said
        assert "row 4: member: nobody has the id M-9" in said
        first, second = Event.objects.filter(source="shop").order_by("id")
        assert first.props == {"order": "1002", "amount": 50000, "currency": "KZT", "buyer": "retail"}
        assert second.props["quantity"] == 2
        assert second.occurred_at == datetime(2026, 2, 1, 5, tzinfo=UTC)

    def test_a_second_run_adds_nothing(self, write):
        a_company()
        a_member(external_id="M-1")
        run("orders", write(ORDERS))
        said = run("orders", write(ORDERS))
        assert "created: 0" in said
        assert "there already: 2" in said
        assert Event.objects.filter(source="import").count() == 2

    def test_a_dry_run_writes_nothing(self, write):
        a_company()
        said = run("orders", write(ORDERS), dry_run=True, create_members="customer")
        assert "would be created: 3" in said
        assert "members would be created: 2" in said
        assert not Event.objects.exists()
        assert not Member.objects.exists()

    def test_buyers_are_created_and_registered_with_their_first_order(self, write):
        a_company()
        run("orders", write(ORDERS), create_members="customer")
        buyer = Member.objects.get(external_id="M-1")
        assert (buyer.kind, buyer.registered_at) == ("customer", datetime(2026, 1, 14, 19, tzinfo=UTC))
        times = list(Event.objects.order_by("id").values_list("occurred_at", flat=True))
        assert times == sorted(times)

    def test_white_space_without_an_order_number(self, write):
        operations.set_company(name="CDs", zone="UTC", language="en", currency="USD")
        rows = [
            "customer date cds dollars",
            " 00001 19970101  1 11.77",
            " 00002 19970112  1 12.00",
            " 00002 19970112 5 77",
        ]
        text = "\r\n".join(rows)
        mapping = ["customer=member", "date=paid_at", "cds=quantity", "dollars=amount"]
        for _ in range(2):
            run("orders", write(text), map=mapping, create_members="customer")
        orders = Event.objects.filter(type="order.paid").order_by("id")
        assert [(each.props["order"], each.props["amount"]) for each in orders] == [
            ("00001-19970101-2", 1177),
            ("00002-19970112-3", 1200),
            ("00002-19970112-4", 7700),
        ]

    def test_faulty_orders_are_named(self, write):
        a_company()
        a_member(external_id="M-1")
        rows = [
            "1,M-1,2026-01-01,1.990,,",
            "2,M-1,2026-01-01,19.9051,,",
            "3,M-1,2999-01-01,1,,",
            "4,M-1,,1,,",
            "5,,2026-01-01,1,,",
            ",M-1,2026-01-01,1,,",
            "7,M-1,2026-01-01,1,two,",
            "8,M-1,2026-01-01,1,,somebody",
            "9,M-1,2026-01-01,1,,",
            "9,M-1,2026-01-01,1,,",
        ]
        said = run("orders", write("\n".join([ORDERS.splitlines()[0], *rows])))
        assert "created: 1" in said
        for reason in (
            "row 2: amount: “1.990” may be read in two ways",
            "row 3: amount: the amount has more decimals than the currency: 19.9051, 2",
            "row 4: paid_at: the time lies in the future: 2999-01-01",
            "row 5: paid_at: it is missing",
            "row 6: member: it is missing",
            "row 7: order: it is missing",
            "row 8: quantity: it isn't of the kind that is expected: integer",
            "row 9: buyer: only these values are allowed: retail, preferred, own",
            "row 11: order: row 10 has the same key",
        ):
            assert reason in said

    def test_our_own_name_is_no_source(self, write):
        a_company()
        with pytest.raises(CommandError, match="can't be the name of a sender"):
            run("orders", write(ORDERS), source="qadam")

    def test_many_chunks(self, write, monkeypatch):
        monkeypatch.setattr("qadam.people.imports.AT_ONCE", 7)
        a_company()
        days = itertools.cycle(range(1, 29))
        rows = [f"{n},M-{n % 11},2026-01-{next(days):02},1,," for n in range(50)]
        run("orders", write("\n".join([ORDERS.splitlines()[0], *rows])), create_members="customer")
        times = list(Event.objects.order_by("id").values_list("occurred_at", flat=True))
        assert times == sorted(times)
        assert len(times) == 61
        assert Company.objects.count() == 1
