"""Which gap opens the most positions, against plain loops that prove each level with a new assessment."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date

import pytest

from kompetensi.graph.elements import Competency, CompetencyKind, Demand, Importance, Position, Requirement
from kompetensi.graph.evidence import Evidence, EvidenceKind, profile_on
from kompetensi.graph.openings import GapKind, GapOpening, openings
from kompetensi.graph.readiness import Purpose, Qualification, Scale, Verdict, assess

ON = date(2026, 11, 23)
SCALES = (Scale(Purpose.FILLING, 80, 68), Scale(Purpose.MAPPING, 90, 78))
SKILLS = ("MAN-A", "MAN-B", "MAN-C", "TEK-A", "TEK-B")
COMPETENCIES = {code: Competency(code, code.title(), CompetencyKind.MANAJERIAL if code < "N" else CompetencyKind.TEKNIS)
                for code in SKILLS}
READY = (Verdict.SIAP, Verdict.SIAP_BERSYARAT)
HAVE = Qualification(golongan=9, golongan_code="III/a", education=5, education_code="S1")


@dataclass(frozen=True)
class Held:
    through: str = "T"
    certificate_id: int = 1
    number: str = "0001"
    finished_on: date = ON
    valid_until: date | None = None


class World:
    """Positions and one person, made from a seed."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        weight = list(Importance)
        self.positions = {}
        for number in range(12):
            asked = rng.sample(SKILLS, rng.randint(1, 4))
            self.positions[f"P{number:02}"] = Position(
                f"P{number:02}", f"Jabatan {number}",
                requirements=tuple(Requirement(code, rng.randint(1, 4), rng.choice(weight)) for code in sorted(asked)),
                trainings=tuple(Demand(code, rng.choice(weight)) for code in ("T1", "T2") if rng.random() < 0.3),
                min_golongan=rng.choice([None, None, 9, 10]), min_education=rng.choice([None, 5, 7]))
        kinds = [EvidenceKind.ASSESSMENT, EvidenceKind.TRAINING]
        self.evidence = [Evidence(number, code, rng.randint(1, 4), rng.choice(kinds), date(2025, 1, 1))
                         for number, code in enumerate(SKILLS) if rng.random() < 0.85]
        self.holdings = {"T1": Held("T1")} if rng.random() < 0.3 else {}

    def assess(self, code, profile, holdings):
        if code not in self.positions:
            return None
        return assess(self.positions[code], COMPETENCIES, {}, profile, holdings, HAVE, scales=SCALES,
                      training_proves_technical=True)

    def verdict(self, code, evidence=(), trainings=()):
        held = {**self.holdings, **{training: Held(training) for training in trainings}}
        return self.assess(code, profile_on([*self.evidence, *evidence], ON), held)

    def ranked(self):
        return openings([*self.positions, "GONE"], self.assess, profile_on(self.evidence, ON), self.holdings)

    def in_reach(self):
        return [code for code, position in self.positions.items()
                if (position.min_golongan or 0) <= 9 and (position.min_education or 0) <= 5]


def expected_gap(world: World, kind: GapKind, code: str) -> GapOpening:
    """Close one gap in every position in reach, by plain loops."""
    levels, opens, completes, nearer, points = set(), [], [], [], 0
    known = profile_on(world.evidence, ON).of(code)
    have = known.proven if code.startswith("MAN") else known.expected
    for name in world.in_reach():
        before = world.verdict(name)
        missing = {row.competency for row in before.rows if not row.is_met} | {
            row.training for row in before.trainings if not row.is_met and row.importance is not Importance.PERLU}
        if code not in missing:
            continue
        if kind is GapKind.TRAINING:
            after = world.verdict(name, trainings=[code])
        else:
            level = next(item.level for item in world.positions[name].requirements if item.competency == code)
            levels.add(level)
            after = world.verdict(name, [Evidence(99, code, level, EvidenceKind.ASSESSMENT, ON)])
        nearer.append(name)
        points += after.score - before.score
        if after.verdict in READY and before.verdict not in READY:
            opens.append(name)
        needed = [row for row in (*after.rows, *after.trainings)
                  if not row.is_met and row.importance is not Importance.PERLU]
        was_needed = [row for row in (*before.rows, *before.trainings)
                      if not row.is_met and row.importance is not Importance.PERLU]
        if was_needed and not needed:
            completes.append(name)
    return GapOpening(kind, code, COMPETENCIES[code].name if code in COMPETENCIES else code, have, tuple(sorted(levels)),
                      tuple(opens), tuple(completes), tuple(nearer), points)


@pytest.mark.parametrize("block", range(5))
def test_closing_each_gap_by_hand_opens_the_same_positions(block):
    opened = 0
    for seed in range(block * 40, block * 40 + 40):
        world = World(seed)
        found = world.ranked()
        assert list(found.in_reach) == world.in_reach()
        assert [code for code in world.in_reach() if world.verdict(code).verdict in READY] == list(found.open_now)
        expected = [expected_gap(world, kind, code) for kind, codes in (
            (GapKind.COMPETENCY, SKILLS), (GapKind.TRAINING, ("T1", "T2"))) for code in codes]
        assert sorted(found.gaps, key=lambda gap: gap.code) == sorted(
            (gap for gap in expected if gap.nearer), key=lambda gap: gap.code)
        opened += sum(len(gap.opens) for gap in found.gaps)
    assert opened > 20


def test_the_gap_that_opens_most_comes_first_and_ties_have_a_rule():
    for seed in range(80):
        keys = [(-len(gap.opens), -len(gap.completes), -len(gap.nearer), -gap.points, gap.kind is GapKind.TRAINING,
                 gap.code) for gap in World(seed).ranked().gaps]
        assert keys == sorted(keys)


def test_a_position_that_asks_for_a_higher_rank_is_not_in_reach():
    world = World(1)
    world.positions = {"P": replace(world.positions["P00"], code="P", min_golongan=10)}
    assert world.ranked().in_reach == ()
    assert world.ranked().gaps == ()


def test_a_position_that_is_open_already_is_not_opened_again():
    world = World(1)
    world.holdings, world.evidence = {}, [Evidence(1, "MAN-A", 3, EvidenceKind.ASSESSMENT, date(2025, 1, 1))]
    world.positions = {"P": Position("P", "Jabatan", requirements=(
        Requirement("MAN-A", 3), Requirement("TEK-A", 2)))}
    found = world.ranked()
    assert found.open_now == ("P",)
    (gap,) = found.gaps
    assert (gap.code, gap.opens, gap.completes, gap.nearer) == ("TEK-A", (), ("P",), ("P",))
