"""Which gap opens the most positions, asked of the database."""

from __future__ import annotations

import pytest
from candidates import TARGET, make_candidate
from factories import TODAY, make_person
from sqlalchemy import event, select

from kompetensi.errors import InvalidInput, NotAllowed
from kompetensi.models import Certificate, Evidence
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.openings import rank_gaps
from kompetensi.services.readiness import readiness_of


def rank(session, person, actor=SYSTEM):
    return rank_gaps(session, actor, person.nip, on=TODAY, today=TODAY)


@pytest.fixture
def candidate(session):
    return make_candidate(session)


def test_the_one_missing_certificate_opens_its_position(session, candidate):
    missing = session.scalars(select(Certificate).where(
        Certificate.person_id == candidate.id, Certificate.training_code == "BMD-LANJUT")).one()
    assert TARGET not in {code for gap in rank(session, candidate).gaps for code, _ in gap.opens}
    open_now = rank(session, candidate).open_now
    session.delete(missing)
    session.flush()
    found = rank(session, candidate)
    assert readiness_of(session, SYSTEM, candidate.nip, TARGET, on=TODAY).readiness.verdict.value == "TIDAK_LAYAK"
    (gap,) = [gap for gap in found.gaps if gap.code == "BMD-LANJUT"]
    assert (gap.kind, [code for code, _ in gap.opens]) == ("training", [TARGET])
    assert found.open_now == open_now - 1


def test_only_positions_of_the_own_government_whose_rank_is_met_are_in_reach(session):
    low, high = make_person(session, grade="II/a"), make_person(session, grade="IV/e")
    assert rank(session, low).asked == rank(session, high).asked
    assert rank(session, low).in_reach <= rank(session, high).in_reach
    assert rank(session, low).government == "Provinsi Gorontalo"


def test_a_missing_assessment_is_a_gap_without_a_level(session, candidate):
    session.delete(session.scalars(select(Evidence).where(Evidence.person_id == candidate.id)).first())
    session.flush()
    found = rank(session, candidate)
    assert found.gaps[0].have is None
    assert found.gaps[0].rank == 1
    assert "**" in str(found.answer)


def test_the_number_of_queries_does_not_grow_with_the_gaps(session, candidate):
    statements = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))
    counts = []
    for person in (candidate, make_person(session, grade="IV/a")):
        rank(session, person)
        session.expire_all()
        statements.clear()
        rank(session, person)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 40


def test_others_do_not_see_a_persons_gaps(session, candidate):
    with pytest.raises(NotAllowed):
        rank(session, candidate, Actor("account:9", "Orang lain", person_id=999_999))
    with pytest.raises(InvalidInput, match="NIP"):
        rank_gaps(session, SYSTEM, "123", on=TODAY, today=TODAY)
