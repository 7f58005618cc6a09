"""The retail pack is whole: it can be read, applied, and applied again without a change."""

import pytest

from qadam.packs.documents import find_folder, read_pack
from qadam.packs.operations import apply_pack
from qadam.people.models import Company
from tests.cast import NOW, a_user


@pytest.mark.django_db
def test_it_can_be_applied_twice() -> None:
    a_user(roles=("retention",))
    pack = read_pack(find_folder("retail"))
    first = apply_pack(pack, actor=None, now=NOW)
    assert {change.kind for change in first} >= {"template", "case", "map"}
    assert Company.objects.get().name == "Dala Shop"
    assert apply_pack(pack, actor=None, now=NOW) == []
