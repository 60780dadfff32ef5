"""Why a run cannot be elsewhere: every hard rule that refuses it, with the fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.planning.timetable.candidates import Candidate, Layout, first_days, occupancy, stage_days
from kompetensi.planning.timetable.draft import choose_distinct
from kompetensi.planning.timetable.problem import Course, FixedRun, Problem, Profile, Room, Trainer, TrainerNeed
from kompetensi.planning.timetable.result import Refusal, Rule, Run, Timetable

__all__ = ["why_not"]


def why_not(
    problem: Problem, timetable: Timetable, run: str, day: date, *, hour: int | None = None, room: str | None = None,
    trainers: Sequence[Sequence[str]] | None = None,
) -> tuple[Refusal, ...]:
    """Say what refuses a run of a timetable another place, all other runs and all seats staying as they are.

    Parameters
    ----------
    run : str
        Id of a run of the timetable or of a fixed run.
    day : date
        On which it would begin.
    hour : int, optional
        At which its days would begin; None = as now.
    room : str, optional
        None = any: then it is refused only if every room is, and each room is named with its reason.
    trainers : sequence of sequence of str, optional
        For each need of the course the trainers' ids; None = any who can, and if nobody can, each is named with his reason.

    Returns
    -------
    tuple of Refusal
        By order of `Rule`, then of the problem; empty if the run could be there. A day that cannot be the first refuses by
        itself; what would happen on days that do not exist is not asked.

    Raises
    ------
    NotFound
        If the timetable has no such run, or the problem no such room or trainer.
    """
    fixed = [other.id for other in problem.fixed]
    if run in fixed:
        return (Refusal(Rule.FIXED, say("Angkatan %(run)s tidak boleh digeser.", run=run)),)
    found = {other.id: other for other in timetable.runs}
    if run not in found:
        raise NotFound(say("Tidak ada angkatan %(run)s.", run=run), where="run")
    if room is not None and room not in {other.id for other in problem.rooms}:
        raise NotFound(say("Tidak ada ruang %(room)s.", room=room), where="room")
    for name in (name for group in trainers or () for name in group):
        if name not in {trainer.id for trainer in problem.trainers}:
            raise NotFound(say("Tidak ada pengajar %(trainer)s.", trainer=name), where="trainers")
    question = _Question(problem, timetable, found[run])
    order = list(Rule)
    refusals = question.refusals(day, found[run].hour if hour is None else hour, room, trainers)
    return tuple(sorted(refusals, key=lambda refusal: order.index(refusal.rule)))


class _Question:

    def __init__(self, problem: Problem, timetable: Timetable, run: Run) -> None:
        self.problem = problem
        self.run = run
        self.timetable = timetable
        others = [other for other in timetable.runs if other.id != run.id]
        courses = {course.code: course for course in problem.courses}
        # The other runs stay, so they are fixed; a trainer's hours are those of his needs, which a fixed run cannot tell.
        stay = tuple(FixedRun(other.id, other.course, other.stages, other.hour, other.room) for other in others)
        self.layout = Layout(replace(problem, fixed=problem.fixed + stay))
        self.course = courses[run.course]
        staying: list[Run | FixedRun] = [*problem.fixed, *others]
        self.others = list(zip(staying, self.layout.fixed, strict=True))
        self.rooms = {room.id: room for room in problem.rooms}
        self.trainers = {trainer.id: trainer for trainer in problem.trainers}

    def refusals(self, day: date, hour: int, room: str | None, trainers: Sequence[Sequence[str]] | None) -> Iterator[Refusal]:
        calendar = self.problem.calendar
        if not calendar.first_day <= day <= calendar.last_day:
            yield Refusal(Rule.HORIZON, say("%(day)s di luar masa jadwal, %(first)s sampai %(last)s.", day=day,
                                            first=calendar.first_day, last=calendar.last_day))
            return
        if not self.layout.grid.is_open(day.toordinal()):
            yield Refusal(Rule.CLOSED, say("%(day)s bukan hari kerja.", day=day))
            return
        if day.toordinal() not in first_days(calendar, self.layout.grid.open_days):
            yield Refusal(Rule.START, say("Angkatan hanya dimulai pada hari kerja pertama setiap minggu, bukan %(day)s.", day=day))
        hours = self.course.start_hours or (calendar.first_hour,)
        if hour not in hours or any(self.layout.grid.end_hour(hour, stage.hours) > calendar.last_hour
                                    for stage in self.course.stages if stage.mode.is_taught):
            yield Refusal(Rule.START, say("Pelatihan ini tidak dapat dimulai pukul %(hour)s; yang dapat: %(hours)s.", hour=hour,
                                          hours=sorted(hours)))
            return
        stages = stage_days(self.layout.grid, self.course, day.toordinal())
        if stages is None:
            yield self._no_days(day)
            return
        candidate = Candidate(self.layout.course_at[self.course.code], stages, hour, 0,
                              occupancy(self.layout.grid, self.course, stages, hour))
        together = self.layout.fixed_starts.get((candidate.course, candidate.first, hour), 0)
        if together >= self.course.parallel:
            yield Refusal(Rule.PARALLEL, say("Sudah %(count)s angkatan pelatihan ini dimulai pada saat itu.", count=together))
        rooms = list(self._rooms(candidate, room))
        free = [place for place, against in rooms if not against]
        if not free:
            yield from (refusal for _, against in rooms for refusal in against)
        yield from self._trainers(candidate, [place for place in free if place is not None], trainers)
        yield from self._people(candidate)

    def _no_days(self, day: date) -> Refusal:
        relaxed = replace(self.course, stages=tuple(replace(stage, max_gap=None) for stage in self.course.stages))
        if stage_days(self.layout.grid, relaxed, day.toordinal()) is not None:
            return Refusal(Rule.GAP, say("Mulai %(day)s, jeda antara dua tahap menjadi terlalu panjang.", day=day))
        return Refusal(Rule.HORIZON, say("Mulai %(day)s, tahap terakhir berakhir sesudah %(last)s.", day=day,
                                         last=self.problem.calendar.last_day))

    def _rooms(self, candidate: Candidate, wanted: str | None) -> Iterator[tuple[Room | None, list[Refusal]]]:
        """Yield the rooms that come into question, each with what refuses it; None is "no room needed"."""
        if not candidate.busy.room:
            yield None, []
            return
        rooms = [room for room in self.problem.rooms if wanted in (None, room.id)]
        if not rooms:
            yield None, [Refusal(Rule.ROOM_MISSING, say("Tidak ada ruang."))]
        for room in rooms:
            yield room, list(self._against_room(candidate, room))

    def _against_room(self, candidate: Candidate, room: Room) -> Iterator[Refusal]:
        for other, busy in self.others:
            if other.room == room.id and busy.busy.room & candidate.busy.room:
                yield Refusal(Rule.ROOM_TAKEN, say("Ruang %(room)s dipakai %(run)s pada %(day)s.", room=room.id, run=other.id,
                                                   day=self._day(busy.busy.room & candidate.busy.room)))
        shut = self.layout.grid.days(room.closed) & candidate.busy.room
        if shut:
            yield Refusal(Rule.ROOM_CLOSED, say("Ruang %(room)s ditutup pada %(day)s.", room=room.id, day=self._day(shut)))
        least = max(1, self.course.min_participants, self.run.participants)
        if room.seats < least:
            yield Refusal(Rule.ROOM_SEATS, say("Ruang %(room)s hanya %(seats)s kursi; perlu %(least)s.", room=room.id,
                                               seats=room.seats, least=least))
        missing = sorted(self.course.features - room.features)
        if missing:
            yield Refusal(Rule.ROOM_FEATURES, say("Ruang %(room)s tidak punya: %(features)s.", room=room.id, features=missing))

    def _day(self, mask: int) -> date:
        return date.fromordinal(self.layout.grid.day_of((mask & -mask).bit_length() - 1))

    def _trainers(self, candidate: Candidate, rooms: list[Room], wanted: Sequence[Sequence[str]] | None) -> Iterator[Refusal]:
        places: list[str | None] = list(dict.fromkeys(room.place for room in rooms)) or [None]
        refused: list[Refusal] = []
        for place in places:
            against = list(self._trainers_at(candidate, place, wanted))
            if not against:
                return
            refused += [refusal for refusal in against if refusal not in refused]
        yield from refused

    def _trainers_at(self, candidate: Candidate, place: str | None, wanted: Sequence[Sequence[str]] | None) -> Iterator[Refusal]:
        able: list[list[str]] = []
        refused: list[Refusal] = []
        for at, need in enumerate(self.course.trainers):
            names = list(self.trainers) if wanted is None else list(wanted[at] if at < len(wanted) else ())
            against = {name: list(self._against_trainer(candidate, need, self.trainers[name], place)) for name in names}
            able.append([name for name in names if not against[name]])
            if wanted is not None:
                refused += [refusal for name in names for refusal in against[name]]
            if len(able[-1]) < need.count:
                # Who cannot teach the subject at all is named only if he was asked for.
                refused += [] if wanted is not None else [
                    refusal for name in names for refusal in against[name]
                    if against[name][0].rule is not Rule.TRAINER_UNQUALIFIED]
                refused.append(Refusal(Rule.TRAINER_MISSING, say(
                    "Perlu %(count)s pengajar %(subject)s tingkat %(level)s; yang dapat: %(able)s.", count=need.count,
                    subject=need.subject, level=need.level, able=len(able[-1]))))
        if not refused and choose_distinct(able, [need.count for need in self.course.trainers]) is None:
            refused.append(Refusal(Rule.TRAINER_MISSING, say("Pengajar yang dapat tidak cukup untuk semua keperluan sekaligus.")))
        yield from refused

    def _against_trainer(self, candidate: Candidate, need: TrainerNeed, trainer: Trainer, place: str | None) -> Iterator[Refusal]:
        if trainer.teaches.get(need.subject, -1) < need.level:
            yield Refusal(Rule.TRAINER_UNQUALIFIED, say("%(trainer)s tidak mengajar %(subject)s pada tingkat %(level)s.",
                                                        trainer=trainer.id, subject=need.subject, level=need.level))
            return
        mine = candidate.busy.need(need.stages)
        here = candidate.busy.need_in_room(need.stages)
        for other, busy in self.others:
            for taught, in_room in _services(self._course_of(other), other, busy, trainer.id):
                if taught & mine:
                    yield Refusal(Rule.TRAINER_TAKEN, say("%(trainer)s mengajar di %(run)s pada %(day)s.", trainer=trainer.id,
                                                          run=other.id, day=self._day(taught & mine)))
                elif self._is_too_far(other, in_room, here, place):
                    yield Refusal(Rule.TRAINER_TRAVEL, say("%(trainer)s tidak sempat berpindah dari atau ke tempat %(run)s.",
                                                           trainer=trainer.id, run=other.id))
        away = self.layout.grid.days(trainer.absent) & mine
        if away:
            yield Refusal(Rule.TRAINER_ABSENT, say("%(trainer)s tidak ada pada %(day)s.", trainer=trainer.id, day=self._day(away)))
        load = sum(other_need.jp for other in self.timetable.runs if other.id != self.run.id
                   for other_need, names in zip(self._course_of(other).trainers, other.trainers, strict=True)
                   if trainer.id in names)
        if trainer.max_jp is not None and load + need.jp > trainer.max_jp:
            yield Refusal(Rule.TRAINER_LOAD, say("%(trainer)s akan mengajar %(load)s JP; paling banyak %(most)s.",
                                                 trainer=trainer.id, load=load + need.jp, most=trainer.max_jp))

    def _course_of(self, run: Run | FixedRun) -> Course:
        return self.problem.courses[self.layout.course_at[run.course]]

    def _is_too_far(self, other: Run | FixedRun, there: int, here: int, place: str | None) -> bool:
        room = self.rooms.get(other.room or "")
        if room is None or place is None or room.place == place:
            return False
        hours = max((way.hours for way in self.problem.travel if {way.place, way.other} == {room.place, place}), default=0)
        return bool(hours and self.layout.grid.spread(there, hours) & here)

    def _people(self, candidate: Candidate) -> Iterator[Refusal]:
        profiles = {profile.id: profile for profile in self.problem.profiles}
        runs: dict[str, tuple[Run | FixedRun, Candidate]] = {other.id: (other, busy) for other, busy in self.others}
        found: dict[tuple[Rule, str | date], int] = {}
        for seating in self.timetable.seatings:
            if self.run.id not in seating.runs:
                continue
            profile = profiles[seating.profile]
            for rule, what in self._against_person(candidate, profile, [runs[name] for name in seating.runs if name in runs]):
                found[rule, what] = found.get((rule, what), 0) + seating.count
        for (rule, what), count in found.items():
            yield Refusal(rule, {
                Rule.PARTICIPANT_TAKEN: say("%(count)s peserta pada saat itu mengikuti %(what)s.", count=count, what=what),
                Rule.PARTICIPANT_AWAY: say("%(count)s peserta berhalangan pada %(what)s.", count=count, what=what),
                Rule.PREREQUISITE: say("Bagi %(count)s peserta urutannya dengan %(what)s menjadi salah.", count=count, what=what),
                Rule.DEADLINE: say("%(count)s peserta harus siap pada %(what)s.", count=count, what=what)}[rule])

    def _against_person(
        self, candidate: Candidate, profile: Profile, others: list[tuple[Run | FixedRun, Candidate]],
    ) -> Iterator[tuple[Rule, str | date]]:
        away = self.layout.grid.days(profile.away) & candidate.busy.people
        if away:
            yield Rule.PARTICIPANT_AWAY, self._day(away)
        if candidate.last > profile.ready_by.toordinal():
            yield Rule.DEADLINE, profile.ready_by
        place = {code: at for at, code in enumerate(profile.courses)}
        order = self.layout.order_of(profile)
        mine = place[self.course.code]
        for other, busy in others:
            if busy.busy.people & candidate.busy.people:
                yield Rule.PARTICIPANT_TAKEN, other.id
            theirs = place[other.course]
            if ((theirs, mine) in order and busy.last >= candidate.first) or (
                    (mine, theirs) in order and candidate.last >= busy.first):
                yield Rule.PREREQUISITE, other.id


def _services(course: Course, run: Run | FixedRun, busy: Candidate, trainer: str) -> Iterator[tuple[int, int]]:
    """Yield what a run keeps a trainer busy with: all of it, and what of it is in the room."""
    if isinstance(run, FixedRun):
        if trainer in run.trainers:
            yield busy.busy.people, busy.busy.room
        return
    for need, names in zip(course.trainers, run.trainers, strict=True):
        if trainer in names:
            yield busy.busy.need(need.stages), busy.busy.need_in_room(need.stages)
