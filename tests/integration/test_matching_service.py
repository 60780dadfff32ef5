"""Who is nearest to a position, and which positions are nearest to a person."""

from __future__ import annotations

import pytest
from factories import TODAY, make_person, prove

from kompetensi.errors import InvalidInput, NotAllowed, NotFound
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.matching import nearest_positions, succession_list
from kompetensi.services.readiness import readiness_of

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
