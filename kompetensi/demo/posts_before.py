"""Former posts: the way up to the present one, through agencies that have ended since."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from kompetensi.demo.catalogue import Catalogue, WorkUnit
from kompetensi.demo.days import DAY
from kompetensi.demo.structure import Seat

__all__ = ["Step", "career_of"]

# What somebody was before, first class first (handbook section E: an administrator was a supervisor before).
_WAY_UP = {
    "JPT-MADYA": ("PELAKSANA", "PENGAWAS", "ADMINISTRATOR", "JPT-PRATAMA"),
    "JPT-PRATAMA": ("PELAKSANA", "PENGAWAS", "ADMINISTRATOR"), "ADMINISTRATOR": ("PELAKSANA", "PENGAWAS"),
    "PENGAWAS": ("PELAKSANA",), "JF-MADYA": ("JF-PERTAMA", "JF-MUDA"), "JF-MUDA": ("JF-PERTAMA",),
    "JF-PENYELIA": ("JF-TERAMPIL", "JF-MAHIR"), "JF-MAHIR": ("JF-TERAMPIL",)}
_STEP_WORDS = ((" Ahli Pertama", "JF-PERTAMA"), (" Ahli Muda", "JF-MUDA"), (" Ahli Madya", "JF-MADYA"),
               (" Terampil", "JF-TERAMPIL"), (" Mahir", "JF-MAHIR"), (" Penyelia", "JF-PENYELIA"))
_EXECUTOR_NAMES = ("Pengadministrasi Umum", "Analis Perencanaan", "Pengelola Kepegawaian", "Pengelola Keuangan",
                   "Penyusun Program dan Anggaran", "Pengolah Data")
_LEADER_NAMES = {"PENGAWAS": ("Kepala Subbagian Umum", "Kepala Subbagian Keuangan", "Kepala Seksi Pelayanan",
                              "Kepala Seksi Pembinaan", "Kepala Subbagian Program"),
                 "ADMINISTRATOR": ("Sekretaris", "Kepala Bidang Pembinaan", "Kepala Bidang Pelayanan",
                                   "Kepala Bagian Umum"),
                 "JPT-PRATAMA": ("Kepala Dinas", "Kepala Badan", "Asisten Sekretaris Daerah")}
# Until then people had not been moved for many years; some still have not.
_LONGEST_TENURE = 9.0


@dataclass(frozen=True, slots=True)
class Step:
    """One post of a career, both days inclusive; `until` None = still there."""

    unit: str
    job_class: str
    name: str
    urusan: str
    since: date
    until: date | None


def career_of(
    seat: Seat, kind: str, joined: date, today: date, catalogue: Catalogue, rng: random.Random
) -> tuple[Step, ...]:
    """Draw the posts of a life, the present one last.

    A unit that is younger than the time in it stands for the former unit that it took over from: there the post ends
    on that unit's last day, and goes on in the new one.
    """
    served = (today - joined).days
    before = _WAY_UP.get(seat.job_class, ()) if kind == "PNS" else ()
    if kind == "PNS" and not before and served > 5 * 365 and rng.random() < 0.4:
        before = (seat.job_class,)
    tenure = served if not before else int(min(served * rng.uniform(0.1, 0.6), 365 * rng.uniform(0.3, _LONGEST_TENURE)))
    since = today - timedelta(days=max(0, tenure))
    parts = [rng.uniform(0.7, 1.5) for _ in before]
    steps: list[Step] = []
    begins, left = joined, (since - joined).days
    for number, job_class in enumerate(before):
        ends = begins + timedelta(days=max(1, int(left * parts[number] / sum(parts))) - 1)
        if number == len(before) - 1:
            ends = since - DAY
        unit = _former_home(seat, catalogue, rng)
        name = _former_name(seat, job_class, rng)
        if ends >= begins:
            steps += _through_changes(unit, job_class, name, seat.urusan, begins, ends, catalogue, rng)
        begins = ends + DAY
    steps += _through_changes(catalogue.units[seat.unit], seat.job_class, seat.position_name, seat.urusan,
                              max(begins, joined), None, catalogue, rng, today)
    return tuple(steps)


def _former_home(seat: Seat, catalogue: Catalogue, rng: random.Random) -> WorkUnit:
    """Return the seat's own unit mostly, else another living one of the same government."""
    own = catalogue.units[seat.unit]
    if rng.random() < 0.6 or seat.unit == "75-SMAN":
        return own
    return rng.choice([unit for unit in catalogue.units.values() if unit.government == own.government
                       and unit.kind not in ("PEMDA", "SATDIK") and unit.valid_to is None])


def _former_name(seat: Seat, job_class: str, rng: random.Random) -> str:
    if job_class.startswith("JF"):
        words = dict(_STEP_WORDS)
        own = next((word for word in words if seat.position_name.endswith(word)), "")
        family = seat.position_name.removesuffix(own) if own else "Guru"
        return family + next(word for word, code in _STEP_WORDS if code == job_class)
    return rng.choice(_LEADER_NAMES.get(job_class, _EXECUTOR_NAMES))


def _through_changes(
    unit: WorkUnit, job_class: str, name: str, urusan: str, since: date, until: date | None, catalogue: Catalogue,
    rng: random.Random, today: date | None = None,
) -> list[Step]:
    """Split a time in a unit on the day on which the unit took over from a former one."""
    start = unit.valid_from
    if start is None or since >= start or not unit.predecessors or (today is not None and start > today):
        return [Step(unit.code, job_class, name, urusan, since, until)]
    former = catalogue.units[rng.choice(unit.predecessors)]
    last = former.valid_to or start - DAY
    if until is not None and until < start:
        return [Step(former.code, job_class, name, urusan, since, min(until, last))]
    steps = [Step(former.code, job_class, name, urusan, since, last)] if since <= last else []
    return [*steps, Step(unit.code, job_class, name, urusan, start, until)]
