"""How participants attended: what a state counts for, the share of the hours, and when one may check in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kompetensi.messages import Message, say

__all__ = ["STATE_WORDS", "AttendanceState", "Share", "Window", "clock_words", "share_of", "window_at"]


class AttendanceState(StrEnum):
    """How a participant attended one meeting."""

    PRESENT = "PRESENT"
    LATE = "LATE"
    EXCUSED = "EXCUSED"
    ABSENT = "ABSENT"

    @property
    def attended(self) -> bool:
        """Whether he was there, on time or late; who was excused was not."""
        return self in (AttendanceState.PRESENT, AttendanceState.LATE)


STATE_WORDS = {
    AttendanceState.PRESENT: say("Hadir"), AttendanceState.LATE: say("Datang terlambat"),
    AttendanceState.EXCUSED: say("Izin"), AttendanceState.ABSENT: say("Tidak hadir")}


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what was held somebody attended, both in the same unit: lesson hours, meetings or days.

    Attributes
    ----------
    attended : int
        0..held.
    held : int
        At least 1.
    """

    attended: int
    held: int

    @property
    def tenths(self) -> int:
        """Tenths of a per cent, 0..1000, rounded down so that nobody is said to have reached what he has not."""
        return self.attended * 1000 // self.held

    def reaches(self, percent: float) -> bool:
        """Whether it is at least so many per cent; compared without rounding."""
        return self.attended * 100 >= percent * self.held


def share_of(meetings: Iterable[tuple[int, AttendanceState | None]]) -> Share | None:
    """Add up how much of the meetings somebody attended; None when there are none.

    Parameters
    ----------
    meetings : iterable of (int, AttendanceState or None)
        Weight, such as lesson hours, 0 or more, and state of each meeting; None = nobody wrote down that he was there.
        Where all weigh 0, each counts the same.
    """
    rows = list(meetings)
    if not rows:
        return None
    if not any(weight for weight, _ in rows):
        rows = [(1, state) for _, state in rows]
    return Share(sum(weight for weight, state in rows if state is not None and state.attended),
                 sum(weight for weight, _ in rows))


class Window(StrEnum):
    """What checking in at a moment means."""

    EARLY = "EARLY"
    ON_TIME = "ON_TIME"
    LATE = "LATE"
    OVER = "OVER"

    @property
    def is_open(self) -> bool:
        """Whether one may check in."""
        return self in (Window.ON_TIME, Window.LATE)

    @property
    def state(self) -> AttendanceState:
        """The state of who checks in now."""
        return AttendanceState.LATE if self is Window.LATE else AttendanceState.PRESENT


def window_at(minute: int, starts: int, ends: int, *, before: int, grace: int, after: int) -> Window:
    """Tell what checking in at a minute means for a meeting.

    Parameters
    ----------
    minute : int
        Minutes from midnight of the meeting's day, local time; below 0 and above 1440 on other days.
    starts, ends : int
        Of the meeting, in the same count.
    before, after : int
        How many minutes before its beginning, and after its end, one may check in; both bounds inclusive.
    grace : int
        Up to so many minutes after its beginning, inclusive, one is on time.
    """
    if minute < starts - before:
        return Window.EARLY
    if minute > ends + after:
        return Window.OVER
    return Window.ON_TIME if minute <= starts + grace else Window.LATE


def clock_words(minute: int) -> Message:
    """Write a minute of the day as its hour, ``08.30 WITA``; beyond midnight the day's own ends are meant."""
    within = min(max(minute, 0), 24 * 60)
    return say("%(clock)s WITA", clock=f"{within // 60:02d}.{within % 60:02d}")
