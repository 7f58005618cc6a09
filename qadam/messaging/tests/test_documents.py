import pytest

from qadam.lib.documents import FaultyDocument
from qadam.messaging.documents import parse_template
from qadam.messaging.tests.factories import a_template_document, in_three


def faults_of(**changes):
    with pytest.raises(FaultyDocument) as refusal:
        parse_template(a_template_document(**changes))
    return {fault.place: fault.message for fault in refusal.value.faults}


def test_a_good_document():
    template = parse_template(a_template_document())
    assert (template.slug, template.category, template.variables) == (
        "welcome",
        "service",
        ("member.first_name", "company.name"),
    )
    assert template.button is not None
    assert template.button.path == "/today/"
    assert parse_template(a_template_document(button=None, variables=None, body=in_three("x"), subject=in_three("y")))


def test_a_missing_language_is_named():
    assert set(faults_of(subject={"kk": "a", "en": "b"})) == {"subject.ru"}


def test_an_unknown_variable_is_named_with_those_that_exist():
    faults = faults_of(variables=["member.first_name", "company.name", "member.income"])
    assert set(faults) == {"variables[2]"}
    assert "mentor.first_name" in faults["variables[2]"]


def test_a_variable_that_is_not_declared_is_named_with_its_line():
    faults = faults_of(body={**in_three("x"), "ru": "Привет\n\n{{ mentor.name }}"})
    assert set(faults) == {"body.ru"}
    assert "3" in faults["body.ru"]
    assert "mentor.name" in faults["body.ru"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{{ member.first_name", 2),
        ("a\nb {% iff %}", 2),
        ("a\n\n{% if member.first_name %}", 3),
        ("{{ member.first_name | shout }}", 1),
        ("{% include 'secrets' %}", 1),
        ("a\n{{ member[ }}", 2),
    ],
)
def test_liquid_faults_name_their_line(text, line):
    faults = faults_of(body={**in_three("x"), "kk": text})
    assert set(faults) == {"body.kk"}
    assert str(line) in faults["body.kk"]


def test_local_names_need_no_declaration():
    body = "{% assign who = member.first_name | upcase %}{{ who }}{% for n in (1..3) %}{{ n }}{% endfor %}"
    assert parse_template(a_template_document(body=in_three(body)))


def test_every_fault_is_listed():
    faults = faults_of(
        template="Big Name",
        channel="pigeon",
        category="spam",
        subject="x",
        button={"label": in_three("x"), "path": "https://elsewhere.example", "colour": "red"},
        extra=1,
    )
    assert set(faults) == {
        "template",
        "channel",
        "category",
        "subject",
        "button.path",
        "button.colour",
        "extra",
    }


@pytest.mark.parametrize("document", [None, [], "text", {}, {"subject": {"kk": 5, "ru": None, "en": []}}])
def test_anything_else_is_refused_in_words(document):
    with pytest.raises(FaultyDocument):
        parse_template(document)
