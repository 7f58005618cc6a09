"""The form to join: what was typed, what is wrong with it, and what the operation gets."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qadam.cabinet.invited import Invited
from qadam.lib.clock import is_zone
from qadam.lib.text import LANGUAGES
from qadam.people.consent_texts import ConsentWords, current_text
from qadam.people.finding import normalise
from qadam.people.joining import JoinForm
from qadam.people.models import Company, ConsentKind

LONGEST_NAME = 200
KEY = re.compile(r"[\w-]{16,64}")
PHONE = re.compile(r"\+?[\d\s()-]{6,31}")
CHANNEL = "web"


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was typed. `agrees` and `wants_news` are ticks; the versions are of the texts that were shown."""

    key: str
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "kk"
    zone: str = ""
    agrees: bool = False
    wants_news: bool = False
    data_version: str = ""
    advertising_version: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Texts:
    """What there is to agree to, in the visitor's language; None where the company has published none."""

    data: ConsentWords | None
    advertising: ConsentWords | None


def read_texts() -> Texts:
    language = get_language() or "en"
    return Texts(current_text(ConsentKind.DATA, language), current_text(ConsentKind.ADVERTISING, language))


def empty_form() -> Filled:
    """Return a fresh form: nothing is ticked, and its key is its own."""
    language = get_language() or "kk"
    return Filled(secrets.token_urlsafe(24), language=language if language in LANGUAGES else "kk")


def read_form(request: HttpRequest, texts: Texts, company: Company) -> Filled:
    """Return what was posted, with everything that is wrong with it in words."""
    typed = request.POST
    key, zone, language = typed.get("key", ""), typed.get("zone", ""), typed.get("language", "")
    filled = Filled(
        key=key if KEY.fullmatch(key) else secrets.token_urlsafe(24),
        name=" ".join(typed.get("name", "").split()),
        email=normalise(typed.get("email", "")),
        phone=typed.get("phone", "").strip(),
        language=language if language in LANGUAGES else company.language,
        zone=zone if is_zone(zone) and zone != company.zone else "",
        agrees=typed.get("data") == "yes",
        wants_news=typed.get("advertising") == "yes",
        data_version=typed.get("data_version", ""),
        advertising_version=typed.get("advertising_version", ""),
    )
    return _with_errors(filled, texts)


def _with_errors(filled: Filled, texts: Texts) -> Filled:
    found = {
        "name": _fault_of_name(filled.name),
        "email": _fault_of_email(filled.email),
        "phone": _fault_of_phone(filled.phone),
        "data": _fault_of_consent(filled, texts),
    }
    return replace(filled, errors={name: fault for name, fault in found.items() if fault})


def _fault_of_name(name: str) -> str:
    if not name:
        return _("Write your name. Whoever invited you sees it.")
    if len(name) > LONGEST_NAME:
        return _("This name is too long. %(most)d letters fit.") % {"most": LONGEST_NAME}
    if not name.isprintable() or "://" in name or not any(sign.isalpha() for sign in name):
        return _("Write your name in letters.")
    return ""


def _fault_of_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return _("Write your e-mail, such as name@mail.kz. Your letter comes there.")
    return _("This e-mail is too long.") if len(email) > 254 else ""


def _fault_of_phone(phone: str) -> str:
    is_good = not phone or (PHONE.fullmatch(phone) and sum(sign.isdigit() for sign in phone) >= 6)
    return "" if is_good else _("Write the number in digits, such as +7 701 000 00 00, or leave it empty.")


def _fault_of_consent(filled: Filled, texts: Texts) -> str:
    if not filled.agrees:
        return _("Without this consent we may not keep your name, so nobody can be registered.")
    if texts.data is None or filled.data_version != texts.data.version:
        return _("The text has changed meanwhile. Read it again and send the form once more.")
    return ""


def as_asked(filled: Filled, invited: Invited) -> JoinForm:
    """Return a form without faults as the operation takes it. The tick for advertising counts by its own version."""
    return JoinForm(
        key=filled.key,
        name=filled.name,
        email=filled.email,
        phone=filled.phone,
        language=filled.language,
        zone=filled.zone,
        code=invited.code,
        told=invited.told,
        says_nobody=invited.says_nobody,
        data_version=filled.data_version if filled.agrees else "",
        advertising_version=filled.advertising_version if filled.wants_news else "",
        channel=CHANNEL,
    )
