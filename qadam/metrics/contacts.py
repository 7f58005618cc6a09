"""More questions to the log (see `primitives`): presentations, questions and replies, lessons, surveys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from qadam.metrics.primitives import columns_of
from qadam.metrics.rules import Flags, Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ATTENDANCES = """
WITH attended AS (
    SELECT e.member_id, e.occurred_at, e.seq, m.registered_at,
        coalesce(json_extract_string(e.props, '$.presentation'), '') AS presentation,
        coalesce(json_extract_string(e.props, '$.form'), '') = 'recording' AS is_recording,
        CAST(json_extract_string(e.props, '$.minutes') AS BIGINT) AS minutes,
        CAST(json_extract_string(e.props, '$.share') AS BIGINT) AS watched
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type = 'presentation.attended'
)
SELECT member_id, occurred_at, registered_at, presentation, is_recording
FROM attended
WHERE CASE WHEN is_recording THEN coalesce(watched, -1) >= $watched ELSE coalesce(minutes, $minutes) >= $minutes END
ORDER BY member_id, occurred_at, seq
"""
QUESTIONS = """
WITH step AS (
    SELECT e.member_id, e.occurred_at, e.seq, e.type = 'question.answered' AS is_reply,
        json_extract_string(e.props, '$.ticket') AS ticket,
        coalesce(json_extract_string(e.props, '$.channel'), '') AS channel
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type = 'question.opened'
        OR (e.type = 'question.answered' AND coalesce(json_extract_string(e.props, '$.is_automatic'), '') <> 'true')
)
SELECT member_id, dense_rank() OVER (ORDER BY member_id, ticket) AS place, occurred_at, is_reply,
    $channel = '' OR channel = $channel
FROM step ORDER BY place, occurred_at, is_reply, seq
"""
LESSONS = """
WITH step AS (
    SELECT e.member_id, e.occurred_at, e.seq, e.type = 'lesson.completed' AS is_completed,
        json_extract_string(e.props, '$.lesson') AS lesson,
        make_timestamp(epoch_us(TRY_CAST(json_extract_string(e.props, '$.due_at') AS TIMESTAMPTZ))) AS due_at
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type = 'lesson.completed'
        OR (e.type = 'lesson.assigned' AND ($path = '' OR json_extract_string(e.props, '$.path') = $path))
)
SELECT member_id, dense_rank() OVER (ORDER BY member_id, lesson) AS place, occurred_at, is_completed, due_at
FROM step ORDER BY place, occurred_at, is_completed, seq
"""
ABOUT = """
    SELECT e.member_id, e.occurred_at, e.seq, e.type, json_extract_string(e.props, '$.request') AS request,
        TRY_CAST(json_extract_string(e.props, '$.score') AS BIGINT) AS score
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type IN ('survey.asked', 'survey.answered')
        AND coalesce(json_extract_string(e.props, '$.kind'), CASE WHEN $survey = '' THEN '' ELSE $kind END) = $kind
        AND ($survey = '' OR json_extract_string(e.props, '$.survey') = $survey)
        AND ($stage = '' OR list_contains([$stage, $stage_key], json_extract_string(e.props, '$.stage')))
        AND ($touchpoint = '' OR json_extract_string(e.props, '$.touchpoint') = $touchpoint)
"""
ANSWERS = f"""
SELECT member_id, occurred_at, score FROM ({ABOUT})
WHERE type = 'survey.answered' AND score IS NOT NULL
ORDER BY occurred_at, seq
"""
REQUESTS = f"""
WITH about AS ({ABOUT}), answered AS (
    SELECT request, min(occurred_at) AS moment FROM about WHERE type = 'survey.answered' GROUP BY request
)
SELECT a.member_id, a.occurred_at, answered.moment
FROM about a LEFT JOIN answered USING (request)
WHERE a.type = 'survey.asked'
"""


@dataclass(frozen=True, slots=True)
class Attendances:
    """Attended presentations by person and time; `registered_at` is the person's (NaT: never)."""

    members: Ids
    times: Instants
    registered_at: Instants
    presentations: NDArray[Any]
    is_recording: Flags


@dataclass(frozen=True, slots=True)
class Questions:
    """What happened to each ticket, in order: it was opened (again), or a person replied (`is_reply`).

    `is_wanted`: the event is of the channel asked for.
    """

    members: Ids
    tickets: Ids
    times: Instants
    is_reply: Flags
    is_wanted: Flags


@dataclass(frozen=True, slots=True)
class Lessons:
    """What happened to each person's lesson, in order: it was assigned (due NaT: no date), or completed."""

    members: Ids
    lessons: Ids
    times: Instants
    is_completed: Flags
    due_at: Instants


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers with a score, in order of time."""

    members: Ids
    times: Instants
    scores: Ids


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests to answer; `answered_at` is NaT where nobody has."""

    members: Ids
    times: Instants
    answered_at: Instants


@dataclass(frozen=True, slots=True)
class Asked:
    """Which answers are meant: of a kind of survey, of one survey, stage or touchpoint ("" for any)."""

    kind: str
    survey: str = ""
    stage: str = ""
    touchpoint: str = ""

    def as_params(self) -> dict[str, str]:
        """A stage may be told with its map or without: "start/s4", "s4"."""
        return {
            "kind": self.kind,
            "survey": self.survey,
            "stage": self.stage,
            "stage_key": self.stage.rpartition("/")[2],
            "touchpoint": self.touchpoint,
        }


def attendances(db: DuckDBPyConnection, minutes: int, watched: int) -> Attendances:
    """Return the presentations that count as attended, by person and time.

    Online from so many minutes on, checked in by the host (no minutes known), or so many per cent of a recording.
    """
    return Attendances(*columns_of(db, ATTENDANCES, minutes=minutes, watched=watched))


def questions(db: DuckDBPyConnection, channel: str) -> Questions:
    """Return openings and replies of people by ticket and time; automatic replies are left out."""
    return Questions(*columns_of(db, QUESTIONS, channel=channel))


def lessons(db: DuckDBPyConnection, path: str) -> Lessons:
    """Return assignments (of a path, "" for any) and completions by person, lesson and time."""
    return Lessons(*columns_of(db, LESSONS, path=path))


def answers(db: DuckDBPyConnection, asked: Asked) -> Answers:
    """Return the answers of a kind. One whose kind isn't known counts where its survey is asked for by name."""
    return Answers(*columns_of(db, ANSWERS, **asked.as_params()))


def requests(db: DuckDBPyConnection, asked: Asked) -> Requests:
    """Return who was asked, and when the answer to that request came."""
    return Requests(*columns_of(db, REQUESTS, **asked.as_params()))
