"""Whether a typed name is the holder's: case, blanks and titles do not matter, all else does."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["bare_name"]

# Written before a name without being part of it: degrees, professions, and the titles of those who made the hajj.
_TITLES_BEFORE = frozenset(("prof", "dr", "drs", "dra", "drg", "drh", "ir", "apt", "ns", "h", "hj", "kh"))


def bare_name(text: str) -> str:
    """Return a name without what people write in different ways: small letters, single blanks, no titles.

    Titles are what follows the first comma, the known abbreviations in front, and words at the end with a full stop
    inside (``S.Kep``). A name of nothing but titles is empty.

    Examples
    --------
    >>> bare_name("Dr. Hj. SITI  Rahmatia Botutihe, S.Kep., M.Kes.")
    'siti rahmatia botutihe'
    >>> bare_name("siti rahmatia botutihe s.kep")
    'siti rahmatia botutihe'
    """
    name = unicodedata.normalize("NFKC", text).casefold().partition(",")[0]
    name = re.sub("['`\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}]", "'", name)
    words = name.split()
    while words and re.search(r"\w\.\w", words[-1]):
        words.pop()
    words = " ".join(words).replace(".", " ").split()
    while words and words[0] in _TITLES_BEFORE:
        words.pop(0)
    return " ".join(words)
