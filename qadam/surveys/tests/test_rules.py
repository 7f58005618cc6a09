import pytest

from qadam.surveys.rules import Kind, emotion_of, feeling_of, summarise


@pytest.mark.parametrize(
    ("kind", "score", "emotion"),
    [
        (Kind.CSAT, 1, -2), (Kind.CSAT, 5, 2), (Kind.NPS, 0, -2), (Kind.NPS, 5, 0), (Kind.NPS, 10, 2),
        (Kind.CES, 1, -2), (Kind.CES, 4, 0), (Kind.CES, 7, 2), (Kind.EXPECTATION, 4, 1),
    ],
)  # fmt: skip
def test_a_score_is_a_feeling_between_minus_and_plus_two(kind: Kind, score: int, emotion: float) -> None:
    assert emotion_of(kind, score) == pytest.approx(emotion)


def test_a_feeling_has_an_interval_from_two_answers_on() -> None:
    assert feeling_of({}) is None
    one = feeling_of({(Kind.CSAT, 4): 1})
    assert one is not None
    assert (one.mean, one.low, one.high, one.n) == (1, None, None, 1)
    # 1, 1, 2, 0 by hand: mean 1, deviation 0.8165, half width 1.96 · 0.8165 / 2
    several = feeling_of({(Kind.CSAT, 4): 2, (Kind.CSAT, 5): 1, (Kind.CSAT, 3): 1})
    assert several is not None
    assert several.low == pytest.approx(1 - 0.80015, abs=1e-4)
    assert several.high == pytest.approx(1 + 0.80015, abs=1e-4)
    edge = feeling_of({(Kind.CSAT, 5): 3, (Kind.CSAT, 1): 1})
    assert edge is not None
    assert edge.high == 2


def test_the_one_number_of_each_kind() -> None:
    nps = summarise(Kind.NPS, {10: 5, 9: 1, 8: 2, 3: 2})
    assert (nps.value, nps.good, nps.bad, nps.n, nps.mean) == (40, 6, 2, 10, pytest.approx(8.1))
    csat = summarise(Kind.CSAT, {5: 2, 4: 1, 3: 1})
    assert (csat.value, csat.n, csat.mean) == (0.75, 4, 4.25)
    assert summarise(Kind.CES, {5: 1, 4: 1}).value == 0.5
    assert summarise(Kind.CES, {}).value is None
