"""Who was given a seat and did not come, without a word: what the centre is shown beside his next request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, MeetingAttendance
from kompetensi.services.policies import find_policy

__all__ = ["NoShows", "no_shows_of"]


@dataclass(frozen=True, slots=True)
class NoShows:
    """Absences without a word that are counted.

    Attributes
    ----------
    batches : tuple of (str, date)
        Code and last day, newest first; at least as many as the policy ``enrolment.no_show.most`` says.
    months : int
        How far back is counted.
    """

    batches: tuple[tuple[str, date], ...]
    months: int

    @property
    def words(self) -> Message:
        """The mark in a sentence."""
        return say("%(count)s kali tidak hadir tanpa kabar dalam %(months)s bulan: %(batches)s.", count=len(self.batches),
                   months=self.months, batches=tuple(code for code, _ in self.batches))


def no_shows_of(session: Session, person_ids: Sequence[int], today: date) -> dict[int, NoShows]:
    """Return those of some people who are marked, by id; empty while the policies are not set.

    A batch counts when its outcome is ABSENT and no meeting of it was excused; it counts from its last day on for
    ``enrolment.no_show.months`` months.
    """
    most, months = (find_policy(session, f"enrolment.no_show.{name}", today) for name in ("most", "months"))
    if most is None or months is None or not most.value or not months.value or not person_ids:
        return {}
    month = today.year * 12 + today.month - 1 - months.value
    since = date(month // 12, month % 12 + 1, min(today.day, 28))
    excused = select(MeetingAttendance.id).where(
        MeetingAttendance.enrolment_id == Enrolment.id, MeetingAttendance.state == "EXCUSED").exists()
    found: dict[int, list[tuple[str, date]]] = {}
    for person_id, code, last_day in session.execute(
            select(Enrolment.person_id, Batch.code, Batch.last_day).join(Batch, Enrolment.batch_id == Batch.id)
            .where(Enrolment.person_id.in_(person_ids), Enrolment.outcome == "ABSENT", Batch.last_day.between(since, today),
                   ~excused).order_by(Batch.last_day.desc(), Batch.code)):
        found.setdefault(person_id, []).append((code, last_day))
    return {person_id: NoShows(tuple(batches), months.value) for person_id, batches in found.items()
            if len(batches) >= most.value}
