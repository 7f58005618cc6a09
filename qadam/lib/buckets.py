"""Arithmetic of control groups: a member's hash, and the bucket that each layer makes of it.

Small enough for 64-bit integers, so SQLite, PostgreSQL and DuckDB compute the same buckets without functions of ours:
`((a * h + b) % 2147483647) % 10000`.
"""

import hashlib
from functools import lru_cache

PRIME = 2**31 - 1
BUCKETS = 10_000
"""A bucket is one ten-thousandth of all members: 1 % is a hundred of them."""


def hash_of_member(salt: str, member_id: int) -> int:
    """Return 31 bits of SHA-256 over the company's salt and the member: 0 … 2³¹ - 1, the same for ever."""
    return _first_bits(f"{salt}:{member_id}") >> 33


def bucket_of(h: int, layer_salt: str) -> int:
    """Return the bucket 0 … 9999 of the member hash `h` in the layer of this salt."""
    a, b = multipliers_of(layer_salt)
    return (a * h + b) % PRIME % BUCKETS


@lru_cache(maxsize=1024)
def multipliers_of(layer_salt: str) -> tuple[int, int]:
    """Return a layer's (a, b): 1 ≤ a < 2³¹ - 1, 0 ≤ b < 2³¹ - 1. With a = 0 all members would share one bucket."""
    return 1 + _first_bits(f"a:{layer_salt}") % (PRIME - 1), _first_bits(f"b:{layer_salt}") % PRIME


def _first_bits(text: str) -> int:
    """Return the first 64 bits of a text's SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
