"""Changes to batches: planned, edited, cancelled. Each is in the audit log, and participants are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.graph.elements import Offered
from kompetensi.messages import Message, say
from kompetensi.models import Batch, BatchStage, BatchSubject, BatchTrainer, Enrolment, Room, Trainer, Training, Unit
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import STAGE_MODES, StageDays, check_stages
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.enrolments import batch_link
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, training_by_code, unit_by_code

__all__ = ["BatchChoices", "BatchContent", "StageContent", "batch_content", "cancel_batch", "create_batch",
           "draft_content", "edit_batch", "list_choices"]

TRAINER_ROLES = ("PENGAJAR", "PENGUJI", "COACH")
_MOST_SEATS = 999
_MOST_IDR = 999_999_999


@dataclass(frozen=True, slots=True)
class StageContent:
    """One stage, both days inclusive; `mode` is SELF_STUDY, DISTANCE, CLASSICAL or OFF_CAMPUS."""

    name: str
    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class BatchContent:
    """What can be said about a batch; its first and last day are those of its stages.

    Attributes
    ----------
    status : str
        PLANNED (announced) or OPEN (registration open).
    seats, min_participants : int
        1..999 and 0..seats.
    cost_idr : int
        Rupiah a participant.
    registration_until : date or None
        Last day to ask for a seat, inclusive, not after the first day; None = until the first day.
    room_id : int or None
        A room with at least as many seats.
    organiser_code : str
        Code of the unit that organises, in the actor's training centre.
    stages : tuple of StageContent
        At least one, in order, without overlap.
    subjects : tuple of (str, int)
        Subject and JP; their sum is the training's.
    trainers : tuple of (str, str)
        Code and role, each trainer once.
    """

    status: str
    seats: int
    min_participants: int
    cost_idr: int
    registration_until: date | None
    place: str
    room_id: int | None
    organiser_code: str
    stages: tuple[StageContent, ...]
    subjects: tuple[tuple[str, int], ...]
    trainers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BatchChoices:
    """What a form offers: pairs of value and text."""

    trainings: tuple[tuple[str, str], ...]
    rooms: tuple[tuple[int, Message], ...]
    organisers: tuple[tuple[str, str], ...]
    trainers: tuple[tuple[str, str], ...]


def list_choices(session: Session, actor: Actor, *, on: date) -> BatchChoices:
    """Return what a form about a batch offers the actor.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    """
    require(session, actor, "catalogue.edit_training", on=on)
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    units = session.execute(
        select(Unit.id, Unit.code, Unit.name).where((Unit.valid_to.is_(None)) | (Unit.valid_to >= on))
        .order_by(Unit.name, Unit.code))
    return BatchChoices(
        tuple((row.code, row.name) for row in session.execute(
            select(Training.code, Training.name).where(Training.offered != Offered.HISTORY.value)
            .order_by(Training.name, Training.code))),
        tuple((room.id, say("%(name)s, %(place)s (%(seats)s kursi)", name=room.name, place=room.place,
                            seats=room.seats))
              for room in session.scalars(select(Room).order_by(Room.place, Room.name))),
        tuple((row.code, row.name) for row in units if scope is None or row.id in scope),
        tuple((row.code, f"{row.name} · {row.agency}" if row.agency else row.name) for row in session.execute(
            select(Trainer.code, Trainer.name, Trainer.agency).order_by(Trainer.name, Trainer.code))))


def draft_content(session: Session, actor: Actor, training_code: str, *, on: date) -> BatchContent:
    """Return what a new batch of a training starts from: the training's cost and subjects, and no stages yet."""
    require(session, actor, "catalogue.edit_training", on=on)
    training = training_by_code(session, training_code)
    subjects = tuple((subject.name, subject.jp) for subject in training.subjects)
    organisers = list_choices(session, actor, on=on).organisers
    latest = session.scalar(
        select(Unit.code).join(Batch, Batch.organiser_id == Unit.id)
        .where(Unit.code.in_([code for code, _ in organisers])).order_by(Batch.id.desc()).limit(1))
    return BatchContent(
        "OPEN", 30, 0, training.cost_idr, None, "", None, latest or (organisers[0][0] if organisers else ""), (),
        subjects or (((training.name, training.jp),) if training.jp else ()), ())


def batch_content(session: Session, actor: Actor, code: str, *, on: date) -> BatchContent:
    """Return what a batch says now, to start a change from.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, code)
    require(session, actor, "courses.edit_batch", on=on, unit_id=batch.organiser_id)
    return _content_of(batch)


def _content_of(batch: Batch) -> BatchContent:
    return BatchContent(
        "PLANNED" if batch.status == "PLANNED" else "OPEN", batch.seats, batch.min_participants, batch.cost_idr,
        batch.registration_until, batch.place, batch.room_id, batch.organiser.code,
        tuple(StageContent(stage.name, stage.mode, stage.first_day, stage.last_day) for stage in batch.stages),
        tuple((subject.name, subject.jp) for subject in batch.subjects),
        tuple(sorted((part.trainer.code, part.role) for part in batch.trainers)))


def create_batch(
    session: Session, actor: Actor, training_code: str, content: BatchContent, *, today: date, now: datetime
) -> str:
    """Plan a batch and return its code: the training's, the year of its first day and its number in that year.

    Raises
    ------
    NotFound
        If a code names nothing.
    NotAllowed
        If the organising unit is not in the actor's training centre.
    InvalidInput
        If the content contradicts itself, or the batch would begin before today.
    Conflict
        If the training is no longer held.
    """
    organiser = unit_by_code(session, content.organiser_code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=organiser.id)
    training = training_by_code(session, training_code)
    if training.offered == Offered.HISTORY:
        raise Conflict(say("%(name)s tidak lagi diselenggarakan; hanya riwayatnya yang dicatat.", name=training.name),
                       where="training")
    _check(session, training, content)
    first = content.stages[0].first_day
    if first < today:
        raise InvalidInput(say("Angkatan baru mulai paling awal hari ini, %(today)s.", today=today), where="stages")
    # The training's row is held, so that two batches made at once do not get the same number.
    session.execute(select(Training.id).where(Training.id == training.id).with_for_update())
    number = 1 + (session.scalar(select(func.max(Batch.number)).where(
        Batch.training_id == training.id, Batch.year == first.year)) or 0)
    batch = Batch(code=f"{training.code.replace('/', '-')}-{first.year}-{number:02d}", training_id=training.id,
                  number=number, year=first.year, seats_taken=0, first_day=first, last_day=first)
    _write(session, batch, content, organiser)
    record(session, actor, "courses.edit_batch:create", "batch", batch.code, now=now,
           detail={"after": _plain(content)})
    session.flush()
    return batch.code


def edit_batch(
    session: Session, actor: Actor, code: str, content: BatchContent, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> None:
    """Change a batch; participants are told when its days or its place change.

    Raises
    ------
    NotFound
        If a code names nothing.
    NotAllowed
        If the batch, or the unit that shall organise it, is not in the actor's training centre.
    InvalidInput
        If the content contradicts itself.
    Conflict
        If the batch has ended or was cancelled, or more seats are taken than it would have.
    """
    batch = _held(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    organiser = unit_by_code(session, content.organiser_code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=organiser.id)
    if batch.status == "CANCELLED" or today > batch.last_day:
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; isinya tidak diubah lagi.",
                           code=batch.code))
    before = _content_of(batch)
    if before == content:
        return
    _check(session, batch.training, content)
    if content.seats < batch.seats_taken:
        raise Conflict(say("%(taken)s kursi sudah terisi; kursi tidak dapat kurang dari itu.",
                           taken=batch.seats_taken), where="seats")
    _write(session, batch, content, organiser)
    old, new = _plain(before), _plain(content)
    changed = [name for name in new if old[name] != new[name]]
    record(session, actor, "courses.edit_batch", "batch", batch.code, now=now, detail={
        "before": {name: old[name] for name in changed}, "after": {name: new[name] for name in changed}})
    if {"stages", "place", "room_id"} & set(changed):
        told = say("Jadwal atau tempat %(training)s, angkatan %(code)s, berubah: mulai %(first)s, selesai %(last)s, "
                   "di %(place)s.", training=batch.training.name, code=batch.code, first=batch.first_day,
                   last=batch.last_day, place=batch.place or say("tempat yang belum ditetapkan"))
        for person_id in _participants(session, batch.id):
            notify(session, person_id, told, link=batch_link(batch.code), now=now, mailer=mailer)
    session.flush()


def cancel_batch(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> int:
    """Cancel a batch: every seat is given back and everybody who held one is told why.

    Returns
    -------
    int
        How many people lost their seat.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidInput
        If there is no reason.
    Conflict
        If it was cancelled already, has ended, or has results.
    """
    batch = _held(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise InvalidInput(say("Tulis alasan, paling panjang %(most)s huruf; peserta membacanya.", most=500),
                           where="reason")
    if batch.status == "CANCELLED":
        raise Conflict(say("Angkatan %(code)s sudah dibatalkan.", code=batch.code))
    finished = session.scalar(select(func.count()).select_from(Enrolment).where(
        Enrolment.batch_id == batch.id, Enrolment.status == "COMPLETED"))
    if finished or today > batch.last_day:
        raise Conflict(say("Angkatan %(code)s sudah selesai atau mempunyai hasil; tidak dapat dibatalkan.",
                           code=batch.code))
    people = _participants(session, batch.id)
    session.execute(
        update(Enrolment).where(Enrolment.batch_id == batch.id, Enrolment.status.in_(("REQUESTED", "APPROVED")))
        .values(status="CANCELLED", decided_at=now, reason=reason))
    batch.status, batch.cancelled_reason, batch.seats_taken = "CANCELLED", reason, 0
    record(session, actor, "courses.edit_batch:cancel", "batch", batch.code, now=now,
           detail={"reason": reason, "participants": len(people)})
    for person_id in people:
        notify(session, person_id, say(
            "%(training)s, angkatan %(code)s, dibatalkan: %(reason)s Kursi Anda dilepas.",
            training=batch.training.name, code=batch.code, reason=reason if reason[-1] in ".!?" else f"{reason}."),
            link=batch_link(batch.code), now=now, mailer=mailer)
    session.flush()
    return len(people)


def _held(session: Session, code: str) -> Batch:
    """Return a batch whose row stays ours until the transaction ends, so that no seat is taken meanwhile."""
    found = batch_by_code(session, code)
    return session.scalars(select(Batch).where(Batch.id == found.id).with_for_update()
                           .execution_options(populate_existing=True)).one()


def _participants(session: Session, batch_id: int) -> list[int]:
    return list(session.scalars(
        select(Enrolment.person_id).where(
            Enrolment.batch_id == batch_id, Enrolment.status.in_(("REQUESTED", "APPROVED")))
        .order_by(Enrolment.id)))


def _plain(content: BatchContent) -> dict[str, Any]:
    plain: dict[str, Any] = {name: getattr(content, name) for name in BatchContent.__slots__}
    return plain | {
        "registration_until": content.registration_until.isoformat() if content.registration_until else None,
        "stages": [[stage.name, stage.mode, stage.first_day.isoformat(), stage.last_day.isoformat()]
                   for stage in content.stages],
        "subjects": [list(pair) for pair in content.subjects],
        "trainers": sorted(list(pair) for pair in content.trainers)}


def _write(session: Session, batch: Batch, content: BatchContent, organiser: Unit) -> None:
    for name in ("status", "seats", "min_participants", "cost_idr", "registration_until", "room_id"):
        setattr(batch, name, getattr(content, name))
    room = session.get(Room, content.room_id) if content.room_id is not None else None
    batch.place = content.place.strip() or (room.place if room else "")
    batch.organiser_id = organiser.id
    batch.first_day, batch.last_day = content.stages[0].first_day, content.stages[-1].last_day
    session.add(batch)
    with session.no_autoflush:
        for rows in (batch.stages, batch.subjects, batch.trainers):
            rows.clear()
    session.flush()  # the old rows must be gone before the new ones claim their places
    trainers = dict(session.execute(select(Trainer.code, Trainer.id)).all())
    batch.stages = [BatchStage(seq=seq, name=stage.name.strip(), mode=stage.mode, first_day=stage.first_day,
                               last_day=stage.last_day) for seq, stage in enumerate(content.stages, start=1)]
    batch.subjects = [BatchSubject(seq=seq, name=name.strip(), jp=jp)
                      for seq, (name, jp) in enumerate(content.subjects, start=1)]
    batch.trainers = [BatchTrainer(trainer_id=trainers[code], role=role) for code, role in content.trainers]
    session.flush()
    session.expire(batch, ["organiser", "room"])


def _check(session: Session, training: Training, content: BatchContent) -> None:
    if content.status not in ("PLANNED", "OPEN"):
        raise InvalidInput(say("“%(word)s” tidak dikenal.", word=content.status), where="status")
    if not 1 <= content.seats <= _MOST_SEATS:
        raise InvalidInput(say("Kursi harus 1 sampai %(most)s.", most=_MOST_SEATS), where="seats")
    if not 0 <= content.min_participants <= content.seats:
        raise InvalidInput(say("Peserta paling sedikit harus 0 sampai %(seats)s.", seats=content.seats),
                           where="min_participants")
    if not 0 <= content.cost_idr <= _MOST_IDR:
        raise InvalidInput(say("Biaya harus 0 sampai %(most)s rupiah.", most=_MOST_IDR), where="cost_idr")
    if len(content.place) > 120:
        raise InvalidInput(say("Nama tempat paling panjang 120 huruf."), where="place")
    _check_stages(content)
    first = content.stages[0].first_day
    if content.registration_until is not None and content.registration_until > first:
        raise InvalidInput(say("Pendaftaran ditutup paling akhir pada hari pertama, %(first)s.", first=first),
                           where="registration_until")
    _check_room(session, content)
    _check_subjects(training, content)
    codes = [code for code, _ in content.trainers]
    known = set(session.scalars(select(Trainer.code)))
    for code, role in content.trainers:
        if code not in known or role not in TRAINER_ROLES:
            raise InvalidInput(say("Tidak ada pengajar dengan kode “%(code)s” dan peran “%(role)s”.", code=code,
                                   role=role), where="trainers")
    if len(set(codes)) < len(codes):
        raise InvalidInput(say("Setiap pengajar ditulis sekali."), where="trainers")


def _check_stages(content: BatchContent) -> None:
    if not content.stages:
        raise InvalidInput(say("Tulis paling sedikit satu tahap dengan hari pertama dan hari terakhirnya."),
                           where="stages")
    for place, stage in enumerate(content.stages, start=1):
        if stage.mode not in STAGE_MODES or len(stage.name) > 120:
            raise InvalidInput(say("Tahap %(place)s perlu cara belajar dan nama paling panjang 120 huruf.",
                                   place=place), where="stages")
    place = check_stages(StageDays(stage.mode, stage.first_day, stage.last_day) for stage in content.stages)
    if place is not None:
        raise InvalidInput(say(
            "Tahap %(place)s berakhir sebelum mulai, atau mulai sebelum tahap sebelumnya selesai. Urutkan tahap tanpa "
            "tumpang tindih.", place=place), where="stages")


def _check_room(session: Session, content: BatchContent) -> None:
    if content.room_id is None:
        return
    room = session.get(Room, content.room_id)
    if room is None:
        raise InvalidInput(say("Ruang ini tidak ada dalam daftar."), where="room_id")
    if content.seats > room.seats:
        raise InvalidInput(say("%(room)s hanya mempunyai %(seats)s kursi. Pilih ruang lain atau kurangi kursi.",
                               room=room.name, seats=room.seats), where="seats")


def _check_subjects(training: Training, content: BatchContent) -> None:
    for name, jp in content.subjects:
        if not name.strip() or len(name) > 200 or jp < 1:
            raise InvalidInput(say("Setiap mata pelatihan perlu nama dan paling sedikit 1 JP."), where="subjects")
    total = sum(jp for _, jp in content.subjects)
    if total != training.jp:
        off = say("Tambahkan %(jp)s JP", jp=training.jp - total) if total < training.jp else say(
            "Kurangi %(jp)s JP", jp=total - training.jp)
        raise InvalidInput(say("Jumlah mata pelatihan %(total)s JP. %(off)s supaya sama dengan %(jp)s JP pelatihan "
                               "ini.", total=total, off=off, jp=training.jp), where="subjects")
