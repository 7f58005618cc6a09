import json
from copy import deepcopy
from typing import Any

import pytest

from qadam.people import passkeys
from qadam.people.errors import PasskeyRefused, PasskeyTaken, TooManyPasskeys
from qadam.people.models import User
from qadam.people.passkeys import Site
from qadam.people.sign_in_models import Passkey
from qadam.people.tests.authenticator import UP, Authenticator, text_of
from tests.cast import NOW, a_user, days

pytestmark = pytest.mark.django_db
SITE = Site("qadam.kz", ("https://qadam.kz",), "Dala Wellness")


def register(user: User, phone: Authenticator, *, challenge: bytes | None = None, site: Site = SITE) -> Passkey:
    ceremony = passkeys.begin_registration(user, site)
    answer = phone.create(ceremony.options)
    asked = challenge or ceremony.challenge
    return passkeys.add_passkey(user=user, site=site, challenge=asked, answer=answer, name=" My phone ", now=NOW)


def come_in(phone: Authenticator, *, site: Site = SITE) -> User:
    ceremony = passkeys.begin_sign_in(site)
    answer = phone.get(ceremony.options)
    return passkeys.sign_in_by_passkey(site=site, challenge=ceremony.challenge, answer=answer, now=NOW + days(1))


def test_a_key_is_made_and_lets_its_owner_in_with_a_counter_that_moves_on() -> None:
    user, phone = a_user(email="aigul@example.com"), Authenticator()
    key = register(user, phone)
    assert (key.name, key.host, key.transports, key.sign_count) == ("My phone", "qadam.kz", "internal,hybrid", 0)
    assert come_in(phone) == user
    assert come_in(phone) == user
    key.refresh_from_db()
    assert (key.sign_count, key.used_at) == (2, NOW + days(1))


def test_what_the_browser_is_asked_names_nobody_and_wants_a_verified_person() -> None:
    user = a_user(email="aigul@example.com")
    first = register(user, Authenticator())
    asked = json.loads(passkeys.begin_registration(user, SITE).options)
    assert asked["user"]["id"] == text_of(passkeys.handle_of(user))
    assert "aigul" not in asked["user"]["id"]
    assert [each["id"] for each in asked["excludeCredentials"]] == [first.credential_id]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    entry = json.loads(passkeys.begin_sign_in(SITE).options)
    assert entry["allowCredentials"] == []
    assert entry["rpId"] == "qadam.kz"


def test_several_keys_of_one_user_and_removing_one() -> None:
    user, phone, laptop = a_user(), Authenticator(), Authenticator()
    first, _second = register(user, phone), register(user, laptop)
    assert come_in(laptop) == user
    stranger = a_user()
    assert not passkeys.remove_passkey(user=stranger, passkey_id=first.id, now=NOW)
    assert passkeys.remove_passkey(user=user, passkey_id=first.id, now=NOW)
    with pytest.raises(PasskeyRefused):
        come_in(phone)
    assert come_in(laptop) == user


def test_a_key_is_kept_once_and_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Authenticator()
    register(a_user(), phone)
    with pytest.raises(PasskeyTaken):
        register(a_user(), phone)
    user = a_user()
    monkeypatch.setattr(passkeys, "MOST", 1)
    register(user, Authenticator())
    with pytest.raises(TooManyPasskeys):
        register(user, Authenticator())


@pytest.mark.parametrize(
    "phone",
    [
        Authenticator(origin="https://qadam.kz.evil.example"),
        Authenticator(host="evil.example"),
        Authenticator(flags=UP),
        Authenticator(flags=0),
    ],
    ids=["origin", "host", "not verified", "nobody there"],
)
def test_a_key_of_elsewhere_or_of_nobody_isnt_kept(phone: Authenticator) -> None:
    with pytest.raises(PasskeyRefused):
        register(a_user(), phone)
    assert not Passkey.objects.exists()


def test_an_answer_to_another_challenge_is_refused() -> None:
    user, phone = a_user(), Authenticator()
    with pytest.raises(PasskeyRefused):
        register(user, phone, challenge=b"another challenge")
    register(user, phone)
    old = phone.get(passkeys.begin_sign_in(SITE).options)
    with pytest.raises(PasskeyRefused):
        challenge = passkeys.begin_sign_in(SITE).challenge
        passkeys.sign_in_by_passkey(site=SITE, challenge=challenge, answer=old, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"step": 0}, {"origin": "https://evil.example"}, {"host": "evil.example"}, {"flags": UP}, {"handle": b"somebody"}],
    ids=["counter stands", "origin", "host", "not verified", "another owner"],
)
def test_a_forged_or_copied_key_lets_nobody_in(changes: dict[str, Any]) -> None:
    phone = Authenticator(counter=5)
    register(a_user(), phone)
    assert come_in(phone)
    for name, value in changes.items():
        setattr(phone, name, value)
    with pytest.raises(PasskeyRefused):
        come_in(phone)


def test_a_replayed_answer_lets_nobody_in_twice() -> None:
    phone = Authenticator()
    register(a_user(), phone)
    ceremony = passkeys.begin_sign_in(SITE)
    answer = phone.get(ceremony.options)
    passkeys.sign_in_by_passkey(site=SITE, challenge=ceremony.challenge, answer=answer, now=NOW)
    with pytest.raises(PasskeyRefused):
        passkeys.sign_in_by_passkey(site=SITE, challenge=ceremony.challenge, answer=answer, now=NOW)


def test_another_key_can_not_sign_for_ours_and_a_closed_user_stays_out() -> None:
    user, phone = a_user(), Authenticator()
    register(user, phone)
    forger = Authenticator(credential_id=phone.credential_id, handle=phone.handle)
    with pytest.raises(PasskeyRefused):
        come_in(forger)
    with pytest.raises(PasskeyRefused):
        come_in(phone, site=Site("other.kz", ("https://other.kz",), "x"))
    User.objects.filter(id=user.id).update(is_active=False)
    with pytest.raises(PasskeyRefused):
        come_in(phone)


def test_broken_answers_are_refused_whatever_is_broken() -> None:
    user, phone = a_user(), Authenticator()
    register(user, phone)
    new, known = passkeys.begin_registration(user, SITE), passkeys.begin_sign_in(SITE)
    fresh = Authenticator()
    for broken in _breakages(fresh.create(new.options)):
        with pytest.raises(PasskeyRefused):
            passkeys.add_passkey(user=user, site=SITE, challenge=new.challenge, answer=broken, name="", now=NOW)
    for broken in _breakages(phone.get(known.options)):
        with pytest.raises(PasskeyRefused):
            passkeys.sign_in_by_passkey(site=SITE, challenge=known.challenge, answer=broken, now=NOW)
    assert Passkey.objects.count() == 1


def _breakages(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answer with each needed part missing, of another kind, cut short, and full of nonsense."""
    broken: list[dict[str, Any]] = [{}, {**answer, "response": "x"}, {**answer, "id": "x"}, {**answer, "type": 3}]
    for name in ("clientDataJSON", "attestationObject", "authenticatorData", "signature"):
        if name not in answer["response"]:
            continue
        for value in (None, 7, "", answer["response"][name][:20], "AAAA" * 40):
            spoiled = deepcopy(answer)
            spoiled["response"][name] = value
            broken.append(spoiled)
    return broken
