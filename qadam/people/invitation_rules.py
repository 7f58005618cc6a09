"""Codes of invitations: eight signs that survive being read out, retyped and pasted. Plain Python."""

import re
from collections.abc import Sequence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U, which are taken for others."""
LENGTH = 8
LOOKALIKES = str.maketrans("ОILІАВСЕНКМРТХУҮЗO", "0111ABCEHKMPTXYY30")
"""Signs that people type for one of ours; the Cyrillic ones look the same on paper."""
LINK = re.compile(r"/join/([^/?#\s]+)", re.IGNORECASE)


def read_code(text: str) -> str | None:
    """Return the code in what somebody typed or pasted, a whole link included; None where it can't be one."""
    found = LINK.search(text)
    signs = re.sub(r"[\s\-–—_.]+", "", found.group(1) if found else text).upper().translate(LOOKALIKES)
    return signs if len(signs) == LENGTH and set(signs) <= set(ALPHABET) else None


def format_code(code: str) -> str:
    """Return a code in two groups, as it is printed: K7QM-4RXT."""
    return f"{code[:4]}-{code[4:]}"


def code_of(numbers: Sequence[int]) -> str:
    """Return the code of eight numbers of 0–31."""
    return "".join(ALPHABET[number] for number in numbers)
