"""A catalogue that is changed answers as one that is made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny
from kompetensi.graph.paths import Batch, Catalogue, Gain, Training

CODES, COMPETENCIES = "ABCD", "xyz"
conditions = st.sampled_from([All(), HasTraining("A"), HasLevel("x", 2), IsAny((HasTraining("B"), HasLevel("y", 1)))])
batches = st.sampled_from([(), (Batch("1", ((date(2026, 12, 1), date(2026, 12, 3)),)),),
                           (Batch("2", ((date(2027, 1, 4), date(2027, 1, 4)),), 0),)])
gains = st.lists(st.builds(Gain, st.sampled_from(COMPETENCIES), st.integers(1, 3)), max_size=3).map(tuple)


def trainings(codes=CODES):
    return st.lists(st.builds(Training, st.sampled_from(codes), entry=conditions, raises=gains, batches=batches),
                    max_size=4, unique_by=lambda item: item.code)


def answers(catalogue):
    """Return all that a catalogue can be asked."""
    atoms = [(code, level) for code in COMPETENCIES for level in (1, 2, 3)] + [(code, 0) for code in "ABCDE"]
    return [catalogue.trainings, catalogue.by_code, [list(catalogue.givers(atom)) for atom in atoms],
            [(catalogue.clauses(one), catalogue.options(one, dates=True), catalogue.options(one, dates=False))
             for one in catalogue.trainings]]


@given(trainings(), trainings(CODES + "E"), st.booleans())
def test_a_changed_catalogue_is_one_made_of_the_changed_trainings(first, changes, asked):
    catalogue = Catalogue(first)
    before = answers(catalogue) if asked else None
    changed = catalogue.changed(changes)
    assert answers(changed) == answers(Catalogue({one.code: one for one in (*first, *changes)}.values()))
    assert before in (None, answers(catalogue))


def test_what_was_found_out_about_the_others_is_kept():
    first, second = Training("A", raises=(Gain("x", 1),)), Training("B", raises=(Gain("x", 2),))
    catalogue = Catalogue([first, second])
    options = catalogue.options(second, dates=True)
    changed = catalogue.changed([replace(first, batches=(Batch("1", ((date(2026, 12, 1), date(2026, 12, 1)),)),))])
    assert changed.options(second, dates=True) is options
    assert len(changed.options(changed.by_code["A"], dates=True)) == 1
