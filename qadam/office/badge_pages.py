"""What only badges have in the office: who would have one today, and giving it to those who had earned it before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qadam.lib import clock
from qadam.lib.documents import FaultyDocument
from qadam.lib.text import LANGUAGES, words_of
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_pages import language
from qadam.office.recognition_pages import EDITS, PREVIEWS, go_to
from qadam.people.models import Member
from qadam.recognition import operations, previews


@dataclass(frozen=True, slots=True)
class TierCount:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of all members meet each step now. `refused`: nothing could be counted."""

    rows: tuple[TierCount, ...] = ()
    members: int = 0
    hints: tuple[str, ...] = ()
    refused: str = ""


def count_members(document: Mapping[str, Any]) -> Preview:
    """Count who meets each step of a badge now. Only the conditions have to be whole: names may still be missing."""
    if document.get("kind") == "nominated":
        return Preview(refused=_("A nominated badge has no conditions: nobody has it before a leader agrees."))
    tiers = [tier for tier in document.get("tiers") or () if isinstance(tier, Mapping)]
    try:
        counts = list(previews.preview_badge(_with_words(tiers), clock.utc_now()).values())
    except FaultyDocument:
        return Preview(refused=_("The conditions aren't whole yet. What is missing stands beside them."))
    rows = tuple(
        TierCount(_label(tier, place), count) for place, (tier, count) in enumerate(zip(tiers, counts, strict=True))
    )
    members = Member.objects.registered().counted().filter(erased_at__isnull=True).count()
    return Preview(rows, members, tuple(_hints(rows, members)))


def _with_words(tiers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a whole badge of these conditions: for counting its texts and keys may still be missing."""
    words = dict.fromkeys(LANGUAGES, "—")
    named = [{"key": f"step-{place}", "when": tier.get("when")} for place, tier in enumerate(tiers)]
    texts = dict.fromkeys(("name", "why", "how"), words)
    return {"badge": "preview", **texts, "icon": "award", "tiers": named, "reason": "—"}


def _label(tier: Mapping[str, Any], place: int) -> str:
    return words_of(tier.get("name") or {}).in_language(language()) or _("Step %(number)s") % {"number": place + 1}


def _hints(rows: Sequence[TierCount], members: int) -> list[str]:
    """Return what the numbers should make one think about."""
    hints = []
    if members and any(row.count == members for row in rows):
        hints.append(_("Everybody meets this. A badge that everybody has says nothing about anybody."))
    if not any(row.count for row in rows):
        hints.append(
            _("Nobody meets this yet. That may be right for something new; else look at the conditions again.")
        )
    if any(later.count > earlier.count for earlier, later in pairwise(rows)):
        hints.append(_("A later step is met by more people than the one before it. Are the steps in order?"))
    return hints


PREVIEWS["badges"] = count_members


@require_POST
@staff_page(*EDITS)
def award(request: StaffRequest, key: str) -> HttpResponse:
    """Give a badge to everybody who meets it now and doesn't have it."""
    given = operations.award_in_hindsight(badge=key, actor=request.user, now=clock.utc_now())
    words = ngettext("%(count)s member got the badge.", "%(count)s members got the badge.", given) % {"count": given}
    messages.success(request, words if given else _("Everybody who meets the conditions has the badge already."))
    return go_to(request, "office:recognition_edit", "badges", key)
