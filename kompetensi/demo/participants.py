"""Who sits in the batches: approved and waiting ones, those who are under way, and how the finished ones ended."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from kompetensi.demo.batches import ATTENDED, FINISHED, RUNNING, SOON, Held
from kompetensi.demo.careers import Invented
from kompetensi.demo.days import DAY, at_nine
from kompetensi.demo.rows import Rows
from kompetensi.models import Attendance, Batch, Enrolment

__all__ = ["invent_participants"]

_NEAR = 130
# A demo of a few hundred people has small classes, so that not everybody sits in one.
_SMALL = 1000
_PARTICIPANTS, _FEW = 30, 10
# So many people fill the batch that ended and still have seats to ask for.
_ENOUGH = 300
# Seats that are asked for and wait for the centre's word.
_WAITING, _WAITING_FEW = 14, 6


def invent_participants(
    rows: Rows, batches: Sequence[Held], people: Sequence[Invented], holdings: Mapping[int, Sequence[str]], *,
    seed: int, today: date, now: datetime,
) -> tuple[int, ...]:
    """Fill seats of the batches that are near, and move each batch's count of taken seats with them.

    Nobody is in two batches at once, everybody fulfils what the training asks for, and the people of the logins are
    left out.

    Returns
    -------
    tuple of int
        Enrolments that were passed in the finished batch, in order of NIP.
    """
    hall = _Hall(rows, people, holdings, random.Random(f"{seed}/participants"), today, now)
    is_small = len(people) < _SMALL
    usual = _FEW if is_small else _PARTICIPANTS
    begun = {batch.course.code: batch for batch in batches if batch.first_day <= today}
    finished, attended, running = begun[FINISHED], begun[ATTENDED], begun[RUNNING]
    passed = hall.finish(finished, _PARTICIPANTS if len(people) >= _ENOUGH else _FEW)
    hall.attend(attended, hall.seat(attended, usual))
    hall.attend(running, hall.seat(running, usual))
    near = [batch for batch in batches if today < batch.first_day <= today + timedelta(days=_NEAR)]
    full = next(batch for batch in near if batch.course.code == "NASDIN")
    hall.seat(full, full.seats)
    for batch in near:
        if batch is not full:
            room = batch.seats - 5 if batch.course.code == SOON else batch.seats
            hall.seat(batch, min(room, hall.rng.randint(1, 3) if is_small else hall.rng.randint(2, batch.seats - 3)))
    waiting = (batch for batch in near if batch.registration_until >= today)
    hall.wait(waiting, _WAITING_FEW if is_small else _WAITING)
    hall.count()
    return passed


class _Hall:
    """Seats people and remembers when they are busy."""

    def __init__(
        self, rows: Rows, people: Iterable[Invented], holdings: Mapping[int, Sequence[str]], rng: random.Random,
        today: date, now: datetime,
    ) -> None:
        self.rng = rng
        self._rows, self._today, self._now = rows, today, now
        self._holdings = holdings
        self._queue = [person for person in people if not person.username and person.seat.unit.startswith("75-")
                       and person.employee_type != "CPNS"]
        rng.shuffle(self._queue)
        self._busy: dict[int, list[Held]] = {}
        self._taken: dict[int, int] = {}

    def _suits(self, person: Invented, batch: Held) -> bool:
        holds = self._holdings.get(person.id, ())
        course = batch.course
        return (
            course.rank <= person.rank and course.code not in holds
            and all(code in holds for code in course.after)
            and (batch.course.kind != "STRUKTURAL" or person.employee_type == "PNS")
            and not any((batch.first_day <= other.last_day and other.first_day <= batch.last_day)
                        or other.course.code == course.code for other in self._busy.get(person.id, ())))

    def _next(self, batch: Held, count: int) -> Iterator[Invented]:
        """Take people from the front of the queue, as many as there are seats, and put them back at its end."""
        count = min(count, batch.seats - self._taken.get(batch.id, 0))
        chosen = []
        for person in self._queue:
            if len(chosen) == count:
                break
            if self._suits(person, batch):
                chosen.append(person)
        picked = {person.id for person in chosen}
        self._queue = [person for person in self._queue if person.id not in picked] + chosen
        for person in chosen:
            self._busy.setdefault(person.id, []).append(batch)
            self._taken[batch.id] = self._taken.get(batch.id, 0) + 1
            yield person

    def seat(self, batch: Held, count: int) -> list[int]:
        """Approve up to `count` people."""
        return [self._enrol(person, batch, "APPROVED") for person in self._next(batch, count)]

    def wait(self, batches: Iterable[Held], count: int) -> None:
        """Let people ask for seats, one a batch, until there are `count` of them."""
        left = count
        for batch in batches:
            if left and self._taken.get(batch.id, 0) < batch.seats - 6:
                for person in self._next(batch, 1):
                    self._enrol(person, batch, "REQUESTED")
                    left -= 1

    def finish(self, batch: Held, count: int) -> tuple[int, ...]:
        """Let a batch end: all but two pass, one fails, one stayed away."""
        people = sorted(self._next(batch, count), key=lambda person: person.nip)
        passed = []
        for number, person in enumerate(people):
            outcome = {1: "FAILED", 3: "ABSENT"}.get(number, "PASSED")
            score = {"FAILED": self.rng.randint(4800, 5900), "ABSENT": None}.get(
                outcome, self.rng.randint(7150, 9680))
            enrolment_id = self._enrol(person, batch, "COMPLETED", outcome=outcome, score=score)
            if outcome == "PASSED":
                passed.append(enrolment_id)
            self._note_days(batch, enrolment_id, away=outcome == "ABSENT")
        return tuple(passed)

    def attend(self, batch: Held, enrolments: Iterable[int]) -> None:
        """Note who was there on the days that are over."""
        for enrolment_id in enrolments:
            self._note_days(batch, enrolment_id, away=False)

    def _note_days(self, batch: Held, enrolment_id: int, *, away: bool) -> None:
        for stage in batch.stages:
            if stage.mode in ("CLASSICAL", "DISTANCE"):
                day = stage.first_day
                while day <= min(stage.last_day, self._today - DAY):
                    if day.weekday() < 5:
                        self._rows.add(Attendance, enrolment_id=enrolment_id, day=day,
                                       present=not away and self.rng.random() > 0.03)
                    day += DAY

    def _enrol(
        self, person: Invented, batch: Held, status: str, *, outcome: str | None = None, score: int | None = None
    ) -> int:
        if status == "REQUESTED":
            asked = at_nine(self._today - timedelta(days=self.rng.randint(1, 6)))
        else:
            asked = at_nine(min(batch.registration_until, self._today) - timedelta(days=self.rng.randint(8, 25)))
        return self._rows.add(
            Enrolment, person_id=person.id, batch_id=batch.id, path_id=None, status=status, requested_at=asked,
            decided_at=None if status == "REQUESTED" else asked + timedelta(days=self.rng.randint(1, 7)), reason="",
            outcome=outcome, score_hundredths=score, result_on=batch.last_day + DAY if outcome else None)

    def count(self) -> None:
        """Write the number of taken seats into the batches that wait to be written."""
        for row in self._rows.of(Batch):
            row["seats_taken"] = self._taken.get(row["id"], 0)
