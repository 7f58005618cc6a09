import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.people.invitation_rules import ALPHABET, LENGTH, code_of, format_code, read_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("K7QM4RXT", "K7QM4RXT"),
        (" k7qm-4rxt ", "K7QM4RXT"),
        ("https://qadam.kz/join/K7QM4RXT/", "K7QM4RXT"),
        ("Look: https://qadam.kz/join/k7qm-4rxt/?utm=1", "K7QM4RXT"),
        ("oIlO-0011", "01100011"),
        ("КАХТ ВСЕН", "KAXTBCEH"),
        ("K7QM4RX", None),
        ("K7QM4RXTT", None),
        ("K7QM4RXU", None),
        ("", None),
        ("<script>", None),
        ("../../../", None),
        ("K7QM4RX\x00", None),
    ],
)
def test_what_people_type_is_read_as_a_code_or_as_none(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


@settings(max_examples=25)
@given(st.lists(st.integers(0, 31), min_size=LENGTH, max_size=LENGTH))
def test_every_code_survives_being_printed_and_typed(numbers: list[int]) -> None:
    code = code_of(numbers)
    assert set(code) <= set(ALPHABET)
    assert read_code(format_code(code).lower()) == code
    assert read_code(f"http://x/join/{code}/") == code


@settings(max_examples=25)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    code = read_code(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))
