"""A problem cut down to what matters for it, in whole numbers and bit masks.

Three passes over the catalogue's index: backwards from the target to everything that can serve it; forwards through
the days to what can be reached at all when nothing clashes; backwards through the days to what comes in time for
somebody. None of them removes an option that a best plan could have. A set of options is a Python integer, bit i for
the option of place i in order of rank.
"""

from __future__ import annotations

import bisect
import operator
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.catalogue import Atom, Catalogue, Option
from kompetensi.graph.paths.problem import Demand, Problem, Requirement, Training

__all__ = ["Need", "Question", "bits"]

_NEVER = 1 << 60


_on_days = operator.attrgetter("first", "last")


def bits(mask: int) -> Iterator[int]:
    """Yield the places of a set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True, slots=True)
class Need:
    """One level of a requirement, or one demanded training, that the person does not have yet.

    Attributes
    ----------
    givers : int
        Set of the options that give it; empty = out of reach.
    mutlak, coverage : int
        What a plan without it loses.
    """

    item: Requirement | Demand
    atom: Atom
    givers: int
    mutlak: int
    coverage: int


class Question:
    """What is left of a problem.

    Parameters
    ----------
    problem : Problem
    catalogue : Catalogue
        Of the problem's trainings.
    ready : bool
        True asks for whole items; False also for the levels below, each of which counts in a partial plan.
    any_golongan, any_seats : bool
        Leave out what min_golongan and full batches bar.

    Attributes
    ----------
    options : tuple of Option
        In order of rank.
    needs : tuple of Need
        In the order of the items; levels upwards.
    today, horizon : int
        Ordinals of the first and the last day that a plan may use; the horizon of a problem without deadline is a day
        by which everything could be done.
    ends : list of int
        By option, the day on which it ends; for one whose start is free the earliest when nothing clashes.
    earliest : dict of Atom to int
        The day on which each atom can be had when nothing clashes; without one that cannot.
    owners : list of int
        By option, the number of its training; trainings are numbered in order of code.
    members : list of int
        By training, the set of its options.
    asking : int
        Set of the trainings whose entry asks for something.
    is_ready : bool
        Whether it asks for ready plans.
    is_plain : bool
        Whether all entries fit in clauses; otherwise `clauses` leaves some out.
    """

    def __init__(
        self, problem: Problem, catalogue: Catalogue, *, ready: bool, any_golongan: bool = False,
        any_seats: bool = False,
    ) -> None:
        self.problem = problem
        self.catalogue = catalogue
        self.is_plain = True
        self.is_ready = ready
        self._any_golongan = any_golongan
        self._any_seats = any_seats
        self.today = problem.today.toordinal() if problem.dates else 0
        asked = list(_asked(problem, ready=ready))
        gives, entries = self._relevant([atom for _, atom, _, _ in asked])
        options = self._takeable(gives)
        earliest = self._reach(options, gives, entries)
        options = self._useful([one for one in options if one.rank in self._end], gives, entries,
                               [atom for _, atom, _, _ in asked])
        options.sort(key=operator.attrgetter("rank"))
        self.options = tuple(options)
        self.ends = [self._end[option.rank] for option in options]
        self.earliest = earliest
        self._givers: dict[Atom, int] = {}
        for place, option in enumerate(options):
            for atom in gives[option.training.code]:
                self._givers[atom] = self._givers.get(atom, 0) | 1 << place
        self.needs = tuple(Need(item, atom, self._givers.get(atom, 0), mutlak, coverage)
                           for item, atom, mutlak, coverage in asked)
        self._entries = entries
        self.free = sum(1 << place for place, option in enumerate(options) if option.is_free)
        order = sorted(range(len(options)), key=self.ends.__getitem__)
        self._sorted_ends = [self.ends[place] for place in order]
        self._ended = [0]
        for place in order:
            self._ended.append(self._ended[-1] | 1 << place)
        self.everything = self._ended[-1]
        self._clauses: list[tuple[int, ...] | None] = [None] * len(options)
        self._days: list[int] | None = None
        self._begun: list[tuple[int, int]] = []
        self._clashes: list[int] = [-1] * len(options)
        self.asking = 0
        self.owners: list[int] = []
        self.members: list[int] = []
        code = ""
        for place, option in enumerate(options):
            if option.training.code != code:
                code = option.training.code
                self.members.append(0)
                if entries[code]:
                    self.asking |= 1 << len(self.members) - 1
            self.owners.append(len(self.members) - 1)
            self.members[-1] |= 1 << place
        self._scopes = [0] * len(self.members)
        self._supported: list[dict[int, list[tuple[int, int]]]] = [{} for _ in self.members]
        self._barred: list[dict[int, int]] = [{} for _ in self.members]

    # -- the three passes -------------------------------------------------------------------------------------------

    def _holds(self, atom: Atom) -> bool:
        code, level = atom
        return self.problem.levels.get(code, 0) >= level if level else code in self.problem.completed

    def _admits(self, training: Training) -> bool:
        if training.code in self.problem.completed:
            return False
        floor = training.min_golongan
        return floor is None or self._any_golongan or (
            self.problem.golongan is not None and self.problem.golongan >= floor)

    def _relevant(
        self, wanted: Sequence[Atom]
    ) -> tuple[dict[str, list[Atom]], dict[str, tuple[tuple[Atom, ...], ...]]]:
        """Return the atoms that each relevant training gives, and its entry in clauses of atoms that do not hold."""
        gives: dict[str, list[Atom]] = {}
        entries: dict[str, tuple[tuple[Atom, ...], ...]] = {}
        seen = set(wanted)
        waiting = list(wanted)
        while waiting:
            atom = waiting.pop()
            for training in self.catalogue.givers(atom):
                code = training.code
                if code in gives:
                    gives[code].append(atom)
                    continue
                if not self._admits(training):
                    continue
                gives[code] = [atom]
                clauses = self.catalogue.clauses(training)
                if clauses is None:
                    self.is_plain = False
                    entries[code] = ()
                    asked = [(leaf.code, 0) if isinstance(leaf, HasTraining) else (leaf.competency, leaf.level)
                             for leaf in leaves(training.entry)]
                else:
                    entries[code] = tuple(clause for clause in clauses
                                          if not any(self._holds(part) for part in clause))
                    asked = [part for clause in entries[code] for part in clause]
                for part in asked:
                    if part not in seen and not self._holds(part):
                        seen.add(part)
                        waiting.append(part)
        return gives, entries

    def _takeable(self, gives: dict[str, list[Atom]]) -> list[Option]:
        """Return the options of these trainings between today and the deadline, with a seat."""
        problem = self.problem
        by_code = self.catalogue.by_code
        if not problem.dates:
            self.horizon = len(gives)
            return [self.catalogue.options(by_code[code], dates=False)[0] for code in gives]
        until = problem.ready_by.toordinal() if problem.ready_by is not None else _NEVER
        today, any_seats = self.today, self._any_seats
        found = [option for code in gives for option in self.catalogue.options(by_code[code], dates=True)
                 if option.batch is None or (option.first >= today and option.last <= until
                                             and (any_seats or option.batch.seats_free > 0))]
        if problem.ready_by is None:
            until = max([self.today, *(option.last for option in found)]) + sum(option.days for option in found)
            until = min(until, date.max.toordinal())
        self.horizon = until
        return found

    def _reach(
        self, options: list[Option], gives: dict[str, list[Atom]], entries: dict[str, tuple[tuple[Atom, ...], ...]]
    ) -> dict[Atom, int]:
        """Return the earliest day by which each atom can be had if nothing clashed, and note when each option ends."""
        earliest: dict[Atom, int] = {}
        self._end: dict[tuple[str, int, int, str], int] = {}
        free = [option for option in options if option.batch is None]
        fixed = sorted((option for option in options if option.batch is not None), key=_on_days)
        asking: dict[Atom, list[Option]] = {}
        for option in free:
            for atom in {atom for clause in entries[option.training.code] for atom in clause}:
                asking.setdefault(atom, []).append(option)
        pending = deque(free)
        waiting, changed = fixed, True
        while changed:
            changed = False
            barred = []
            for option in waiting:
                code, first, last = option.training.code, option.first, option.last
                for clause in entries[code]:
                    for atom in clause:
                        if atom in earliest and earliest[atom] < first:
                            break
                    else:
                        barred.append(option)
                        break
                else:
                    self._end[option.rank] = last
                    for atom in gives[code]:
                        if atom not in earliest or earliest[atom] > last:
                            earliest[atom] = last
                            pending.extend(asking.get(atom, ()))
            waiting = barred
            while pending:
                option = pending.popleft()
                start = self.today
                for clause in entries[option.training.code]:
                    start = max(start, 1 + min((earliest.get(atom, _NEVER) for atom in clause), default=_NEVER))
                end = start + option.days - 1
                if end > self.horizon or end >= self._end.get(option.rank, _NEVER):
                    continue
                self._end[option.rank] = end
                for atom in gives[option.training.code]:
                    if end < earliest.get(atom, _NEVER):
                        earliest[atom] = end
                        changed = True
                        pending.extend(asking.get(atom, ()))
        return earliest

    def _useful(
        self, options: list[Option], gives: dict[str, list[Atom]], entries: dict[str, tuple[tuple[Atom, ...], ...]],
        wanted: Sequence[Atom],
    ) -> list[Option]:
        """Return the options that end before the last day on which somebody could still use what they give."""
        if not self.is_plain:
            return options
        latest: dict[Atom, int] = dict.fromkeys(wanted, _NEVER)
        kept = [option for option in options if option.batch is None]
        for option in kept:
            for clause in entries[option.training.code]:
                latest.update(dict.fromkeys(clause, _NEVER))
        for option in sorted((option for option in options if option.batch is not None), key=_on_days, reverse=True):
            code, first, last = option.training.code, option.first, option.last
            for atom in gives[code]:
                if atom in latest and latest[atom] > last:
                    break
            else:
                continue
            kept.append(option)
            for clause in entries[code]:
                for atom in clause:
                    if atom not in latest or latest[atom] < first:
                        latest[atom] = first
        return kept

    # -- what the search asks ---------------------------------------------------------------------------------------

    def ended_before(self, day: int) -> int:
        """Return the options that can end before a day."""
        return self._ended[bisect.bisect_left(self._sorted_ends, day)]

    def clauses(self, place: int) -> tuple[int, ...]:
        """Return an option's entry: of each set at least one option must have ended before it begins."""
        found = self._clauses[place]
        if found is None:
            option = self.options[place]
            within = ~(1 << place)
            if not option.is_free:
                within &= self.ended_before(option.first)
            elif self.problem.dates:
                within &= self.ended_before(self.horizon - option.days + 1)
            masks = []
            for clause in self._entries[option.training.code]:
                mask = 0
                for atom in clause:
                    mask |= self._givers.get(atom, 0)
                masks.append(mask & within)
            found = self._clauses[place] = tuple(masks)
        return found

    def owners_of(self, options: int) -> int:
        """Return the trainings that some options belong to, as a set of their numbers."""
        found = 0
        while options:
            number = self.owners[(options & -options).bit_length() - 1]
            found |= 1 << number
            options &= ~self.members[number]
        return found

    def clashes(self, place: int) -> int:
        """Return the options of other trainings that share a day with an option."""
        found = self._clashes[place]
        if found < 0:
            if self._days is None:
                self._days = [option.blocked_days(self.today) for option in self.options]
                begun = 0
                for other in sorted(bits(self.everything & ~self.free), key=lambda other: self.options[other].first):
                    begun |= 1 << other
                    self._begun.append((self.options[other].first, begun))
            option, mine, found = self.options[place], self._days[place], 0
            if mine:
                # Few others are on at some time between its first and its last day.
                at = bisect.bisect_right(self._begun, (option.last, self.everything))
                near = self._begun[at - 1][1] & ~self.ended_before(option.first) & ~self.members[self.owners[place]]
                for other in bits(near):
                    if self._days[other] & mine:
                        found |= 1 << other
            self._clashes[place] = found
        return found

    def supports(self, number: int, alive: int) -> Sequence[tuple[int, int]]:
        """Return, for each clause of a training's entry, what supports one of its living options: options, and trainings."""
        known = self._supported[number]
        key = alive & self._scope(number)
        found = known.get(key)
        if found is None:
            groups: list[int] = []
            for place in bits(self.members[number] & alive):
                clauses = self.clauses(place)
                groups = [group | clause for group, clause in zip(groups, clauses, strict=True)] if groups else list(clauses)
            found = known[key] = [(group & alive, self.owners_of(group & alive)) for group in groups]
        return found

    def bars(self, number: int, alive: int) -> int:
        """Return the options that cannot be in a plan which has a training, when only the living ones can.

        It hangs on few options, and most nodes of a search leave them as they were, so what was found is kept.
        """
        known = self._barred[number]
        key = alive & self._scope(number)
        found = known.get(key)
        if found is None:
            found = known[key] = self._bars(number, key)
        return found

    def _bars(self, number: int, alive: int) -> int:
        dead, clashing = 0, -1
        groups: list[int] = []
        for place in bits(self.members[number] & alive):
            clauses = self.clauses(place)
            if all(clause & alive for clause in clauses):
                clashing &= self.clashes(place)
                groups = [one | other for one, other in zip(groups, clauses, strict=True)] if groups else list(clauses)
            else:
                dead |= 1 << place
        if clashing < 0:  # all are dead
            return dead
        late = 0
        for group in groups:
            # What only one training can support, it must support in time.
            group &= alive
            only = self.members[self.owners[(group & -group).bit_length() - 1]]
            if not group & ~only:
                late |= only & ~group
        return dead | clashing | late

    def _scope(self, number: int) -> int:
        """Return the options on which it hangs what a chosen training bars: its own, and those that support its entry."""
        found = self._scopes[number]
        if not found:
            found = self.members[number]
            if self.asking >> number & 1:
                for place in bits(self.members[number]):
                    for clause in self.clauses(place):
                        found |= clause
            self._scopes[number] = found
        return found

    def rivals(self, place: int) -> int:
        """Return what cannot be taken together with an option: its training's other options, and what clashes."""
        return self.clashes(place) | self.members[self.owners[place]] & ~(1 << place)


def _asked(problem: Problem, *, ready: bool) -> Iterator[tuple[Requirement | Demand, Atom, int, int]]:
    """Yield what is not there yet: item, atom, and what a plan without it loses of mandatory items and coverage."""
    for item in problem.requirements:
        have = problem.levels.get(item.competency, 0)
        for level in range(item.level if ready and have < item.level else have + 1, item.level + 1):
            whole = level == item.level and item.importance is Importance.MUTLAK
            yield item, (item.competency, level), int(whole), item.weight
    for demand in problem.demands:
        if demand.training not in problem.completed:
            yield demand, (demand.training, 0), int(demand.importance is Importance.MUTLAK), demand.weight
