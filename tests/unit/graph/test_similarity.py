"""How alike two standards are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from small_catalogues import graphs

from kompetensi.graph.build import build
from kompetensi.graph.career import UnknownPosition
from kompetensi.graph.elements import Position, Requirement
from kompetensi.graph.similarity import Compared, Similar, similar, similarity


def of(position):
    return {item.competency: item.level for item in position.requirements}


def share(one, other):
    names = {*of(one), *of(other)}
    least = sum(min(of(one).get(name, 0), of(other).get(name, 0)) for name in names)
    most = sum(max(of(one).get(name, 0), of(other).get(name, 0)) for name in names)
    return Fraction(least, most) if most else Fraction(0)


@settings(deadline=None)
@given(graphs(positions=6))
def test_the_matrix_is_what_comparing_pair_by_pair_gives(graph):
    found = similarity(graph)
    for row, here in enumerate(graph.positions.values()):
        for column, there in enumerate(graph.positions.values()):
            shared, joint = int(found.shared[row, column]), int(found.joint[row, column])
            assert (Fraction(shared, joint) if joint else 0) == share(here, there)
    assert found.codes == tuple(graph.positions)


@settings(deadline=None)
@given(graphs(positions=6))
def test_one_minus_the_similarity_is_a_distance(graph):
    posts = [position for position in graph.positions.values() if position.requirements]
    for a in posts:
        assert share(a, a) == 1
        for b in posts:
            for c in posts:
                assert 1 - share(a, c) <= (1 - share(a, b)) + (1 - share(b, c))


@settings(deadline=None)
@given(graphs(positions=6))
def test_the_rows_are_all_others_that_share_something_the_most_alike_first(graph):
    for position in graph.positions.values():
        rows = similar(graph, position.code, 10)
        told = [code for row in rows for code in row.positions]
        assert sorted(told) == sorted(other.code for other in graph.positions.values()
                                      if other is not position and share(position, other))
        shares = [row.share for row in rows]
        assert shares == sorted(shares, reverse=True)
        assert all(share(position, graph.positions[code]) == row.share for row in rows for code in row.positions)
        assert similar(graph, position.code, 1) == rows[:1]


def test_a_row_says_what_is_common_missing_and_beyond():
    here = Position("A", "A", requirements=(Requirement("X", 3), Requirement("Y", 2), Requirement("Z", 1)))
    there = Position("B", "B", requirements=(Requirement("X", 3), Requirement("Y", 4), Requirement("V", 1)))
    twin = Position("C", "C", requirements=there.requirements[::-1])
    assert similar(build([], [], [here, there, twin]), "A", 5) == (Similar(
        ("B", "C"), 5, 9, (Compared("X", 3, 3), Compared("Y", 2, 4)), (Compared("V", 0, 1), Compared("Y", 2, 4)),
        (Compared("Z", 1, 0),)),)


def test_an_unknown_position_is_refused():
    with pytest.raises(UnknownPosition):
        similar(build([], [], []), "A", 5)
