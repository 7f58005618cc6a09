"""Write keys and mappings from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qadam.events import queries

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_made_listed_and_revoked() -> None:
    key = run("writekey", "create", "shop").strip()
    assert queries.find_source(key) == "shop"
    listed = run("writekey", "list")
    assert key not in listed
    assert f"shop\t…{key[-4:]}" in listed
    assert "revoked: 1" in run("writekey", "revoke", "shop")
    assert queries.find_source(key) is None
    assert "revoked" in run("writekey", "list")


@pytest.mark.parametrize("name", ["qadam", "", "x" * 65])
def test_some_names_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="can't be the name of a sender"):
        run("writekey", "create", name)


def test_a_mapping_is_set_and_listed() -> None:
    run("mapping", "set", "Deal Won", "order.paid", "order=deal.id", "--constant", "buyer=retail", "--source", "crm")
    assert "crm\tDeal Won\torder.paid\torder=deal.id\tbuyer=retail" in run("mapping", "list")
    name_map = queries.names_of("crm", ["Deal Won"])["Deal Won"]
    assert (name_map.property_names, name_map.constants) == ({"order": "deal.id"}, {"buyer": "retail"})
    assert queries.names_of("shop", ["Deal Won"]) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["order.payed"], "has no “order.payed”"),
        (["order.paid", "colour=x"], "has no “order.paid.colour”"),
        (["order.paid", "order"], "should be NAME=VALUE"),
    ],
)
def test_a_mapping_to_what_isnt_there_is_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("mapping", "set", "Deal Won", *arguments)
