from datetime import timedelta

import pytest

from qadam.people import joining, sign_in_links, signing_in, tries
from qadam.people.errors import LinkExpired, LinkUnknown, LinkUsed, WeakPassword
from qadam.people.models import Member, User
from qadam.people.sign_in_links import LinkState, find_link, token_of
from qadam.people.sign_in_models import SignInLink, SignInTry
from qadam.people.tests.joining import a_form, publish_texts
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, days

pytestmark = pytest.mark.django_db
LIFE = timedelta(minutes=20)


def a_link(email: str = "aigul@example.com", at: timedelta = timedelta()) -> SignInLink:
    link = signing_in.ask_for_link(email=email, next_path="/plan/", now=NOW + at)
    assert link is not None
    return link


def enter(link: SignInLink, at: timedelta = timedelta(), browser: str = "") -> User:
    return signing_in.use_link(token=token_of(link), browser=browser, now=NOW + at).user


def test_a_link_lets_in_once_and_no_table_holds_it() -> None:
    user = a_user(member=a_member(), email="aigul@example.com")
    link = a_link("  AIGUL@example.com ")
    token = token_of(link)
    stored = {str(value) for value in SignInLink.objects.values().get().values()}
    assert token not in stored
    assert find_link(token, NOW).state is LinkState.LIVE
    assert find_link(token, NOW).state is LinkState.LIVE
    assert enter(link) == user
    assert find_link(token, NOW).state is LinkState.USED
    with pytest.raises(LinkUsed):
        enter(link)


def test_a_second_press_of_the_same_browser_is_the_first_one() -> None:
    user = a_user(member=a_member(), email="aigul@example.com")
    link = a_link()
    assert enter(link, browser="mine") == user
    assert enter(link, timedelta(minutes=4), browser="mine") == user
    for at, browser in ((timedelta(minutes=5), "mine"), (timedelta(), "other"), (timedelta(), "")):
        with pytest.raises(LinkUsed):
            enter(link, at, browser)


def test_a_link_ends_after_twenty_minutes_by_our_clock() -> None:
    a_user(member=a_member(), email="aigul@example.com")
    assert enter(a_link(), LIFE - timedelta(seconds=1))
    with pytest.raises(LinkExpired):
        enter(a_link(), LIFE)
    # A clock that was put back makes a link no older than it is, and no link of the future lives longer.
    assert enter(a_link(at=timedelta(minutes=3)), timedelta())


def test_forged_and_foreign_tokens_let_nobody_in() -> None:
    user = a_user(member=a_member(), email="aigul@example.com")
    link = a_link()
    for token in ("", "x", token_of(link)[:-1], token_of(link).upper(), link.token_hash, link.nonce):
        assert find_link(token, NOW).state is LinkState.UNKNOWN
        with pytest.raises(LinkUnknown):
            signing_in.use_link(token=token, browser="", now=NOW)
    User.objects.filter(id=user.id).update(is_active=False)
    with pytest.raises(LinkUnknown):
        enter(link)


def test_unknown_addresses_and_prospects_get_no_link_and_make_no_user() -> None:
    a_prospect(email="prospect@example.com")
    for email in ("nobody@example.com", "prospect@example.com", "", "x" * 300):
        assert signing_in.ask_for_link(email=email, next_path="", now=NOW) is None
    assert not User.objects.exists()


def test_who_came_by_an_import_gets_a_sign_in_and_the_earliest_record_counts() -> None:
    gone = a_member(email="family@example.com")
    Member.objects.filter(id=gone.id).update(left_at=NOW)
    first = a_member(email="Family@Example.com", name="Saule")
    a_member(email="family@example.com")
    user = enter(a_link("family@example.com"))
    assert (user.member, user.email, user.has_usable_password()) == (first, "family@example.com", False)
    assert enter(a_link("family@example.com")) == user


def test_who_lost_the_letter_of_the_form_gets_it_again_until_the_form_ends() -> None:
    a_company()
    publish_texts()
    joining.ask_to_join(form=a_form(says_nobody=True), now=NOW)
    again = a_link(at=timedelta(days=6))
    assert again.joining is not None
    assert again.expires_at == NOW + sign_in_links.JOINING_LIFE
    assert enter(again, timedelta(days=6)).member is not None


def test_one_address_gets_three_letters_in_a_quarter_of_an_hour_and_ten_in_a_day() -> None:
    a_user(member=a_member(), email="aigul@example.com")
    given = [bool(signing_in.ask_for_link(email="Aigul@example.com", next_path="", now=NOW)) for _ in range(5)]
    assert given == [True, True, True, False, False]
    later = [
        bool(signing_in.ask_for_link(email="aigul@example.com", next_path="", now=NOW + timedelta(minutes=15 * n)))
        for n in range(1, 10)
    ]
    assert later == [True] * 7 + [False] * 2
    assert a_link(at=timedelta(days=1))
    assert not SignInTry.objects.filter(subject__contains="aigul").exists()
    assert tries.forget_tries(now=NOW + days(2.5)) == 10


def test_a_password_can_be_set_and_removed_and_must_not_be_easy() -> None:
    user = a_user(email="aigul.nurlanova@example.com")
    for weak in ("short", "password123", "aigul.nurlanova", "1234567890", "x" * 201):
        with pytest.raises(WeakPassword):
            signing_in.set_password(user=user, password=weak, now=NOW)
    signing_in.set_password(user=user, password="three steppe horses", now=NOW)
    user.refresh_from_db()
    assert user.check_password("three steppe horses")
    signing_in.remove_password(user=user, now=NOW)
    user.refresh_from_db()
    assert not user.has_usable_password()
