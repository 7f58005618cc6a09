"""The pack that comes with the product: complete in three languages, in its tone, and true to its own rules."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from qadam import conditions
from qadam.journeys.documents import parse_journey
from qadam.journeys.steps import Send
from qadam.lib.text import LANGUAGES
from qadam.messaging.texts import render_text
from qadam.packs.documents import START, Pack, read_pack
from qadam.recognition.compliance import warnings_of
from qadam.tasks.documents import TaskKind, parse_plan

PAGES = {"/today/", "/plan/", "/plan/reason/", "/plan/direction/", "/progress/challenges/", "/join/terms/", "/me/"}
FORBIDDEN = {
    "kk": r"!|\bбалл|оңай ақша|пассив|\bемдейді|жазып шығ|керемет|ғажап|тез байы|үлгеріп қал|кепілді табыс",
    "ru": r"!|\bбалл|л[её]гк\w+ деньг|пассивн\w+ доход|финансов\w+ свобод|вылеч|исцел|чуд[оае]|успе(й|йте)\b|уникальн",
    "en": r"!|passive income|financial freedom|easy money|get rich|\bcures?\b|\bheals?\b|miracle|amazing|unlock",
}
LETTERS_OF = {"kk": r"[a-z]", "ru": r"[a-zәғқңөұүһі]", "en": r"[а-яёәғқңөұүһі]"}
"""What doesn't belong into a text of that language, Liquid left out."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(START)


def contents(pack: Pack, kind: str) -> dict[str, dict[str, Any]]:
    return {each.name: dict(each.content) for each in pack.documents if each.kind == kind}


def texts_of(value: object, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every `{kk, ru, en}` with its place."""
    if isinstance(value, dict) and set(value) & set(LANGUAGES):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts_of(each, f"{place}.{key}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from texts_of(each, f"{place}[{at}]")


def all_texts(pack: Pack) -> list[tuple[str, dict[str, Any]]]:
    return [found for each in pack.documents for found in texts_of(each.content, each.source.file)]


def test_every_text_stands_in_every_language(pack):
    texts = all_texts(pack)
    gaps = [place for place, words in texts if set(words) != set(LANGUAGES) or not all(map(str.strip, words.values()))]
    assert len(texts) > 250
    assert gaps == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_keep_the_tone(pack, language):
    found = [
        (place, match[0])
        for place, words in all_texts(pack)
        if (match := re.search(FORBIDDEN[language], words[language], re.IGNORECASE))
    ]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_their_own_letters(pack, language):
    found = [
        place
        for place, words in all_texts(pack)
        if re.search(LETTERS_OF[language], re.sub(r"{[{%].*?[%}]}|{[a-z_]+}", "", words[language]), re.IGNORECASE)
    ]
    assert found == []


def test_letters_are_short_and_lead_to_pages_that_exist(pack):
    for name, template in contents(pack, "template").items():
        for language in LANGUAGES:
            assert len(template["body"][language].strip().split("\n\n")) <= 8, (name, language)
            assert len(template["subject"][language]) <= 60, (name, language)
        assert template.get("button", {}).get("path", "/today/") in PAGES, name


def sent_by(case: dict[str, Any], channel: str, what: str) -> set[str]:
    steps = [step for measure in case["measures"] for step in measure.get("steps", ())]
    return {step["send"][what] for step in steps if step.get("send", {}).get("channel") == channel}


def letters_of(case: dict[str, Any]) -> set[str]:
    return sent_by(case, "email", "template")


def test_every_letter_and_survey_is_sent_by_a_journey_or_a_case_and_the_other_way_round(pack):
    journeys = [parse_journey(content) for content in contents(pack, "journey").values()]
    sends = [step.act for journey in journeys for step in journey.steps.values() if isinstance(step.act, Send)]
    sent = {act.what for act in sends if act.channel == "email"}
    sent |= {letter for case in contents(pack, "case").values() for letter in letters_of(case)}
    assert sent == set(contents(pack, "template"))
    assert {act.what for act in sends if act.channel == "plan"} == set(contents(pack, "plan"))
    asked = {act.what for act in sends if act.channel == "survey"}
    asked |= {survey for case in contents(pack, "case").values() for survey in sent_by(case, "survey", "survey")}
    assert asked == set(contents(pack, "survey"))


def test_what_invites_or_sells_is_advertising_and_asks_for_consent(pack):
    templates = contents(pack, "template")
    advertising = {name for name, each in templates.items() if each["category"] == "advertising"}
    invites = {"missed-presentation", "refused-stories", "order-help", "conversation-lesson"}
    assert advertising == {"presentation-follow-up", *invites}
    for case in contents(pack, "case").values():
        for measure in case["measures"]:
            if measure["trigger"] == "automatic":
                assert bool(letters_of(case) & advertising) == measure["consent"], case["case"]


def test_twelve_cases_each_with_a_letter_a_mentor_and_an_end(pack):
    cases = contents(pack, "case")
    assert set(contents(pack, "map")["start"]["cases"]) == set(cases)
    assert len(cases) == 12
    assert len({case["priority"] for case in cases.values()}) == 12
    assert sum(case["polarity"] == "positive" for case in cases.values()) == 2
    for key, case in cases.items():
        triggers = [measure["trigger"] for measure in case["measures"]]
        assert (triggers.count("automatic"), triggers.count("suggested")) == (1, 1), key
        assert "M9" in {metric["code"] for metric in case["metrics"] if metric["role"] == "mandatory"}, key
        assert sorted(example["matches"] for example in case["examples"]) == [False, True], key
        assert all(case.get(name) for name in ("causes", "success", "failure", "horizon", "cooldown", "sla")), key
    withheld = {key: case["holdout"] for key, case in cases.items()}
    assert withheld == {**dict.fromkeys(cases, 10), "unanswered-objection": 0}
    assert cases["unanswered-objection"]["never_withheld"] is True


def test_mentors_get_words_to_say_in_short_paragraphs(pack):
    for key, case in contents(pack, "case").items():
        for measure in case["measures"]:
            for language, script in measure.get("script", {}).items():
                paragraphs = script.strip().split("\n\n")
                assert len(paragraphs) <= 8, (key, measure["key"], language)
                assert all(len(each) <= 420 for each in paragraphs), (key, measure["key"], language)


def test_welcome_names_day_zero_the_first_goal_and_the_right_of_return(pack):
    welcome = contents(pack, "template")["welcome"]["body"]
    for language, words in {
        "kk": ("0-күн", "Бірінші мақсат бес күнге", "қайтару және кері сатып алу", "{% if mentor.first_name %}"),
        "ru": ("день 0", "Первая цель рассчитана на пять дней", "возврата и обратного выкупа", "{% else %}"),
        "en": ("day 0", "The first goal is meant for five days", "refund and buyback", "{% if mentor.first_name %}"),
    }.items():
        assert [part for part in words if part not in welcome[language]] == []


def test_plan_covers_ninety_days_with_a_first_goal_by_day_five(pack):
    plan = parse_plan(contents(pack, "plan")["start"])
    goals = [task for task in plan.tasks if task.is_first_goal]
    assert [week.number for week in plan.weeks] == list(range(1, 14))
    assert {task.day // 7 + 1 for task in plan.tasks} == set(range(1, 14))
    assert [(goal.key, goal.due_day) for goal in goals] == [("first-goal", 5)]
    assert max(task.due_day for task in plan.tasks) == 90
    assert [task.day for task in plan.tasks] == sorted(task.day for task in plan.tasks)


@pytest.mark.parametrize(
    ("direction", "least", "most"), [("customer", 18, 25), ("seller", 40, 48), ("builder", 40, 48)]
)
def test_each_direction_has_a_plan_of_its_size(pack, direction, least, most):
    """A customer is spared what is about selling; what is required of anybody fits into an hour on most days."""
    tasks = contents(pack, "plan")["start"]["tasks"]
    shown = [task for task in tasks if direction in task.get("directions", (direction,))]
    assert least <= len(shown) <= most
    keys = {task["key"] for task in shown}
    assert {"profile", "reason", "rights", "lesson-start", "ninety-review", "choose-path"} <= keys
    assert ("first-goal" in keys) == (direction != "customer")
    assert all(set(task.get("after", ())) <= keys for task in shown)
    by_day = [sum(task["minutes"] for task in shown if task["day"] == day and task["required"]) for day in range(91)]
    assert max(by_day) <= 60


def test_first_goal_is_a_customer_and_a_partner_is_not_offered(pack):
    goals = {goal["key"]: goal for goal in contents(pack, "plan")["start"]["goals"]}
    assert [key for key, goal in goals.items() if goal["offered"]] == ["customer-order", "customer-registration"]
    heard = {key: conditions.event_types(conditions.parse(goal["done_when"])) for key, goal in goals.items()}
    assert heard["customer-order"] == {"order.paid", "order.refunded"}
    assert heard["customer-registration"] == {"customer.registered"}
    # Where a company does offer it, a bare registration doesn't close it.
    assert "order.paid" in heard["invite-partner"]


def test_no_task_asks_to_recruit_and_orders_of_customers_only_count(pack):
    for task in contents(pack, "plan")["start"]["tasks"]:
        condition = task.get("done_when")
        if condition is None:
            continue
        heard = conditions.event_types(conditions.parse(condition))
        assert heard.isdisjoint({"invitation.sent", "contact.recorded"}), task["key"]
        # Everybody begins with one mark: one's own registration.
        assert "member.registered" not in heard or task["key"] == "registered"
        if "order.paid" in heard:
            assert condition["where"] == {"buyer": ["retail", "preferred"]}, task["key"]
            assert task["required"] is False, task["key"]


def test_practical_tasks_are_short_and_say_who_reads_them(pack):
    tasks = [task for task in contents(pack, "plan")["start"]["tasks"] if task["kind"] == "practical"]
    assert len(tasks) >= 4
    for task in tasks:
        assert task["minutes"] <= 15
        assert "наставник" in task["how"]["ru"].lower(), task["key"]
        assert "тәлімгер" in task["how"]["kk"].lower(), task["key"]


WEIGHTS = {
    "lesson-passed": (10, "self", {}),
    "quiz-claims": (30, "self", {}),
    "practical-approved": (20, "self", {}),
    "live-attended": (10, "self", {"day": 2}),
    "retail-order": (50, "self", {"day": 3}),
    "repeat-order": (30, "self", {"day": 3}),
    "customer-check-in": (5, "self", {"day": 5}),
    "help-confirmed": (15, "mentor", {"week": 5}),
    "partner-registered": (0, "sponsor", {}),
    "partner-first-order": (20, "mentor", {"week": 2}),
    "own-purchase": (0, "self", {}),
}


def test_points_are_those_of_the_contract(pack):
    rules = contents(pack, "point rule")
    assert {key: (each["points"], each["to"], each.get("caps", {})) for key, each in rules.items()} == WEIGHTS
    orders = {key for key, each in rules.items() if each["event"] == "order.paid" and each["points"]}
    assert {key for key, each in rules.items() if "reversed_by" in each} == orders


def test_nothing_of_recognition_needs_a_reason(pack):
    """Neither registrations nor own purchases bring a point, a badge, a place or a step of a challenge."""
    for kind in ("point rule", "badge", "challenge", "board"):
        for key, content in contents(pack, kind).items():
            assert warnings_of(content) == [], (kind, key)
            assert "reason" not in content, (kind, key)


def test_badges_are_those_of_the_field_with_a_face_each(pack):
    badges = contents(pack, "badge")
    assert {
        *("profile-ready", "first-lesson", "first-customer", "first-order", "first-reorder", "three-shares"),
        *("first-call", "seven-days", "four-weeks", "claims-test", "helped-newcomer", "customer-care"),
        *("day-30", "day-60", "day-90", "values"),
    } <= set(badges)
    assert [key for key, each in badges.items() if each["kind"] == "nominated"] == ["values"]
    for key, each in badges.items():
        assert len(each.get("tiers", ())) == len({tier["key"] for tier in each.get("tiers", ())}), key
        assert all(len(each["name"][language]) <= 34 for language in LANGUAGES), key
        assert icon_is_known(each["icon"]), key


def icon_is_known(name: str) -> bool:
    try:
        return bool(lucide(name))
    except IconDoesNotExist:
        return False


def test_challenges_follow_each_other_and_day_28_begins_with_the_team(pack):
    challenges = contents(pack, "challenge")
    ways = {key: (each["for"], *each["when"]["path"]) for key, each in challenges.items()}
    assert ways == {
        "seven-days": ("person", 0, 6),
        "sharing": ("person", 7, 20),
        "team-month": ("team", 28, 48),
        "learning-week": ("person", 49, 55),
        "customer-month": ("person", 56, 85),
    }
    rewards = {each["reward"]["badge"] for each in challenges.values() if "reward" in each}
    assert rewards <= set(contents(pack, "badge"))


def test_boards_compare_the_like_and_the_company_only_with_benchmarks(pack):
    boards = contents(pack, "board")
    assert {key: (each["group"], each["period"]) for key, each in boards.items()} == {
        "cohort-week": ("cohort", "week"),
        "team-week": ("team", "week"),
        "league-week": ("league", "week"),
        "company-month": ("company", "month"),
    }
    assert all(each.get("holdout") == 10 for each in boards.values() if each["group"] != "company")


def test_tasks_say_why_in_one_sentence_and_how_in_a_few(pack):
    plan = parse_plan(contents(pack, "plan")["start"])
    for task in plan.tasks:
        assert task.how is not None
        assert task.link is None or task.link.path in PAGES
        is_known_by_event = task.kind in (TaskKind.EVENT, TaskKind.LESSON) and not task.is_first_goal
        assert is_known_by_event == (task.done_when is not None), task.key
        for language in LANGUAGES:
            how = re.findall(r"[.?](?:\s|$)", task.how.in_language(language))
            assert 2 <= len(how) <= 4, (task.key, language)
            assert task.why.in_language(language).count(".") == 1, (task.key, language)
            assert len(task.title.in_language(language)) <= 50, (task.key, language)


def test_stages_carry_their_metrics_and_touchpoints(pack):
    stages = contents(pack, "map")["start"]["stages"]
    touchpoints = {each["code"]: each for each in contents(pack, "map")["start"]["touchpoints"]}
    codes = [{metric["code"] for metric in stage["metrics"]} for stage in stages]
    mandatory = [[metric["code"] for metric in stage["metrics"] if metric["role"] == "mandatory"] for stage in stages]
    assert [stage["key"] for stage in stages] == ["s1", "s2", "s3", "s4", "s5"]
    assert [stage["horizon_days"] for stage in stages] == [7, 14, 30, 90, 180]
    assert mandatory == [["M1"], ["M1", "M7"], ["M1"], ["M1"], ["M5"]]
    expected = ({"M1", "M3"}, {"M1", "M7"}, {"M1", "M2"}, {"M1", "M4", "M6", "M13"}, {"M5", "M8", "M11"})
    assert all(wanted <= found for wanted, found in zip(expected, codes, strict=True))
    assert all(any(touchpoints[each["code"]]["event_types"] for each in stage["touchpoints"]) for stage in stages)
    assert {each["code"] for stage in stages for each in stage["touchpoints"]} == set(touchpoints)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_read_well_without_name_mentor_or_next_task(pack, language):
    nobody = {"member": {}, "mentor": {}, "next_task": {}, "company": {"name": "Dala Wellness"}}
    somebody = nobody | {
        "member": {"first_name": "Aigul"}, "mentor": {"first_name": "Marat"}, "next_task": {"title": "Call"},
    }  # fmt: skip
    for name, template in contents(pack, "template").items():
        for values in (nobody, somebody):
            text = render_text(template["body"][language], values)
            assert not re.search(r"[{}]| [,.?:]|\(\)|«»|“”|  ", text), (name, text)
        assert ("Aigul" in text) == ("member.first_name" in template["variables"])
        assert ("Marat" in text) == ("mentor.first_name" in template["variables"])
