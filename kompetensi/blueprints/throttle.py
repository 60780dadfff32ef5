"""A door that closes after too many tries; it counts inside one process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["Throttle"]

# Above this many keys those that no longer count are dropped, so that a flood of addresses does not fill the memory.
_MANY_KEYS = 10_000


class Throttle:
    """Counts events by key in a sliding window.

    Parameters
    ----------
    limit : int
        Events of one key in a window after which the door is closed; at least 1.
    window_s : float
        Length of the window in seconds.
    seconds : callable
        A clock that never goes back; the machine's by default.
    """

    def __init__(self, limit: int, window_s: float, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.window_s = window_s
        self._seconds = seconds
        self._events: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, *keys: str) -> float:
        """Return in how many seconds the door opens for all keys; 0 when it is open."""
        with self._lock:
            now = self._seconds()
            return max((self._wait(key, now) for key in keys), default=0.0)

    def count(self, *keys: str) -> None:
        """Note one event for each key."""
        with self._lock:
            now = self._seconds()
            if len(self._events) > _MANY_KEYS:
                for key in [key for key in self._events if not self._live(key, now)]:
                    del self._events[key]
            for key in keys:
                self._events.setdefault(key, deque(maxlen=self.limit)).append(now)

    def forget(self, key: str) -> None:
        """Drop what was counted for a key."""
        with self._lock:
            self._events.pop(key, None)

    def _live(self, key: str, now: float) -> deque[float]:
        events = self._events.get(key, deque())
        while events and now - events[0] >= self.window_s:
            events.popleft()
        return events

    def _wait(self, key: str, now: float) -> float:
        events = self._live(key, now)
        return 0.0 if len(events) < self.limit else self.window_s - (now - events[0])
