"""What pages show of surveys. Texts are in the reader's language; instants aware UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qadam.surveys.rules import Kind, Summary


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given: `value` is what is sent, `words` what is read."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One question to one member. `low` and `high` are the words of a scale's ends, "" where options are chosen.

    `earlier`: what was chosen on day 0, for a check. `is_open`: it can be answered, or its answer corrected, now.
    `comment_label` "" asks for no words.
    """

    request_id: int
    member_id: int
    survey: str
    question: str
    low: str
    high: str
    choices: tuple[Choice, ...]
    earlier: str
    comment_label: str
    comment: str
    is_answered: bool
    is_open: bool

    @property
    def is_scale(self) -> bool:
        return bool(self.low)

    @property
    def chosen(self) -> str:
        """The words of the answer; "" before it."""
        return next((choice.words for choice in self.choices if choice.is_chosen), "")


@dataclass(frozen=True, slots=True)
class Bar:
    """How many gave one answer; `share` is of all answers."""

    value: str
    words: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Who was asked, and what they said. `still_open`: asked, not answered, and the question isn't closed yet."""

    asked: int
    answered: int
    still_open: int
    summary: Summary | None

    @property
    def rate(self) -> float | None:
        """The response rate: answered of asked; None where nobody was asked."""
        return self.answered / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Month:
    """The people asked in one month of the company's calendar."""

    first_day: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A survey in the list."""

    key: str
    kind: Kind
    is_choice: bool
    name: str
    question: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one survey in a period; `by_stage` is by the key of the stay in which people stood when asked."""

    row: SurveyRow
    low: str
    high: str
    bars: tuple[Bar, ...]
    months: tuple[Month, ...]
    by_stage: Mapping[str, Tally]
    comments: int

    @property
    def most(self) -> int:
        """How many gave the answer that most gave: the longest bar."""
        return max((bar.count for bar in self.bars), default=0)


@dataclass(frozen=True, slots=True)
class Comment:
    """A member's own words beside the answer."""

    id: int
    member_id: int
    member_name: str
    answer: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Comments, newest first. `next_before` is the `before` of the following page, None at the end."""

    rows: Sequence[Comment]
    next_before: int | None
