"""Changes to batches: planned and edited. Each is in the audit log, and participants are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.graph.elements import Offered
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    BatchQuota,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    Enrolment,
    Room,
    Trainer,
    Training,
    Unit,
)
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import HELD, STAGE_MODES, StageDays, check_stages
from kompetensi.rules.numerals import roman
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.enrolments import batch_link
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, training_by_code, unit_by_code
from kompetensi.services.meeting_facts import nearest_stage
from kompetensi.services.waiting_list import settle_waiting_list

__all__ = ["KINDS", "BatchChoices", "BatchContent", "QuotaContent", "StageContent", "batch_code", "batch_content",
           "content_of", "create_batch", "draft_content", "edit_batch", "hold_batch_row", "list_choices", "next_number",
           "proposed_numbers", "write_batch"]

KINDS = ("REGULAR", "COOPERATION", "CONTRIBUTION")
TRAINER_ROLES = ("PENGAJAR", "PENGUJI", "COACH")
_MOST_SEATS = 999
_MOST_IDR = 999_999_999
_MOST_NUMBER = 999


@dataclass(frozen=True, slots=True)
class StageContent:
    """One stage, both days inclusive; `mode` is SELF_STUDY, DISTANCE, CLASSICAL or OFF_CAMPUS."""

    name: str
    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class QuotaContent:
    """Seats of a batch that are for an agency: a unit, by code, and everything below it.

    Attributes
    ----------
    reserved : int
        Seats kept for it, 0 or more.
    reserved_until : date or None
        Last day on which they are kept, inclusive; None = until registration ends.
    most : int or None
        Seats that it takes at most, not fewer than are kept for it; None = no limit.
    """

    unit_code: str
    reserved: int
    reserved_until: date | None = None
    most: int | None = None


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
    kind : str
        REGULAR, COOPERATION or CONTRIBUTION.
    run_cost_idr : int
        Rupiah for holding it at all, beside each participant's.
    quotas : tuple of QuotaContent
        By code of the unit, each unit once; together they keep at most as many seats as there are.
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
    kind: str = "REGULAR"
    run_cost_idr: int = 0
    quotas: tuple[QuotaContent, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchChoices:
    """What a form offers: pairs of value and text; `agencies` are the units that a quota can be for."""

    trainings: tuple[tuple[str, str], ...]
    rooms: tuple[tuple[int, Message], ...]
    organisers: tuple[tuple[str, str], ...]
    trainers: tuple[tuple[str, str], ...]
    agencies: tuple[tuple[str, str], ...]


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
        .order_by(Unit.name, Unit.code)).all()
    return BatchChoices(
        tuple((row.code, row.name) for row in session.execute(
            select(Training.code, Training.name).where(Training.offered != Offered.HISTORY.value)
            .order_by(Training.name, Training.code))),
        tuple((room.id, say("%(name)s, %(place)s (%(seats)s kursi)", name=room.name, place=room.place,
                            seats=room.seats))
              for room in session.scalars(select(Room).order_by(Room.place, Room.name))),
        tuple((row.code, row.name) for row in units if scope is None or row.id in scope),
        tuple((row.code, f"{row.name} · {row.agency}" if row.agency else row.name) for row in session.execute(
            select(Trainer.code, Trainer.name, Trainer.agency).order_by(Trainer.name, Trainer.code))),
        tuple((row.code, row.name) for row in units))


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
    return content_of(batch)


def content_of(batch: Batch) -> BatchContent:
    """Return what a batch says now."""
    return BatchContent(
        "PLANNED" if batch.status == "PLANNED" else "OPEN", batch.seats, batch.min_participants, batch.cost_idr,
        batch.registration_until, batch.place, batch.room_id, batch.organiser.code,
        tuple(StageContent(stage.name, stage.mode, stage.first_day, stage.last_day) for stage in batch.stages),
        tuple((subject.name, subject.jp) for subject in batch.subjects),
        tuple(sorted((part.trainer.code, part.role) for part in batch.trainers)), batch.kind, batch.run_cost_idr,
        tuple(sorted((QuotaContent(quota.unit.code, quota.reserved, quota.reserved_until, quota.most)
                      for quota in batch.quotas), key=lambda quota: quota.unit_code)))


def next_number(session: Session, training_id: int, year: int) -> int:
    """Return the number that follows the largest of a training's batches in a year; 1 for the first."""
    return 1 + (session.scalar(select(func.max(Batch.number)).where(
        Batch.training_id == training_id, Batch.year == year)) or 0)


def proposed_numbers(session: Session, actor: Actor, training_code: str, *, on: date) -> tuple[tuple[int, str], ...]:
    """Return the next free number of a training's batches, in roman letters, by year: this one and the next."""
    require(session, actor, "catalogue.edit_training", on=on)
    training = training_by_code(session, training_code)
    return tuple((year, roman(next_number(session, training.id, year))) for year in (on.year, on.year + 1))


def batch_code(training: Training, year: int, number: int) -> str:
    """Return the code of a batch: the training's, the year of its first day and its number in that year."""
    return f"{training.code.replace('/', '-')}-{year}-{number:02d}"


def create_batch(
    session: Session, actor: Actor, training_code: str, content: BatchContent, *, number: int | None = None, today: date,
    now: datetime,
) -> str:
    """Plan a batch and return its code: the training's, the year of its first day and its number in that year.

    Parameters
    ----------
    number : int, optional
        Ordinal in the year, from 1; None = the next.

    Raises
    ------
    NotFound
        If a code names nothing.
    NotAllowed
        If the organising unit is not in the actor's training centre.
    InvalidInput
        If the content contradicts itself, or the batch would begin before today.
    Conflict
        If the training is no longer held, or another of its batches has the number.
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
    number = _checked_number(session, training, first.year, number)
    batch = Batch(code=batch_code(training, first.year, number), training_id=training.id,
                  number=number, year=first.year, seats_taken=0, first_day=first, last_day=first)
    write_batch(session, batch, content, organiser)
    record(session, actor, "courses.edit_batch:create", "batch", batch.code, now=now,
           detail={"after": _plain(content)})
    session.flush()
    return batch.code


def _checked_number(session: Session, training: Training, year: int, number: int | None) -> int:
    """Return a number that no batch of the training has in a year."""
    free = next_number(session, training.id, year)
    if number is None:
        return free
    if not 1 <= number <= _MOST_NUMBER:
        raise InvalidInput(say("Nomor angkatan harus 1 sampai %(most)s.", most=_MOST_NUMBER), where="number")
    taken = session.scalar(select(Batch.code).where(
        Batch.training_id == training.id, Batch.year == year, Batch.number == number))
    if taken is not None:
        raise Conflict(say("Angkatan %(number)s Tahun %(year)s sudah ada: %(code)s. Nomor bebas berikutnya %(free)s.",
                           number=roman(number), year=year, code=taken, free=free), where="number")
    return number


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
    batch = hold_batch_row(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    organiser = unit_by_code(session, content.organiser_code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=organiser.id)
    if batch.status == "CANCELLED" or today > batch.last_day:
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; isinya tidak diubah lagi.",
                           code=batch.code))
    before = content_of(batch)
    if before == content:
        return
    _check(session, batch.training, content)
    if content.seats < batch.seats_taken:
        raise Conflict(say("%(taken)s kursi sudah terisi; kursi tidak dapat kurang dari itu.",
                           taken=batch.seats_taken), where="seats")
    write_batch(session, batch, content, organiser)
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
    # Seats that have come, or that quotas no longer keep, are offered to those who wait.
    settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)


def hold_batch_row(session: Session, code: str) -> Batch:
    """Return a batch whose row stays ours until the transaction ends, so that no seat is taken meanwhile."""
    found = batch_by_code(session, code)
    return session.scalars(select(Batch).where(Batch.id == found.id).with_for_update()
                           .execution_options(populate_existing=True)).one()


def _participants(session: Session, batch_id: int) -> list[int]:
    return list(session.scalars(
        select(Enrolment.person_id).where(Enrolment.batch_id == batch_id, Enrolment.status.in_(HELD))
        .order_by(Enrolment.id)))


def _plain(content: BatchContent) -> dict[str, Any]:
    plain: dict[str, Any] = {name: getattr(content, name) for name in BatchContent.__slots__}
    return plain | {
        "registration_until": content.registration_until.isoformat() if content.registration_until else None,
        "stages": [[stage.name, stage.mode, stage.first_day.isoformat(), stage.last_day.isoformat()]
                   for stage in content.stages],
        "subjects": [list(pair) for pair in content.subjects],
        "trainers": sorted(list(pair) for pair in content.trainers),
        "quotas": [[quota.unit_code, quota.reserved,
                    quota.reserved_until.isoformat() if quota.reserved_until else None, quota.most]
                   for quota in content.quotas]}


def write_batch(session: Session, batch: Batch, content: BatchContent, organiser: Unit) -> None:
    """Write what a batch shall be; the content was checked. Stages and subjects that go on keep their meetings.

    Raises
    ------
    Conflict
        If a subject falls away that has meetings.
    """
    for name in ("status", "seats", "min_participants", "cost_idr", "registration_until", "room_id", "kind", "run_cost_idr"):
        setattr(batch, name, getattr(content, name))
    room = session.get(Room, content.room_id) if content.room_id is not None else None
    batch.place = content.place.strip() or (room.place if room else "")
    batch.organiser_id = organiser.id
    batch.first_day, batch.last_day = content.stages[0].first_day, content.stages[-1].last_day
    session.add(batch)
    with session.no_autoflush:
        for rows in (batch.trainers, batch.quotas):
            rows.clear()
    session.flush()  # the old rows must be gone before the new ones claim their places
    _write_stages(batch, content)
    _write_subjects(session, batch, content)
    trainers = dict(session.execute(select(Trainer.code, Trainer.id)).all())
    units = dict(session.execute(select(Unit.code, Unit.id)).all())
    batch.trainers = [BatchTrainer(trainer_id=trainers[code], role=role) for code, role in content.trainers]
    batch.quotas = [BatchQuota(unit_id=units[quota.unit_code], reserved=quota.reserved,
                               reserved_until=quota.reserved_until, most=quota.most) for quota in content.quotas]
    session.flush()
    for meeting in batch.meetings:
        if not meeting.cancelled:
            meeting.stage = nearest_stage(batch.stages, meeting.day)
    session.flush()
    session.expire(batch, ["organiser", "room"])


def _write_stages(batch: Batch, content: BatchContent) -> None:
    """Write the stages over those that are there, the first over the first, so that meetings stay in theirs."""
    while len(batch.stages) > len(content.stages):
        batch.stages.pop()
    while len(batch.stages) < len(content.stages):
        batch.stages.append(BatchStage(seq=len(batch.stages) + 1))
    for row, stage in zip(batch.stages, content.stages, strict=True):
        row.name, row.mode = stage.name.strip(), stage.mode
        row.first_day, row.last_day = stage.first_day, stage.last_day


def _write_subjects(session: Session, batch: Batch, content: BatchContent) -> None:
    """Write the subjects over those of the same name, then over what is left in the same place."""
    wanted = [(name.strip(), jp) for name, jp in content.subjects]
    left = list(batch.subjects)
    rows: dict[int, BatchSubject] = {}
    for place, (name, _) in enumerate(wanted):
        same = next((row for row in left if row.name == name), None)
        if same is not None:
            rows[place] = same
            left.remove(same)
    for place in range(len(wanted)):
        if place not in rows and (there := next((row for row in left if row.seq == place + 1), None)) is not None:
            rows[place] = there
            left.remove(there)
    for row in left:
        if any(meeting.subject_id == row.id and not meeting.cancelled for meeting in batch.meetings):
            raise Conflict(say("%(name)s mempunyai pertemuan. Batalkan pertemuannya dahulu, lalu hapus mata pelatihannya.",
                               name=row.name), where="subjects")
        for meeting in batch.meetings:
            if meeting.subject_id == row.id:
                meeting.title, meeting.subject = meeting.title or row.name, None
        batch.subjects.remove(row)
    for row in rows.values():
        row.seq = -row.seq
    session.flush()  # places are free before they are given anew
    for place, (name, jp) in enumerate(wanted):
        known = rows.get(place)
        if known is None:
            batch.subjects.append(BatchSubject(seq=place + 1, name=name, jp=jp))
        else:
            known.seq, known.name, known.jp = place + 1, name, jp
    session.flush()
    session.refresh(batch, ["subjects"])


def _check(session: Session, training: Training, content: BatchContent) -> None:
    if content.status not in ("PLANNED", "OPEN"):
        raise InvalidInput(say("“%(word)s” tidak dikenal.", word=content.status), where="status")
    if not 1 <= content.seats <= _MOST_SEATS:
        raise InvalidInput(say("Kursi harus 1 sampai %(most)s.", most=_MOST_SEATS), where="seats")
    if not 0 <= content.min_participants <= content.seats:
        raise InvalidInput(say("Peserta paling sedikit harus 0 sampai %(seats)s.", seats=content.seats),
                           where="min_participants")
    if content.kind not in KINDS:
        raise InvalidInput(say("“%(word)s” tidak dikenal.", word=content.kind), where="kind")
    for name in ("cost_idr", "run_cost_idr"):
        if not 0 <= getattr(content, name) <= _MOST_IDR:
            raise InvalidInput(say("Biaya harus 0 sampai %(most)s rupiah.", most=_MOST_IDR), where=name)
    if len(content.place) > 120:
        raise InvalidInput(say("Nama tempat paling panjang 120 huruf."), where="place")
    _check_stages(content)
    first = content.stages[0].first_day
    if content.registration_until is not None and content.registration_until > first:
        raise InvalidInput(say("Pendaftaran ditutup paling akhir pada hari pertama, %(first)s.", first=first),
                           where="registration_until")
    _check_room(session, content)
    _check_subjects(training, content)
    _check_quotas(session, content)
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


def _check_quotas(session: Session, content: BatchContent) -> None:
    known = set(session.scalars(select(Unit.code)))
    codes = [quota.unit_code for quota in content.quotas]
    first = content.stages[0].first_day
    for quota in content.quotas:
        if quota.unit_code not in known:
            raise InvalidInput(say("Tidak ada unit kerja dengan kode “%(code)s”.", code=quota.unit_code), where="quotas")
        if quota.reserved < 0 or (quota.most is not None and quota.most < quota.reserved):
            raise InvalidInput(say("%(code)s: kursi yang disimpan paling sedikit 0, dan batasnya tidak kurang dari itu.",
                                   code=quota.unit_code), where="quotas")
        if not quota.reserved and quota.most is None:
            raise InvalidInput(say("%(code)s: isi kursi yang disimpan, batasnya, atau keduanya.", code=quota.unit_code),
                               where="quotas")
        if quota.reserved_until is not None and quota.reserved_until > first:
            raise InvalidInput(say("%(code)s: kursi disimpan paling akhir sampai hari pertama, %(first)s.",
                                   code=quota.unit_code, first=first), where="quotas")
    if len(set(codes)) < len(codes):
        raise InvalidInput(say("Setiap perangkat daerah ditulis sekali."), where="quotas")
    reserved = sum(quota.reserved for quota in content.quotas)
    if reserved > content.seats:
        raise InvalidInput(say("%(reserved)s kursi disimpan, padahal hanya ada %(seats)s kursi.", reserved=reserved,
                               seats=content.seats), where="quotas")
