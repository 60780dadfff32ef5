"""Natural next moves of a person, who could move to a position, and the interests that people state."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_person, make_post, occupy, prove
from sqlalchemy import event, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.graph.moves import Part
from kompetensi.models import AuditEntry, Education, Interest, Policy, Post
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.interests import load_interest_catalogue, own_interests, state_own_interests
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.moves import next_moves, view_candidates, view_next_moves, who_could_move
from kompetensi.services.own_record import export_own_record
from kompetensi.services.policies import forget_policies
from kompetensi.services.readiness import readiness_of
from kompetensi.services.snapshot import load_graph

TARGET = "ADM-KABID-ASET"
HELD = "PWS-KASUBAG-KEU"
FINANCE, ASSETS = ("URUSAN", "KEUANGAN"), ("UNIT", "75-BKAD")


def as_hr(session, unit="75"):
    return Actor("account:hr", "Fitria", grants=(Grant(Role.HR, unit_by_code(session, unit).id),))


def himself(person):
    return Actor("account:9", person.name, person_id=person.id)


@pytest.fixture
def person(session):
    """The head of a finance subdivision at levels 3 in all that her position asks, with a degree in accounting."""
    person = make_person(session, grade="III/d", name="Ningsih Pakaya")
    occupy(session, person, make_post(session, HELD))
    session.add(Education(person_id=person.id, level_code="S1", field="Akuntansi", graduated_on=date(2011, 8, 20)))
    for item in load_graph(session, TODAY).positions[HELD].requirements:
        prove(session, person, item.competency, 3)
    return person


def moves_of(session, person, actor=SYSTEM, **question):
    return next_moves(session, actor, person.nip, **({"top": 100, "on": TODAY, "today": TODAY} | question))


def candidates(session, actor=SYSTEM, code=TARGET, **question):
    return who_could_move(session, actor, code, **({"top": 100, "on": TODAY, "today": TODAY} | question))


def part(item, name):
    return next(one for one in item.parts if one.part is name)


def test_moves_are_in_order_of_score_gates_and_code_and_leave_out_the_own_position(session, person):
    found = moves_of(session, person)
    order = [(-item.score, item.unmet, item.code) for item in found.moves]
    assert order == sorted(order)
    assert [item.rank for item in found.moves] == list(range(1, len(order) + 1))
    assert HELD not in {item.code for item in found.moves}
    assert found.asked == len(found.moves) == len(load_graph(session, TODAY).positions) - 1
    assert found.moves[0].name in str(found.answer)
    assert found.position == position_by_code(session, HELD).name


def test_readiness_in_the_score_is_the_score_of_readiness(session, person):
    for item in moves_of(session, person, top=10).moves:
        readiness = readiness_of(session, SYSTEM, person.nip, item.code, on=TODAY).readiness
        assert part(item, Part.READINESS).least == readiness.score // 60


def test_only_so_many_are_returned_and_all_are_compared(session, person):
    found = moves_of(session, person, top=3)
    assert (len(found.moves), found.asked > 3) == (3, True)


def test_vacant_ones_alone_can_be_asked_for(session, person):
    vacant = {item.code: item.vacant for item in moves_of(session, person).moves if item.vacant}
    make_post(session, TARGET)
    for post in session.scalars(select(Post).where(Post.position_id == position_by_code(session, "ADM-KABID-SMA").id)).all():
        occupy(session, make_person(session), post)
    found = moves_of(session, person, vacant_only=True)
    del vacant["ADM-KABID-SMA"]
    assert {item.code: item.vacant for item in found.moves} == vacant | {TARGET: vacant[TARGET] + 1}
    assert found.asked == len(found.moves)


def test_both_ways_of_asking_give_a_pair_the_same_numbers(session, person):
    there = next(item for item in candidates(session).candidates if item.nip == person.nip)
    here = next(item for item in moves_of(session, person).moves if item.code == TARGET)
    assert (there.score, there.score_most, there.unmet, there.parts) == (here.score, here.score_most, here.unmet, here.parts)


def test_candidates_are_in_order_and_those_who_hold_the_position_are_left_out(session, person):
    holder = make_person(session)
    occupy(session, holder, make_post(session, TARGET))
    found = candidates(session)
    order = [(-item.score, item.unmet, item.nip) for item in found.candidates]
    assert order == sorted(order)
    assert holder.nip not in {item.nip for item in found.candidates}
    assert found.asked == len(found.candidates)
    assert found.candidates[0].name in str(found.answer)


def test_many_people_are_ranked_in_blocks_as_at_once(session, person, monkeypatch):
    for level in (1, 4, 4):
        prove(session, make_person(session), "TEK-BMD", level)
    at_once = candidates(session, top=4)
    monkeypatch.setattr("kompetensi.services.moves._BLOCK", 2)
    assert candidates(session, top=4) == at_once


def test_the_number_of_queries_does_not_grow_with_people_or_their_interests(session, person):
    statements = []
    event.listen(session.get_bind().engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    few = (candidates(session, top=2), len(statements))[1]
    for _ in range(20):
        other = make_person(session)
        occupy(session, other, make_post(session, HELD))
        session.add(Interest(person_id=other.id, place=1, kind="URUSAN", subject="KEUANGAN", stated_on=TODAY))
        prove(session, other, "TEK-BMD", 2)
    session.flush()
    statements.clear()
    candidates(session, top=20)
    assert len(statements) <= few < 25


def test_a_superior_sees_the_moves_without_the_wishes(session, person):
    boss = make_person(session)
    above = make_post(session, "JPTP-KADIS-DIKBUD")
    occupy(session, boss, above)
    occupy(session, person, make_post(session, HELD, superior=above), since=date(2023, 1, 2))
    state_own_interests(session, himself(person), [FINANCE], today=TODAY, now=NOW)
    for actor in (himself(person), as_hr(session), SYSTEM):
        found = moves_of(session, person, actor)
        assert [item.name for item in found.interests] == ["Keuangan"]
        assert part(found.moves[0], Part.INTEREST).weight == 10
    found = moves_of(session, person, himself(boss))
    assert found.interests is None
    assert all(one.part is not Part.INTEREST for one in found.moves[0].parts)
    assert found.moves[0].score_max == 90_000


def test_others_see_nothing(session, person):
    stranger = make_person(session)
    for actor in (himself(stranger), as_hr(session, "75-DPMPTSP"), Actor("account:1", "A")):
        with pytest.raises(NotAllowed):
            moves_of(session, person, actor)
    with pytest.raises(NotAllowed):
        candidates(session, himself(person))


def test_hr_ranks_the_people_of_its_own_units_alone(session, person):
    assert person.nip in {item.nip for item in candidates(session, as_hr(session)).candidates}
    elsewhere = candidates(session, as_hr(session, "75-DPMPTSP"))
    assert (elsewhere.candidates, elsewhere.asked) == ((), 0)
    assert "Tidak ada pegawai" in str(elsewhere.answer)


def test_what_names_nothing_is_refused(session, person):
    with pytest.raises(NotFound):
        next_moves(session, SYSTEM, "199001012015011001", top=3, on=TODAY, today=TODAY)
    with pytest.raises(InvalidInput):
        next_moves(session, SYSTEM, "12", top=3, on=TODAY, today=TODAY)
    with pytest.raises(NotFound):
        candidates(session, code="TIDAK-ADA")
    with pytest.raises(Conflict):
        candidates(session, on=date(1990, 1, 1))


def test_on_a_day_without_standards_there_is_nothing_to_compare(session, person):
    found = moves_of(session, person, on=date(1990, 1, 1))
    assert (found.moves, found.asked) == ((), 0)
    assert "Belum ada jabatan" in str(found.answer)


def test_who_looks_at_somebody_elses_moves_is_noted(session, person):
    question = {"top": 5, "on": TODAY, "today": TODAY, "now": NOW}
    view_next_moves(session, himself(person), person.nip, **question)
    assert noted(session, person) == []
    view_next_moves(session, as_hr(session), person.nip, **question)
    view_candidates(session, as_hr(session), TARGET, **question)
    assert noted(session, person) == ["moves.view", "moves.rank"]


def noted(session, person):
    return session.scalars(select(AuditEntry.action).where(
        AuditEntry.person_id == person.id, AuditEntry.action.startswith("moves.")).order_by(AuditEntry.id)).all()


def test_expected_levels_count_only_when_asked_for(session, person):
    prove(session, person, "TEK-BMD", 5, kind="TRAINING")
    proven, expected = (next(item for item in moves_of(session, person, basis=basis).moves if item.code == TARGET)
                        for basis in ("proven", "expected"))
    assert part(proven, Part.READINESS).least < part(expected, Part.READINESS).least


# --- interests ------------------------------------------------------------------------------------------------------


def state(session, person, *chosen, on=TODAY):
    return state_own_interests(session, himself(person), list(chosen), today=on, now=NOW)


def interest_in(session, person, code, **question):
    return part(next(item for item in moves_of(session, person, **question).moves if item.code == code), Part.INTEREST)


def test_an_interest_raises_what_it_fits_and_its_place_counts(session, person):
    state(session, person, ("URUSAN", "PENDIDIKAN"), FINANCE)
    assert [interest_in(session, person, code).least for code in ("ADM-KABID-SMA", TARGET, "JF-WI-MADYA")] == [1000, 800, 0]


def test_a_unit_stands_for_those_below_it_and_a_class_for_all_its_positions(session, person):
    state(session, person, ("UNIT", "75"), ("CLASS", "ADMINISTRATOR"))
    assert interest_in(session, person, "JF-WI-MADYA").least == 1000
    state(session, person, ASSETS, ("CLASS", "ADMINISTRATOR"))
    assert [interest_in(session, person, code).least for code in (TARGET, "ADM-KABID-SMA", "JF-WI-MADYA")] == [1000, 800, 0]


def test_interests_hold_from_their_day_until_they_are_given_up(session, person):
    later = TODAY + timedelta(days=30)
    assert state(session, person, FINANCE, ASSETS)
    assert state(session, person, FINANCE, None, on=later)
    assert [interest_in(session, person, "ADM-KABID-ANGGARAN", on=day).least for day in (TODAY, later)] == [1000, 1000]
    rows = session.execute(select(Interest.place, Interest.stated_on, Interest.given_up_on).where(
        Interest.person_id == person.id).order_by(Interest.id)).all()
    assert rows == [(1, TODAY, None), (2, TODAY, later)]
    assert own_interests(session, himself(person), today=TODAY).stated == (FINANCE, ASSETS)
    assert own_interests(session, himself(person), today=later).stated == (FINANCE,)
    assert own_interests(session, himself(person), today=TODAY - timedelta(days=1)).stated == ()


def test_the_same_again_changes_nothing_and_all_can_be_given_up(session, person):
    assert state(session, person, None, FINANCE)
    assert not state(session, person, FINANCE)
    assert state(session, person)
    assert own_interests(session, himself(person), today=TODAY).stated == ()
    assert noted(session, person) == ["moves.state_interest"] * 2


@pytest.mark.parametrize(("chosen", "error", "where"), [
    ((FINANCE, None, FINANCE), InvalidInput, "place3"), ((("URUSAN", "SIHIR"),), NotFound, "place1"),
    ((None, ("HOBI", "KEUANGAN")), NotFound, "place2"), ((FINANCE, ASSETS) * 3, InvalidInput, "place6")])
def test_wrong_choices_are_refused_at_their_place(session, person, chosen, error, where):
    with pytest.raises(error) as refused:
        state(session, person, *chosen)
    assert refused.value.where == where
    assert own_interests(session, himself(person), today=TODAY).stated == ()


def test_an_account_without_a_person_states_nothing(session):
    with pytest.raises(Conflict):
        state_own_interests(session, Actor("account:1", "A"), [FINANCE], today=TODAY, now=NOW)


def test_an_interest_whose_subject_is_gone_no_longer_counts(session, person):
    session.add(Interest(person_id=person.id, place=1, kind="UNIT", subject="75-DULU", stated_on=TODAY))
    session.flush()
    assert moves_of(session, person).interests == ()


def test_only_what_some_position_belongs_to_is_offered(session):
    catalogue = load_interest_catalogue(session)
    assert ("KEUANGAN", "Keuangan") in catalogue.offered("URUSAN")
    assert {"75", "75-BKAD"} <= {code for code, _ in catalogue.offered("UNIT")}
    assert all(catalogue.codes.values())


def test_stated_interests_are_in_the_persons_own_record(session, person):
    state(session, person, FINANCE, ASSETS)
    rows = export_own_record(session, himself(person), today=TODAY).tables["interests"]
    assert [(row["place"], row["kind"], row["subject"], row["stated_on"]) for row in rows] == [
        (1, "URUSAN", "KEUANGAN", TODAY.isoformat()), (2, "UNIT", "75-BKAD", TODAY.isoformat())]


# --- policies -------------------------------------------------------------------------------------------------------


def adopt(session, key, value):
    session.add(Policy(key=f"moves.{key}", value={"value": value}, valid_from=TODAY, source="uji", confidence="model"))
    session.flush()
    forget_policies(session)


def test_weights_are_policies_with_their_source(session, person):
    adopt(session, "weight.INTEREST", 0)
    found = moves_of(session, person)
    assert found.moves[0].score_max == 90_000
    shown = {row.key: row for row in found.policies}
    assert (shown["moves.weight.INTEREST"].value, shown["moves.weight.INTEREST"].source) == (0, "uji")
    assert "docs/performance.md" in shown["moves.weight.CLOSENESS"].source


def test_a_weight_that_is_not_adopted_counts_nothing(session, person):
    adopt(session, "weight.FIELD", None)
    assert all(one.part is not Part.FIELD for one in moves_of(session, person).moves[0].parts)


@pytest.mark.parametrize(("key", "value"), [("weight.GRADE", 2.5), ("grade_span", 0), ("class_span", True)])
def test_a_policy_that_makes_no_sense_is_named(session, person, key, value):
    adopt(session, key, value)
    with pytest.raises(Unavailable) as refused:
        moves_of(session, person)
    assert f"moves.{key}" in str(refused.value)


def test_weights_that_are_all_zero_are_refused(session, person):
    for one in Part:
        adopt(session, f"weight.{one.value}", 0)
    with pytest.raises(Unavailable):
        moves_of(session, person)
