"""A fourth planner: it walks through the days and keeps every situation in which a person can be.

It works on the JSON documents and shares no code with the package, nor its formulation: a situation is a day, what holds
on it and what is under way. Shortest ways through the graph of situations are the best plans; their costs are whole
numbers of any length, so nothing is rounded, and the rule for the last ties is one more digit. It stands up to a dozen
trainings with dozens of batches, where trying every combination does not.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from oracle import DEFAULT, Oracle, holds

_DIGITS = 100
_NEVER = 1 << 60


class DayOracle(Oracle):
    """The same answers as `Oracle`, for problems that are too large for it."""

    def solve(self):
        if all(self.met(())):
            return "nothing_needed", (), []
        self.graph = (_Days if self.dates else _Sets)(self, [*self.requirements, *self.demands])
        self.status = "ready" if self.graph.keep_ready() else "partial"
        if self.status == "partial":
            self.graph.keep_most()
        best = self._plan(self.graph.least(self.objective, ()))
        self.top = self.worth(best)
        return self.status, best, [best]

    def choices(self, best, competing, wanted: int):
        chosen, returned = [], [self.signature(best)]
        for label, first in (("fastest", "finish"), ("fewest_hours", "jp"), ("cheapest", "cost_idr")):
            if len(chosen) == wanted or (first == "finish" and not self.dates):
                continue
            order = [first] + [name for name in DEFAULT if name != first and (self.dates or name != "finish")]
            plan = self._plan(self.graph.least(order, ()))
            if self.signature(plan) not in returned:
                returned.append(self.signature(plan))
                chosen.append((label, plan))
        # What contains a plan can spare a training, and so does what is found and turns out to be able to.
        closed = list(returned)
        while len(chosen) < wanted:
            found = self.graph.least(self.objective, closed)
            if found is None:
                break
            plan = self._plan(found)
            closed.append(self.signature(plan))
            if self.is_lean(plan):
                chosen.append(("next", plan))
        return chosen

    def is_lean(self, plan) -> bool:
        """Whether no training can be dropped."""
        for left_out in plan:
            rest = self._plan([(step[0], step[1]) for step in plan if step is not left_out])
            if rest is not None and self.worth(rest) == self.top and (self.status == "partial" or all(self.met(rest))):
                return False
        return True

    def _plan(self, chosen):
        if chosen is None:
            return None
        if not self.dates:
            return self.in_order([code for code, _ in chosen])
        runs = {code: {batch["id"]: batch for batch in training.get("batches", [])} | {None: None}
                for code, training in self.trainings.items()}
        return self.on_days([(code, runs[code][batch]) for code, batch in chosen])

    # -- why an item stays open ----------------------------------------------------------------------------------------

    def reason(self, item):
        if "competency" in item:
            given = any(gain["competency"] == item["competency"] and gain["level"] >= item["level"]
                        for training in self.trainings.values() for gain in training.get("raises", []))
        else:
            given = item["training"] in self.trainings
        if not given:
            return "NO_TRAINING", None
        if not self._closure_has(item, set(self.trainings)):
            return "ENTRY", None
        if not self._closure_has(item, {code for code in self.trainings if self.ranked(code)}):
            return "GOLONGAN", None
        if not self.dates or _Days(self, [item]).soonest() is not None:
            return "CLASH", None
        if _Days(self, [item], full=True).soonest() is not None:
            return "NO_SEAT", None
        soonest = _Days(self, [item], until=_NEVER).soonest()
        return ("NO_BATCH", None) if soonest is None else ("TOO_LATE", date.fromordinal(soonest))

    def _closure_has(self, item, allowed) -> bool:
        """Whether an item is met once everything has been taken that can be, in whatever order."""
        taken: list[tuple] = []
        left = sorted(allowed - self.completed)
        while True:
            more = [code for code in left if self.enters(code, taken)]
            if not more:
                break
            taken += [(code, None, None, None) for code in more]
            left = [code for code in left if code not in more]
        levels, held = self.after(taken)
        if "competency" in item:
            return levels.get(item["competency"], 0) >= item["level"]
        return item["training"] in held


class _Cut:
    """What matters for some items: atoms that do not hold yet, each with a bit, and the trainings that give one."""

    def __init__(self, oracle: Oracle, items: list[dict[str, Any]]) -> None:
        self.oracle = oracle
        self.items = items
        self.atoms: dict[tuple[str, int], int] = {}
        waiting = []
        for item in items:
            if "training" in item:
                waiting.append((item["training"], 0))
            else:
                have = oracle.levels.get(item["competency"], 0)
                waiting += [(item["competency"], level) for level in range(have + 1, item["level"] + 1)]
        self.codes: list[str] = []
        takeable = [code for code in sorted(oracle.trainings) if code not in oracle.completed and oracle.ranked(code)]
        while waiting:
            atom = waiting.pop()
            if atom in self.atoms or self._holds(atom):
                continue
            self.atoms[atom] = 1 << len(self.atoms)
            for code in takeable:
                if code not in self.codes and self._gives(code, atom):
                    self.codes.append(code)
                    waiting += list(_leaves(oracle.trainings[code].get("entry", {})))
        self.codes.sort()
        self.gives = {code: sum(bit for atom, bit in self.atoms.items() if self._gives(code, atom)) for code in self.codes}
        # Levels are reached from below, so the highest level that a set of atoms has says all of them.
        self.asked = [[self.atoms.get((item["training"], 0), 0)] if "training" in item else
                      [self.atoms.get((item["competency"], level), 0) for level in range(1, item["level"] + 1)]
                      for item in items]
        self.entries: dict[tuple[str, int], bool] = {}

    def _holds(self, atom) -> bool:
        code, level = atom
        return self.oracle.levels.get(code, 0) >= level if level else code in self.oracle.completed

    def _gives(self, code, atom) -> bool:
        name, level = atom
        if not level:
            return code == name
        return any(gain["competency"] == name and gain["level"] >= level
                   for gain in self.oracle.trainings[code].get("raises", []))

    def enters(self, code: str, have: int) -> bool:
        """Whether an entry holds for whoever has some atoms."""
        if (code, have) not in self.entries:
            levels, held = dict(self.oracle.levels), set(self.oracle.completed)
            for (name, level), bit in self.atoms.items():
                if bit & have:
                    if level:
                        levels[name] = max(level, levels.get(name, 0))
                    else:
                        held.add(name)
            self.entries[code, have] = holds(self.oracle.trainings[code].get("entry", {}), levels, held)
        return self.entries[code, have]

    def worth(self, have: int) -> tuple[int, int, int]:
        """Return how many items are met, how many mandatory ones, and the coverage."""
        met = mutlak = coverage = 0
        for item, levels in zip(self.items, self.asked, strict=True):
            reached = [not bit or bool(bit & have) for bit in levels]
            met += reached[-1]
            mutlak += reached[-1] and item.get("importance", "PENTING") == "MUTLAK"
            coverage += item.get("weight", 1) * sum(reached)
        return met, mutlak, coverage

    def keep_ready(self) -> bool:
        """Keep the ends at which every item is met; say whether there are any."""
        ready = {end for end in self.ends if self.worth(end)[0] == len(self.items)}
        if ready:
            self.kept = ready
        return bool(ready)

    def keep_most(self) -> None:
        """Keep the ends with the most mandatory items, then the largest coverage."""
        most = max(self.worth(end)[1:] for end in self.ends)
        self.kept = {end for end in self.ends if self.worth(end)[1:] == most}

    ends: set[int]


def _leaves(condition):
    if "training" in condition:
        yield condition["training"], 0
    elif condition.get("level"):
        yield condition["competency"], condition["level"]
    for part in [*condition.get("all", []), *condition.get("any", [])]:
        yield from _leaves(part)


class _Sets(_Cut):
    """Without dates: all sets that can be put in an order."""

    def __init__(self, oracle: Oracle, items) -> None:
        super().__init__(oracle, items)
        self.sets = {0: 0}  # what is taken -> what one has then
        waiting = [0]
        for taken in waiting:
            have = self.sets[taken]
            for place, code in enumerate(self.codes):
                if not taken >> place & 1 and taken | 1 << place not in self.sets and self.enters(code, have):
                    self.sets[taken | 1 << place] = have | self.gives[code]
                    waiting.append(taken | 1 << place)
        self.ends = set(self.sets.values())

    def least(self, objective, closed):
        barred = [sum(1 << self.codes.index(code) for code, _ in plan) for plan in closed]
        best = None
        for taken, have in self.sets.items():
            if have not in self.kept or any(not plan & ~taken for plan in barred):
                continue
            codes = [code for place, code in enumerate(self.codes) if taken >> place & 1]
            sums = {name: sum(self.oracle.trainings[code].get(name, 0) for code in codes) for name in ("jp", "cost_idr")}
            key = [*((sums | {"count": len(codes)})[name] for name in objective), len(codes),
                   *(0 if taken >> place & 1 else 1 for place in range(len(self.codes)))]
            if best is None or key < best[0]:
                best = key, codes
        return None if best is None else [(code, None) for code in best[1]]


class _Days(_Cut):
    """With dates: situations day by day. An arc takes some options on a day, or none, and leads to the next day that matters."""

    def __init__(self, oracle: Oracle, items, *, full: bool = False, until: int | None = None) -> None:
        super().__init__(oracle, items)
        if until is None:
            until = oracle.ready_by.toordinal() if oracle.ready_by else _NEVER
        self.today = oracle.today.toordinal()
        self.until = min(until, date.max.toordinal())
        # An option: code, batch, first and last day (length instead if its start is free), blocked days as bits.
        self.options: list[tuple[str, str | None, int, int, int]] = []
        for code in self.codes:
            training = oracle.trainings[code]
            if "self_paced_days" in training:
                self.options.append((code, None, 0, training["self_paced_days"], 0))
            runs = []
            for batch in training.get("batches", []):
                stages = [[date.fromisoformat(day).toordinal() for day in stage] for stage in batch["stages"]]
                if stages[0][0] >= self.today and stages[-1][1] <= self.until and (full or batch.get("seats_free", 1)):
                    days = sum((1 << last + 1 - self.today) - (1 << first - self.today) for first, last in stages)
                    runs.append((code, batch["id"], stages[0][0], stages[-1][1], days))
            self.options += sorted(runs, key=lambda run: (run[2], run[3], run[1]))
        self.beginning: dict[int, list[int]] = {}
        for place, option in enumerate(self.options):
            if option[1] is not None:
                self.beginning.setdefault(option[2], []).append(place)
        self.free = [place for place, option in enumerate(self.options) if option[1] is None]
        self.after_first = dict(pairwise([0, *sorted(self.beginning), _NEVER]))
        self._walk()

    def _walk(self) -> None:
        # day -> situation -> number; a situation is what held the day before, and what is under way with its last day.
        days: dict[int, dict[tuple[int, tuple], int]] = {self.today: {(0, ()): 0}}
        self.arcs: list[list[tuple[tuple, int]]] = [[]]
        self.ends: set[int] = set()
        self.last: dict[int, int] = {}  # number of an end -> what one has there
        self.order: list[int] = []
        self.had: list[tuple[int, int]] = []  # day before, and what one had on its evening
        ended: dict[int, int] = {}
        firsts = sorted(self.beginning)
        while days:
            day = min(days)
            following = next((first for first in firsts if first > day), _NEVER)
            for (before, running), number in days.pop(day).items():
                self.order.append(number)
                have = before
                for end, place in running:
                    if end < day:
                        have |= self.gives[self.options[place][0]]
                self.had.append((day - 1, have))
                running = tuple(one for one in running if one[0] >= day)
                for taken in self._takes(day, before, have, running):
                    now = tuple(sorted((*running, *taken)))
                    then = min([following, *(end + 1 for end, _ in now)])
                    if then == _NEVER:
                        if have not in ended:
                            ended[have] = len(self.arcs)
                            self.arcs.append([])
                            self.last[ended[have]] = have
                        self.arcs[number].append((taken, ended[have]))
                        continue
                    known = days.setdefault(then, {})
                    if (have, now) not in known:
                        known[have, now] = len(self.arcs)
                        self.arcs.append([])
                    self.arcs[number].append((taken, known[have, now]))
        self.order += sorted(self.last)
        self.ends = set(ended)

    def _takes(self, day: int, before: int, have: int, running) -> list[tuple]:
        """Return what can begin on a day, in all combinations, as (last day, option)."""
        codes = {self.options[place][0] for _, place in running}
        may = []
        for place in self.beginning.get(day, ()):
            code = self.options[place][0]
            if code not in codes and self.gives[code] & ~have and self.enters(code, have):
                may.append((self.options[place][3], place))
        for place in self.free:
            code, _, _, length, _ = self.options[place]
            # It begins on the first day on which its entry holds, or not at all.
            first = day == self.today or not self.enters(code, before)
            if first and code not in codes and self.gives[code] & ~have and self.enters(code, have) \
                    and day + length - 1 <= self.until:
                may.append((day + length - 1, place))
        found: list[tuple] = [()]
        for one in may:
            code, _, _, _, days = self.options[one[1]]
            for taken in list(found):
                others = [self.options[place] for _, place in (*running, *taken)]
                if not any(days & other[4] or code == other[0] for other in others):
                    found.append((*taken, one))
        return found

    def soonest(self) -> int | None:
        """Return the first day by whose evening all items can be met."""
        return min((day for day, have in self.had if self.worth(have)[0] == len(self.items)), default=None)

    def least(self, objective, closed):
        names = [(option[0], option[1]) for option in self.options]
        barred = [sum(1 << names.index(choice) for choice in plan) for plan in closed]
        until = _NEVER
        if "finish" in objective:
            # The last day does not add up. Whatever comes before it is made small first, then it; all the rest follows
            # among the options that end by then.
            earlier = self._costs(objective[:objective.index("finish")])
            found = self._shortest(earlier, until, barred, last_day=True)
            if found is None:
                return None
            until = found[0][1]
        costs = self._costs([name for name in objective if name != "finish"] + ["count"])
        size = len(self.options)
        ties = [(cost << size + 1) - (1 << size - 1 - place) for place, cost in enumerate(costs)]
        found = self._shortest(ties, until, barred, last_day=False)
        return None if found is None else [names[place] for place in found[1]]

    def _costs(self, names) -> list[int]:
        """Return one number for each option, in which earlier measures outweigh all later ones."""
        costs = []
        for code, *_ in self.options:
            training = self.oracle.trainings[code]
            cost = 0
            for name in names:
                cost = (cost << _DIGITS) + (1 if name == "count" else training.get(name, 0))
            costs.append(cost)
        return costs

    def _shortest(self, costs, until, barred, *, last_day: bool):
        """Return cost and last day (today if it is not asked), and the options, of the best way to an end that is kept."""
        watched = 0
        for plan in barred:
            watched |= plan
        # For each situation, by the watched options taken so far: cost and last day, and the way there.
        best: list[dict[int, tuple[tuple[int, int], tuple | None]]] = [{} for _ in self.arcs]
        best[0][0] = (0, self.today), None
        for number in self.order:
            for mask, (cost, way) in best[number].items():
                for taken, then in self.arcs[number]:
                    (total, last), seen, path = cost, mask, way
                    for end, place in taken:
                        total += costs[place]
                        if last_day:
                            last = max(last, end)
                        seen |= 1 << place & watched
                        path = (path, place)
                    if all(end <= until for end, _ in taken) and (
                            seen not in best[then] or (total, last) < best[then][seen][0]):
                        best[then][seen] = (total, last), path
        found = min((one for number, have in self.last.items() if have in self.kept for mask, one in best[number].items()
                     if all(plan & ~mask for plan in barred)), key=lambda one: one[0], default=None)
        if found is None:
            return None
        places, way = [], found[1]
        while way is not None:
            way, place = way
            places.append(place)
        return found[0], places
