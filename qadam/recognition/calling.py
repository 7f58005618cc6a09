"""What to call people beside each other: the nickname, else the first name, told apart by an initial."""

from collections.abc import Collection

from qadam import conditions
from qadam.people.models import Member
from qadam.recognition.board_rules import names_apart


def names_of(member_ids: Collection[int]) -> dict[int, str]:
    """Return {member: what to call them} in a small group of people who know each other."""
    rows = Member.objects.filter(id__in=conditions.ids_in(list(member_ids)), erased_at__isnull=True)
    found = rows.values_list("id", "visibility__nickname", "name")
    return names_apart({member: (nickname or "", name) for member, nickname, name in found})


def nicknames_of(member_ids: Collection[int]) -> dict[int, str]:
    """Return {member: nickname} of those who have one: all that people elsewhere may be told."""
    rows = Member.objects.filter(id__in=conditions.ids_in(list(member_ids)), erased_at__isnull=True)
    return {member: nickname for member, nickname in rows.values_list("id", "visibility__nickname") if nickname}
