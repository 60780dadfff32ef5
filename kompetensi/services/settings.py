"""State of the installation that is neither policy nor data: the demo's day, the catalogue's version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kompetensi.models import Setting

__all__ = ["Demo", "bump_catalogue_version", "catalogue_version", "read_demo"]


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


def catalogue_version(session: Session) -> int:
    """Return the counter that moves with every change of the catalogue; 0 before the first."""
    setting = session.get(Setting, "catalogue_version")
    return 0 if setting is None else setting.value["version"]


def bump_catalogue_version(session: Session) -> int:
    """Move the counter and return it; caches keyed by it are stale from now on."""
    setting = session.get(Setting, "catalogue_version", with_for_update=True)
    if setting is None:
        setting = Setting(key="catalogue_version", value={"version": 0})
        session.add(setting)
    setting.value = {"version": setting.value["version"] + 1}
    # Until the commit nobody else knows this version; whoever reads the catalogue in this session reads it anew.
    session.info["kompetensi_catalogue_changed"] = True
    session.flush()
    return setting.value["version"]
