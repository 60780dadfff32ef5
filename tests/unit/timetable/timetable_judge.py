"""Checks a result against docs/formats/timetable.md, day by day and hour by hour, from the two JSON documents alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

DAY = timedelta(days=1)


def days_of(entries):
    found = set()
    for entry in entries or ():
        if isinstance(entry, str):
            found.add(date.fromisoformat(entry))
        else:
            day, last = map(date.fromisoformat, entry)
            while day <= last:
                found.add(day)
                day += DAY
    return found


class Judge:
    """Knows a problem and judges results; `faults` are sentences, none for a result that keeps every rule."""

    def __init__(self, problem):
        self.problem = problem
        calendar = problem["calendar"]
        self.first, self.last = date.fromisoformat(calendar["first_day"]), date.fromisoformat(calendar["last_day"])
        self.hours = calendar.get("first_hour", 8), calendar.get("last_hour", 16)
        self.weekdays = set(calendar.get("weekdays", [1, 2, 3, 4, 5]))
        self.closed = days_of(calendar.get("closed"))
        self.courses = {course["code"]: course for course in problem.get("courses", ())}
        self.rooms = {room["id"]: room for room in problem.get("rooms", ())}
        self.trainers = {trainer["id"]: trainer for trainer in problem.get("trainers", ())}
        self.profiles = {profile["id"]: profile for profile in problem.get("profiles", ())}
        self.fixed = {run["id"]: run for run in problem.get("fixed", ())}
        self.before = {run["id"]: run for run in (problem.get("previous") or {}).get("runs", ())}

    def is_open(self, day):
        return self.first <= day <= self.last and day.isoweekday() in self.weekdays and day not in self.closed

    def may_begin(self, day):
        if not self.is_open(day):
            return False
        if self.problem["calendar"].get("starts", "day") == "day":
            return True
        monday = day - DAY * (day.isoweekday() - 1)
        return not any(self.is_open(monday + DAY * number) for number in range(day.isoweekday() - 1))

    def taught(self, course):
        return [stage.get("mode", "classical") in ("classical", "distance") for stage in course["stages"]]

    def busy(self, run, places=None, *, classical=False):
        """The (day, hour) pairs that a run keeps busy in some of its stages."""
        course = self.courses[run["course"]]
        found = set()
        for number, (stage, days) in enumerate(zip(course["stages"], run["stages"], strict=True)):
            mode = stage.get("mode", "classical")
            if mode not in ("classical", "distance") or (classical and mode != "classical"):
                continue
            if places is not None and number not in places:
                continue
            end = self.hours[1] if stage.get("hours") is None else run["hour"] + stage["hours"]
            found |= {(date.fromisoformat(day), hour) for day in days for hour in range(run["hour"], max(end, run["hour"] + 1))}
        return found

    def faults(self, result):
        found = []
        runs = result["runs"]
        for run in runs:
            found += [f"{run['id']}: {fault}" for fault in self.time_faults(run)]
            found += [f"{run['id']}: {fault}" for fault in self.resource_faults(run)]
        everything = {run["id"]: run for run in runs} | self.fixed
        if len(everything) < len(runs) + len(self.fixed):
            found.append("an id twice")
        found += self.clash_faults(runs)
        found += self.limit_faults(runs)
        found += self.seat_faults(result, everything)
        found += self.sum_faults(result)
        return found

    def time_faults(self, run):
        course = self.courses[run["course"]]
        stages = [[date.fromisoformat(day) for day in days] for days in run["stages"]]
        if len(stages) != len(course["stages"]):
            return ["stages are missing"]
        if not self.may_begin(stages[0][0]):
            return ["begins on a day on which no run may begin"]
        if run["hour"] not in (course.get("start_hours") or [self.hours[0]]):
            return ["begins at another hour"]
        found = []
        before = None
        for stage, days, taught in zip(course["stages"], stages, self.taught(course), strict=True):
            day = stages[0][0] if before is None else before + DAY * (1 + stage.get("min_gap", 0))
            wanted = []
            while len(wanted) < stage["days"] and day <= self.last:
                if not taught or self.is_open(day):
                    wanted.append(day)
                day += DAY
            if days != wanted:
                found.append(f"a stage has days {days}, not {wanted}")
            most = stage.get("max_gap")
            if before is not None and most is not None and (days[0] - before).days - 1 > most:
                found.append("too long between two stages")
            if taught and stage.get("hours") is not None and run["hour"] + stage["hours"] > self.hours[1]:
                found.append("ends after the working day")
            if taught and stage.get("hours") is None and run["hour"] >= self.hours[1]:
                found.append("has no hour left")
            before = days[-1]
        return found

    def resource_faults(self, run):
        course = self.courses[run["course"]]
        found = []
        room = self.rooms.get(run["room"])
        classical = self.busy(run, classical=True)
        if bool(classical) is not (room is not None):
            found.append("room needed or not needed")
        if room:
            if not set(course.get("features", ())) <= set(room.get("features", ())):
                found.append("room lacks a feature")
            if {day for day, _ in classical} & days_of(room.get("closed")):
                found.append("room is closed")
            if run["seats"] > room["seats"] or room["seats"] < max(1, course.get("min_participants", 0)):
                found.append("room has too few seats")
        if run["seats"] > course["max_participants"]:
            found.append("more seats than the course allows")
        needs = course.get("trainers", ())
        if len(run["trainers"]) != len(needs):
            return [*found, "needs without trainers"]
        names = [name for group in run["trainers"] for name in group]
        if len(set(names)) < len(names):
            found.append("a trainer serves two needs")
        for need, group in zip(needs, run["trainers"], strict=True):
            if len(group) != need.get("count", 1):
                found.append("a need has another number of trainers")
            for name in group:
                trainer = self.trainers[name]
                if trainer.get("teaches", {}).get(need["subject"], -1) < need.get("level", 0):
                    found.append(f"{name} cannot teach {need['subject']}")
                if {day for day, _ in self.busy(run, need.get("stages"))} & days_of(trainer.get("absent")):
                    found.append(f"{name} is absent")
        if run["cost_idr"] != self.cost(run):
            found.append(f"costs {self.cost(run)}, not {run['cost_idr']}")
        return found

    def cost(self, run):
        course = self.courses[run["course"]]
        cost = course.get("cost_idr", 0)
        place = self.rooms[run["room"]].get("place", "") if run["room"] else None
        for need, group in zip(course.get("trainers", ()), run["trainers"], strict=True):
            for name in group:
                cost += need.get("jp", 0) * self.trainers[name].get("fee_per_jp_idr", 0)
                home = self.trainers[name].get("home", "")
                if home and place is not None and home != place:
                    cost += max((way.get("cost_idr", 0) for way in self.problem.get("travel", ())
                                 if {way["place"], way["other"]} == {home, place}), default=0)
        return cost

    def clash_faults(self, runs):
        found = []
        held = defaultdict(Counter)
        where = defaultdict(list)
        for run in [*runs, *self.fixed.values()]:
            if run.get("room") in self.rooms:
                held["room", run["room"]].update(self.busy(run, classical=True))
            course = self.courses[run["course"]]
            if run["id"] in self.fixed:
                groups = [(name, None) for name in run.get("trainers", ())]
            else:
                groups = [(name, need.get("stages")) for need, group in zip(course.get("trainers", ()), run["trainers"], strict=True)
                          for name in group]
            for name, places in groups:
                held["trainer", name].update(self.busy(run, places))
                if run.get("room") in self.rooms:
                    where[name].append((self.rooms[run["room"]].get("place", ""), self.busy(run, places, classical=True)))
        for key, hours in held.items():
            twice = [hour for hour, count in hours.items() if count > 1]
            only_fixed = defaultdict(int)
            for run in self.fixed.values():
                if key[0] == "room" and run.get("room") == key[1]:
                    for hour in self.busy(run, classical=True):
                        only_fixed[hour] += 1
                if key[0] == "trainer" and key[1] in run.get("trainers", ()):
                    for hour in self.busy(run):
                        only_fixed[hour] += 1
            if any(hours[hour] > only_fixed[hour] for hour in twice):
                found.append(f"{key} is in two runs at once")
        for name, visits in where.items():
            found += [f"{name} cannot travel so soon" for number, visit in enumerate(visits) for other in visits[number + 1:]
                      if self.is_too_near(visit, other)]
        return found

    def is_too_near(self, visit, other):
        ways = [way.get("hours", 0) for way in self.problem.get("travel", ())
                if {way["place"], way["other"]} == {visit[0], other[0]} and visit[0] != other[0]]
        if not ways or not max(ways) or not visit[1] or not other[1]:
            return False
        for early in visit[1]:
            for late in other[1]:
                if self.working_between(*sorted((early, late))) < max(ways):
                    return True
        return False

    def working_between(self, early, late):
        count, day = 0, early[0]
        while day <= late[0]:
            if self.is_open(day):
                count += sum(early < (day, hour) < late for hour in range(*self.hours))
            day += DAY
        return count

    def limit_faults(self, runs):
        found = []
        loads = Counter()
        starts = Counter((run["course"], run["stages"][0][0], run["hour"]) for run in [*runs, *self.fixed.values()])
        for run in runs:
            for need, group in zip(self.courses[run["course"]].get("trainers", ()), run["trainers"], strict=True):
                for name in group:
                    loads[name] += need.get("jp", 0)
            if starts[run["course"], run["stages"][0][0], run["hour"]] > self.courses[run["course"]].get("parallel", 1):
                found.append(f"{run['id']}: too many begin at once")
        for name, load in loads.items():
            if self.trainers[name].get("max_jp") is not None and load > self.trainers[name]["max_jp"]:
                found.append(f"{name} has too much load")
        for code, count in Counter(run["course"] for run in runs).items():
            if self.courses[code].get("max_runs") is not None and count > self.courses[code]["max_runs"]:
                found.append(f"too many runs of {code}")
        if self.problem.get("max_runs") is not None and len(runs) > self.problem["max_runs"]:
            found.append("too many runs")
        if self.problem.get("budget_idr") is not None and sum(run["cost_idr"] for run in runs) > self.problem["budget_idr"]:
            found.append("too dear")
        return found

    def seat_faults(self, result, runs):
        found = []
        seated, ready = Counter(), Counter()
        for seating in result["seatings"]:
            profile = self.profiles[seating["profile"]]
            ready[profile["id"]] += seating["count"]
            chosen = [runs[name] for name in seating["runs"]]
            for run in chosen:
                seated[run["id"]] += seating["count"]
            if not self.is_ready(profile, chosen):
                found.append(f"{profile['id']} is not ready by {seating['runs']}")
        found += [f"more of {name} than there are" for name, count in ready.items() if count > self.profiles[name].get("count", 1)]
        for run in result["runs"]:
            course = self.courses[run["course"]]
            stays = self.before.get(run["id"]) is not None and all(
                self.before[run["id"]].get(field) == run[field] for field in ("course", "stages", "hour", "room", "trainers"))
            least = 0 if stays else max(1, course.get("min_participants", 0))
            if run["participants"] != seated[run["id"]]:
                found.append(f"{run['id']}: participants counted wrongly")
            if not least <= seated[run["id"]] <= run["seats"]:
                found.append(f"{run['id']}: {seated[run['id']]} participants")
        found += [f"{name}: no seat is free" for name, run in self.fixed.items() if seated[name] > run.get("seats_free", 0)]
        return found

    def is_ready(self, profile, chosen):
        if [run["course"] for run in chosen] != profile["courses"]:
            return False
        begins = {run["course"]: run["stages"][0][0] for run in chosen}
        ends = {run["course"]: run["stages"][-1][-1] for run in chosen}
        if max(ends.values()) > profile["ready_by"]:
            return False
        hours = Counter(hour for run in chosen for hour in self.busy(run))
        if any(count > 1 for count in hours.values()) or {day for day, _ in hours} & days_of(profile.get("away")):
            return False
        order = [tuple(pair) for pair in profile.get("order", ())]
        order += [(before, code) for code in profile["courses"] for before in self.courses[code].get("prerequisites", ())
                  if before in profile["courses"]]
        return all(ends[before] < begins[after] for before, after in order)

    def sum_faults(self, result):
        ready, people = Counter(), Counter()
        value = 0
        for profile in self.profiles.values():
            people[profile.get("agency", "")] += profile.get("count", 1)
        for seating in result["seatings"]:
            profile = self.profiles[seating["profile"]]
            ready[profile.get("agency", "")] += seating["count"]
            value += profile.get("weight", 1) * seating["count"]
        whole = sum(ready.values())
        agencies = [{"agency": name, "people": people[name], "ready": ready[name], "share": whole * people[name] // sum(people.values())}
                    for name in sorted(people)]
        run_cost = sum(run["cost_idr"] for run in result["runs"])
        seat_cost = sum(self.courses[run["course"]].get("cost_per_participant_idr", 0) * run["participants"]
                        for run in result["runs"])
        wanted = {"value": value, "ready": whole, "people": sum(people.values()), "agencies": agencies,
                  "runs_count": len(result["runs"]), "run_cost_idr": run_cost, "seat_cost_idr": seat_cost,
                  "cost_idr": run_cost + seat_cost,
                  "shortfall": sum(max(0, agency["share"] - agency["ready"]) for agency in agencies)}
        found = [f"{name} is {amount}, not {result[name]}" for name, amount in wanted.items() if result[name] != amount]
        if result["bound"] < value or (result["proven"] and result["bound"] != value):
            found.append("the bound is no bound")
        return found
