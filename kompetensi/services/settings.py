"""State of the installation that is neither policy nor data: the demo's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kompetensi.models import Setting

__all__ = ["Demo", "read_demo"]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo's data were made from.

    Attributes
    ----------
    today : date
        The day that they belong to; the demo's clock stands on it.
    seed, people : int
    """

    today: date
    seed: int
    people: int


def read_demo(session: Session) -> Demo | None:
    """Return what the demo was made from, or None when the data are not a demo's."""
    setting = session.get(Setting, "demo")
    if setting is None:
        return None
    value = setting.value
    return Demo(date.fromisoformat(value["today"]), value["seed"], value["people"])
