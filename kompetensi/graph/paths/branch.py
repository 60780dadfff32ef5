"""Exact search by branch and bound: first which trainings, then which of their batches.

What a plan costs hangs on its trainings, and hardly on their batches. So a node decides about trainings; their batches
stay open, as a *domain* of options, until a set of trainings answers everything. Sets are Python integers: of options by
place, of trainings by number in order of code.

A *clause* is a set of trainings of which a plan must have one: the givers of a need, and for a chosen training each
clause of its entry. A node takes the smallest clause that nothing chosen answers, tries its trainings one after the other
and forbids in each branch those tried before, so that no set is met twice. Between two nodes domains shrink: an option
goes when its entry cannot be had any more, when it clashes with all that a chosen training has left, or when it ends too
late for the one training that needs it.

The bound shares the cost of each training out among the clauses that it answers (dual ascent), over the open clauses and
those that they imply: when each training of a clause asks for something first, one of all those things must be had too.
What is left of a training's cost tells which trainings no better plan can have.

When everything is answered, batches are chosen in order of code and day, which finds the first in the rule of ties first,
and what is self-paced is put on days. If that fails, no other batches of the same trainings do; one more training could, when
it supports the entry of a chosen one, and those that can are one more clause.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kompetensi.graph.paths.question import Question, bits

__all__ = ["Nodes", "OutOfNodes", "search"]

_NEVER = 1 << 60
_NODES_BETWEEN_LOOKS = 128
_CLAUSES_OF_A_NODE, _TRAININGS_OF_A_NODE = 12, 32
# Plans are first looked for among those that cost hardly more than the least: by 2**step / 64 of it, for each of these steps.
# Where any plan will do there often is none, and each step is in vain.
_STEPS_TO_ANY, _STEPS_TO_BEST = (1, 4), (0, 2, 4, 6)
# Of plans that may end with so many trainings each is looked into alone; with more it takes longer than it saves.
_ENDINGS = 8
# Of self-paced trainings so many, one after the other, are asked when they end; of longer chains the rest may end soon.
_CHAIN = 10
# What goes deeper is left to the solver.
_DEEPEST = 200


class OutOfNodes(Exception):
    """The search was longer than allowed.

    Attributes
    ----------
    found : int or None
        The best plan so far.
    """

    found: int | None = None


class _Enough(Exception):
    """Any plan will do, and one has been found."""


class _DeadEnd(Exception):
    """Nothing below a node can be a plan."""


@dataclass(slots=True)
class Nodes:
    """How much may still be searched.

    Attributes
    ----------
    left : int
        Nodes of a small question; those of a large one count for more.
    deadline : float
        ``time.monotonic()`` at which to stop; looked at now and then.
    unseen : int
        Nodes since the last look.
    """

    left: int
    deadline: float = math.inf
    unseen: int = 0

    def spend(self, count: int = 1) -> None:
        """Count nodes.

        Raises
        ------
        OutOfNodes
            If none is left, or the time is up.
        """
        self.left -= count
        self.unseen += count
        if self.unseen >= _NODES_BETWEEN_LOOKS:
            self.unseen = 0
            if time.monotonic() > self.deadline:
                raise OutOfNodes
        if self.left < 0:
            raise OutOfNodes


def search(
    question: Question, nodes: Nodes, *, until: int, costs: Sequence[int], losses: Sequence[int] | None = None,
    below: int | None = None, first: bool = False, excluded: Sequence[int] = (), hits: Sequence[int] = (),
    within: int = -1, closing: int | None = None,
) -> tuple[int, int] | None:
    """Return the cheapest plan of a question inside a window.

    Parameters
    ----------
    until : int
        Last day that an option may end on.
    costs : sequence of int
        By option, at least 0. Of the options of one training an earlier one in order of rank costs no more, and which of
        them is taken weighs less for a training than for all that come before it in order of code.
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
    closing : int or None
        Set of options, each of which gives a need. Only plans that end with one of them, and need it for something that no
        other of their options gives, are asked for; others may be found too. None = all plans.

    Returns
    -------
    (int, int) or None
        Cost and set; None when there is no such plan.

    Raises
    ------
    OutOfNodes
        If `nodes` did not suffice, or a plan became too large.
    """
    return _Search(question, nodes, until, costs, losses, below, first, excluded, hits, within, closing).run()


class _Search:
    """One search.

    Attributes
    ----------
    best : int or None
        Only plans that cost less are of interest.
    found : int or None
        Options of the best plan so far.
    spared : int
        What the cheapest plan costs at least of those that were left out because they cost too much.
    beyond : int
        More than any plan costs.
    endings : list of (int, int)
        One after the other, a set of trainings of which plans have one if it is not empty, and the options that they may have.
    trainings : int
        How many trainings there are; going without need n is training number ``trainings + n``, which answers that need
        alone.
    """

    def __init__(
        self, question: Question, nodes: Nodes, until: int, costs: Sequence[int], losses: Sequence[int] | None,
        below: int | None, first: bool, excluded: Sequence[int], hits: Sequence[int], within: int,
        closing: int | None,
    ) -> None:
        self.question = question
        self.nodes = nodes
        self.until = until
        self.costs = costs
        self.losses = losses
        self.best = below
        self.first = first
        self.excluded = excluded
        self.hits = hits
        self.closing = closing
        self.found: int | None = None
        self.spared = 0
        self.beyond = 1 + sum(costs) + sum(losses or ())
        self.window = question.ended_before(until + 1) & within
        self.endings = [(0, self.window)]
        self.trainings = len(question.members)
        self.real = (1 << self.trainings) - 1
        self.members = question.members
        self.owners = question.owners
        # A training costs at least what the cheapest of its options does.
        self.least = [0] * self.trainings
        for number, members in enumerate(self.members):
            mine = members & self.window
            if mine:
                self.least[number] = costs[(mine & -mine).bit_length() - 1]
        self.least += losses or ()
        self._entries: list[list[int] | None] = [None] * self.trainings
        self.free = question.owners_of(question.free) if question.problem.dates else 0

    def run(self) -> tuple[int, int] | None:
        """Return cost and options of the best plan; None when there is none."""
        question = self.question
        wanted = []
        allowed = question.owners_of(self.window)
        for number, need in enumerate(question.needs):
            givers = question.owners_of(need.givers & self.window)
            if self.losses is not None:
                lost = 1 << self.trainings + number
                givers |= lost
                allowed |= lost
            wanted.append(givers)
        wanted += [question.owners_of(hit & self.window) for hit in self.hits]
        if self.closing is not None:
            self._close(self.closing & self.window, wanted)
        most, start = self.best, self._lowest(wanted, allowed)
        for step in _STEPS_TO_ANY if self.first else _STEPS_TO_BEST:
            # A plan that is far from the best prunes little. So plans that cost hardly more than the least are looked for
            # first; most questions end there.
            limit = start + (start << step >> 6) + 1
            if not start or (most is not None and limit >= most):
                break
            if limit <= self.spared:  # nothing more would be looked at
                continue
            self.best, self.spared = limit, self.beyond
            self._visit(allowed, wanted)
            if self.found is not None:
                return self.best, self.found
            if self.spared >= (self.beyond if most is None else most):  # nothing was left out that could be wanted
                return None
        self.best = most
        self._visit(allowed, wanted)
        return None if self.found is None or self.best is None else (self.best, self.found)

    def _close(self, closing: int, wanted: list[int]) -> None:
        """Let the plans that end with each training be looked into alone; where these are many, only ask for one of them."""
        last = self.question.owners_of(closing)
        if last.bit_count() > _ENDINGS:
            self.hits = [*self.hits, closing]
            wanted.append(last)
            return
        self.endings = []
        for number in bits(last):
            members = self.members[number]
            for need in self.question.needs:
                mine = members & closing & need.givers
                if mine:
                    self.endings.append((1 << number, self.window & ~(members | need.givers) | mine))

    def _lowest(self, wanted: Sequence[int], allowed: int) -> int:
        """Return what a plan costs at least; 0 when there is none."""
        if not wanted or not all(wanted):
            return 0
        try:
            return self._dear(wanted, 0, allowed, self.beyond, 0)[1]
        except _DeadEnd:
            return 0

    def _visit(self, allowed: int, wanted: Sequence[int]) -> None:
        try:
            for training, alive in self.endings:
                left = allowed & (self.question.owners_of(alive) | ~self.real)
                self._descend(0, left, alive, [*wanted, training] if training else wanted, 0, 0)
        except _Enough:
            pass
        except OutOfNodes as stop:
            stop.found = self.found
            raise

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _descend(
        self, chosen: int, allowed: int, alive: int, wanted: Sequence[int], cost: int, depth: int, refuted: int = -1
    ) -> None:
        """Search below a node.

        Parameters
        ----------
        chosen, allowed : int
            Sets of trainings: those taken, and those that still may be.
        alive : int
            Options that may still be used.
        wanted : sequence of int
            Clauses that do not come from the entry of a chosen training.
        cost : int
            Of the chosen trainings, at the least.
        depth : int
            Nodes above this one.
        refuted : int
            A set of trainings that alone is no plan, whatever its batches.
        """
        self.nodes.spend()
        if depth > _DEEPEST:
            raise OutOfNodes
        try:
            chosen, allowed, alive, wanted, cost, opened = self._follow(chosen, allowed, alive, wanted, cost)
        except _DeadEnd:
            return
        if not opened:
            if self._is_late(chosen, alive):
                return
            if chosen != refuted and self._assign(chosen, alive):
                return
            domain = self._undecided(chosen, alive)
            if domain:
                for place in bits(domain):
                    self._descend(chosen, allowed, alive & ~domain | 1 << place, wanted, cost, depth + 1, chosen)
                return
            repair = self._helpful(chosen, alive) & allowed
            if not repair:
                return
            opened = [repair]
            wanted = [*wanted, repair]
        clause = min(opened, key=lambda clause: (self._ways(clause & allowed, alive), clause))
        least = self.least
        for number in sorted(bits(clause & allowed), key=lambda number: (least[number], number)):
            bit = 1 << number
            self._descend(chosen | bit, allowed & ~bit, alive, wanted, cost + least[number], depth + 1)
            allowed &= ~bit
            if number < self.trainings:
                alive &= ~self.members[number]

    def _ways(self, numbers: int, alive: int) -> int:
        """Return in how many ways some trainings can be taken."""
        return sum((self.members[number] & alive).bit_count() if number < self.trainings else 1 for number in bits(numbers))

    def _follow(
        self, chosen: int, allowed: int, alive: int, wanted: Sequence[int], cost: int
    ) -> tuple[int, int, int, list[int], int, list[int]]:
        """Follow what a node implies, until nothing is implied any more.

        Returns
        -------
        tuple
            The node as it is then, and its open clauses.

        Raises
        ------
        _DeadEnd
            If it cannot lead to a better plan.
        """
        while True:
            # A small question has so many clauses and trainings at once; what is larger takes as many times as long.
            self.nodes.spend(len(wanted) // _CLAUSES_OF_A_NODE + chosen.bit_count() // _TRAININGS_OF_A_NODE)
            alive = self._shrink(chosen, alive)
            wanted = [clause for clause in wanted if not clause & chosen]
            opened = [*wanted, *self._asked(chosen, alive)]
            single = 0
            for clause in opened:
                left = clause & allowed
                if not left:
                    raise _DeadEnd
                if not left & (left - 1):
                    single |= left
            if single:
                single = self._forced(single, chosen, allowed)
                for number in bits(single):
                    cost += self.least[number]
                chosen |= single
                allowed &= ~single
            if self.best is not None and cost >= self.best:
                self.spared = min(self.spared, cost)
                raise _DeadEnd
            if single:
                continue
            if not opened or self.best is None:
                return chosen, allowed, alive, wanted, cost, opened
            dear, _ = self._dear(opened, chosen, allowed, self.best, cost)
            if not dear:
                return chosen, allowed, alive, wanted, cost, opened
            allowed &= ~dear
            for number in bits(dear):
                if number < self.trainings:
                    alive &= ~self.members[number]

    def _forced(self, taken: int, chosen: int, allowed: int) -> int:
        """Return trainings with all those that they alone ask for, and so on.

        Raises
        ------
        _DeadEnd
            If one asks for what cannot be had.
        """
        pending = list(bits(taken))
        while pending:
            number = pending.pop()
            if number >= self.trainings:
                continue
            for clause in self._entry(number):
                if clause & (chosen | taken):
                    continue
                left = clause & allowed
                if not left:
                    raise _DeadEnd
                if not left & (left - 1):
                    taken |= left
                    pending.append(left.bit_length() - 1)
        return taken

    def _asked(self, chosen: int, alive: int) -> list[int]:
        """Return clauses of trainings that the chosen ones still ask for.

        An option stands when it has all that it asks for from options of chosen trainings that stand; so nothing holds
        itself up in a circle. A chosen training of which no option stands waits. In a plan, take the first option that does
        not stand: what it asks for of a training that is not chosen is there before it. It belongs to one that waits, or to
        one whose other option stands and is too late for those that wait.
        """
        asking = chosen & self.question.asking
        if not asking:
            return []
        clauses = self.question.clauses
        standing = 0
        for number in bits(chosen & ~asking & self.real):
            standing |= self.members[number]
        standing &= alive
        numbers = list(bits(asking))
        pending = [place for number in numbers for place in bits(self.members[number] & alive)]
        while True:
            left = []
            for place in pending:
                if all(clause & standing for clause in clauses(place)):
                    standing |= 1 << place
                else:
                    left.append(place)
            if len(left) == len(pending):
                break
            pending = left
        waiting = [number for number in numbers if not self.members[number] & standing]
        if not waiting:
            return []
        found = []
        asked: dict[int, int] = {}
        for number in waiting:
            missing = [owners for group, owners in self.question.supports(number, alive) if not group & standing]
            unanswered = [clause for clause in missing if not clause & chosen]
            found += unanswered
            if unanswered:
                continue
            asked[number] = min(missing, key=int.bit_count) if missing else self._lacking(
                self.members[number], standing, alive)
        for number in asked:
            circle = self._circle(number, chosen, asked, standing, alive)
            if circle >= 0:
                found.append(circle)
        return found

    def _circle(self, number: int, chosen: int, asked: Mapping[int, int], standing: int, alive: int) -> int:
        """Return the trainings of which one must be taken for a circle of chosen ones, each of which asks for another.

        The circle is a training, what it asks for of those that wait too, what these ask for, and so on. If one of them asks
        for nothing that is chosen, that already says what must be taken: -1.
        """
        waiting = chosen & ~self.question.owners_of(standing)
        circle, pending, sleeping, union = 1 << number, [number], 0, 0
        while pending:
            more = 0
            for one in pending:
                if one not in asked:
                    return -1
                more |= asked[one]
            early = self._early(chosen, pending, standing, alive) & ~sleeping
            sleeping |= early
            more |= self._lacking(early, standing, alive)
            union |= more
            more &= waiting & ~circle
            circle |= more
            pending = list(bits(more))
        return union & ~chosen

    def _lacking(self, options: int, standing: int, alive: int) -> int:
        """Return trainings of which one more must be there if one of these options is the first that does not stand."""
        found = 0
        for place in bits(options & alive):
            missing = [clause & alive for clause in self.question.clauses(place) if not clause & standing]
            if missing:
                found |= self.question.owners_of(min(missing, key=int.bit_count))
        return found

    def _early(self, chosen: int, waiting: Sequence[int], standing: int, alive: int) -> int:
        """Return the options that do not stand, of chosen trainings that do, on which those that wait could rest."""
        clauses = self.question.clauses
        sleeping = 0
        for number in bits(chosen):
            if number < self.trainings and self.members[number] & standing:
                sleeping |= self.members[number] & alive & ~standing
        found = 0
        pending = [place for number in waiting for place in bits(self.members[number] & alive)]
        while sleeping and pending:
            for clause in clauses(pending.pop()):
                more = clause & sleeping
                sleeping &= ~more
                found |= more
                pending += bits(more)
        return found

    def _shrink(self, chosen: int, alive: int) -> int:
        """Return the options that can still be in a plan which has the chosen trainings.

        Raises
        ------
        _DeadEnd
            If a chosen training has no option left.
        """
        members, bars = self.members, self.question.bars
        numbers = list(bits(chosen & self.real))
        while True:
            before = alive
            for number in numbers:
                alive &= ~bars(number, alive)
                if not members[number] & alive:
                    raise _DeadEnd
            if alive == before:
                return alive

    def _is_late(self, chosen: int, alive: int) -> bool:
        """Whether something chosen that is self-paced cannot end in the window, whatever else is taken."""
        question = self.question
        known: dict[int, int] = {}

        def end(place: int, depth: int) -> int:
            if not question.free >> place & 1:
                return question.options[place].last
            if place not in known:
                known[place] = question.ends[place]
                if depth:
                    start = max((min((end(other, depth - 1) for other in bits(clause & alive)), default=_NEVER)
                                 for clause in question.clauses(place)), default=0) + 1
                    known[place] = max(known[place], start + question.options[place].days - 1)
            return known[place]

        return any(end(place, _CHAIN) > self.until for number in bits(chosen & self.free) for place in bits(self.members[number]))

    # -- the bound --------------------------------------------------------------------------------------------------

    def _entry(self, number: int) -> Sequence[int]:
        """Return a training's entry as clauses of trainings, whichever of its options is taken; the dearest first."""
        found = self._entries[number]
        if found is None:
            found = [owners for _, owners in self.question.supports(number, self.window)]
            if len(found) > 1:
                found.sort(key=lambda clause: min((self.least[other] for other in bits(clause)), default=0), reverse=True)
            self._entries[number] = found
        return found

    def _dear(self, opened: Sequence[int], chosen: int, allowed: int, best: int, cost: int) -> tuple[int, int]:
        """Return the trainings of open clauses with which a node costs at least `best`, and what the clauses cost without.

        Each clause takes its share of the cost of what answers it. A training that has nothing left to give stands for what
        it asks for first, until there is one that asks for nothing.

        Raises
        ------
        _DeadEnd
            If it costs that much without.
        """
        rest = self.least.copy()
        room = best - cost
        total = 0
        for clause in sorted({clause & allowed for clause in opened}, key=lambda clause: (clause.bit_count(), clause)):
            while answers := self._answers(clause, rest, chosen, allowed):
                share = min(rest[number] for number in answers)
                total += share
                if total >= room:
                    self.spared = min(self.spared, cost + total)
                    raise _DeadEnd
                for number in answers:
                    rest[number] -= share
        room -= total
        dear, asked = 0, 0
        for clause in opened:
            asked |= clause
        for number in bits(asked & allowed):
            if rest[number] >= room:
                dear |= 1 << number
                self.spared = min(self.spared, cost + total + rest[number])
        return dear, total

    def _answers(self, clause: int, rest: Sequence[int], chosen: int, allowed: int) -> list[int]:
        """Return trainings with cost left of which one must be taken to answer a clause; empty = it may cost nothing more.

        Raises
        ------
        _DeadEnd
            If nothing can answer it.
        """
        found = []
        seen = waiting = clause
        while waiting:
            low = waiting & -waiting
            waiting ^= low
            number = low.bit_length() - 1
            if rest[number]:
                found.append(number)
                continue
            if number >= self.trainings:
                return []
            for entry in self._entry(number):
                if not entry & chosen:
                    more = entry & allowed & ~seen
                    seen |= more
                    waiting |= more
                    break
            else:
                return []
        if not found:
            raise _DeadEnd
        return found

    # -- batches ----------------------------------------------------------------------------------------------------

    def _assign(self, chosen: int, alive: int) -> bool:
        """Return whether a set of trainings is a plan, and keep it if it is the best so far.

        Raises
        ------
        _Enough
            If any plan will do.
        """
        domains = 0
        for number in bits(chosen):
            if number < self.trainings:
                domains |= self.members[number] & alive
        options = self._batches(chosen, domains)
        if options is None:
            return False
        cost = sum(self.costs[place] for place in bits(options))
        cost += sum(self.least[number] for number in bits(chosen) if number >= self.trainings)
        if self.best is None or cost < self.best:
            self.best, self.found = cost, options
            if self.first:
                raise _Enough
        else:
            self.spared = min(self.spared, cost)
        return True

    def _undecided(self, chosen: int, alive: int) -> int:
        """Return the smallest domain with several options of a chosen training, the first of those; 0 = all are decided."""
        domains = [self.members[number] & alive for number in bits(chosen) if number < self.trainings]
        return min((domain for domain in domains if domain & (domain - 1)), key=int.bit_count, default=0)

    def _helpful(self, chosen: int, alive: int) -> int:
        """Return the trainings that could make a set of trainings whose batches are decided a plan.

        They bring forward what is self-paced, or are wanted themselves.
        """
        found = 0
        for number in bits(chosen):
            if number < self.trainings:
                for _, owners in self.question.supports(number, alive):
                    found |= owners
        for hit in self.hits:
            found |= self.question.owners_of(hit & alive)
        return found

    def _batches(self, chosen: int, domains: int, depth: int = 0) -> int | None:
        """Return one option for each chosen training, the first in the rule of ties; None when they do not fit."""
        try:
            while True:
                domains = self._shrink(chosen, domains)
                late = self._late(domains)
                if not late:
                    break
                domains &= ~late
        except _DeadEnd:
            return None
        for number in bits(chosen):
            if number >= self.trainings:
                break
            mine = self.members[number] & domains
            if not mine & (mine - 1):
                continue
            for place in bits(mine):
                self.nodes.spend()
                if depth > _DEEPEST:
                    raise OutOfNodes
                found = self._batches(chosen, domains & ~mine | 1 << place, depth + 1)
                if found is not None:
                    return found
            return None
        if any(not hit & domains for hit in self.hits) or any(not taken & ~domains for taken in self.excluded):
            return None
        return domains

    def _late(self, domains: int) -> int:
        """Return the options that what is self-paced keeps from being in a plan which has no others than these.

        A self-paced training ends too late for the window, or holds itself up in a circle; a batch begins before what it asks
        for can have ended.
        """
        question = self.question
        mine = domains & question.free
        if not mine:
            return 0
        options = question.options
        free = list(bits(mine))
        ends = dict.fromkeys(free, _NEVER)
        changed = True
        while changed:
            changed = False
            for place in free:
                start = question.today
                for clause in question.clauses(place):
                    start = max(start, 1 + min((ends.get(other, options[other].last) for other in bits(clause & domains)),
                                               default=_NEVER))
                end = min(_NEVER, start + options[place].days - 1)
                if end < ends[place]:
                    ends[place] = end
                    changed = True
        late = sum(1 << place for place in free if ends[place] >= _NEVER or ends[place] > self.until)
        for place in bits(domains & ~mine):
            for clause in question.clauses(place):
                helpers = clause & domains
                if not helpers & ~mine and not any(ends[other] < options[place].first for other in bits(helpers)):
                    late |= 1 << place
                    break
        return late
