"""The score of a move: its parts, their bounds, the two directions of asking, ties and reasons."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.graph.closeness import FULL, Group
from kompetensi.graph.elements import Competency, CompetencyKind, Importance, Position, Requirement
from kompetensi.graph.move_reasons import explain
from kompetensi.graph.moves import (
    PARTS,
    Destinations,
    Interest,
    Mover,
    MoveRules,
    Part,
    PositionClass,
    compile_destinations,
    field_points,
    mover_of_position,
    movers_to,
    moves_of,
    occupation_scores,
)

RULES = MoveRules({Part.CLOSENESS: 45, Part.READINESS: 15, Part.CLASS: 10, Part.GRADE: 10, Part.EDUCATION: 5,
                   Part.FIELD: 5, Part.INTEREST: 10}, 1, 3, 2, 4, 200)
SKILLS = {code: Competency(code, f"Nama {code}", CompetencyKind.TEKNIS if code.startswith("T") else CompetencyKind.MANAJERIAL)
          for code in ("M1", "M2", "T1", "T2", "T3")}
CLASSES = {code: PositionClass(code, code.title(), level, low, f"g{low}", high, f"g{high}")
           for code, level, low, high in (("PELAKSANA", 1, 1, 12), ("PENGAWAS", 2, 10, 12), ("ADMINISTRATOR", 3, 12, 14),
                                          ("PRATAMA", 4, 13, 16))}


def a_position(code: str = "A", **fields) -> Position:
    values = {"job_class": "PENGAWAS", "urusan": "KEUANGAN", "unit": "U1",
              "requirements": (Requirement("M1", 2), Requirement("T1", 3))} | fields
    return Position(code, f"Jabatan {code}", **values)


def a_mover(**fields) -> Mover:
    return Mover(**{"key": "1", "levels": {"M1": 2, "T1": 3}, "position": "A", "job_class": "PENGAWAS", "grade_low": 11,
                    "grade_high": 11, "grade_code": "III/c", "education": 7, "education_code": "S1",
                    "fields": ("Akuntansi",)} | fields)


def destinations_of(*positions: Position, rules: MoveRules = RULES) -> Destinations:
    return compile_destinations(positions, SKILLS, CLASSES, rules)


def points(mover: Mover, position: Position, part: Part, *others: Position) -> tuple[int, int]:
    destinations = destinations_of(position, *others)
    found = moves_of(mover, destinations, RULES)
    at, row = destinations.places[position.code], PARTS.index(part)
    return int(found.least[row, at]), int(found.most[row, at])


def a_world(seed: int, positions: int = 9, movers: int = 12):
    rng = random.Random(seed)
    made = [a_position(
        f"J{number}", job_class=rng.choice([*CLASSES, "TAK-DIKENAL"]), urusan=rng.choice("XYZ"), unit=rng.choice(["U1", "U2"]),
        requirements=tuple(Requirement(code, rng.randint(1, 5), rng.choice(list(Importance)), rng.choice([None, 1, 4]))
                           for code in rng.sample(sorted(SKILLS), rng.randint(0, 5))),
        min_golongan=rng.choice([None, 9, 13]), min_education=rng.choice([None, 7, 8]),
        education_fields=tuple(rng.sample(["Akuntansi", "Hukum", "Teknik Sipil"], rng.randint(0, 2)))) for number in range(positions)]
    people = []
    for number in range(movers):
        grade = rng.choice([None, 5, 11, 14])
        people.append(Mover(
            f"P{number:02d}", {code: rng.randint(0, 5) for code in sorted(SKILLS) if rng.random() < 0.6},
            rng.choice([None, "J0", "J3", "LAIN"]), rng.choice([None, *CLASSES]), grade, grade, "", rng.choice([None, 6, 8]), "S1",
            rng.choice([None, ("Hukum",), ("Teknik Mesin", "Akuntansi")]), rng.choice([None, "J2"]),
            tuple(Interest(place, "URUSAN", frozenset(rng.choice("XYZ")), "x") for place in range(1, rng.randint(1, 3)))))
    return made, people


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_both_ways_of_asking_give_the_same_parts_within_bounds(seed):
    positions, people = a_world(seed)
    destinations = destinations_of(*positions)
    from_people = [moves_of(person, destinations, RULES) for person in people]
    for place in range(len(positions)):
        to = movers_to(place, people, destinations, RULES)
        for at, found in enumerate(from_people):
            assert to.least[:, at].tolist() == found.least[:, place].tolist()
            assert to.most[:, at].tolist() == found.most[:, place].tolist()
            assert to.unmet[at] == found.unmet[place]
        assert (to.least >= 0).all()
        assert (to.least <= to.most).all()
        assert (to.most <= FULL).all()
        assert (to.score <= to.score_most).all()
        assert (to.score_most <= to.score_max).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_the_explained_move_adds_up_to_the_score_and_the_order_of_input_does_not_matter(seed):
    positions, people = a_world(seed)
    destinations = destinations_of(*positions)
    random.Random(seed).shuffle(positions)
    again = destinations_of(*positions)
    for person in people:
        found, other = moves_of(person, destinations, RULES), moves_of(person, again, RULES)
        assert found.score.tolist() == other.score.tolist()
        assert found.best(4) == other.best(4)
        for at in found.best(4):
            move = explain(person, destinations.positions[at], found, at, destinations)
            assert (move.score, move.score_most) == (found.score[at], found.score_most[at])
            assert [part.part for part in move.parts] == list(Part)
            assert all(str(part.reason) for part in move.parts)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SKILLS)), st.integers(0, 5))
def test_who_holds_a_position_loses_nothing_by_a_higher_level(seed, code, level):
    positions, people = a_world(seed)
    destinations = destinations_of(*positions)
    for person in people:
        holder = replace(person, position="J0")
        if destinations.strengths[0].any():
            better = replace(holder, levels={**person.levels, code: max(level, person.levels.get(code, 0))})
            assert (moves_of(better, destinations, RULES).score >= moves_of(holder, destinations, RULES).score).all()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SKILLS)), st.integers(0, 5))
def test_what_is_learned_of_a_person_stays_within_what_was_open(seed, code, level):
    positions, people = a_world(seed)
    destinations = destinations_of(*positions)
    row = PARTS.index(Part.READINESS)
    for person in people:
        if code not in person.levels:
            before, after = (moves_of(replace(person, levels=levels), destinations, RULES)
                             for levels in (person.levels, {**person.levels, code: level}))
            assert (before.least[row] <= after.least[row]).all()
            assert (after.most[row] <= before.most[row]).all()


def test_the_own_position_fits_entirely_but_for_wishes():
    destinations = destinations_of(a_position())
    found = moves_of(a_mover(), destinations, RULES)
    assert dict(zip(PARTS, found.least[:, 0].tolist(), strict=True)) == dict.fromkeys(Part, FULL) | {Part.INTEREST: 0}
    assert found.score_max - found.score[0] == 10 * FULL


@pytest.mark.parametrize(("job_class", "expected"), [
    ("PELAKSANA", 500), ("PENGAWAS", FULL), ("ADMINISTRATOR", FULL), ("PRATAMA", 500), ("TAK-DIKENAL", FULL)])
def test_the_same_class_and_the_next_one_are_natural(job_class, expected):
    assert points(a_mover(), a_position("B", job_class=job_class), Part.CLASS) == (expected, expected)


@pytest.mark.parametrize(("golongan", "expected"), [(8, 500), (9, 750), (10, FULL), (12, FULL), (13, 750), (17, 0)])
def test_each_golongan_outside_of_the_range_costs_a_step(golongan, expected):
    mover = a_mover(grade_low=golongan, grade_high=golongan)
    assert points(mover, a_position("B"), Part.GRADE) == (expected, expected)


def test_a_standard_that_asks_for_more_than_its_class_moves_the_range():
    position = a_position("B", min_golongan=13, min_golongan_code="IV/a")
    assert points(a_mover(grade_low=13, grade_high=13), position, Part.GRADE) == (FULL, FULL)
    assert points(a_mover(grade_low=12, grade_high=12), position, Part.GRADE) == (750, 750)


@pytest.mark.parametrize(("education", "asked", "expected"), [
    (7, None, (FULL, FULL)), (7, 7, (FULL, FULL)), (6, 7, (0, 0)), (None, 7, (0, FULL)), (None, None, (FULL, FULL))])
def test_education_is_reached_or_not(education, asked, expected):
    assert points(a_mover(education=education), a_position("B", min_education=asked), Part.EDUCATION) == expected


@pytest.mark.parametrize(("have", "wanted", "expected"), [
    (("Hukum",), ("HUKUM", "Ekonomi"), FULL), (("Teknik Sipil",), ("Teknik Informatika",), 333), (("Hukum",), ("Ekonomi",), 0),
    ((), ("Ekonomi",), 0), (("Hukum", "Ekonomi Syariah"), ("Ekonomi",), 500), ((" ",), (" ",), 0)])
def test_fields_of_study_come_near_by_their_words(have, wanted, expected):
    assert field_points(have, wanted) == expected
    assert field_points(wanted, have) == expected


def test_an_earlier_interest_counts_more_and_the_target_as_the_first():
    interests = (Interest(1, "URUSAN", frozenset({"PENDIDIKAN"}), "Pendidikan"),
                 Interest(2, "UNIT", frozenset({"U1", "U2"}), "Dinas"), Interest(3, "CLASS", frozenset({"PRATAMA"}), "Pratama"))
    mover = a_mover(interests=interests, target="T")
    for position, expected in ((a_position("B", urusan="PENDIDIKAN"), FULL), (a_position("B"), 800), (a_position("T", unit="U9"), FULL),
                               (a_position("B", unit="U9", job_class="PRATAMA"), 600), (a_position("B", unit="U9"), 0)):
        assert points(mover, position, Part.INTEREST) == (expected, expected)


def test_who_has_stated_no_interest_leaves_that_part_open():
    assert points(a_mover(interests=()), a_position("B"), Part.INTEREST) == (0, FULL)


def test_nobody_is_credited_with_what_is_not_known():
    nobody = Mover("1", {})
    found = moves_of(nobody, destinations_of(a_position("B", min_education=7, education_fields=("Hukum",))), RULES)
    assert found.score.tolist() == [0]
    assert found.score_most.tolist() == [found.score_max]


def test_nobody_and_no_position_are_answers_too():
    destinations = destinations_of(a_position())
    assert movers_to(0, [], destinations, RULES).best(3) == []
    assert moves_of(a_mover(), destinations_of(), RULES).best(3) == []


def test_without_a_position_the_known_levels_are_compared():
    alone = a_mover(position=None, levels={"T2": 3})
    near, far = a_position("N", requirements=(Requirement("T2", 5),)), a_position("F", requirements=(Requirement("T3", 5),))
    assert points(alone, near, Part.CLOSENESS, far) == (FULL, FULL)
    assert points(alone, far, Part.CLOSENESS, near) == (0, 0)


def test_the_holder_of_a_position_is_scored_without_wishes():
    destinations = destinations_of(a_position(), a_position("B", job_class="ADMINISTRATOR"))
    found = moves_of(mover_of_position(destinations.positions[0], destinations), destinations, RULES)
    assert found.score_max == 90 * FULL
    assert found.score.tolist() == [90 * FULL, 90 * FULL]


def test_ties_go_to_fewer_unmet_mandatory_requirements_and_then_to_the_earlier_one():
    asked = Requirement("M1", 2), Requirement("T1", 3)
    strict = tuple(replace(item, importance=Importance.MUTLAK) for item in asked)
    destinations = destinations_of(a_position("A", requirements=strict), a_position("B", requirements=asked),
                                   a_position("C", requirements=asked))
    found = moves_of(a_mover(levels={}, position="B"), destinations, RULES)
    assert len(set(found.score.tolist())) == 1
    assert found.best(3) == [1, 2, 0]
    assert found.best(1) == [1]
    assert found.best(3, among=[0, 2]) == [2, 0]
    assert found.best(3, among=[]) == []


def test_occupations_are_scored_by_the_same_closeness_and_by_readiness():
    levels, importance = np.array([[700, 0.0], [350, 0]]), np.array([[400, 100.0], [400, 100]])
    found = occupation_scores(levels, importance, (Group(np.array([0]), 1), Group(np.array([1]), 3)), RULES)
    assert found.tolist() == [[60_000, 60_000], [45_000 + 7_500, 60_000]]


def reason(mover: Mover, position: Position, part: Part, *others: Position) -> str:
    destinations = destinations_of(position, *others)
    found = moves_of(mover, destinations, RULES)
    move = explain(mover, position, found, destinations.places[position.code], destinations)
    return str(move.parts[PARTS.index(part)].reason)


@pytest.mark.parametrize(("fields", "asked", "part", "words"), [
    ({}, {}, Part.CLOSENESS, "yang diminta jabatan sekarang, Jabatan A; yang sama antara lain: Nama T1, Nama M1"),
    ({"position": None}, {}, Part.CLOSENESS, "Tingkat yang diketahui dibandingkan"),
    ({"position": None, "levels": {}}, {}, Part.CLOSENESS, "belum ada tingkat yang diketahui"),
    ({}, {"requirements": (Requirement("T3", 1),)}, Part.CLOSENESS, "Tidak ada kompetensi yang diminta keduanya"),
    ({"levels": {"M1": 2}}, {}, Part.READINESS, "1 dari 2 tingkat yang diminta sudah dicapai; 1 kompetensi belum dinilai"),
    ({}, {}, Part.READINESS, "2 dari 2"), ({}, {"requirements": ()}, Part.READINESS, "belum menyebut kompetensi"),
    ({}, {}, Part.CLASS, "Pengawas setara dengan Pengawas"), ({}, {"job_class": "ADMINISTRATOR"}, Part.CLASS, "setingkat di atas"),
    ({}, {"job_class": "PRATAMA"}, Part.CLASS, "2 tingkat di atas"), ({}, {"job_class": "PELAKSANA"}, Part.CLASS, "1 tingkat di bawah"),
    ({"job_class": None}, {}, Part.CLASS, "belum tercatat"), ({}, {"job_class": "X"}, Part.CLASS, "tidak tercatat"),
    ({}, {}, Part.GRADE, "III/c: termasuk rentang g10 sampai g12"), ({"grade_low": 9, "grade_high": 9}, {}, Part.GRADE, "1 golongan di bawah g10"),
    ({"grade_low": 14, "grade_high": 14}, {}, Part.GRADE, "2 golongan di atas g12"), ({"grade_low": None, "grade_high": None}, {}, Part.GRADE, "belum tercatat"),
    ({}, {"job_class": "X"}, Part.GRADE, "tidak disyaratkan"),
    ({}, {"job_class": "X", "min_golongan": 10, "min_golongan_code": "III/b"}, Part.GRADE, "sekurang-kurangnya III/b"),
    ({}, {}, Part.EDUCATION, "tidak disyaratkan"), ({"education": None}, {"min_education": 7}, Part.EDUCATION, "belum tercatat"),
    ({}, {"min_education": 8, "min_education_code": "S2"}, Part.EDUCATION, "Pendidikan S1; diminta paling rendah S2"),
    ({}, {}, Part.FIELD, "apa pun"), ({"fields": None}, {"education_fields": ("Hukum",)}, Part.FIELD, "belum tercatat"),
    ({}, {"education_fields": ("Akuntansi",)}, Part.FIELD, "termasuk bidang yang dicari"),
    ({}, {"education_fields": ("Akuntansi Publik",)}, Part.FIELD, "mendekati"), ({}, {"education_fields": ("Hukum",)}, Part.FIELD, "tidak termasuk"),
    ({}, {}, Part.INTEREST, "Belum ada minat"), ({"target": "B"}, {}, Part.INTEREST, "Sasaran yang dipilih sendiri"),
    ({"target": "Z"}, {}, Part.INTEREST, "Tidak termasuk minat"), ({"interests": None}, {}, Part.INTEREST, "hanya dinyatakan oleh orang"),
    ({"interests": (Interest(2, "UNIT", frozenset({"U1"}), "Dinas Satu"),)}, {}, Part.INTEREST, "Minat ke-2: Dinas Satu")])
def test_every_part_says_why(fields, asked, part, words):
    assert words in reason(a_mover(**fields), a_position("B", **asked), part, a_position())
