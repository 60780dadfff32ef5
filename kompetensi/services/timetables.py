"""Timetables of a training centre: asked of the solver, watched while it works, stopped, accepted, changed.

A draft keeps the question as it was asked and the best answer so far. An accepted one becomes batches; what happens to those
afterwards is the batches' own story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.exchange.timetable import Before, question_from_json, timetable_to_json
from kompetensi.exchange.timetable_document import problem_to_json, timetable_from_json
from kompetensi.messages import Message, Rupiah, say
from kompetensi.models import Batch, NeedsAnalysis, Room, TimetableDraft, Unit
from kompetensi.planning.timetable import Problem, Refusal, Run, Timetable, why_not
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record, split_actor, stored_actor
from kompetensi.services.batch_cancellations import cancel_batch
from kompetensi.services.batch_changes import (
    BatchContent,
    StageContent,
    batch_content,
    create_batch,
    draft_content,
    edit_batch,
)
from kompetensi.services.jobs import write_job
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.timetable_question import LeftOut, ask_question

__all__ = ["SOLVE", "STATUS_WORDS", "AnalysisChoice", "DraftItem", "RunLine", "TimetableView", "accept_timetable", "answer_of",
           "ask_why_not", "discard_timetable", "is_stopping", "keep_best", "list_timetables", "order_replan", "order_timetable",
           "question_of", "stop_timetable", "view_timetable"]

SOLVE = "timetables.solve"
STATUS_WORDS: Mapping[str, Message] = {
    "DRAFT": say("menunggu"), "SOLVING": say("sedang dicari"), "SOLVED": say("selesai dicari"),
    "ACCEPTED": say("diterima"), "DISCARDED": say("dibuang")}
_LONGEST_DAYS = 2 * 366
_LONGEST_S, _SHORTEST_S = 3600, 5
_MODES = {"classical": "CLASSICAL", "distance": "DISTANCE", "self_study": "SELF_STUDY", "off_campus": "OFF_CAMPUS"}


# --- asking ----------------------------------------------------------------------------------------------------------


def order_timetable(
    session: Session, actor: Actor, unit_code: str, name: str, analysis_id: int, first_day: date, last_day: date, *,
    time_limit_s: int = 300, max_runs: int | None = None, budget_idr: int | None = None, job_id: str, today: date,
    now: datetime,
) -> int:
    """Ask for a timetable and write the job that looks for it; return the draft's number.

    Parameters
    ----------
    analysis_id : int
        Needs analysis that says who needs what; computed, of whatever status.
    first_day, last_day : date
        Both inclusive; not before today, at most two years.
    time_limit_s : int
        How long to look, 5..3600 seconds; it ends sooner when nothing better can exist.

    Raises
    ------
    NotFound
        If a code or number names nothing.
    NotAllowed
        If the actor is not of that training centre.
    InvalidInput
        If name, days or limits are out of bounds.
    Conflict
        If the analysis needs no training that the centre can hold.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, SOLVE, on=today, unit_id=unit.id)
    name = name.strip()
    if not name or len(name) > 120:
        raise InvalidInput(say("Nama jadwal 1 sampai 120 huruf."), where="name")
    if not today <= first_day <= last_day or (last_day - first_day).days >= _LONGEST_DAYS:
        raise InvalidInput(say("Jadwal mulai paling awal hari ini, %(today)s, dan paling lama dua tahun.", today=today),
                           where="first_day")
    if not _SHORTEST_S <= time_limit_s <= _LONGEST_S:
        raise InvalidInput(say("Batas waktu %(first)s sampai %(last)s detik.", first=_SHORTEST_S, last=_LONGEST_S),
                           where="time_limit_s")
    analysis = session.get(NeedsAnalysis, analysis_id)
    if analysis is None:
        raise NotFound(say("Tidak ada analisis kebutuhan nomor %(id)s.", id=analysis_id), where="analysis")
    if analysis.status == "COMPUTING":
        raise Conflict(say("Analisis kebutuhan itu masih dihitung."), where="analysis")
    question = ask_question(session, unit, analysis_id, first_day, last_day, max_runs=max_runs, budget_idr=budget_idr,
                            on=today)
    if not question.problem.profiles:
        raise Conflict(say("Tidak ada pelatihan pada analisis ini yang dapat diselenggarakan balai: tidak ada pengajar yang "
                           "berwenang mengajarkannya."), where="analysis")
    document = problem_to_json(question.problem) | {
        "names": dict(question.names), "time_limit_s": time_limit_s,
        "left_out": [[one.code, one.name, one.people] for one in question.left_out]}
    return _write(session, actor, unit, name, first_day, last_day, document, analysis_id=analysis_id, replans_id=None,
                  job_id=job_id, today=today, now=now)


def order_replan(
    session: Session, actor: Actor, draft_id: int, *, trainer_code: str | None = None, first_away: date | None = None,
    last_away: date | None = None, job_id: str, today: date, now: datetime,
) -> int:
    """Ask for a timetable anew, with as few changes as possible: a trainer is away, or rooms and days have changed.

    The question is put again from what is recorded now; runs that began before today stay.

    Parameters
    ----------
    trainer_code, first_away, last_away : optional
        Somebody who is away on these days, both inclusive, beside what is recorded.

    Raises
    ------
    NotFound
        If draft or trainer do not exist.
    NotAllowed
        If the actor is not of its training centre.
    Conflict
        If nothing has been found yet.
    InvalidInput
        If only a part of the absence is named, or it ends before it begins.
    """
    draft = _draft(session, draft_id)
    require(session, actor, SOLVE, on=today, unit_id=draft.unit_id)
    if not draft.result:
        raise Conflict(say("Jadwal ini belum ada hasilnya, jadi belum ada yang dapat diubah."))
    given = [value is not None for value in (trainer_code, first_away, last_away)]
    if any(given) and not all(given):
        raise InvalidInput(say("Sebutkan pengajar, hari pertama, dan hari terakhirnya."), where="trainer")
    unit = session.get_one(Unit, draft.unit_id)
    stays = _batches_that_stay(session, draft, today)
    question = ask_question(
        session, unit, draft.analysis_id or 0, draft.first_day, draft.last_day, on=today,
        movable=[code for run, code in draft.result.get("batches", {}).items() if run not in stays])
    document = problem_to_json(question.problem) | {
        "names": dict(question.names), "time_limit_s": draft.problem["time_limit_s"],
        "left_out": [[one.code, one.name, one.people] for one in question.left_out],
        "previous": {
            "runs": [run for run in draft.result["runs"] if run["id"] not in stays],
            "seatings": [seating | {"runs": [stays.get(run, run) for run in seating["runs"]]}
                         for seating in draft.result["seatings"]]}}
    if trainer_code is not None and first_away is not None and last_away is not None:
        if last_away < first_away:
            raise InvalidInput(say("Hari terakhir sebelum hari pertama."), where="last_away")
        trainer = next((one for one in document["trainers"] if one["id"] == trainer_code), None)
        if trainer is None:
            raise NotFound(say("Tidak ada pengajar dengan kode “%(code)s” pada jadwal ini.", code=trainer_code),
                           where="trainer")
        trainer["absent"] = [*trainer.get("absent", []), [first_away.isoformat(), last_away.isoformat()]]
    return _write(session, actor, unit, draft.name, draft.first_day, draft.last_day, document,
                  analysis_id=draft.analysis_id, replans_id=draft.id, job_id=job_id, today=today, now=now)


def _batches_that_stay(session: Session, draft: TimetableDraft, today: date) -> dict[str, str]:
    """Return, by run, the batches made of a timetable that are not moved any more: begun, decided by hand, or with a seat taken."""
    made: Mapping[str, str] = draft.result.get("batches", {})
    free = set(session.scalars(select(Batch.code).where(
        Batch.code.in_(made.values()), Batch.seats_taken == 0, Batch.status == "PLANNED", Batch.first_day > today)))
    return {run: code for run, code in made.items() if code not in free}


def _write(
    session: Session, actor: Actor, unit: Unit, name: str, first_day: date, last_day: date, document: dict[str, Any], *,
    analysis_id: int | None, replans_id: int | None, job_id: str, today: date, now: datetime,
) -> int:
    draft = TimetableDraft(
        unit_id=unit.id, name=name, first_day=first_day, last_day=last_day, status="SOLVING", analysis_id=analysis_id,
        replans_id=replans_id, problem=document, result={}, job_id=None, created_at=now, created_by=stored_actor(actor))
    session.add(draft)
    session.flush()
    write_job(session, actor, SOLVE, job_id=job_id, items=[(draft.id, name)],
              arguments={"timetable": draft.id, "name": name}, unit_id=unit.id, today=today, now=now)
    draft.job_id = job_id
    session.flush()
    return draft.id


# --- while it is solved ----------------------------------------------------------------------------------------------


def question_of(session: Session, draft_id: int) -> tuple[Problem, Before | None, Timetable | None, float]:
    """Return the problem, what is to be changed as little as possible, the best so far, and the time limit in seconds."""
    draft = session.get_one(TimetableDraft, draft_id)
    document = {name: value for name, value in draft.problem.items() if name not in ("names", "left_out")}
    question = question_from_json(document)
    assert isinstance(question.problem, Problem)
    best = timetable_from_json(draft.result) if draft.result else None
    return question.problem, question.before, best, question.time_limit_s


def keep_best(session: Session, draft_id: int, found: Timetable, *, seconds: float, done: bool) -> bool:
    """Keep the best timetable so far; return whether somebody said that it is good enough."""
    kept = timetable_to_json(found) | {"seconds": round(seconds, 1)}
    asked = session.execute(
        update(TimetableDraft).where(TimetableDraft.id == draft_id, TimetableDraft.status == "SOLVING")
        .values(result=kept, status="SOLVED" if done else "SOLVING").returning(TimetableDraft.stop_requested),
        execution_options={"synchronize_session": False}).scalar_one_or_none()
    return asked is None or bool(asked)


def is_stopping(session: Session, draft_id: int) -> bool:
    """Whether somebody said that the best so far is good enough."""
    return bool(session.scalar(select(TimetableDraft.stop_requested).where(TimetableDraft.id == draft_id)))


def stop_timetable(session: Session, actor: Actor, draft_id: int, *, today: date, now: datetime) -> None:
    """Say that the best so far is good enough; the search ends at its next step.

    Raises
    ------
    NotFound, NotAllowed
        As `view_timetable`.
    Conflict
        If it is not being looked for.
    """
    draft = _draft(session, draft_id, lock=True)
    require(session, actor, SOLVE, on=today, unit_id=draft.unit_id)
    if draft.status != "SOLVING":
        raise Conflict(say("Jadwal ini %(status)s; tidak ada yang perlu dihentikan.", status=STATUS_WORDS[draft.status]))
    draft.stop_requested = True
    record(session, actor, "timetables.solve:stop", "timetable", draft.id, now=now)
    session.flush()


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnalysisChoice:
    """An analysis that a timetable can be asked for."""

    id: int
    unit_name: str
    year: int
    version: int
    status: str


@dataclass(frozen=True, slots=True)
class DraftItem:
    """A timetable in a list.

    Attributes
    ----------
    ready, people : int
        Persons who become ready by their date, and all who need something.
    runs : int
        Planned batches.
    value, bound : int
        What was reached of the weighted sum, and what no timetable can exceed.
    proven : bool
        Whether no timetable is better.
    """

    id: int
    unit: str
    unit_name: str
    name: str
    first_day: date
    last_day: date
    status: str
    created_at: datetime
    created_by: str
    job_id: str | None
    is_stopping: bool
    replans_id: int | None
    ready: int
    people: int
    runs: int
    value: int
    bound: int
    proven: bool
    cost_idr: int
    changes: int | None
    seconds: float

    @property
    def status_words(self) -> Message:
        """The status as people read it."""
        return STATUS_WORDS[self.status]

    @property
    def gap_ratio(self) -> float:
        """How far the value may be from the best possible, in parts of the bound."""
        return 1 - self.value / self.bound if self.bound else 0.0

    @property
    def cost(self) -> Rupiah:
        """Rupiah of the planned batches with their seats."""
        return Rupiah(self.cost_idr)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A planned batch.

    Attributes
    ----------
    week : date
        Monday of the week in which it begins.
    stages : tuple of (str, date, date)
        Mode, first and last day.
    trainers : tuple of str
        Names.
    change : str
        ``new``, ``changed`` or empty, beside the timetable that is changed.
    """

    id: str
    course: str
    name: str
    week: date
    first_day: date
    last_day: date
    hour: int
    stages: tuple[tuple[str, date, date], ...]
    room: str
    trainers: tuple[str, ...]
    seats: int
    participants: int
    cost: Rupiah
    change: str


@dataclass(frozen=True, slots=True)
class TimetableView:
    """A timetable with its runs.

    Attributes
    ----------
    agencies : tuple of (str, int, int, int)
        Name, people, how many become ready, fair share.
    left_out : tuple of LeftOut
        Trainings that nobody of the centre may teach.
    rooms : tuple of (str, str)
        Id and name, for `ask_why_not`.
    trainers : tuple of (str, str)
    dropped : tuple of str
        Runs of the timetable before that are not held any more.
    """

    item: DraftItem
    runs: tuple[RunLine, ...]
    agencies: tuple[tuple[str, int, int, int], ...]
    left_out: tuple[LeftOut, ...]
    rooms: tuple[tuple[str, str], ...]
    trainers: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    can_change: bool


def list_timetables(
    session: Session, actor: Actor, *, today: date
) -> tuple[tuple[DraftItem, ...], tuple[AnalysisChoice, ...], tuple[tuple[str, str], ...]]:
    """Return all timetables, newest first; the analyses and the training centres that the actor can ask for.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre.
    """
    require(session, actor, "timetables.view", on=today)
    rows = session.execute(
        select(TimetableDraft, Unit.code, Unit.name).join(Unit, TimetableDraft.unit_id == Unit.id)
        .order_by(TimetableDraft.id.desc())).all()
    analyses = session.execute(
        select(NeedsAnalysis.id, Unit.name, NeedsAnalysis.year, NeedsAnalysis.version, NeedsAnalysis.status)
        .join(Unit, NeedsAnalysis.unit_id == Unit.id)
        .where(NeedsAnalysis.status.in_(("DRAFT", "PROPOSED", "APPROVED")), NeedsAnalysis.year >= today.year)
        .order_by(NeedsAnalysis.year.desc(), NeedsAnalysis.version.desc())).all()
    roots = {grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE}
    centres = session.execute(select(Unit.code, Unit.name).where(Unit.id.in_(roots)).order_by(Unit.code)).all()
    return (tuple(_item(*row) for row in rows), tuple(AnalysisChoice(*row) for row in analyses),
            tuple((code, name) for code, name in centres))


def view_timetable(session: Session, actor: Actor, draft_id: int, *, today: date) -> TimetableView:
    """Open a timetable.

    Raises
    ------
    NotFound
        If there is no such timetable.
    NotAllowed
        If the actor is of no training centre.
    """
    require(session, actor, "timetables.view", on=today)
    draft = _draft(session, draft_id)
    unit = session.get_one(Unit, draft.unit_id)
    names: Mapping[str, str] = draft.problem["names"]
    found = timetable_from_json(draft.result) if draft.result else None
    former = (timetable_from_json(session.get_one(TimetableDraft, draft.replans_id).result)
              if draft.replans_id is not None else None)
    agencies = dict(session.execute(select(Unit.code, Unit.name).where(
        Unit.code.in_([one.agency for one in found.agencies] if found else []))).all())
    modes = {course["code"]: [stage.get("mode", "classical") for stage in course["stages"]]
             for course in draft.problem["courses"]}
    runs = tuple(_line(run, modes[run.course], names, former) for run in found.runs) if found else ()
    kept = {run.id for run in found.runs} if found else set()
    return TimetableView(
        _item(draft, unit.code, unit.name), runs,
        tuple((agencies.get(one.agency, one.agency), one.people, one.ready, one.share) for one in found.agencies)
        if found else (),
        tuple(LeftOut(*row) for row in draft.problem["left_out"]),
        tuple((room["id"], names[f"room:{room['id']}"]) for room in draft.problem["rooms"]),
        tuple((one["id"], names[f"trainer:{one['id']}"]) for one in draft.problem["trainers"]),
        tuple(f"{names[f'course:{run.course}']}, {run.first_day.isoformat()}" for run in former.runs if run.id not in kept)
        if former is not None and found is not None else (),
        is_allowed(session, actor, SOLVE, on=today, unit_id=draft.unit_id))


def answer_of(session: Session, actor: Actor, draft_id: int, *, today: date) -> dict[str, Any]:
    """Return question and answer as documents; see `view_timetable`."""
    require(session, actor, "timetables.view", on=today)
    draft = _draft(session, draft_id)
    question = {name: value for name, value in draft.problem.items() if name not in ("names", "left_out")}
    return {"question": question, "answer": draft.result or None}


def _draft(session: Session, draft_id: int, *, lock: bool = False) -> TimetableDraft:
    query = select(TimetableDraft).where(TimetableDraft.id == draft_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound(say("Tidak ada jadwal nomor %(id)s.", id=draft_id), where="TIMETABLE")
    return found


def _item(draft: TimetableDraft, unit: str, unit_name: str) -> DraftItem:
    result = draft.result or {}
    return DraftItem(
        draft.id, unit, unit_name, draft.name, draft.first_day, draft.last_day, draft.status, draft.created_at,
        split_actor(draft.created_by)[1] or draft.created_by, draft.job_id, draft.stop_requested, draft.replans_id,
        result.get("ready", 0), result.get("people", 0), result.get("runs_count", 0), result.get("value", 0),
        result.get("bound", 0), result.get("proven", False), result.get("cost_idr", 0), result.get("changes"),
        result.get("seconds", 0.0))


def _line(run: Run, modes: Sequence[str], names: Mapping[str, str], former: Timetable | None) -> RunLine:
    before = {one.id: one for one in former.runs} if former is not None else {}
    change = ""
    if former is not None:
        old = before.get(run.id)
        change = "new" if old is None else "changed" if (old.stages, old.hour, old.room, old.trainers) != (
            run.stages, run.hour, run.room, run.trainers) else ""
    return RunLine(
        run.id, run.course, names[f"course:{run.course}"], run.first_day - timedelta(days=run.first_day.weekday()),
        run.first_day, run.last_day, run.hour,
        tuple((_MODES[mode], days[0], days[-1]) for mode, days in zip(modes, run.stages, strict=True)),
        names.get(f"room:{run.room}", "") if run.room else "",
        tuple(names[f"trainer:{code}"] for codes in run.trainers for code in codes), run.seats, run.participants,
        Rupiah(run.cost_idr), change)


def ask_why_not(
    session: Session, actor: Actor, draft_id: int, run_id: str, day: date, *, room: str | None = None,
    trainer: str | None = None, today: date,
) -> tuple[Refusal, ...]:
    """Say why a run cannot begin on another day, in a room, with a trainer; empty = it could.

    Raises
    ------
    NotFound
        If there is no such timetable, run, room or trainer.
    NotAllowed
        If the actor is of no training centre.
    Conflict
        If nothing has been found yet.
    """
    require(session, actor, "timetables.view", on=today)
    draft = _draft(session, draft_id)
    if not draft.result:
        raise Conflict(say("Jadwal ini belum ada hasilnya."))
    problem, _, best, _ = question_of(session, draft_id)
    assert best is not None
    return why_not(problem, best, run_id, day, room=room or None, trainers=[[trainer]] if trainer else None)


# --- deciding --------------------------------------------------------------------------------------------------------


def accept_timetable(session: Session, actor: Actor, draft_id: int, *, today: date, now: datetime) -> tuple[str, ...]:
    """Make the runs of a timetable batches, announced and not yet open; return the codes of new and changed ones by first day.

    Where it changes an accepted one, the batches of that one move with their runs, and those whose runs are dropped are
    cancelled.

    Raises
    ------
    NotFound, NotAllowed
        As `view_timetable`, and if the actor is not of its training centre.
    Conflict
        If it is still being looked for, was decided already, or a run would begin before today.
    """
    draft = _draft(session, draft_id, lock=True)
    require(session, actor, SOLVE, on=today, unit_id=draft.unit_id)
    if draft.status != "SOLVED" or not draft.result:
        raise Conflict(say("Jadwal ini %(status)s; yang diterima hanya jadwal yang selesai dicari.",
                           status=STATUS_WORDS[draft.status]))
    unit = session.get_one(Unit, draft.unit_id)
    found = timetable_from_json(draft.result)
    late = next((run for run in found.runs if run.first_day < today), None)
    if late is not None:
        raise Conflict(say("%(course)s mulai %(day)s, sebelum hari ini. Susun ulang jadwalnya.", course=late.course,
                           day=late.first_day))
    former = session.get_one(TimetableDraft, draft.replans_id) if draft.replans_id is not None else None
    known: Mapping[str, str] = former.result.get("batches", {}) if former is not None else {}
    stays = _batches_that_stay(session, former, today) if former is not None else {}
    made, batches = [], dict(stays)
    for run in found.runs:
        content = _content(session, actor, unit, draft, run, today)
        code = known.get(run.id)
        if code is None:
            code = create_batch(session, actor, run.course, content, today=today, now=now)
            made.append(code)
        else:
            current = batch_content(session, actor, code, on=today)
            content = replace(content, quotas=current.quotas, kind=current.kind)
            if content != current:
                edit_batch(session, actor, code, content, today=today, now=now)
                made.append(code)
        batches[run.id] = code
    for run_id, code in known.items():
        if run_id not in batches:
            cancel_batch(session, actor, code, reason=f"Jadwal disusun ulang: {draft.name}.", today=today, now=now)
    draft.result = draft.result | {"batches": batches}
    draft.status, draft.accepted_at, draft.accepted_by = "ACCEPTED", now, stored_actor(actor)
    record(session, actor, "timetables.solve:accept", "timetable", draft.id, now=now, detail={"batches": made})
    session.flush()
    return tuple(made)


def _content(
    session: Session, actor: Actor, unit: Unit, draft: TimetableDraft, run: Run, today: date
) -> BatchContent:
    course = next(course for course in draft.problem["courses"] if course["code"] == run.course)
    fresh = draft_content(session, actor, run.course, on=today)
    room = session.get(Room, int(run.room)) if run.room else None
    return BatchContent(
        "PLANNED", run.seats, min(run.seats, course.get("min_participants", 0)), course.get("cost_per_participant_idr", 0),
        None, room.place if room else "", room.id if room else None, unit.code,
        tuple(StageContent("", _MODES[stage.get("mode", "classical")], days[0], days[-1])
              for stage, days in zip(course["stages"], run.stages, strict=True)),
        fresh.subjects, tuple(sorted((code, "PENGAJAR") for codes in run.trainers for code in codes)),
        run_cost_idr=course.get("cost_idr", 0))


def discard_timetable(session: Session, actor: Actor, draft_id: int, *, today: date, now: datetime) -> None:
    """Put a timetable away; it stays in the list.

    Raises
    ------
    NotFound, NotAllowed
        As `accept_timetable`.
    Conflict
        If it was accepted, or is being looked for.
    """
    draft = _draft(session, draft_id, lock=True)
    require(session, actor, SOLVE, on=today, unit_id=draft.unit_id)
    if draft.status in ("ACCEPTED", "SOLVING"):
        raise Conflict(say("Jadwal ini %(status)s; tidak dapat dibuang.", status=STATUS_WORDS[draft.status]))
    draft.status = "DISCARDED"
    record(session, actor, "timetables.solve:discard", "timetable", draft.id, now=now)
    session.flush()


