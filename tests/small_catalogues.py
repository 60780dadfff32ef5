"""Small catalogues for property tests: few enough of everything that an oracle can look at all there is."""

from __future__ import annotations

from hypothesis import strategies as st

from kompetensi.graph.build import build
from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    Offered,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)

COMPETENCIES = ("W", "X", "Y", "Z")
TRAININGS = ("T1", "T2", "T3", "T4", "T5", "T6")

levels = st.integers(1, 5)
atoms = st.one_of(st.sampled_from(TRAININGS).map(HasTraining), st.builds(HasLevel, st.sampled_from(COMPETENCIES), levels))
entries = st.one_of(st.just(All()), st.recursive(
    atoms, lambda parts: st.one_of(st.lists(parts, max_size=3).map(lambda found: All(tuple(found))),
                                   st.lists(parts, max_size=3).map(lambda found: IsAny(tuple(found)))), max_leaves=4))
ranks = st.one_of(st.none(), st.integers(1, 4))


@st.composite
def graphs(draw, *, positions: int = 4, offered: tuple[Offered, ...] = tuple(Offered)):
    """Return a catalogue of four competencies, up to six trainings and some positions."""
    competencies = [Competency(code, code, CompetencyKind.TEKNIS, draw(st.sampled_from(["", "A"]))) for code in COMPETENCIES]
    trainings = [
        Training(code, draw(st.sampled_from([code, "Lain"])), draw(st.integers(0, 5)), draw(st.integers(0, 3)), draw(ranks),
                 draw(entries),
                 tuple(Raise(name, level) for name, level in draw(st.dictionaries(st.sampled_from(COMPETENCIES), levels,
                                                                                 max_size=3)).items()),
                 draw(st.sampled_from(offered)), draw(st.one_of(st.none(), st.sampled_from(TRAININGS))),
                 tuple(draw(st.sets(st.sampled_from(["JA", "JF"])))), draw(st.one_of(st.none(), st.integers(1, 5))))
        for code in draw(st.lists(st.sampled_from(TRAININGS), unique=True))]
    made = [
        Position(f"P{number}", f"Jabatan {number}", "U", "Unit", "JA", draw(st.sampled_from(["A", "B"])),
                 tuple(Requirement(name, level, draw(st.sampled_from(Importance)), draw(st.one_of(st.none(), st.just(2))))
                       for name, level in draw(st.dictionaries(st.sampled_from(COMPETENCIES), levels, max_size=4)).items()),
                 tuple(Demand(code, draw(st.sampled_from(Importance)))
                       for code in draw(st.sets(st.sampled_from(TRAININGS), max_size=2))),
                 draw(ranks), education_fields=tuple(draw(st.sets(st.sampled_from(["Hukum", "Ekonomi"])))))
        for number in range(draw(st.integers(0, positions)))]
    ends = st.sampled_from(COMPETENCIES)
    relations = draw(st.lists(st.builds(Relation, ends, ends, st.sampled_from([EdgeKind.BROADER, EdgeKind.EQUIVALENT])),
                              max_size=3))
    return build(competencies, trainings, made, relations)
