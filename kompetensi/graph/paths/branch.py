"""Exact search by branch and bound over the bit masks of a question.

Every set of options that must be hit is a *clause*: the givers of a need, and for a chosen option each clause of its
entry, restricted to what ends before it begins. A node takes the smallest clause that is not hit, tries its options one
after the other and forbids in each branch those tried before, so that no set is met twice. Clauses with one option left
are followed at once. The bound shares the cost of each option out among the clauses that it can hit (dual ascent), over
the open clauses and those that they imply: when each option of a clause asks for something first, one of all those
things must be had too.

An option whose start is free may end too late, or support itself in a circle, although every clause is hit. So a
complete set is put on days, and if one of them comes too late, what could make it earlier is one more clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kompetensi.graph.paths.question import Question, bits

__all__ = ["Nodes", "OutOfNodes", "search"]

_NEVER = 1 << 60
# So far clauses are followed to what they imply; each round costs a pass over the open clauses.
_ROUNDS = 3


class OutOfNodes(Exception):
    """The search was longer than allowed."""


@dataclass(slots=True)
class Nodes:
    """How many nodes may still be visited."""

    left: int

    def spend(self) -> None:
        """Count a node.

        Raises
        ------
        OutOfNodes
            If none is left.
        """
        self.left -= 1
        if self.left < 0:
            raise OutOfNodes


def search(
    question: Question, nodes: Nodes, *, until: int, costs: Sequence[int], losses: Sequence[int] | None = None,
    below: int | None = None, first: bool = False, excluded: Sequence[int] = (), hits: Sequence[int] = (),
    within: int = -1,
) -> tuple[int, int] | None:
    """Return the cheapest plan of a question inside a window.

    Parameters
    ----------
    until : int
        Last day that an option may end on.
    costs : sequence of int
        By option, at least 0.
    losses : sequence of int or None
        By need, what going without it costs; None = all needs must be met.
    below : int or None
        Only plans that cost less.
    first : bool
        Any such plan will do.
    excluded : sequence of int
        Sets of options; no plan may contain one of them.
    hits : sequence of int
        Sets of options; of each the plan must have one.
    within : int
        Set of options that may be used; -1 = all.

    Returns
    -------
    (int, int) or None
        Cost and set; None when there is no such plan.

    Raises
    ------
    OutOfNodes
        If `nodes` did not suffice.
    """
    return _Search(question, nodes, until, list(costs), losses, below, first, excluded).run(hits, within)


class _Search:
    def __init__(
        self, question: Question, nodes: Nodes, until: int, costs: list[int], losses: Sequence[int] | None,
        below: int | None, first: bool, excluded: Sequence[int],
    ) -> None:
        self.question = question
        self.nodes = nodes
        self.until = until
        self.first = first
        self.excluded = excluded
        self.best = below
        self.found: int | None = None
        self.real = question.everything
        # Going without a need is one more option, which hits that need alone.
        self.size = len(question.options)
        self.costs = costs + list(losses or ())
        self.may_lose = losses is not None

    def run(self, hits: Sequence[int], within: int) -> tuple[int, int] | None:
        question = self.question
        allowed = question.ended_before(self.until + 1) & within
        opened = list(hits)
        for number, need in enumerate(question.needs):
            if self.may_lose:
                opened.append(need.givers | 1 << self.size + number)
                allowed |= 1 << self.size + number
            else:
                opened.append(need.givers)
        self._descend(0, allowed, opened, 0)
        if self.found is None:
            return None
        assert self.best is not None
        return self.best, self.found & self.real

    def _descend(self, chosen: int, allowed: int, opened: list[int], cost: int) -> bool:
        """Search below a node; return whether enough has been found."""
        question, costs = self.question, self.costs
        self.nodes.spend()
        while True:
            left, single = [], 0
            for clause in opened:
                if clause & chosen:
                    continue
                clause &= allowed
                if not clause:
                    return False
                if not clause & (clause - 1):
                    single = clause
                    break
                left.append(clause)
            if not single:
                dead = self._dead(left, chosen, allowed)
                if not dead:
                    break
                allowed &= ~dead
                continue
            chosen |= single
            place = single.bit_length() - 1
            cost += costs[place]
            if self.best is not None and cost >= self.best:
                return False
            allowed &= ~single
            if place < self.size:
                allowed &= ~question.rivals(place)
                opened = [*opened, *question.clauses(place)]
        if self.best is not None and cost >= self.best:
            return False
        for taken in self.excluded:
            if not taken & ~chosen:
                return False
        if not left:
            repair = self._late(chosen, allowed)
            if repair is None:
                self.best, self.found = cost, chosen
                return self.first
            if not repair:
                return False
            left = [repair]
        elif self.best is not None and cost + self._bound(left, chosen, allowed, self.best - cost) >= self.best:
            return False
        clause = min(left, key=int.bit_count)
        for place in sorted(bits(clause), key=lambda place: (costs[place], place)):
            bit = 1 << place
            allowed &= ~bit
            fits, more = allowed, left
            if place < self.size:
                fits &= ~question.rivals(place)
                more = [*left, *question.clauses(place)]
            if self._descend(chosen | bit, fits, more, cost + costs[place]):
                return True
        return False

    def _dead(self, opened: Sequence[int], chosen: int, allowed: int) -> int:
        """Return those options of the open clauses whose entry cannot be had any more."""
        question = self.question
        union = 0
        for clause in opened:
            union |= clause
        alive = chosen | allowed
        dead = 0
        for place in bits(union & self.real):
            for need in question.clauses(place):
                if not need & alive:
                    dead |= 1 << place
                    break
        return dead

    def _bound(self, opened: Sequence[int], chosen: int, allowed: int, enough: int) -> int:
        """Return what the open clauses cost at least; stops counting at `enough`."""
        clauses = self.question.clauses
        rest: dict[int, int] = {}
        costs = self.costs
        total = 0
        seen = set(opened)
        waiting = sorted(seen, key=int.bit_count)
        for _ in range(_ROUNDS):
            implied = []
            for clause in waiting:
                places = list(bits(clause))
                least = min(rest.get(place, costs[place]) for place in places)
                if least:
                    total += least
                    if total >= enough:
                        return total
                    for place in places:
                        rest[place] = rest.get(place, costs[place]) - least
                union = 0
                for place in places:
                    if place >= self.size:
                        break
                    asked = [need & allowed for need in clauses(place) if not need & chosen]
                    if not asked:
                        break
                    union |= min(asked, key=int.bit_count)
                else:
                    if not union:  # none of them can be entered
                        return enough
                    if union not in seen:
                        seen.add(union)
                        implied.append(union)
            if not implied:
                break
            waiting = implied
        return total

    # -- options whose start is free ------------------------------------------------------------------------------------

    def _late(self, chosen: int, allowed: int) -> int | None:
        """Return what could bring forward something that comes too late; None when nothing does, 0 when nothing can."""
        question = self.question
        chosen &= self.real
        if not question.has_free:
            return None
        dates = question.problem.dates
        free = [place for place in bits(chosen) if question.options[place].is_free]
        ends = {place: question.options[place].last for place in bits(chosen)}
        ends |= dict.fromkeys(free, _NEVER)
        changed = True
        while changed:
            changed = False
            for place in free:
                start = question.today
                for clause in question.clauses(place):
                    start = max(start, 1 + min((ends[other] for other in bits(clause & chosen)), default=_NEVER))
                end = min(_NEVER, start + question.options[place].days - 1)
                if end < ends[place]:
                    ends[place] = end
                    changed = True

        def missing(place: int, start: int, path: int) -> int | None:
            """Return what must be added so that an option may start on a day; None when it may."""
            if start < question.today:
                return 0
            for clause in question.clauses(place):
                helpers = clause & chosen
                if any(ends[other] < start for other in bits(helpers)):
                    continue
                found = clause & allowed & question.ended_before(start)
                for other in bits(helpers & ~path):
                    option = question.options[other]
                    if option.is_free:
                        found |= missing(other, start - option.days if dates else start, path | 1 << other) or 0
                return found
            return None

        for place in bits(chosen):
            option = question.options[place]
            if option.is_free:
                if ends[place] <= self.until and ends[place] < _NEVER:
                    continue
                start = self.until - option.days + 1 if dates else _NEVER - 1
            else:
                start = option.first
            found = missing(place, start, 1 << place)
            if found is not None:
                return found
        return None
