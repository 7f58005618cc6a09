"""The invented history keeps to its sources, and is the same again for the same seed and anchor."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from qadam.events.catalogue import find_fault
from qadam.site.demo import cast, rates
from qadam.site.demo.deeds import tell_life
from qadam.site.demo.diary import AIMS, CHOOSES, JOINS, LEAVES, REGISTERS, SHOWS
from qadam.site.demo.history import imagine_history
from qadam.site.demo.lives import MONTHS, draw_lifetime, span_until
from qadam.site.demo.pictures import draw_calendar, draw_product
from qadam.site.demo.reactions import BECOMES_MENTOR, BRINGS_PARTNER, LETTERS, Way, heeds, react

ANCHOR = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def history():
    return imagine_history(anchor=ANCHOR, members=3_000, seed=7)


@pytest.fixture(scope="module")
def registered(history):
    return [person for person in history.people if person.registered_at is not None]


@pytest.mark.parametrize(
    ("months", "hazard", "tolerance"),
    [(range(1, 4), 0.16, 0.006), (range(4, 13), 0.09, 0.006), (range(13, 25), 0.035, 0.006)],
)
def test_people_leave_at_the_sourced_rates(months, hazard, tolerance):
    rng = Random(1)
    lifetimes = [draw_lifetime(rng) for _ in range(40_000)]
    alive = sum(max(0, sum(each > month - 1 for each in lifetimes)) for month in months)
    left = sum(sum(month - 1 < each <= month for each in lifetimes) for month in months)
    assert left / alive == pytest.approx(hazard, abs=tolerance)


def test_the_company_that_was_imagined_leaves_so_too(registered):
    stays = [
        (person.leaves_at - person.registered_at) / rates.MONTH for person in registered if person.leaves_at is not None
    ]
    assert sum(stay <= 3 for stay in stays) / len(stays) == pytest.approx(1 - 0.84**3, abs=0.03)


def test_two_fifths_leave_without_a_word(history, registered):
    gone = [person for person in registered if person.leaves_at is not None and person.leaves_at < ANCHOR]
    said = {fact.person for fact in history.facts if fact.type == LEAVES}
    assert said <= {person.number for person in gone}
    assert 1 - len(said) / len(gone) == pytest.approx(rates.SILENT_LEAVING, abs=0.04)


def test_nobody_does_anything_after_leaving_or_before_coming(history):
    by_number = {person.number: person for person in history.people}
    for fact in history.facts:
        person = by_number[fact.person]
        assert person.appears_at <= fact.at <= ANCHOR
        assert not person.has_left(fact.at) or fact.type == LEAVES


def test_as_many_register_as_were_ordered_and_more_never_do(history, registered):
    assert len(registered) == 3_000
    assert len([fact for fact in history.facts if fact.type == REGISTERS]) == 3_000
    assert len(history.people) - 3_000 == round(3_000 * rates.LOST_PROSPECTS)


def test_a_fifth_is_ever_paid(history):
    paid = {fact.person for fact in history.facts if fact.type == "bonus.credited"}
    assert 0.20 <= len(paid) / 3_000 <= 0.22


def test_few_sponsor_many(registered):
    brought = Counter(person.sponsor for person in registered if person.sponsor is not None)
    busiest = sorted(brought.values(), reverse=True)
    assert sum(busiest[:30]) > 0.25 * 3_000
    assert len(brought) < 0.3 * 3_000
    assert busiest[0] < 0.06 * 3_000


def test_six_in_ten_order_within_two_weeks(history, registered):
    first = {}
    for fact in history.facts:
        if fact.type == "order.paid":
            first.setdefault(fact.person, fact.at)
    old = [person for person in registered if person.registered_at < ANCHOR - 14 * DAY]
    soon = [each for each in old if first.get(each.number, ANCHOR) - each.registered_at <= 14 * DAY]
    assert len(soon) / len(old) == pytest.approx(0.60, abs=0.03)


def test_every_fact_is_one_of_the_catalogue_and_has_a_key_of_its_own(history):
    keys = [fact.key for fact in history.facts if fact.key]
    assert len(keys) == len(set(keys))
    for fact in history.facts:
        assert fact.type.startswith("+") or find_fault(fact.type, fact.props) is None, fact


def test_customers_come_back_and_belong_to_one_seller(history):
    sold = [fact for fact in history.facts if fact.type == "order.paid" and fact.props["buyer"] != "own"]
    orders = Counter(fact.props["customer"] for fact in sold)
    sellers = {(fact.props["customer"], fact.person) for fact in sold}
    assert len(sellers) == len(orders)
    assert 0.2 < sum(count > 1 for count in orders.values()) / len(orders) < 0.7
    assert not any("customer" in fact.props for fact in history.facts if fact.props.get("buyer") == "own")


def test_care_goes_with_what_was_done_and_begins_when_it_counts(history):
    begin = ANCHOR - rates.CARE_FROM
    lessons = {
        (fact.person, fact.props["lesson"]): fact.at for fact in history.facts if fact.type == "lesson.completed"
    }
    bought = {fact.props["customer"] for fact in history.facts if fact.props.get("customer")}
    by_type = Counter()
    for fact in history.facts:
        if fact.type == "quiz.passed":
            lesson = {"claims": "claims", "product": "product-basics"}[str(fact.props["quiz"])]
            assert lessons[fact.person, lesson] < fact.at
        elif fact.type == "customer.checked_in":
            assert fact.props["customer"] in bought
        elif fact.type == "content.shared":
            assert lessons[fact.person, "claims"] < fact.at
        else:
            continue
        by_type[fact.type] += 1
        assert fact.at >= begin
    assert min(by_type[each] for each in ("quiz.passed", "customer.checked_in", "content.shared")) > 200


def test_who_wants_a_customers_plan_neither_aims_nor_shows(history):
    direction = {fact.person: fact.props["direction"] for fact in history.facts if fact.type == CHOOSES}
    assert set(direction.values()) == {"customer", "seller", "builder"}
    customers = {person for person, chosen in direction.items() if chosen == "customer"}
    busy = {fact.person for fact in history.facts if fact.type in (AIMS, SHOWS, JOINS)}
    assert len(customers) > 50
    assert customers.isdisjoint(busy)


def test_pictures_are_small_and_the_same_again():
    for draw in (draw_product, draw_calendar):
        picture = draw("7:try-product")
        assert Image.open(BytesIO(picture)).format == "JPEG"
        assert len(picture) < 30_000
        assert draw("7:try-product") == picture
        assert draw("8:try-product") != picture


def test_what_is_delivered_or_returned_was_ordered_before(history):
    paid = {fact.props["order"]: fact.at for fact in history.facts if fact.type == "order.paid"}
    for fact in history.facts:
        if fact.type in ("order.delivered", "order.refunded"):
            assert paid[fact.props["order"]] < fact.at


def test_the_same_seed_and_anchor_give_the_same_facts():
    small = {"anchor": ANCHOR, "members": 80, "days": 120}
    first = imagine_history(seed=3, **small)
    assert imagine_history(seed=3, **small) == first
    assert imagine_history(seed=4, **small).facts != first.facts


def test_the_span_ends_at_the_anchor_and_lasts_eighteen_months():
    span = span_until(ANCHOR)
    assert len(span.midnights) == round(MONTHS * rates.MONTH / DAY)
    assert span.midnights[-1] <= ANCHOR < span.midnights[-1] + DAY
    assert span.day_of(ANCHOR) == len(span.midnights) - 1
    assert span.weekday_of(len(span.midnights) - 1) == 4


@pytest.mark.parametrize("case", sorted(set(LETTERS.values()) - {BRINGS_PARTNER, BECOMES_MENTOR}))
def test_a_letter_moves_some_and_they_do_it_afterwards(history, registered, case):
    letter_at = ANCHOR - 60 * DAY
    present = [person for person in registered if not person.has_left(letter_at)][:400]
    moved = {person.number: react(case, Way.LETTER, person, history.span, letter_at) for person in present}
    answering = [person for person in present if moved[person.number]]
    assert len(answering) < len(present) / 2
    for person in answering:
        assert heeds(person, case, Way.LETTER)
        assert all(fact.at > letter_at for fact in moved[person.number])
        own_keys = {fact.key for fact in tell_life(person, history.span)}
        assert own_keys.isdisjoint(fact.key for fact in moved[person.number] if fact.key)


def test_the_cast_stands_where_its_stories_begin(history):
    roles = {person.role: person for person in history.people if person.role}
    assert set(roles) == {cast.NEWCOMER, cast.MENTOR, cast.LEADER, cast.OUTSIDER}
    aigul, marat = roles[cast.NEWCOMER], roles[cast.MENTOR]
    assert (aigul.sponsor, marat.sponsor) == (marat.number, roles[cast.LEADER].number)
    assert history.span.day_of(ANCHOR) - history.span.day_of(aigul.registered_at) == cast.AIGUL_DAY
    assert roles[cast.OUTSIDER].sponsor not in {person.number for person in roles.values()}
    assert {each.email for each in roles.values()} == {f"{role}@demo.qadam.example" for role in roles}


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_at_any_hour_the_newcomers_first_goal_is_open(hour):
    anchor = datetime(2026, 11, 19, 19, 0, tzinfo=UTC) + timedelta(hours=hour, minutes=30)
    history = imagine_history(anchor=anchor, members=40, seed=1, days=30)
    aigul = next(person for person in history.people if person.role == cast.NEWCOMER)
    types = {fact.type for fact in history.facts if fact.person == aigul.number}
    assert {"contact.recorded", "presentation.attended", "lesson.completed", "cabinet.opened"} <= types
    assert types.isdisjoint({"order.paid", "customer.registered"})
