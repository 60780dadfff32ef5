"""Names of people who do not exist."""

from __future__ import annotations

import random

__all__ = ["BIRTH_PLACES", "Names"]

_FIRST, _LAST = 260, 120
_DRAWS = 12

BIRTH_PLACES = ("Gorontalo", "Limboto", "Tilamuta", "Suwawa", "Marisa", "Kwandang", "Telaga", "Tapa", "Paguyaman",
                "Kabila", "Isimu", "Bongomeme", "Manado", "Palu", "Makassar")


class Names:
    """A pool of first and last names from Faker's Indonesian tables, drawn once and combined.

    Parameters
    ----------
    seed : int
        The same seed gives the same pool and, with the same draws, the same names.
    """

    def __init__(self, seed: int) -> None:
        from faker import Faker

        faker = Faker("id_ID")
        faker.seed_instance(seed)
        self._first = {"L": _distinct(faker.first_name_male, _FIRST), "P": _distinct(faker.first_name_female, _FIRST)}
        self._last = {"L": _distinct(faker.last_name_male, _LAST), "P": _distinct(faker.last_name_female, _LAST)}

    def draw(self, rng: random.Random, sex: str) -> str:
        """Return a name of two or, every third time, three parts."""
        first = rng.choice(self._first[sex])
        if rng.random() < 0.35:
            second = rng.choice(self._first[sex])
            if second != first:
                first = f"{first} {second}"
        return f"{first} {rng.choice(self._last[sex])}"


def _distinct(draw, wanted: int) -> tuple[str, ...]:
    """Return different names in the order in which they came up; fewer when the table has fewer."""
    return tuple(dict.fromkeys(draw() for _ in range(wanted * _DRAWS)))[:wanted]
