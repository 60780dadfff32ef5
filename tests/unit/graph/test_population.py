"""A population asked in blocks: the naive count of each person, whatever the blocks, their order, their form and the way."""

from __future__ import annotations

import functools
import itertools
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.graph.elements import Importance, Position, Requirement
from kompetensi.graph.levels import make_levels
from kompetensi.graph.matching import Standards, compile_standards, levels_of
from kompetensi.graph.population import (
    Block,
    Question,
    block_bytes,
    blocks_of,
    people_per_block,
    run_here,
    survey,
)
from kompetensi.graph.readiness import weights_of

UNITS, THRESHOLDS = 3, (40_800, 48_000, 60_000)


def a_population(seed: int, positions: int = 8, people: int = 40, skills: int = 9):
    """Positions, and people as known levels, agency and place of the position that they are held against."""
    rng = random.Random(seed)
    names = [f"K{number}" for number in range(skills)]
    made = [Position(f"J{number:03d}", "", requirements=tuple(
        Requirement(name, rng.randint(1, 5), rng.choice(list(Importance)), rng.choice([None, 1, 2, 7]))
        for name in rng.sample(names, rng.randint(0, skills)))) for number in range(positions)]
    folk = [({name: rng.randint(0, 5) for name in names if rng.random() < 0.7}, rng.randrange(UNITS),
             rng.randrange(-1, positions)) for _ in range(people)]
    return made, folk


def a_block(standards: Standards, folk, first: int, sparse: bool) -> Block:
    levels = levels_of(standards, [known for known, _, _ in folk], sparse=sparse)
    assessed = None
    if not sparse:
        assessed = np.array([[name in known for known, _, _ in folk] for name in standards.competencies], dtype=bool).reshape(
            len(standards.competencies), len(folk))
    return Block(levels, np.array([unit for _, unit, _ in folk], dtype=np.int32),
                 np.array([position for _, _, position in folk], dtype=np.int32), assessed, first)


def score(position: Position, known) -> int:
    weights = weights_of(position)
    return sum(weights[item.competency] * 60 // item.level * min(known.get(item.competency, 0), item.level)
               for item in position.requirements)


def gates_met(position: Position, known) -> bool:
    return all(known.get(item.competency, 0) >= item.level for item in position.requirements
               if item.importance is Importance.MUTLAK)


def counted(positions, folk):
    """The same numbers by loops over people."""
    gaps, scored, ready, sums = Counter(), Counter(), Counter(), Counter()
    for known, unit, held in folk:
        for item in positions[held].requirements if held >= 0 else ():
            cell = unit, item.competency
            gaps["asked", *cell] += 1
            if item.competency in known:
                missing = max(item.level - known[item.competency], 0)
                gaps["assessed", *cell] += 1
                gaps["short", *cell] += missing > 0
                gaps["missing", *cell] += missing
                gaps["required", *cell] += item.level
        for position in positions:
            sums[unit, position.code] += score(position, known)
            for threshold in THRESHOLDS:
                scored[unit, position.code, threshold] += score(position, known) >= threshold
                ready[unit, position.code, threshold] += score(position, known) >= threshold and gates_met(position, known)
    return gaps, scored, ready, sums


def cut(folk, cuts):
    return [(start, folk[start:end]) for start, end in itertools.pairwise(sorted({0, len(folk), *cuts}))]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 40), max_size=5), st.booleans(), st.booleans())
def test_any_blocks_in_any_order_find_what_a_loop_over_people_counts(seed, cuts, sparse, compiled):
    positions, folk = a_population(seed)
    standards = compile_standards(positions)
    question = Question(UNITS, gaps=True, means=True, thresholds=THRESHOLDS, count=5, compiled=compiled)
    blocks = [a_block(standards, part, first, sparse) for first, part in cut(folk, cuts)]
    random.Random(seed).shuffle(blocks)
    found = run_here(functools.partial(survey, standards, question), blocks)
    gaps, scored, ready, sums = counted(positions, folk)
    assert (found.people, found.blocks) == (len(folk), len(blocks))
    for unit in range(UNITS):
        assert found.reached.people[unit] == found.levels.people[unit] == sum(one[1] == unit for one in folk)
        for column, name in enumerate(standards.competencies):
            for kind in ("asked", "assessed", "short", "missing", "required"):
                assert getattr(found.gaps, kind)[unit, column] == gaps[kind, unit, name], (kind, name)
        for place, position in enumerate(positions):
            assert found.levels.score_sums(standards)[unit, place] == sums[unit, position.code]
            for step, threshold in enumerate(THRESHOLDS):
                assert found.reached.scored[unit, place, step] == scored[unit, position.code, threshold]
                assert found.reached.ready[unit, place, step] == ready[unit, position.code, threshold]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_score_on_the_threshold_reaches_it(compiled):
    standards = compile_standards([Position("A", "", requirements=(Requirement("K", 5), Requirement("L", 4)))])
    folk = [({"K": 3, "L": 4}, 0, 0), ({"K": 3, "L": 3}, 0, 0)]  # 48,000 and 40,500
    for threshold, reached in ((48_000, 1), (48_001, 0), (40_500, 2), (40_501, 1)):
        found = survey(standards, Question(1, thresholds=(threshold,), compiled=compiled), a_block(standards, folk, 0, False))
        assert found.reached.scored[0, 0].tolist() == [reached]


def test_who_is_not_assessed_lacks_nothing_that_is_known():
    standards = compile_standards([Position("A", "", requirements=(Requirement("K", 3),))])
    folk = [({}, 0, 0), ({"K": 0}, 0, 0), ({"K": 5}, 0, 0), ({"K": 2}, 0, -1)]
    for sparse in (True, False):
        gaps = survey(standards, Question(1, gaps=True), a_block(standards, folk, 0, sparse)).gaps
        assert [int(getattr(gaps, name)[0, 0]) for name in ("asked", "assessed", "short", "missing", "required")] == [
            3, 2, 1, 3, 6]


def wide(rng: np.random.Generator, competencies: int, positions: int, people: int, known: int, required: int):
    names = [f"K{number:04d}" for number in range(competencies)]
    standards = compile_standards([Position(f"J{number:04d}", "", requirements=tuple(
        Requirement(names[at], int(rng.integers(1, 6)), Importance.MUTLAK if at % 5 == 0 else Importance.PENTING)
        for at in rng.permutation(competencies)[:required])) for number in range(positions)])
    person = np.repeat(np.arange(people), known)
    column = np.concatenate([rng.permutation(len(standards.competencies))[:known] for _ in range(people)])
    levels = make_levels(len(standards.competencies), people, column, person,
                         rng.integers(0, 6, len(person)).astype(np.uint8))
    return standards, Block(levels, rng.integers(0, UNITS, people).astype(np.int32),
                            rng.integers(0, positions, people).astype(np.int32))


@pytest.mark.parametrize(("competencies", "known"), [(40, 12), (2000, 12)])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("asked", [{"gaps": True}, {"means": True}, {"thresholds": THRESHOLDS}, {"count": 10},
                                   {"gaps": True, "means": True, "thresholds": THRESHOLDS, "count": 10}])
def test_a_block_keeps_to_its_memory(competencies, known, compiled, asked):
    standards, block = wide(np.random.default_rng(3), competencies, 150, 2000, known, 20)
    question = Question(UNITS, compiled=compiled, **asked)
    survey(standards, question, block)  # what is compiled is compiled
    measured = survey(standards, Question(UNITS, compiled=compiled, measure=True, **asked), block)
    assert block.nbytes < measured.peak_bytes <= block_bytes(standards, question, block.people)


def test_a_catalogue_of_two_thousand_competencies_needs_no_full_table():
    standards, block = wide(np.random.default_rng(4), 2000, 400, 3000, 12, 20)
    assert block.levels.nbytes < 3000 * 12 * 5 + 8 * 2001 + 1
    found = survey(standards, Question(UNITS, thresholds=THRESHOLDS, count=5, compiled=True, measure=True), block)
    assert found.peak_bytes < 3000 * len(standards.competencies)


def test_blocks_cover_everybody_once_and_their_size_follows_the_memory():
    standards, _ = wide(np.random.default_rng(5), 40, 600, 10, 5, 20)
    question = Question(UNITS, gaps=True, thresholds=THRESHOLDS, count=50)
    size = people_per_block(standards, question, 64)
    assert block_bytes(standards, question, size) <= 64_000_000 < block_bytes(standards, question, size + 1)
    assert people_per_block(standards, question, 1) >= 1
    blocks = list(blocks_of(100_000, size))
    assert [block.start for block in blocks[1:]] == [block.stop for block in blocks[:-1]]
    assert (blocks[0].start, blocks[-1].stop) == (0, 100_000)
    assert run_here(functools.partial(survey, standards, question), []) is None
