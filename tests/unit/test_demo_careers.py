"""Former posts in units that took over from others."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from kompetensi.demo.catalogue import Catalogue, WorkUnit
from kompetensi.demo.posts_before import career_of
from kompetensi.demo.structure import Seat

FORMER = WorkUnit(1, "75-BAKEU", "Badan Keuangan", "BADAN", "75", "75", None, date(2025, 12, 31), ())
PRESENT = WorkUnit(2, "75-BKAD", "Badan Keuangan dan Aset", "BADAN", "75", "75", date(2026, 1, 1), None,
                   ("75-BAKEU",))
CATALOGUE = Catalogue({}, {unit.code: unit for unit in (FORMER, PRESENT)}, {}, (), (), {}, {}, (), {}, ())
SEAT = Seat(1, "X-01", 1, "X", "Kepala Bidang Aset", "75-BKAD", "ADMINISTRATOR", "DIVISION", "KEUANGAN", 12, "S1", (),
            (), ())
TODAY = date(2026, 11, 23)


def career(seat: Seat, kind: str, joined: date):
    return career_of(seat, kind, joined, TODAY, CATALOGUE, random.Random(5))


def test_who_sat_there_before_the_units_merged_came_over_with_them():
    steps = career(replace(SEAT, job_class="PELAKSANA"), "PPPK", date(2024, 3, 1))

    assert [(step.unit, step.since, step.until) for step in steps] == [
        ("75-BAKEU", date(2024, 3, 1), date(2025, 12, 31)), ("75-BKAD", date(2026, 1, 1), None)]


def test_who_came_after_the_merger_knows_only_the_new_unit():
    steps = career(replace(SEAT, job_class="PELAKSANA"), "PPPK", date(2026, 4, 1))

    assert [step.unit for step in steps] == ["75-BKAD"]


def test_an_administrator_was_executor_and_supervisor_before():
    steps = career(SEAT, "PNS", date(2004, 1, 1))

    assert list(dict.fromkeys(step.job_class for step in steps)) == ["PELAKSANA", "PENGAWAS", "ADMINISTRATOR"]
    assert steps[-1].until is None
