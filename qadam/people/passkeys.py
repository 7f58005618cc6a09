"""Passkeys (WebAuthn): a key that the person's phone or computer keeps, made and asked for by two short ceremonies.

The library is imported where it is used: it costs 27 MB and a third of a second, and most visitors never need it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from qadam.jobs.transactions import write
from qadam.people.errors import PasskeyRefused, PasskeyTaken, TooManyPasskeys
from qadam.people.models import User
from qadam.people.operations import write_audit
from qadam.people.sign_in_models import Passkey

MOST = 10
LONGEST_NAME = 60
LONGEST_ID = 1023
"""Bytes; WebAuthn level 2, section 4."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a ceremony takes place: the relying party's id is `host`; the browser must come from one of `origins`."""

    host: str
    origins: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser is asked (`options`, JSON), and the challenge that its answer must carry."""

    options: str
    challenge: bytes


def begin_registration(user: User, site: Site) -> Ceremony:
    """Ask the browser to make a key for this user; keys that are here already are named, so that none is made twice."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes, structs

    known = user.passkeys.filter(host=site.host).values_list("credential_id", flat=True)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=handle_of(user),
        user_name=user.email,
        user_display_name=user.name or user.email,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return Ceremony(options_to_json(options), options.challenge)


@write()
def add_passkey(
    *, user: User, site: Site, challenge: bytes, answer: Mapping[str, Any], name: str, now: datetime
) -> Passkey:
    """Keep the public half of a key that the browser has made. Audited.

    Raises:
        PasskeyRefused: the answer isn't one to this challenge from this site, or the person wasn't verified.
        PasskeyTaken: the key is here already, whoever's it is.
        TooManyPasskeys: the user has as many as there may be.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    User.objects.select_for_update().get(id=user.id)
    if user.passkeys.count() >= MOST:
        raise TooManyPasskeys(most=MOST)
    with _refusals():
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    credential_id = bytes_to_base64url(made.credential_id)
    if len(made.credential_id) > LONGEST_ID:
        raise PasskeyRefused
    if Passkey.objects.filter(credential_id=credential_id).exists():
        raise PasskeyTaken
    passkey = Passkey.objects.create(
        user=user,
        credential_id=credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=_transports_in(answer),
        host=site.host,
        name=name.strip()[:LONGEST_NAME],
        created_at=now,
    )
    write_audit(actor=user, action="passkey.added", target=f"user:{user.id}", detail={}, now=now)
    return passkey


def begin_sign_in(site: Site) -> Ceremony:
    """Ask the browser for any key of this site; whose it is, the key itself says."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED)
    return Ceremony(options_to_json(options), options.challenge)


@write()
def sign_in_by_passkey(*, site: Site, challenge: bytes, answer: Mapping[str, Any], now: datetime) -> User:
    """Return the user whose key has signed the challenge, and keep the key's counter.

    Raises:
        PasskeyRefused: an unknown key, another challenge, site or signature, or a counter that didn't move on (a
            copied key, or an answer sent twice).
    """
    from webauthn import verify_authentication_response

    rows = Passkey.objects.select_for_update().filter(credential_id=str(answer.get("id", ""))[:1400], host=site.host)
    passkey = rows.first()
    if passkey is None or not passkey.user.is_active or not _is_of(passkey.user, answer):
        raise PasskeyRefused
    with _refusals():
        proof = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=list(site.origins),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    Passkey.objects.filter(id=passkey.id).update(sign_count=proof.new_sign_count, used_at=now)
    return passkey.user


@write()
def remove_passkey(*, user: User, passkey_id: int, now: datetime) -> bool:
    """Forget one of the user's own keys. Return whether there was one. Audited."""
    deleted, _ = user.passkeys.filter(id=passkey_id).delete()
    if deleted:
        write_audit(actor=user, action="passkey.removed", target=f"user:{user.id}", detail={}, now=now)
    return bool(deleted)


def handle_of(user: User) -> bytes:
    """Return the name under which keys know a user: the same for all keys, and nobody's e-mail or number."""
    return salted_hmac("qadam.people.passkey", str(user.pk), algorithm="sha256").digest()


def _is_of(user: User, answer: Mapping[str, Any]) -> bool:
    """Tell whether the key's own word about its owner, where it gives one, fits ours."""
    from webauthn.helpers import bytes_to_base64url

    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, Mapping) else None
    return not handle or str(handle).rstrip("=") == bytes_to_base64url(handle_of(user))


def _transports_in(answer: Mapping[str, Any]) -> str:
    response = answer.get("response")
    given = response.get("transports") if isinstance(response, Mapping) else None
    words = [each for each in given if isinstance(each, str) and each.isascii()] if isinstance(given, list) else []
    return ",".join(words)[:100]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn whatever the library says of a stranger's answer into one refusal: it tells a forger nothing."""
    try:
        yield
    except Exception as error:
        raise PasskeyRefused from error
