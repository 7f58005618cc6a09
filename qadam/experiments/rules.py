"""Decide which arm a bucket falls into. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from qadam.lib.buckets import BUCKETS, bucket_of, hash_of_member

CONTROL = "control"
TREATED = "treated"


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a layer. `share` counts ten-thousandths of the members: 1000 is 10 %."""

    name: str
    share: int


def holdout_arms(share: int) -> tuple[Arm, Arm]:
    """Return the arms of a holdout of `share` ten-thousandths.

    Control comes first: when it grows, only new members of the added buckets join.
    """
    return Arm(CONTROL, share), Arm(TREATED, BUCKETS - share)


def total_of(arms: Sequence[Arm]) -> int:
    """Return the sum of the shares in ten-thousandths; a complete layer has 10,000."""
    return sum(arm.share for arm in arms)


def choose_arms(salt: str, layer_salt: str, arms: Sequence[Arm], member_ids: Iterable[int]) -> dict[int, str]:
    """Return {member: arm} by bucket: the first arm has the first buckets, and so on in the order given.

    Deterministic in the two salts, the arms and the member, whoever else is asked for. Complete arms are assumed.
    """
    names: list[str] = []
    for arm, end in zip(arms, accumulate(arm.share for arm in arms), strict=True):
        names += [arm.name] * (end - len(names))
    return {each: names[bucket_of(hash_of_member(salt, each), layer_salt)] for each in member_ids}
