"""The terms of joining: until when money and goods can be given back, as real dates of one member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext

from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.documents import hash_of, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.people.consent_texts import split_paragraphs
from qadam.people.joining_models import Terms
from qadam.people.models import Company, Member, User
from qadam.people.operations import write_audit

ORDER = "order.paid"
KEY = "joining"
LOOKED_AT = 200
"""Among so many of the newest orders the newest own one is looked for."""


@dataclass(frozen=True, slots=True)
class TermsDocument:
    """Whole days, counted from the local day of the registration or the order; the first one counts as day 0.

    `buyback_percent` of the price comes back for goods that can be sold again.
    """

    refund_days: int
    buyback_days: int
    buyback_percent: int
    text: Words

    def paragraphs(self, language: str, company: Company) -> tuple[str, ...]:
        """Return the text in a language, with the company's name and the numbers in it."""
        text = self.text.in_language(language)
        for name in ("refund_days", "buyback_days", "buyback_percent"):
            text = text.replace(f"{{{name}}}", str(getattr(self, name)))
        return split_paragraphs(text.replace("{company}", company.name))


@dataclass(frozen=True, slots=True)
class TermsDates:
    """The last local days on which something can be given back, both inclusive.

    `refund_until`: the joining itself, or with `is_from_order` the newest order, if that ends later.
    `buyback_until`: goods of the newest order; None before the first one.
    """

    refund_until: date
    buyback_until: date | None
    is_from_order: bool


def parse_terms(document: object) -> TermsDocument:
    """Read the terms of joining.

    Raises:
        FaultyDocument: with every fault and its path.
    """
    node = open_document(document)
    node.refuse_other_keys("terms", "refund_days", "buyback_days", "buyback_percent", "text")
    node.choice("terms", (KEY,))
    parsed = TermsDocument(
        refund_days=node.integer("refund_days", at_least=0),
        buyback_days=node.integer("buyback_days", at_least=0),
        buyback_percent=node.integer("buyback_percent", at_least=0),
        text=node.words("text"),
    )
    if parsed.buyback_percent > 100:
        node.complain("buyback_percent", gettext("a whole number of at most %(most)s is needed") % {"most": 100})
    refuse_faults(node)
    return parsed


@write()
def publish_terms(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Terms:
    """Publish the terms as a new version; the same again changes nothing. Audited.

    Raises:
        FaultyDocument: every fault with its path.
    """
    parse_terms(document)
    content_hash = hash_of(document)
    newest = Terms.objects.order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    number = newest.number + 1 if newest else 1
    terms = Terms.objects.create(number=number, document=dict(document), content_hash=content_hash, published_at=now)
    write_audit(actor=actor, action="terms.published", target=f"terms:{KEY}", detail={"version": number}, now=now)
    return terms


def terms_in_force() -> TermsDocument | None:
    """Return the newest terms; None where the company has published none."""
    newest = Terms.objects.order_by("-number").first()
    return parse_terms(newest.document) if newest else None


def terms_dates(member: Member, company: Company) -> TermsDates | None:
    """Return until when this member can give something back; None without terms or before the registration."""
    terms = terms_in_force()
    if terms is None or member.registered_at is None:
        return None
    zone = member.zone_in(company)
    joined_on = clock.local_date(member.registered_at, zone)
    orders = Event.objects.filter(member_id=member.id, type=ORDER).order_by("-occurred_at")
    last_own = next(
        (at for at, props in orders.values_list("occurred_at", "props")[:LOOKED_AT] if _is_own(props)), None
    )
    ordered_on = clock.local_date(last_own, zone) if last_own else None
    return count_dates(terms, joined_on, ordered_on)


def _is_own(props: Mapping[str, object]) -> bool:
    """Goods that a customer bought are the customer's to give back; who bought untold ones may be the member."""
    return props.get("buyer", "own") == "own"


def count_dates(terms: TermsDocument, joined_on: date, ordered_on: date | None) -> TermsDates:
    """Return the last days for who joined, and perhaps ordered last, on these local days."""
    refund, buyback = timedelta(days=terms.refund_days), timedelta(days=terms.buyback_days)
    if ordered_on is None or ordered_on < joined_on:
        return TermsDates(joined_on + refund, ordered_on + buyback if ordered_on else None, is_from_order=False)
    return TermsDates(ordered_on + refund, ordered_on + buyback, is_from_order=ordered_on > joined_on)


def stored_terms() -> Mapping[str, Mapping[str, object]]:
    """Return {"terms": document} of the terms in force, for comparing with a pack."""
    newest = Terms.objects.order_by("-number").values_list("document", flat=True).first()
    return {} if newest is None else {"terms": newest}
