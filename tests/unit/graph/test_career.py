"""The cheapest chains of moves, against all chains there are."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_catalogues import graphs

from kompetensi.graph.build import build
from kompetensi.graph.career import Careers, Limit, Limits, UnknownPosition
from kompetensi.graph.conditions import HasLevel
from kompetensi.graph.elements import NO_CONDITION, Offered, Position, Raise, Requirement, Training
from kompetensi.graph.readiness import SCORE_MAX, weights_of
from kompetensi.graph.undated import Learner, UndatedPaths, holder_of

LADDER = [Training(f"T{level}", f"T{level}", 10 * level, raises=(Raise("X", level),)) for level in range(1, 6)]


def post(level, **fields):
    return Position(f"P{level}", f"Jabatan {level}", requirements=(Requirement("X", level),), **fields)


STEPS = [post(level, min_golongan=level) for level in range(1, 6)]


def shortfall(graph, source, target):
    """Return what a holder of the one lacks of the score of the other, by the definition of the score."""
    if not target.requirements:
        return 0
    have, weights = holder_of(graph, source).levels, weights_of(target)
    return SCORE_MAX - sum(weights[item.competency] * 60 // item.level * min(item.level, have.get(item.competency, 0))
                           for item in target.requirements)


def all_chains(graph, source, target, limits):
    """Return all chains within the limits with their cost, those with equal standards as one, the cheapest first.

    None when both ends have the same standard, and there is nothing to learn.
    """
    paths = UndatedPaths(graph)
    standard = {position.code: (frozenset(position.requirements), frozenset(position.trainings), position.min_golongan,
                                position.urusan, frozenset(position.education_fields))
                for position in graph.positions.values()}
    first = {}
    for code in graph.positions:
        first.setdefault(standard[code], code)
    network = nx.DiGraph()
    network.add_nodes_from(first.values())
    for here in first.values():
        for there in first.values():
            one, other = graph.positions[here], graph.positions[there]
            ranks = [position.min_golongan for position in (one, other) if position.min_golongan is not None]
            rise = other.min_golongan - one.min_golongan if len(ranks) == 2 else None
            if here != there and shortfall(graph, one, other) <= limits.most_shortfall and (
                    rise is None or ((limits.may_fall or rise >= 0) and (
                        limits.most_rank_rise is None or rise <= limits.most_rank_rise))) and (
                    not limits.same_urusan or one.urusan == other.urusan):
                holder = holder_of(graph, one)
                found = paths.cheapest(other, Learner(holder.levels, holder.completed, max(ranks, default=17)))
                network.add_edge(here, there, cost=(found.open_steps, found.jp, found.cost_idr, 1))
    if standard[source] == standard[target]:
        return None
    chains = []
    for path in nx.all_simple_paths(network, first[standard[source]], first[standard[target]]):
        named = [set(graph.positions[code].education_fields) for code in path if graph.positions[code].education_fields]
        if not limits.same_field or not named or set.intersection(*named):
            costs = [network.edges[pair]["cost"] for pair in nx.utils.pairwise(path)]
            chains.append((tuple(sum(part) for part in zip(*costs, strict=True)), path))
    return sorted(chains)


def codes(graph, chain):
    """Return the positions of a chain, each by the first of those with the same standard."""
    def first(move):
        return min([move.target, *move.also])

    return [first(move) for move in chain.moves]


limits = st.builds(Limits, st.sampled_from([0, 15_000, 30_000, 45_000, 60_000]), st.one_of(st.none(), st.integers(0, 3)),
                   st.booleans(), st.booleans(), st.booleans())


@settings(max_examples=150, deadline=None)
@given(graphs(positions=6, offered=(Offered.YES,)), limits)
def test_the_chains_are_the_best_of_all_there_are(graph, asked):
    positions = list(graph.positions)
    if len(positions) < 2:
        return
    source, target = positions[0], positions[-1]
    found = Careers(graph).ask(source, target, asked, chains=4)
    everything = all_chains(graph, source, target, asked)
    if everything is None:
        assert [(len(chain.moves), chain.jp, chain.open_steps) for chain in found.chains] == [(1, 0, 0)]
        return
    expected = []
    while len(expected) < 4:
        better = next((chain for chain in everything
                       if all(set(other[1][1:-1]) - set(chain[1][1:-1]) for other in expected)), None)
        if better is None:
            break
        expected.append(better)
    assert [(chain.open_steps, chain.jp, chain.cost_idr, len(chain.moves)) for chain in found.chains] == [
        cost for cost, _ in expected]
    for chain, (_, path) in zip(found.chains, expected, strict=True):
        assert codes(graph, chain)[:-1] == path[1:-1]
        assert [move.shortfall for move in chain.moves] == [
            shortfall(graph, graph.positions[move.source], graph.positions[move.target]) for move in chain.moves]


@settings(max_examples=60, deadline=None)
@given(graphs(positions=6, offered=(Offered.YES,)), limits)
def test_without_a_chain_lifting_what_is_named_gives_one_and_lifting_the_rest_does_not(graph, asked):
    positions = list(graph.positions)
    if len(positions) < 2:
        return
    careers = Careers(graph)
    found = careers.ask(positions[0], positions[-1], asked)
    if found.chains:
        return
    lifted = {Limit.SHORTFALL: {"most_shortfall": SCORE_MAX}, Limit.RANK_RISE: {"most_rank_rise": None},
              Limit.RANK_FALL: {"may_fall": True}, Limit.URUSAN: {"same_urusan": False}, Limit.FIELD: {"same_field": False}}
    for limit, change in lifted.items():
        wider = Limits(**{name: getattr(asked, name) for name in Limits.__slots__} | change)
        assert bool(careers.ask(positions[0], positions[-1], wider).chains) == (limit in found.would_open)
    if found.needed_shortfall is not None:
        for bound, exists in ((found.needed_shortfall, True), (found.needed_shortfall - 1, False)):
            wider = Limits(**{name: getattr(asked, name) for name in Limits.__slots__} | {"most_shortfall": bound})
            assert bool(careers.ask(positions[0], positions[-1], wider).chains) is exists


@settings(max_examples=150, deadline=None)
@given(graphs(positions=5))
def test_no_move_costs_less_than_its_bound(graph):
    careers = Careers(graph)
    size = len(careers._groups)
    for end in range(size):
        starts = np.array([start for start in range(size) if start != end], dtype=np.int64)
        for start, stays_open, hours in zip(starts.tolist(), *careers._least(starts, end), strict=True):
            assert (stays_open, hours, 0, 1) <= careers._cost(start, end)


def test_the_bound_counts_every_step_of_a_ladder_that_cannot_be_left_out():
    ladder = [Training(f"T{level}", f"T{level}", 10 * level, raises=(Raise("X", level),),
                       entry=HasLevel("X", level - 1) if level > 1 else NO_CONDITION) for level in range(1, 6)]
    careers = Careers(build([], ladder, STEPS))
    stays_open, hours = careers._least(np.array([0, 1, 3]), 4)  # from levels 1, 2 and 4 to level 5
    assert (stays_open.tolist(), hours.tolist()) == ([0, 0, 0], [20 + 30 + 40 + 50, 30 + 40 + 50, 50])


def test_a_direct_move_within_the_limits_has_no_alternatives():
    found = Careers(build([], LADDER, STEPS)).ask("P1", "P3", Limits(most_shortfall=SCORE_MAX), chains=4)
    assert [[move.target for move in chain.moves] for chain in found.chains] == [["P3"]]
    assert found.barred_by == ()


def test_a_long_way_is_walked_in_steps_that_are_short_enough():
    found = Careers(build([], LADDER, STEPS)).ask("P1", "P5", Limits(most_shortfall=30_000), chains=2)
    assert [[(move.target, move.shortfall) for move in chain.moves] for chain in found.chains] == [
        [("P2", 30_000), ("P3", 20_000), ("P5", 24_000)], [("P2", 30_000), ("P4", 30_000), ("P5", 12_000)]]


def test_who_cannot_get_there_is_told_how_long_a_step_it_takes():
    found = Careers(build([], LADDER, STEPS)).ask("P1", "P5", Limits(most_shortfall=20_000))
    assert found.chains == ()
    assert (found.would_open, found.needed_shortfall) == ((Limit.SHORTFALL,), 30_000)  # from level 1 to level 2


def test_a_chain_never_costs_less_than_what_all_of_it_teaches():
    careers = Careers(build([], LADDER, STEPS))
    chain = careers.ask("P1", "P5", Limits(most_shortfall=30_000)).chains[0]
    assert chain.jp >= careers.ask("P1", "P5").direct.learning.jp


def test_one_field_of_education_must_fit_the_whole_chain():
    law, both, economy = (post(level, education_fields=fields) for level, fields in
                          ((1, ("Hukum",)), (2, ("Hukum", "Ekonomi")), (4, ("ekonomi",))))
    careers = Careers(build([], LADDER, [law, both, economy]))
    assert careers.ask("P2", "P4").chains
    found = careers.ask("P1", "P4", Limits())
    assert found.chains == ()
    assert found.would_open == (Limit.FIELD,)
    assert careers.ask("P1", "P4", Limits(same_field=False)).chains


def test_positions_with_the_same_standard_are_one_stop_and_all_are_named():
    middle = [post(2), Position("LAIN", "Lain", requirements=(Requirement("X", 2),))]
    found = Careers(build([], LADDER, [post(1), *middle, post(4)])).ask("P1", "P4", chains=4)
    (chain,) = found.chains
    assert [(move.target, move.also) for move in chain.moves] == [("LAIN", ("P2",)), ("P4", ())]
    same = Careers(build([], LADDER, middle)).ask("P2", "LAIN")
    assert (same.chains[0].jp, same.chains[0].moves[0].target) == (0, "LAIN")


def test_unknown_and_equal_positions_are_refused():
    careers = Careers(build([], LADDER, STEPS))
    with pytest.raises(UnknownPosition):
        careers.ask("P1", "TIDAK-ADA")
    with pytest.raises(ValueError, match="P1"):
        careers.ask("P1", "P1")
