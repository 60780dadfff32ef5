"""What is written down while batches run and after: attendance of meetings, judgements, evaluations, ids in SIASN."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kompetensi.demo.days import DAY, WITA, at_nine
from kompetensi.demo.rows import Rows
from kompetensi.models import (
    Attendance,
    Batch,
    BatchTrainer,
    Enrolment,
    EvaluationAnswer,
    EvaluationForm,
    EvaluationReceipt,
    Meeting,
    MeetingAttendance,
    Person,
    ResultAttempt,
    Trainer,
    Unit,
)
from kompetensi.rules.evaluations import SUGGESTED, About, Kind, answer_key
from kompetensi.services.course_policies import evaluation_rules

__all__ = ["invent_outcomes", "write_attendance", "write_evaluations"]

_CLERK = "Petugas balai"
_MISSED = "Sakit dengan surat dokter; tugas pengganti selesai."
# The final score of a pass by a remedial attempt is capped (policy results.remedial.most_score).
_CAP = 8000
_TEXTS = {
    About.BATCH: ("Perbanyak praktik dengan berkas dari kantor sendiri.", "Bahan sebaiknya dikirim sepekan sebelumnya.",
                  "Jadwal sore terlalu padat.", "Contoh kasusnya dekat dengan pekerjaan sehari-hari.",
                  "Ruangannya nyaman; koneksinya sering putus.", "Mohon ada pertemuan lanjutan setelah tiga bulan."),
    About.TRAINER: ("Penjelasannya runtut.", "Waktu tanya jawab kurang.", "Contohnya sangat membantu.", "Terima kasih.")}


def invent_outcomes(rows: Rows, *, seed: int) -> None:
    """Write the judgements behind the results that wait to be written, and most people's SIASN ids."""
    rng = random.Random(f"{seed}/outcomes")
    judged: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.of(Enrolment):
        if row["outcome"]:
            judged[row["batch_id"]].append(row)
    there: dict[int, list[bool]] = defaultdict(list)
    for row in rows.of(Attendance):
        there[row["enrolment_id"]].append(row["present"])
    for batch in judged.values():
        _judge(batch, there, rows, rng)
    for row in rows.of(Person):
        siasn_id = f"{rng.getrandbits(128):032X}"
        row["siasn_id"] = siasn_id if rng.random() > 0.06 else None


def write_attendance(session: Session, *, seed: int, now: datetime) -> None:
    """Write who attended the meetings that have begun; what was written down of days agrees with it."""
    rng, found = random.Random(f"{seed}/attendance"), []
    there = {(row.enrolment_id, row.day): row.present for row in session.execute(
        select(Attendance.enrolment_id, Attendance.day, Attendance.present))}
    for meeting, enrolment_id, outcome in session.execute(
            select(Meeting, Enrolment.id, Enrolment.outcome).join(Enrolment, Enrolment.batch_id == Meeting.batch_id)
            .where(Meeting.cancelled.is_(False), Meeting.day <= now.astimezone(WITA).date(),
                   Enrolment.status.in_(("APPROVED", "COMPLETED"))).order_by(Meeting.id, Enrolment.id)):
        state, method = _state(meeting, outcome, there.get((enrolment_id, meeting.day)), rng, now)
        if state:
            found.append({"enrolment_id": enrolment_id, "meeting_id": meeting.id, "state": state, "method": method,
                          "recorded_at": min(_begins(meeting), now), "recorded_by": _CLERK})
    if found:
        session.execute(insert(MeetingAttendance), found)


def _begins(meeting: Meeting) -> datetime:
    return datetime(meeting.day.year, meeting.day.month, meeting.day.day, tzinfo=WITA) + timedelta(minutes=meeting.starts)


def _state(
    meeting: Meeting, outcome: str | None, there: bool | None, rng: random.Random, now: datetime
) -> tuple[str, str]:
    """Return how somebody attended; of a meeting that goes on some have not scanned yet, of one to come nobody."""
    ends = _begins(meeting) + timedelta(minutes=meeting.ends - meeting.starts)
    chance, method = rng.random(), "QR" if rng.random() < 0.6 else "LIST"
    if now < _begins(meeting) or (now < ends and chance > 0.6):
        return "", ""
    if now < ends:
        return "PRESENT", "QR"
    if there is False or outcome == "ABSENT":
        return ("EXCUSED" if chance < 0.3 and outcome != "ABSENT" else "ABSENT"), "LIST"
    if chance < (0.3 if outcome == "FAILED" else 0.02):
        return "ABSENT", "LIST"
    return ("LATE" if chance > 0.93 else "PRESENT"), method


def _judge(
    judged: list[dict[str, Any]], there: dict[int, list[bool]], rows: Rows, rng: random.Random
) -> None:
    """Keep each result as the final judgement; the weakest pass came by a remedial attempt, one who missed days has a note."""
    passes = [row for row in judged if row["outcome"] == "PASSED"]
    weakest = min(passes, key=lambda row: (row["score_hundredths"], row["id"]), default=None)
    for row in judged:
        if row is weakest and row["score_hundredths"] <= _CAP:
            _attempt(rows, row, 1, "FINAL", "FAILED", rng.randint(5800, 6900), row["result_on"] - DAY)
            _attempt(rows, row, 2, "REMEDIAL", "PASSED", row["score_hundredths"], row["result_on"])
        else:
            days = there[row["id"]]
            missed = row["outcome"] == "PASSED" and 10 * sum(days) < 8 * len(days)
            _attempt(rows, row, 1, "FINAL", row["outcome"], row["score_hundredths"], row["result_on"],
                     note=_MISSED if missed else "")


def _attempt(
    rows: Rows, enrolment: dict[str, Any], seq: int, kind: str, outcome: str, score: int | None, on: date,
    note: str = "",
) -> None:
    rows.add(ResultAttempt, enrolment_id=enrolment["id"], seq=seq, kind=kind, outcome=outcome, score_hundredths=score,
             on=on, note=note, recorded_at=at_nine(on), recorded_by=_CLERK)


def write_evaluations(session: Session, *, seed: int, today: date, now: datetime) -> None:
    """Write a form of the province's training centre, and the answers of those who attended its batches that have ended.

    Of a batch that can still be evaluated half have answered.
    """
    rng = random.Random(f"{seed}/evaluations")
    centre = session.scalars(select(Unit.id).where(Unit.code == "75-BKPSDM")).one()
    form = EvaluationForm(unit_id=centre, code="F1", version=1, name="Evaluasi penyelenggaraan dan pengajar",
                          questions=[{"code": one.code, "text": one.text, "kind": one.kind.value, "about": one.about.value}
                                     for one in SUGGESTED], created_at=at_nine(today - timedelta(days=200)))
    session.add(form)
    session.flush()
    days = evaluation_rules(session, today).days
    receipts, answers = [], []
    batches = session.execute(
        select(Batch.id, Batch.last_day).where(Batch.last_day < today, Batch.organiser_id == centre, Batch.id.in_(select(Enrolment.batch_id)))
        .order_by(Batch.id)).all()
    for batch_id, last_day in batches:
        trainers = list(session.scalars(select(Trainer.code).join(BatchTrainer, BatchTrainer.trainer_id == Trainer.id)
                                        .where(BatchTrainer.batch_id == batch_id).order_by(Trainer.code)))
        share = 0.5 if today <= last_day + timedelta(days=days) else 0.85
        for enrolment_id in _attended(session, batch_id):
            if rng.random() < share:
                receipts.append({"enrolment_id": enrolment_id})
                answers.append({"id": f"{rng.getrandbits(128):032x}", "batch_id": batch_id, "form_id": form.id,
                                "answers": _answers(trainers, rng)})
    if receipts:
        session.execute(insert(EvaluationReceipt), receipts)
        session.execute(insert(EvaluationAnswer), answers)


def _attended(session: Session, batch_id: int) -> Iterator[int]:
    at_meetings = select(MeetingAttendance.enrolment_id).where(MeetingAttendance.state.in_(("PRESENT", "LATE")))
    on_days = select(Attendance.enrolment_id).where(Attendance.present.is_(True))
    return iter(session.scalars(select(Enrolment.id).where(
        Enrolment.batch_id == batch_id, Enrolment.id.in_(at_meetings) | Enrolment.id.in_(on_days)).order_by(Enrolment.id)))


def _answers(trainers: list[str], rng: random.Random) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for question in SUGGESTED:
        for trainer in trainers if question.about is About.TRAINER else ("",):
            if question.kind is Kind.SCALE:
                found[answer_key(question, trainer)] = rng.choices((1, 2, 3, 4, 5), (1, 3, 12, 45, 39))[0]
            elif rng.random() < 0.3:
                found[answer_key(question, trainer)] = rng.choice(_TEXTS[question.about])
    return found
