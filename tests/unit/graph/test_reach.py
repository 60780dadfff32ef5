"""What trainings alone can reach."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from small_catalogues import COMPETENCIES, TRAININGS, graphs, levels, ranks

from kompetensi.graph.conditions import HasLevel, HasTraining, IsAny, holds
from kompetensi.graph.elements import Raise, Training
from kompetensi.graph.reach import offered_trainings, reach


def plainly(trainings, start, passed, golongan):
    """Take whatever can be taken, again and again, until nothing changes."""
    reached, done = dict(start), set(passed)
    while True:
        new = [training for training in trainings if training.code not in done
               and (golongan is None or (training.min_golongan or 0) <= golongan)
               and holds(training.entry, levels=reached, completed=done)]
        if not new:
            return {code: level for code, level in reached.items() if level}, done
        for training in new:
            done.add(training.code)
            for gain in training.raises:
                reached[gain.competency] = max(gain.level, reached.get(gain.competency, 0))


@given(graphs(), st.dictionaries(st.sampled_from(COMPETENCIES), levels), st.sets(st.sampled_from(TRAININGS)), ranks)
def test_it_is_what_repeated_taking_leads_to(graph, start, passed, golongan):
    found = reach(offered_trainings(graph), levels=start, completed=passed, golongan=golongan)
    assert (found.levels, found.trainings) == plainly(offered_trainings(graph), start, passed, golongan)


@given(graphs(), st.dictionaries(st.sampled_from(COMPETENCIES), levels), st.integers(1, 4))
def test_whoever_has_more_reaches_no_less(graph, start, golongan):
    least = reach(offered_trainings(graph), golongan=golongan)
    most = reach(offered_trainings(graph), levels=start, golongan=golongan + 1)
    assert least.trainings <= most.trainings
    assert all(level <= most.levels[code] for code, level in least.levels.items())


def test_one_open_way_of_several_is_enough():
    first = Training("A", "A", raises=(Raise("X", 2),))
    second = Training("B", "B", entry=IsAny((HasTraining("OLD"), HasLevel("X", 2))), raises=(Raise("Y", 1),))
    assert reach([first, second]).trainings == {"A", "B"}
    assert reach([second]).trainings == frozenset()
    assert reach([second], completed=["OLD"]).levels == {"Y": 1}
