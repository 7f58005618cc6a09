"""What members get for what they do: points, levels, badges, streaks; boards, challenges and the wall beside them."""

from qadam.recognition.awards import Award, Nomination, NominationState, StreakAct, StreakState
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.ledger import MemberLevel, Period, PointEntry, PointTotal
from qadam.recognition.social import (
    Achievement,
    AchievementKind,
    Attempt,
    Board,
    ClosedPlace,
    Closing,
    Contribution,
    Correction,
    GroupKind,
    League,
    Pace,
    Score,
    ScoreCount,
    TeamScore,
    Thanks,
    Visibility,
)

__all__ = [
    "Achievement",
    "AchievementKind",
    "Attempt",
    "Award",
    "Board",
    "ClosedPlace",
    "Closing",
    "Contribution",
    "Correction",
    "Definition",
    "GroupKind",
    "Kind",
    "League",
    "MemberLevel",
    "Nomination",
    "NominationState",
    "Pace",
    "Period",
    "PointEntry",
    "PointTotal",
    "Score",
    "ScoreCount",
    "StreakAct",
    "StreakState",
    "TeamScore",
    "Thanks",
    "Visibility",
]
