"""Confidence intervals of shares and of their difference. Plain Python."""

from math import sqrt

Z95 = 1.959963984540054

Interval = tuple[float, float]
"""Both ends, the lower first."""


def wilson_interval(successes: int, n: int, z: float = Z95) -> Interval | None:
    """Return the Wilson score interval of a share, both ends in 0–1; None for n = 0.

    Source: E. B. Wilson, JASA 22 (1927); without continuity correction, 95 % by default.
    """
    if n == 0:
        return None
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def newcombe_interval(first: tuple[int, int], second: tuple[int, int], z: float = Z95) -> Interval | None:
    """Return the interval of the difference of two shares, first minus second, in −1…1; None where one is of nobody.

    Each pair is (successes, n). Source: R. G. Newcombe, Statistics in Medicine 17 (1998), method 10: from the Wilson
    limits of each share, without continuity correction.
    """
    one, other = wilson_interval(*first, z), wilson_interval(*second, z)
    if one is None or other is None:
        return None
    p, q = first[0] / first[1], second[0] / second[1]
    low = p - q - sqrt((p - one[0]) ** 2 + (other[1] - q) ** 2)
    high = p - q + sqrt((one[1] - p) ** 2 + (q - other[0]) ** 2)
    return low, high
