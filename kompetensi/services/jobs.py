"""Rows of long work: written with what asks for it, claimed by one process at a time, settled item by item.

A job's kind is the key of the action that it does (`rules.access.ACTIONS`): whoever may do that for its unit may see
the job and stop it. The rows are the truth; an engine only runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import Job, JobItem
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record, split_actor, stored_actor
from kompetensi.services.catalogue import Page
from kompetensi.services.stored_messages import message_from_json, message_to_json

__all__ = ["PAGE_SIZE", "ClaimedJob", "ItemState", "JobLine", "JobLost", "JobState", "JobView", "Watch", "WorkItem", "abandoned_jobs", "beat", "cancel_job", "claim_job", "conclude_job", "count_waiting", "find_active", "job_exists", "list_jobs", "requeue_job", "settle_item", "view_job", "waiting_items", "write_job"]

PAGE_SIZE = 50


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self in (JobState.QUEUED, JobState.RUNNING)


class ItemState(StrEnum):
    """What came of one thing that a job does."""

    WAITING = "WAITING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Watch:
    """How one tells that the process that runs a job has ended.

    Attributes
    ----------
    is_gone : callable
        Whether the process of an executor is known to have ended.
    stale_before : datetime
        A sign of life older than this is none.
    """

    is_gone: Callable[[str], bool]
    stale_before: datetime


class JobLost(Exception):
    """Somebody else runs the job now; whoever ran it stops without a trace."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list.

    Attributes
    ----------
    arguments : mapping
        What it was asked to do, such as ``batch``.
    created_by : str
        Name of who asked for it.
    total, done, failed, skipped : int
        How many things it does; how many of them are done, failed, passed over. The others wait.
    is_stopping : bool
        Whether somebody has asked to cancel it while it runs.
    is_abandoned : bool
        Whether the process that ran it has ended without finishing it; a list does not ask.
    problem : Message or None
        Why it failed as a whole.
    """

    id: str
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    done: int
    failed: int
    skipped: int
    is_stopping: bool
    problem: Message | None
    is_abandoned: bool = False

    @property
    def settled(self) -> int:
        """How many things need nothing more."""
        return self.done + self.failed + self.skipped


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One thing that a job does.

    Attributes
    ----------
    label : str
        Such as a name.
    outcome : str
        What came of it, such as a certificate's code; empty when nothing did.
    """

    seq: int
    label: str
    state: ItemState
    outcome: str
    problem: Message | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with one page of its items: what failed first, then in the order of work."""

    line: JobLine
    items: Page[ItemLine]


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is ours to run."""

    id: str
    kind: str
    arguments: Mapping[str, Any]
    created_by: str


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that is still to be done."""

    id: int
    subject_id: int


# --- asking for it ---------------------------------------------------------------------------------------------------


def write_job(
    session: Session, actor: Actor, kind: str, *, job_id: str, items: Sequence[tuple[int, str]],
    arguments: Mapping[str, Any], unit_id: int | None, today: date, now: datetime,
) -> None:
    """Write a job with its items; it belongs to the caller's transaction, and is started after that.

    Parameters
    ----------
    kind : str
        Key of the action that it does.
    job_id : str
        At most 32 characters that no other job has.
    items : sequence of (int, str)
        Row that each is about and what people read, in the order of work; may be empty.
    arguments : mapping
        Ids and plain values, never a secret.

    Raises
    ------
    NotAllowed
        If the actor may not do it for that unit.
    """
    require(session, actor, kind, on=today, unit_id=unit_id)
    session.add(Job(id=job_id, kind=kind, arguments=dict(arguments), unit_id=unit_id, created_by=stored_actor(actor),
                    created_at=now))
    session.flush()
    if items:
        session.execute(insert(JobItem), [
            {"job_id": job_id, "seq": seq, "subject_id": subject_id, "label": label[:200]}
            for seq, (subject_id, label) in enumerate(items, 1)])
    record(session, actor, f"{kind}:job", "job", job_id, now=now, detail=dict(arguments) | {"items": len(items)})
    session.flush()


def job_exists(session: Session, job_id: str) -> bool:
    """Whether there is a job of this id, whatever became of it."""
    return session.get(Job, job_id) is not None


def find_active(session: Session, kind: str, arguments: Mapping[str, Any]) -> str | None:
    """Return the id of a job that waits or runs with these arguments, the newest; None when there is none."""
    rows = session.execute(select(Job.id, Job.arguments).where(
        Job.kind == kind, Job.state.in_((JobState.QUEUED, JobState.RUNNING)), Job.cancel_requested.is_(False))
        .order_by(Job.created_at.desc()))
    return next((job_id for job_id, kept in rows if arguments.items() <= kept.items()), None)


def cancel_job(session: Session, actor: Actor, job_id: str, *, today: date, now: datetime) -> None:
    """Stop a job: one that waits at once, one that runs after what it is doing.

    Raises
    ------
    NotFound, NotAllowed
        As `view_job`.
    Conflict
        If it has ended.
    """
    job = _open(session, actor, job_id, today=today, lock=True)
    if not JobState(job.state).is_active:
        raise Conflict(say("Pekerjaan ini sudah berakhir; tidak ada yang perlu dihentikan."))
    job.cancel_requested = True
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED.value, now
    record(session, actor, f"{job.kind}:cancel_job", "job", job_id, now=now)
    session.flush()


def requeue_job(
    session: Session, actor: Actor, job_id: str, *, watch: Watch, today: date, now: datetime
) -> None:
    """Let a job that failed, was cancelled or lost its process go on with what still waits.

    Raises
    ------
    NotFound, NotAllowed
        As `view_job`.
    Conflict
        If it is done, or a process runs it.
    """
    job = _open(session, actor, job_id, today=today, lock=True)
    if job.state == JobState.RUNNING and not _is_abandoned(job, watch):
        raise Conflict(say("Pekerjaan ini sedang berjalan."))
    if job.state == JobState.DONE:
        raise Conflict(say("Pekerjaan ini sudah selesai. Yang gagal dapat dikerjakan lagi dengan menerbitkan ulang."))
    job.state, job.cancel_requested, job.problem, job.finished_at, job.executor = (
        JobState.QUEUED.value, False, None, None, "")
    record(session, actor, f"{job.kind}:resume_job", "job", job_id, now=now)
    session.flush()


# --- running it ------------------------------------------------------------------------------------------------------


def claim_job(
    session: Session, job_id: str, executor: str, *, watch: Watch, pulse: datetime, now: datetime
) -> ClaimedJob | None:
    """Take a job; None if it has ended or somebody else runs it.

    Parameters
    ----------
    pulse : datetime
        The machine's time; signs of life are never taken from a clock that stands still.
    """
    job = _locked(session, job_id)
    if job is None or not (job.state == JobState.QUEUED or _is_abandoned(job, watch)):
        return None
    job.state, job.executor, job.heartbeat_at, job.started_at = (
        JobState.RUNNING.value, executor, pulse, job.started_at or now)
    session.flush()
    return ClaimedJob(job.id, job.kind, dict(job.arguments), job.created_by)


def beat(session: Session, job_id: str, executor: str, *, pulse: datetime) -> bool:
    """Give a sign of life in the transaction of what was done; return whether the job should stop.

    Raises
    ------
    JobLost
        If the job is no longer this executor's: then nothing of the transaction may stay.
    """
    asked = session.execute(
        update(Job).where(Job.id == job_id, Job.executor == executor, Job.state == JobState.RUNNING)
        .values(heartbeat_at=pulse).returning(Job.cancel_requested),
        execution_options={"synchronize_session": False}).scalar_one_or_none()
    if asked is None:
        raise JobLost(job_id)
    return asked


def waiting_items(session: Session, job_id: str, count: int) -> tuple[WorkItem, ...]:
    """Return the next things to do, at most `count`; empty when nothing is left."""
    return tuple(WorkItem(*row) for row in session.execute(
        select(JobItem.id, JobItem.subject_id).where(JobItem.job_id == job_id, JobItem.state == ItemState.WAITING)
        .order_by(JobItem.seq).limit(count)))


def count_waiting(session: Session, job_id: str) -> int:
    """Return how many things are left to do."""
    return session.scalar(select(func.count()).select_from(JobItem).where(
        JobItem.job_id == job_id, JobItem.state == ItemState.WAITING)) or 0


def settle_item(
    session: Session, item_id: int, state: ItemState, *, outcome: str = "", problem: Message | None = None, now: datetime
) -> None:
    """Write what came of one thing, in the transaction that did it."""
    session.execute(
        update(JobItem).where(JobItem.id == item_id).values(
            state=state.value, outcome=outcome, finished_at=now,
            problem=None if problem is None else message_to_json(problem)),
        execution_options={"synchronize_session": False})


def conclude_job(
    session: Session, job_id: str, executor: str, state: JobState, *, problem: Message | None = None, now: datetime
) -> None:
    """End a job, or put it back (`JobState.QUEUED`); nothing happens if it is no longer this executor's."""
    session.execute(
        update(Job).where(Job.id == job_id, Job.executor == executor, Job.state == JobState.RUNNING).values(
            state=state.value, finished_at=None if state is JobState.QUEUED else now,
            problem=None if problem is None else message_to_json(problem)),
        execution_options={"synchronize_session": False})


def abandoned_jobs(session: Session, *, watch: Watch) -> tuple[str, ...]:
    """Return the jobs that nobody runs: not started, or begun by a process that is gone; oldest first."""
    rows = session.scalars(select(Job).where(Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
                           .order_by(Job.created_at, Job.id))
    return tuple(job.id for job in rows
                 if job.state == JobState.QUEUED or _is_abandoned(job, watch))


def _is_abandoned(job: Job, watch: Watch) -> bool:
    return job.state == JobState.RUNNING and (
        job.heartbeat_at is None or job.heartbeat_at < watch.stale_before or watch.is_gone(job.executor))


def _locked(session: Session, job_id: str) -> Job | None:
    return session.scalars(select(Job).where(Job.id == job_id).with_for_update()
                           .execution_options(populate_existing=True)).one_or_none()


# --- reading it ------------------------------------------------------------------------------------------------------


def list_jobs(
    session: Session, actor: Actor, *, today: date, active: bool = False, number: int = 1, size: int | None = PAGE_SIZE
) -> Page[JobLine]:
    """Return the jobs of the actor's training centres, newest first.

    Parameters
    ----------
    active : bool
        Only those that wait or run.
    number, size : int
        Page from 1 and its length; None = all on one page.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre.
    InvalidInput
        If the page does not exist.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    wanted = []
    if scope is not None:
        if not scope:
            require(session, actor, "certificates.issue", on=today)  # refused, with the sentence that says why
        wanted.append(Job.unit_id.in_(scope))
    if active:
        wanted.append(Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    total = session.scalar(select(func.count(Job.id)).where(*wanted)) or 0
    pages = _pages(total, size, number)
    rows = session.scalars(select(Job).where(*wanted).order_by(Job.created_at.desc(), Job.id)
                           .limit(size).offset((number - 1) * (size or 0))).all()
    counts = _counts(session, [job.id for job in rows])
    return Page(tuple(_line(job, counts.get(job.id, {})) for job in rows), total, number, pages)


def view_job(
    session: Session, actor: Actor, job_id: str, *, watch: Watch, today: date, number: int = 1,
    size: int | None = PAGE_SIZE,
) -> JobView:
    """Open a job with one page of its items.

    Raises
    ------
    NotFound
        If there is no such job.
    NotAllowed
        If the actor may not do what it does for its unit.
    InvalidInput
        If the page does not exist.
    """
    job = _open(session, actor, job_id, today=today)
    line = replace(_line(job, _counts(session, [job.id]).get(job.id, {})), is_abandoned=_is_abandoned(job, watch))
    pages = _pages(line.total, size, number)
    first = case((JobItem.state == ItemState.FAILED, 0), else_=1)
    rows = session.scalars(select(JobItem).where(JobItem.job_id == job_id).order_by(first, JobItem.seq)
                           .limit(size).offset((number - 1) * (size or 0)))
    return JobView(line, Page(tuple(
        ItemLine(row.seq, row.label, ItemState(row.state), row.outcome,
                 message_from_json(row.problem) if row.problem else None, row.finished_at) for row in rows),
        line.total, number, pages))


def _pages(total: int, size: int | None, number: int) -> int:
    pages = max(1, -(-total // size)) if size else 1
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.", number=number,
                               pages=pages), where="page")
    return pages


def _open(session: Session, actor: Actor, job_id: str, *, today: date, lock: bool = False) -> Job:
    job = _locked(session, job_id) if lock else session.get(Job, job_id)
    if job is None:
        raise NotFound(say("Tidak ada pekerjaan dengan nomor %(number)s.", number=job_id), where="JOB")
    require(session, actor, job.kind, on=today, unit_id=job.unit_id)
    return job


def _counts(session: Session, job_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for job_id, state, count in session.execute(
            select(JobItem.job_id, JobItem.state, func.count(JobItem.id)).where(JobItem.job_id.in_(job_ids))
            .group_by(JobItem.job_id, JobItem.state)):
        found.setdefault(job_id, {})[state] = count
    return found


def _line(job: Job, counts: Mapping[str, int]) -> JobLine:
    return JobLine(
        job.id, job.kind, job.arguments, JobState(job.state), split_actor(job.created_by)[1] or job.created_by,
        job.created_at, job.started_at, job.finished_at, sum(counts.values()), counts.get(ItemState.DONE, 0),
        counts.get(ItemState.FAILED, 0), counts.get(ItemState.SKIPPED, 0),
        job.cancel_requested and job.state == JobState.RUNNING,
        message_from_json(job.problem) if job.problem else None)
