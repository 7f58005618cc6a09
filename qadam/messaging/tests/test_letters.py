import re

import pytest

from qadam.messaging.documents import parse_template
from qadam.messaging.errors import UnrenderableLetter
from qadam.messaging.letters import Frame, make_content
from qadam.messaging.tests.factories import a_template_document, in_three

VALUES = {"member": {"first_name": "Айгүл"}, "company": {"name": "Dala & Co"}}


def content(values=None, *, category="service", language="en", **changes):
    frame = Frame(language, "Dala & Co", category)
    return make_content(parse_template(a_template_document(**changes)), frame, VALUES if values is None else values)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_letter_is_in_one_language(language):
    letter = content(language=language)
    assert letter.subject == f"Welcome, Айгүл {language}"
    assert f"One step a day is enough. {language}" in letter.text
    assert f"First step {language}:\nhttp://127.0.0.1:8000/today/" in letter.text
    assert f'lang="{language}"' in letter.html
    assert 'href="http://127.0.0.1:8000/today/"' in letter.html


def test_names_are_escaped_in_html_and_plain_in_text():
    letter = content({"member": {"first_name": "<b>Али</b> & 'co'"}, "company": {"name": "X"}})
    assert "<b>Али" not in letter.html
    assert "&lt;b&gt;Али&lt;/b&gt; &amp; &#x27;co&#x27;" in letter.html or "&lt;b&gt;Али" in letter.html
    assert "<b>Али</b> & 'co', welcome" in letter.text


@pytest.mark.parametrize("name", ["]]>", "</mj-text><mj-raw>", "<!-- x", "{{ company.name }}", "&amp;", "%s", "<"])
def test_no_name_breaks_the_layout(name):
    letter = content({"member": {"first_name": name}, "company": {"name": "X"}})
    assert f"{name}, welcome to X" in letter.text
    assert "mj-raw>" not in letter.html.replace("&lt;/mj-text&gt;&lt;mj-raw&gt;", "")
    assert letter.html.count("welcome to X") == 2  # the preview line and the paragraph


def test_the_safe_filter_is_no_way_in():
    letter = content(
        {"member": {"first_name": "<script>x</script>"}, "company": {"name": "X"}},
        body=in_three("{{ member.first_name | safe }} {{ company.name }}"),
    )
    assert "<script" not in letter.html


def test_nothing_is_fetched_from_elsewhere():
    html = content().html
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", html))
    assert {address for address in addresses if "w3.org" not in address} == {"http://127.0.0.1:8000/today/"}
    assert "<img" not in html
    assert "@import" not in html


def test_the_look():
    html = content().html
    for token in ("#FBFAF7", "#17212B", "#0F5C6E", "system-ui"):
        assert token in html
    assert html.count("<a ") == 1


def test_the_footer_says_why():
    service, advertising = content(), content(category="advertising")
    assert "because you are with Dala & Co" in service.text
    assert "because you agreed" in advertising.text
    assert "http://127.0.0.1:8000/me/" in advertising.text
    assert "/me/" not in service.text
    assert 'href="http://127.0.0.1:8000/me/"' in advertising.html


def test_an_unknown_value_fails_with_its_name():
    with pytest.raises(UnrenderableLetter, match=r"member\.first_name"):
        content({"member": {}, "company": {"name": "X"}})


def test_an_unknown_value_may_be_asked_for():
    body = "{% if member.first_name %}{{ member.first_name }}{% else %}Friend{% endif %} {{ company.name }}"
    letter = content(
        {"member": {}, "company": {"name": "X"}},
        body=in_three(body),
        subject=in_three("{{ member.first_name | default: 'Hi' }}"),
    )
    assert letter.text.startswith("Friend X")
    assert letter.subject == "Hi en"


def test_a_text_without_end_fails_alone():
    with pytest.raises(UnrenderableLetter):
        content(body=in_three("{% for a in (1..999999) %}{% for b in (1..999999) %}x{% endfor %}{% endfor %}"))


def test_a_subject_with_line_breaks_stays_one_line():
    assert content(subject=in_three("One\ntwo: {{ member.first_name }}")).subject == "One two: Айгүл en"
