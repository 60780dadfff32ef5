"""Who is nearest to a position, which positions are nearest to a person, and how many people reach what."""

from __future__ import annotations

import pytest
from factories import NOW, TODAY, make_person, make_post, occupy, prove
from sqlalchemy import event, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import AuditEntry
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.matching import (
    nearest_positions,
    succession_list,
    threshold_counts,
    vacant_positions,
    view_succession,
)
from kompetensi.services.population import load_population, standards_of
from kompetensi.services.readiness import load_assessors, readiness_of

NINE = ("MAN-INT", "MAN-KSM", "MAN-KOM", "MAN-OPH", "MAN-PPB", "MAN-PDO", "MAN-MPR", "MAN-KEP", "SOS-PRB")
TARGET = "JPTP-INSPEKTUR"


def as_hr(session, unit="75"):
    return Actor("account:hr", "Fitria", grants=(Grant(Role.HR, unit_by_code(session, unit).id),))


@pytest.fixture
def people(session):
    """Four people of the province at levels 4, 2, none and 4 in all nine."""
    made = []
    for level in (4, 2, None, 4):
        person = make_person(session)
        for code in NINE if level else ():
            prove(session, person, code, level)
        made.append(person)
    return made


def test_the_list_has_the_scores_of_readiness_best_first_and_ties_by_nip(session, people):
    found = succession_list(session, SYSTEM, TARGET, top=50, on=TODAY, today=TODAY)
    scores = {item.nip: item.score for item in found.candidates}
    for person in people:
        assert scores[person.nip] == readiness_of(session, SYSTEM, person.nip, TARGET, on=TODAY).readiness.score
    assert [(item.rank, -item.score, item.unmet, item.nip) for item in found.candidates] == sorted(
        (item.rank, -item.score, item.unmet, item.nip) for item in found.candidates)
    best = sorted(person.nip for person in (people[0], people[3]))
    assert [item.nip for item in found.candidates if item.nip in best] == best
    assert found.asked == len(found.candidates)


def test_only_so_many_are_returned(session, people):
    found = succession_list(session, SYSTEM, TARGET, top=2, on=TODAY, today=TODAY)
    assert (len(found.candidates), found.asked >= 4) == (2, True)


def test_hr_ranks_its_own_people_alone_and_others_rank_nobody(session, people):
    here = succession_list(session, as_hr(session), TARGET, top=50, on=TODAY, today=TODAY)
    assert {person.nip for person in people} <= {item.nip for item in here.candidates}
    elsewhere = succession_list(session, as_hr(session, "75-DPMPTSP"), TARGET, top=50, on=TODAY, today=TODAY)
    assert not {person.nip for person in people} & {item.nip for item in elsewhere.candidates}
    with pytest.raises(NotAllowed):
        succession_list(session, Actor("account:1", "A", person_id=people[0].id), TARGET, top=5, on=TODAY, today=TODAY)


def test_the_nearest_positions_of_a_person_have_the_scores_of_readiness(session, people):
    found = nearest_positions(session, SYSTEM, people[0].nip, top=30, on=TODAY, today=TODAY)
    assert [item.rank for item in found.positions] == list(range(1, len(found.positions) + 1))
    for item in found.positions:
        assert item.score == readiness_of(session, SYSTEM, people[0].nip, item.code, on=TODAY).readiness.score
    assert [(-item.score, item.unmet, item.code) for item in found.positions] == sorted(
        (-item.score, item.unmet, item.code) for item in found.positions)


def test_a_stranger_does_not_see_them(session, people):
    with pytest.raises(NotAllowed):
        nearest_positions(session, Actor("account:1", "A", person_id=people[1].id), people[0].nip, top=3, on=TODAY,
                          today=TODAY)
    with pytest.raises(NotFound):
        nearest_positions(session, SYSTEM, "199001012015011001", top=3, on=TODAY, today=TODAY)
    with pytest.raises(InvalidInput):
        succession_list(session, SYSTEM, "TIDAK-ADA", top=3, on=TODAY, today=TODAY)


def mandatory_met(readiness) -> bool:
    """Whether every mandatory requirement is proven; the counts go by proven levels."""
    return all((row.level.proven or 0) >= row.required for row in readiness.rows if row.importance == "MUTLAK")


def test_counts_are_those_of_a_loop_over_readinesses(demo_session):
    found = threshold_counts(demo_session, SYSTEM, percents=(80, 50, 100), position_codes=(TARGET, "ADM-KABID-ASET"),
                             by_agency=True, on=TODAY, today=TODAY, measure=True)
    assert [item.percent for item in found.thresholds] == [50, 80, 100]
    population = load_population(demo_session, None, standards_of(demo_session, TODAY)[1], TODAY)
    assessors = load_assessors(demo_session, population.ids, TODAY)
    agency_of = [population.agencies[place].code for place in population.agency]
    for count in found.counts:
        readinesses = [assessors[person_id](count.position) for person_id, agency in
                       zip(population.ids, agency_of, strict=True) if count.agency in (None, agency)]
        assert count.people == len(readinesses)
        assert count.score_sum == sum(one.score for one in readinesses)
        for at, threshold in enumerate(found.thresholds):
            reach = [one for one in readinesses if one.score >= threshold.score]
            assert count.scored[at] == len(reach)
            assert count.ready[at] == sum(mandatory_met(one) for one in reach)
    assert {count.agency for count in found.counts} == {None, *(agency.code for agency in population.agencies)}
    assert 0 < found.memory.peak_bytes <= found.memory.bound_bytes


def test_without_shares_the_bounds_of_the_policy_are_counted_for_every_position(demo_session):
    found = threshold_counts(demo_session, SYSTEM, on=TODAY, today=TODAY)
    assert [(item.percent, item.score) for item in found.thresholds] == [(68, 40_800), (80, 48_000)]
    assert all(item.source for item in found.thresholds)
    assert [count.position for count in found.counts] == sorted(standards_of(demo_session, TODAY)[1].codes)
    for count in found.counts:
        assert count.people == found.people
        assert count.scored[0] >= count.scored[1] >= count.ready[1]
    small = threshold_counts(demo_session, SYSTEM, on=TODAY, today=TODAY, megabytes=10)
    assert small.counts == found.counts
    with pytest.raises(InvalidInput, match="terlalu kecil"):
        threshold_counts(demo_session, SYSTEM, on=TODAY, today=TODAY, megabytes=1)


def test_counts_refuse_what_names_nothing_and_who_is_not_hr(session, people):
    asked = {"on": TODAY, "today": TODAY}
    with pytest.raises(InvalidInput):
        threshold_counts(session, SYSTEM, percents=(101,), **asked)
    with pytest.raises(NotFound):
        threshold_counts(session, SYSTEM, position_codes=("X",), **asked)
    with pytest.raises(Conflict):
        threshold_counts(session, SYSTEM, position_codes=(TARGET,), on=TODAY.replace(year=1990), today=TODAY)
    with pytest.raises(NotAllowed):
        threshold_counts(session, Actor("account:1", "A", person_id=people[0].id), **asked)
    own = threshold_counts(session, as_hr(session, "75-DPMPTSP"), position_codes=(TARGET,), **asked)
    assert own.people == 0


def test_the_page_of_a_position_shows_the_list_with_its_gates_and_notes_whose_readiness_it_shows(session, people):
    occupy(session, people[3], make_post(session, TARGET))
    hr = as_hr(session)
    view = view_succession(session, hr, TARGET, today=TODAY, now=NOW)
    listed = succession_list(session, hr, TARGET, top=20, on=TODAY, today=TODAY)
    assert view.found == listed
    for row in view.rows:
        assert row.readiness == readiness_of(session, SYSTEM, row.candidate.nip, TARGET, on=TODAY).readiness
        assert row.closed_gates == sum(gate.state != "met" for gate in row.readiness.gates)
    assert {row.candidate.nip for row in view.rows if row.candidate.holds_it} == {people[3].nip}
    first = next(row.candidate for row in view.rows if not row.candidate.holds_it)
    assert first.name in str(view.answer)
    noted = session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "matching.rank")).all()
    assert sorted(noted) == sorted(row.candidate.nip for row in view.rows)
    assert (view.posts - view.vacant) == 1


def test_the_page_of_a_position_asks_the_database_as_often_for_many_as_for_few(session, people):
    def asked() -> int:
        seen = []
        listener = event.listens_for(session.connection(), "before_cursor_execute")(lambda *call: seen.append(call[2]))
        view_succession(session, SYSTEM, TARGET, today=TODAY, now=NOW)
        event.remove(session.connection(), "before_cursor_execute", listener)
        return len(seen)

    asked()
    few = asked()
    for _ in range(15):
        prove(session, make_person(session), "MAN-INT", 3)
    assert asked() == few < 25


def test_vacant_positions_are_those_of_the_own_units_with_the_best_who_does_not_hold_them(session, people):
    occupy(session, people[0], make_post(session, TARGET))
    before = vacant_positions(session, as_hr(session), today=TODAY, size=500)
    make_post(session, TARGET)
    found = vacant_positions(session, as_hr(session), today=TODAY, size=500)
    vacant = {one.code: one.vacant for one in before.items}
    assert {one.code: one.vacant for one in found.items} == vacant | {TARGET: vacant.get(TARGET, 0) + 1}
    item = next(one for one in found.items if one.code == TARGET)
    assert item.nearest == (people[3].nip, people[3].name)
    listed = succession_list(session, as_hr(session), TARGET, top=50, on=TODAY, today=TODAY).candidates
    assert item.percent == next(100 * one.score // one.score_max for one in listed if not one.holds_it)
    assert item.ready == sum(one.score >= 48_000 and not one.unmet for one in listed)
    assert item.ready + item.nearly == sum(one.score >= 40_800 and not one.unmet for one in listed)
    elsewhere = vacant_positions(session, as_hr(session, "75-DPMPTSP"), today=TODAY, size=500)
    assert TARGET not in {one.code for one in elsewhere.items}
    assert elsewhere.asked == 0
    with pytest.raises(InvalidInput, match="Halaman 99"):
        vacant_positions(session, as_hr(session), today=TODAY, number=99)
    with pytest.raises(NotAllowed):
        vacant_positions(session, Actor("account:1", "A", person_id=people[0].id), today=TODAY)
