"""The form of a badge: what it stands for, how it is earned, its steps, and who may have it how often."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_condition
from qadam.office.journey_fields import Button, Words, chosen, ticked, typed
from qadam.office.journey_forms import put, read_size, read_words, reorder
from qadam.office.recognition_fields import (
    Document,
    Faults,
    Known,
    Section,
    choice_part,
    condition_part,
    in_order,
    key_part,
    part,
    put_unless,
    words_part,
)

KEYS = ("badge", "name", "why", "how", "icon", "kind", "tiers", "repeat", "hidden", "secret", "reason")
KINDS: dict[str, Words] = {
    "earned": gettext_lazy("earned: given as soon as the conditions hold"),
    "nominated": gettext_lazy("nominated: a colleague proposes, the leader agrees"),
}
REPEATS: dict[str, Words] = {
    "once": gettext_lazy("once"),
    "month": gettext_lazy("once a month"),
    "quarter": gettext_lazy("once a quarter"),
}
ICONS: dict[str, Words] = {
    "award": gettext_lazy("rosette"),
    "user-round-check": gettext_lazy("profile"),
    "book-open-check": gettext_lazy("lesson"),
    "graduation-cap": gettext_lazy("learning"),
    "message-circle-check": gettext_lazy("honest words"),
    "message-square-text": gettext_lazy("conversation"),
    "share-2": gettext_lazy("sharing"),
    "video": gettext_lazy("call"),
    "handshake": gettext_lazy("handshake"),
    "package-check": gettext_lazy("order"),
    "repeat": gettext_lazy("repeat"),
    "hand-heart": gettext_lazy("care"),
    "heart-handshake": gettext_lazy("help"),
    "users-round": gettext_lazy("people"),
    "flame": gettext_lazy("streak"),
    "calendar-check-2": gettext_lazy("calendar"),
    "milestone": gettext_lazy("milestone"),
    "sunrise": gettext_lazy("sunrise"),
    "mountain": gettext_lazy("summit"),
    "sprout": gettext_lazy("sprout"),
    "shield-check": gettext_lazy("honesty"),
    "gem": gettext_lazy("gem"),
    "star": gettext_lazy("star"),
}
MOST_TIERS = 10


def blank_badge(key: str = "") -> dict[str, Any]:
    return {
        "badge": key,
        "name": {},
        "why": {},
        "how": {},
        "icon": "award",
        "kind": "earned",
        "tiers": [_blank_tier(0)],
    }


def _blank_tier(place: int) -> dict[str, Any]:
    return {"key": TIER_KEYS[min(place, len(TIER_KEYS) - 1)], "when": {"did": ""}}


TIER_KEYS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


# ── Showing ───────────────────────────────────────────────


def badge_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a badge."""
    is_nominated = document.get("kind") == "nominated"
    words = (
        key_part("badge", document.get("badge"), faults, is_new=is_new),
        words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name")),
        words_part("why", _("What it stands for"), document.get("why"), faults.at("why"), rows=2),
        words_part("how", _("How one gets it, in a sentence"), document.get("how"), faults.at("how"), rows=2),
        choice_part("icon", _("Sign"), ICONS, document.get("icon", "award"), faults.at("icon")),
    )
    kind_help = _("A nominated badge has no conditions: colleagues write why, the leader agrees or says no.")
    kind = chosen("kind", _("How it is given"), KINDS, document.get("kind", "earned"), refreshes=True)
    given = part(_("How it is given"), kind, faults=faults.at("kind"), help=kind_help)
    steps_help = _("A badge may have several steps, such as 1, 5 and 25 customers. Each has its own condition.")
    tiers = () if is_nominated else _tier_parts(document, faults, known)
    return [
        Section(_("What this is"), words),
        Section(
            _("Who gets it"),
            (given, *tiers),
            "" if is_nominated else steps_help,
        ),
        Section(_("How often, and who sees it"), _rare_parts(document, faults), is_rare=True),
    ]


def _tier_parts(document: Document, faults: Faults, known: Known) -> tuple[Part, ...]:
    given = document.get("tiers")
    tiers = [tier for tier in given if isinstance(tier, Mapping)] if isinstance(given, list) else []
    parts: list[Part] = []
    for place, tier in enumerate(tiers):
        parts += _parts_of_tier(tier, place, len(tiers), faults, known)
    own = faults.at("tiers")
    more = (Button("tier", _("One more step")),) if len(tiers) < MOST_TIERS else ()
    return (*parts, Part(buttons=more, faults=own, sizes=(("tier.size", len(tiers)),)))


def _parts_of_tier(tier: Document, place: int, count: int, faults: Faults, known: Known) -> list[Part]:
    at, title = f"tiers[{place}]", _("Step %(number)s") % {"number": place + 1} if count > 1 else _("Conditions")
    when = condition_part(tier.get("when"), f"tier.{place}.when", f"{at}.when", faults, known, title=title, needed=True)
    key = typed(f"tier.{place}.key", _("Key of the step"), tier.get("key"), before=_("key"))
    buttons = (
        *((Button(f"uptier:{place}", _("Up"), "arrow-up"),) if place else ()),
        *((Button(f"untier:{place}", _("Take this step out"), "trash-2"),) if count > 1 else ()),
    )
    if count == 1:
        return [when, Part(sizes=((f"tier.{place}.key", str(tier.get("key") or "")),), faults=faults.at(f"{at}.key"))]
    name_help = _("Only if this step has a name of its own.")
    return [
        when,
        words_part(
            f"tier.{place}.name", _("Name of the step"), tier.get("name"), faults.at(f"{at}.name"), help=name_help
        ),
        part("", key, faults=faults.at(f"{at}.key"), buttons=buttons),
    ]


def _rare_parts(document: Document, faults: Faults) -> tuple[Part, ...]:
    repeat = choice_part("repeat", _("Given"), REPEATS, document.get("repeat", "once"), faults.at("repeat"))
    hidden = ticked(
        "hidden", _("Not in the list of what can be earned, until somebody has it"), bool(document.get("hidden"))
    )
    secret = ticked("secret", _("Its conditions aren't told"), bool(document.get("secret")))
    return (repeat, part(_("In sight"), hidden, secret, faults=faults.at("hidden", "secret")))


# ── Reading ───────────────────────────────────────────────


def read_badge(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    """Return the badge that a form says; keys that no form knows are kept."""
    document = dict(old)
    document["badge"] = post.get("key", "").strip()
    for key in ("name", "why", "how"):
        document[key] = read_words(post, key) or {}
    put(document, "icon", post.get("icon", ""))
    put_unless(document, "kind", post.get("kind", ""), "earned")
    if post.get("kind") == "nominated":
        document.pop("tiers", None)
    else:
        document["tiers"] = _read_tiers(post, old, do)
    put_unless(document, "repeat", post.get("repeat", ""), "once")
    for key in ("hidden", "secret"):
        put_unless(document, key, post.get(key) == "on", False)
    put(document, "reason", post.get("reason", "").strip())
    return in_order(document, KEYS)


def _read_tiers(post: QueryDict, old: Document, do: str) -> list[dict[str, Any]]:
    known = {tier.get("key"): tier for tier in old.get("tiers") or () if isinstance(tier, Mapping)}
    tiers = []
    for place in range(min(read_size(post, "tier"), MOST_TIERS)):
        key = post.get(f"tier.{place}.key", "").strip()
        tier = {**known.get(key, {}), "key": key}
        put(tier, "name", read_words(post, f"tier.{place}.name"))
        tier["when"] = read_condition(post, f"tier.{place}.when", do) or {"did": ""}
        tiers.append(in_order(tier, ("key", "name", "when")))
    if do == "tier" or not tiers:
        tiers.append(_blank_tier(len(tiers)))
    return reorder(tiers, do, "tier")
