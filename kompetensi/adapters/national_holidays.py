"""Indonesia's national holidays and joint leave, from the library `holidays`."""

from __future__ import annotations

from functools import lru_cache

from kompetensi.rules.working_time import ClosureKind, NationalDay

__all__ = ["national_days"]

@lru_cache(maxsize=64)
def national_days(year: int) -> tuple[NationalDay, ...]:
    """Return the national calendar of a year in Indonesian, by day; holidays first, then joint leave.

    Joint leave is decreed a year ahead: of years that the library does not know yet there is none. Nobody here has held
    the days against the decree, so none counts as verified; feasts whose day is only calculated say so in their name.
    """
    import holidays

    days = []
    for category, kind in (("public", ClosureKind.NATIONAL), ("government", ClosureKind.JOINT_LEAVE)):
        calendar = holidays.country_holidays("ID", years=year, language="id", categories=(category,))
        source = f"pustaka holidays {holidays.__version__}, kategori {category}"
        days += [NationalDay(day, kind, name, source, "memory: unverified")
                 for day, name in sorted(calendar.items())]
    return tuple(days)
