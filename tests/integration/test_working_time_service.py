"""Working time as it is read from the database: national calendar, decisions along the line of units, hours."""

from __future__ import annotations

from datetime import date

import pytest
from factories import TODAY

from kompetensi.errors import Unavailable
from kompetensi.models import HolidayOverride, Policy, WorkingHours
from kompetensi.rules.working_time import ClosureKind
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.policies import forget_policies
from kompetensi.services.working_time import load_working_time

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
INDEPENDENCE = date(2026, 8, 17)


@pytest.fixture
def centre(session):
    return unit_by_code(session, "75-BKPSDM")


@pytest.fixture
def province(session, centre):
    return centre.parent


def decide(session, unit, day, kind, name):
    session.add(HolidayOverride(unit_id=unit.id, day=day, kind=kind, name=name, source="SK uji", confidence="verified"))
    session.flush()


def test_independence_day_is_closed_with_its_indonesian_name_and_source(session, centre):
    closure = load_working_time(session, centre.id, FIRST, LAST).closed_on(INDEPENDENCE)
    assert closure is not None
    assert closure.kind is ClosureKind.NATIONAL
    assert closure.name == "Hari Kemerdekaan Republik Indonesia"
    assert closure.source.startswith("pustaka holidays")


def test_joint_leave_before_christmas_is_closed_and_not_called_a_holiday(session, centre):
    closure = load_working_time(session, centre.id, FIRST, LAST).closed_on(date(2026, 12, 24))
    assert closure is not None
    assert closure.kind is ClosureKind.JOINT_LEAVE


def test_without_hours_of_its_own_a_unit_has_the_general_week(session, centre):
    time = load_working_time(session, centre.id, FIRST, LAST)
    assert time.hours_on(TODAY) == ((450, 720), (780, 960))
    week = time.week_of(TODAY)
    assert week is not None
    assert week.source.startswith("Perpres 21/2023")


def test_a_decision_of_the_province_closes_a_day_for_the_centre_and_the_centre_may_reopen_it(session, centre, province):
    day = date(2026, 12, 4)
    decide(session, province, day, "CLOSED", "Hari jadi provinsi")
    assert load_working_time(session, centre.id, FIRST, LAST).closed_on(day) is not None
    decide(session, centre, day, "WORKING", "Pelatihan tetap berjalan")
    assert load_working_time(session, centre.id, FIRST, LAST).closed_on(day) is None
    assert load_working_time(session, province.id, FIRST, LAST).closed_on(day) is not None


def test_a_decision_of_another_unit_is_none_of_ours(session, centre):
    day = date(2026, 12, 4)
    decide(session, unit_by_code(session, "75-SETDA"), day, "CLOSED", "Bersih-bersih kantor")
    assert load_working_time(session, centre.id, FIRST, LAST).closed_on(day) is None


def test_hours_of_the_province_hold_for_the_centre_from_their_day_on(session, centre, province):
    for starts, ends in ((480, 720), (780, 930)):
        session.add(WorkingHours(unit_id=province.id, weekday=1, starts=starts, ends=ends, valid_from=date(2026, 11, 30),
                                 source="SE uji"))
    session.flush()
    time = load_working_time(session, centre.id, FIRST, LAST)
    assert time.hours_on(date(2026, 11, 23)) == ((450, 720), (780, 960))
    assert time.hours_on(date(2026, 11, 30)) == ((480, 720), (780, 930))
    assert time.hours_on(date(2026, 12, 1)) == ()


def test_a_policy_that_cannot_be_read_says_how_it_should_look(session, centre):
    session.add(Policy(key="working_time.week", value={"value": "Senin pagi"}, valid_from=TODAY, source="uji",
                       confidence="model"))
    session.flush()
    forget_policies(session)
    with pytest.raises(Unavailable, match=r"working_time\.week.*1-4 07\.30-12\.00"):
        load_working_time(session, centre.id, FIRST, LAST)
