"""Clocks: the machine's, and one whose day is pinned (the demo's data belong to one day)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from kompetensi.messages import WITA


class SystemClock:
    """The machine's clock, read in WITA."""

    def today(self) -> date:
        """Return the day in Gorontalo."""
        return datetime.now(WITA).date()

    def now(self) -> datetime:
        """Return the moment, in WITA."""
        return datetime.now(WITA)


class PinnedClock:
    """A clock whose day is told by `pinned_day`; the time of day goes on. Without a pinned day: the machine's."""

    def __init__(self, pinned_day: Callable[[], date | None]) -> None:
        self._pinned_day = pinned_day

    def today(self) -> date:
        """Return the pinned day, or the machine's."""
        return self._pinned_day() or datetime.now(WITA).date()

    def now(self) -> datetime:
        """Return the machine's time of day on the pinned day, in WITA."""
        moment = datetime.now(WITA)
        day = self._pinned_day()
        return moment if day is None else datetime.combine(day, moment.timetz())
