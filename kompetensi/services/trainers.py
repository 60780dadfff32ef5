"""Trainers: what each may teach, when he is not there, how much of his yearly load is used."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.elements import Offered
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    BatchTrainer,
    Competency,
    Meeting,
    MeetingTrainer,
    Trainer,
    TrainerAbsence,
    TrainerQualification,
    Training,
    TrainingRaise,
)
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.resources import HIGHEST_LEVEL, Qualification, covering, may_teach
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.bookings import Booking, overlapping, told, trainer_bookings
from kompetensi.services.lookup import competency_by_code, person_by_nip, training_by_code, unit_by_code
from kompetensi.services.rooms import check_span

__all__ = ["AbsenceView", "QualificationContent", "TeachingLine", "TrainerContent", "TrainerItem", "TrainerList",
           "TrainerLoad", "TrainerView", "create_trainer", "edit_trainer", "end_absence", "list_trainers", "note_absence",
           "qualified_trainers", "trainer_content", "trainer_loads", "trainer_subjects", "view_trainer"]

_FAR = date(9999, 12, 31)
_MOST_JP = 9999
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,39}")


@dataclass(frozen=True, slots=True)
class QualificationContent:
    """What a trainer may teach: a training by code, or a competency by code up to a level.

    Attributes
    ----------
    training, competency : str
        One of them is empty.
    level : int or None
        1..5 with a competency; None with a training.
    valid_until : date or None
        Last day, inclusive; None = without end.
    source : str
        Certificate or decree that says so.
    """

    training: str
    competency: str
    level: int | None
    valid_until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class TrainerContent:
    """What can be said about a trainer.

    Attributes
    ----------
    agency : str
        Where he comes from.
    unit_code : str
        The centre that keeps the record.
    nip : str
        Of the person that he is, when he is one of ours; empty = not.
    external : bool
        Whether he comes from outside of the training centre.
    home_place : str
        Where he travels from; empty = he travels nowhere.
    yearly_jp : int or None
        Most lesson hours a calendar year, 1..9999; None = no limit recorded.
    retired_on : date or None
        From this day on he no longer teaches.
    qualifications : tuple of QualificationContent
        Each training and each competency once.
    """

    name: str
    agency: str
    unit_code: str
    nip: str = ""
    external: bool = False
    home_place: str = ""
    yearly_jp: int | None = None
    retired_on: date | None = None
    qualifications: tuple[QualificationContent, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainerLoad:
    """Lesson hours of a calendar year.

    Attributes
    ----------
    used : int
        In meetings that are not cancelled.
    limit : int or None
        None = no limit recorded.
    unplanned : int
        Batches of the year in which he teaches and that have no meetings yet; their hours are in no sum.
    """

    year: int
    used: int
    limit: int | None
    unplanned: int

    @property
    def left(self) -> int | None:
        """Hours until the limit, negative beyond it; None without a limit."""
        return None if self.limit is None else self.limit - self.used


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """Days on which a trainer is not there, both inclusive; `touched` batches have days in it."""

    id: int
    first_day: date
    last_day: date
    reason: str
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainerItem:
    """A trainer in a list.

    Attributes
    ----------
    trainings : int
        How many of the trainings that are held he may teach today.
    away : AbsenceView or None
        The absence of today, or the next one.
    """

    code: str
    name: str
    agency: str
    external: bool
    home_place: str
    unit: str
    retired_on: date | None
    load: TrainerLoad
    trainings: int
    away: AbsenceView | None
    may_edit: bool


@dataclass(frozen=True, slots=True)
class TrainerList:
    """Trainers by name, then code; `total` counts all that teach today, whatever was asked for."""

    trainers: tuple[TrainerItem, ...]
    total: int
    may_create: bool


@dataclass(frozen=True, slots=True)
class TeachingLine:
    """A training that a trainer may teach today, and by what: sentences."""

    code: str
    name: str
    by: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class TrainerView:
    """One trainer.

    Attributes
    ----------
    content : TrainerContent
    subjects : mapping of str to str
        Names of the trainings and competencies that his qualifications name, by code.
    teaches : tuple of TeachingLine
        Trainings that are held and that he may teach today, by name.
    absences : tuple of AbsenceView
        Those that have not ended, by first day.
    bookings : tuple of Booking
        What takes him from today on.
    """

    item: TrainerItem
    content: TrainerContent
    subjects: Mapping[str, str]
    teaches: tuple[TeachingLine, ...]
    absences: tuple[AbsenceView, ...]
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class _Taught:
    code: str
    name: str
    raises: Mapping[str, int]


# --- looking ---------------------------------------------------------------------------------------------------------


def _held_trainings(session: Session, code: str | None = None) -> tuple[_Taught, ...]:
    """Return the trainings that are held, or the one of a code, with the levels that they give; by name."""
    query = (select(Training.code, Training.name, Competency.code, TrainingRaise.level)
             .outerjoin(TrainingRaise, TrainingRaise.training_id == Training.id)
             .outerjoin(Competency, TrainingRaise.competency_id == Competency.id).order_by(Training.name, Training.code))
    query = query.where(Training.code == code) if code else query.where(Training.offered != Offered.HISTORY.value)
    raises: dict[tuple[str, str], dict[str, int]] = {}
    for training, name, competency, level in session.execute(query):
        found = raises.setdefault((training, name), {})
        if competency is not None:
            found[competency] = max(level, found.get(competency, 0))
    return tuple(_Taught(training, name, found) for (training, name), found in raises.items())


def _qualifications(trainer: Trainer) -> list[Qualification]:
    return [Qualification(row.training.code if row.training else None, row.competency.code if row.competency else None,
                          row.level, row.valid_until) for row in trainer.qualifications]


def _trainers(session: Session) -> Sequence[Trainer]:
    return session.scalars(select(Trainer).options(
        joinedload(Trainer.unit), joinedload(Trainer.person), selectinload(Trainer.absences),
        selectinload(Trainer.qualifications).joinedload(TrainerQualification.training),
        selectinload(Trainer.qualifications).joinedload(TrainerQualification.competency))
        .order_by(Trainer.name, Trainer.code)).all()


def trainer_loads(session: Session, year: int, trainer_ids: Collection[int] | None = None) -> dict[int, TrainerLoad]:
    """Return the load of a calendar year, by trainer; three queries, whatever their number.

    Parameters
    ----------
    trainer_ids : collection of int, optional
        None = of all trainers.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    limits = select(Trainer.id, Trainer.yearly_jp)
    used = (select(MeetingTrainer.trainer_id, func.sum(MeetingTrainer.jp))
            .join(Meeting, MeetingTrainer.meeting_id == Meeting.id).join(Batch, Meeting.batch_id == Batch.id)
            .where(Meeting.day.between(first, last), Meeting.cancelled.is_(False), Batch.status != "CANCELLED")
            .group_by(MeetingTrainer.trainer_id))
    planned = exists().where(Meeting.batch_id == Batch.id, Meeting.cancelled.is_(False)).correlate(Batch)
    unplanned = (select(BatchTrainer.trainer_id, func.count()).join(Batch, BatchTrainer.batch_id == Batch.id)
                 .where(Batch.first_day.between(first, last), Batch.status != "CANCELLED", ~planned)
                 .group_by(BatchTrainer.trainer_id))
    if trainer_ids is not None:
        limits = limits.where(Trainer.id.in_(trainer_ids))
    hours, without = dict(session.execute(used).all()), dict(session.execute(unplanned).all())
    return {key: TrainerLoad(year, int(hours.get(key, 0)), limit, without.get(key, 0))
            for key, limit in session.execute(limits)}


def list_trainers(
    session: Session, actor: Actor, *, today: date, year: int | None = None, training: str | None = None, text: str = "",
    retired: bool = False,
) -> TrainerList:
    """Return trainers; the number of queries does not grow with them.

    Parameters
    ----------
    year : int, optional
        Calendar year of the load; None = today's.
    training : str, optional
        Only those who may teach this training today.
    text : str
        Only those whose name, code or agency holds every word.
    retired : bool
        Also those who no longer teach.

    Raises
    ------
    NotFound
        If there is no such training.
    NotAllowed
        If the actor is neither training centre nor admin.
    """
    require(session, actor, "resources.view", on=today)
    wanted = _held_trainings(session, training_by_code(session, training).code) if training else ()
    rows = _trainers(session)
    teaching = [row for row in rows if row.retired_on is None or row.retired_on > today]
    words = text.casefold().split()
    shown = [row for row in (rows if retired else teaching)
             if all(word in f"{row.name} {row.code} {row.agency}".casefold() for word in words)
             and all(may_teach(_qualifications(row), one.code, one.raises, today) for one in wanted)]
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    return TrainerList(tuple(_items(session, shown, scope, year or today.year, today)), len(teaching),
                       scope is None or bool(scope))


def qualified_trainers(session: Session, training_code: str, on: date) -> tuple[tuple[str, str], ...]:
    """Return code and name of those who may teach a training on a day and still teach then, by name and code.

    Raises
    ------
    NotFound
        If there is no such training.
    """
    (training,) = _held_trainings(session, training_by_code(session, training_code).code)
    return tuple((row.code, row.name) for row in _trainers(session)
                 if (row.retired_on is None or row.retired_on > on)
                 and may_teach(_qualifications(row), training.code, training.raises, on))


def _items(
    session: Session, rows: Sequence[Trainer], scope: frozenset[int] | None, year: int, today: date
) -> Iterable[TrainerItem]:
    loads = trainer_loads(session, year, [row.id for row in rows])
    trainings = _held_trainings(session)
    for row in rows:
        held = _qualifications(row)
        away = next((AbsenceView(one.id, one.first_day, one.last_day, one.reason) for one in row.absences
                     if one.last_day >= today), None)
        yield TrainerItem(
            row.code, row.name, row.agency, row.external, row.home_place, row.unit.name if row.unit else "",
            row.retired_on, loads[row.id],
            sum(may_teach(held, training.code, training.raises, today) for training in trainings), away,
            scope is None or row.unit_id in scope)


def view_trainer(session: Session, actor: Actor, code: str, *, today: date, year: int | None = None) -> TrainerView:
    """Open a trainer.

    Raises
    ------
    NotFound
        If there is none of that code.
    NotAllowed
        If the actor is neither training centre nor admin.
    """
    require(session, actor, "resources.view", on=today)
    trainer = _trainer(session, code)
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    (item,) = _items(session, [trainer], scope, year or today.year, today)
    held = _qualifications(trainer)
    names = {row.training.code if row.training else row.competency.code:
             row.training.name if row.training else row.competency.name for row in trainer.qualifications}
    teaches = []
    for training in _held_trainings(session):
        by = covering(held, training.code, training.raises, today)
        if by:
            teaches.append(TeachingLine(training.code, training.name, tuple(
                say("disebut namanya") if one.training else
                say("%(competency)s sampai level %(level)s", competency=names[one.competency], level=one.level)
                for one in by)))
    bookings = trainer_bookings(session, [trainer.id], today, _FAR).get(trainer.id, ())
    absences = tuple(
        AbsenceView(one.id, one.first_day, one.last_day, one.reason,
                    tuple(booking.batch for booking in overlapping(bookings, one.first_day, one.last_day)))
        for one in trainer.absences if one.last_day >= today)
    return TrainerView(item, _content_of(trainer), names, tuple(teaches), absences, bookings)


def _trainer(session: Session, code: str) -> Trainer:
    trainer = session.scalars(select(Trainer).where(Trainer.code == code.strip().upper())).one_or_none()
    if trainer is None:
        raise NotFound(say("Tidak ada pengajar dengan kode “%(code)s”.", code=code), where="TRAINER")
    return trainer


def _own_trainer(session: Session, actor: Actor, code: str, today: date) -> Trainer:
    trainer = _trainer(session, code)
    require(session, actor, "resources.edit", on=today, unit_id=trainer.unit_id)
    return trainer


def trainer_content(session: Session, actor: Actor, code: str, *, today: date) -> TrainerContent:
    """Return what a trainer's record says now, to start a change from.

    Raises
    ------
    NotFound
        If there is none of that code.
    NotAllowed
        If the record is not kept by the actor's training centre.
    """
    return _content_of(_own_trainer(session, actor, code, today))


def _content_of(trainer: Trainer) -> TrainerContent:
    return TrainerContent(
        trainer.name, trainer.agency, trainer.unit.code if trainer.unit else "",
        trainer.person.nip if trainer.person else "", trainer.external, trainer.home_place, trainer.yearly_jp,
        trainer.retired_on, tuple(
            QualificationContent(row.training.code if row.training else "",
                                 row.competency.code if row.competency else "", row.level, row.valid_until, row.source)
            for row in trainer.qualifications))


def trainer_subjects(session: Session) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return what a form offers: code and name of the trainings that are held, and of the competencies."""
    competencies = session.execute(select(Competency.code, Competency.name).order_by(Competency.name, Competency.code))
    return (tuple((training.code, training.name) for training in _held_trainings(session)),
            tuple((code, name) for code, name in competencies))


# --- changing --------------------------------------------------------------------------------------------------------


def _checked(session: Session, content: TrainerContent) -> TrainerContent:
    name, agency, home = (" ".join(text.split()) for text in (content.name, content.agency, content.home_place))
    if not name or len(name) > 160:
        raise InvalidInput(say("Tulis nama pengajar, paling panjang %(most)s huruf.", most=160), where="name")
    if len(agency) > 160:
        raise InvalidInput(say("Nama instansi paling panjang %(most)s huruf.", most=160), where="agency")
    if len(home) > 120:
        raise InvalidInput(say("Nama tempat paling panjang %(most)s huruf.", most=120), where="home_place")
    if content.yearly_jp is not None and not 1 <= content.yearly_jp <= _MOST_JP:
        raise InvalidInput(say("Batas JP setahun antara %(least)s dan %(most)s; kosong berarti tanpa batas.", least=1,
                               most=_MOST_JP), where="yearly_jp")
    nip = person_by_nip(session, content.nip).nip if content.nip.strip() else ""
    return TrainerContent(name, agency, content.unit_code, nip, content.external, home, content.yearly_jp,
                          content.retired_on, _checked_qualifications(content.qualifications))


def _checked_qualifications(
    qualifications: Sequence[QualificationContent],
) -> tuple[QualificationContent, ...]:
    seen: set[tuple[str, str]] = set()
    for one in qualifications:
        if bool(one.training) == bool(one.competency):
            raise InvalidInput(say("Setiap kewenangan menyebut satu pelatihan atau satu kompetensi."), where="qualifications")
        if bool(one.competency) != (one.level is not None):
            raise InvalidInput(say("Kewenangan atas kompetensi menyebut levelnya; atas pelatihan tidak."),
                               where="qualifications")
        if one.level is not None and not 1 <= one.level <= HIGHEST_LEVEL:
            raise InvalidInput(say("Level kewenangan antara %(least)s dan %(most)s.", least=1, most=HIGHEST_LEVEL),
                               where="qualifications")
        if (one.training, one.competency) in seen:
            raise InvalidInput(say("“%(code)s” disebut dua kali.", code=one.training or one.competency),
                               where="qualifications")
        seen.add((one.training, one.competency))
    return tuple(qualifications)


def _write(session: Session, trainer: Trainer, content: TrainerContent) -> None:
    trainer.name, trainer.agency, trainer.external = content.name, content.agency, content.external
    trainer.home_place, trainer.yearly_jp, trainer.retired_on = content.home_place, content.yearly_jp, content.retired_on
    trainer.person = person_by_nip(session, content.nip) if content.nip else None
    trainer.unit = unit_by_code(session, content.unit_code)
    wanted = [TrainerQualification(
        training=training_by_code(session, one.training) if one.training else None,
        competency=competency_by_code(session, one.competency) if one.competency else None, level=one.level,
        valid_until=one.valid_until, source=one.source.strip()[:200]) for one in content.qualifications]
    # Old rows go first: a training that stays would stand there twice for a moment.
    trainer.qualifications.clear()
    session.flush()
    trainer.qualifications.extend(wanted)
    session.flush()


def _plain(content: TrainerContent) -> dict[str, Any]:
    return {
        "name": content.name, "agency": content.agency, "unit": content.unit_code, "nip": content.nip,
        "external": content.external, "home_place": content.home_place, "yearly_jp": content.yearly_jp,
        "retired_on": content.retired_on.isoformat() if content.retired_on else None,
        "qualifications": [[one.training or one.competency, one.level,
                            one.valid_until.isoformat() if one.valid_until else None, one.source]
                           for one in content.qualifications]}


def create_trainer(
    session: Session, actor: Actor, code: str, content: TrainerContent, *, today: date, now: datetime
) -> str:
    """Add a trainer and return his code as it is kept.

    Raises
    ------
    NotFound
        If a code or the NIP names nothing.
    NotAllowed
        If the unit is not in the actor's training centre.
    InvalidInput
        If a value is missing or none.
    Conflict
        If the code is taken.
    """
    unit = unit_by_code(session, content.unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise InvalidInput(say("Kode terdiri atas huruf, angka, titik dan tanda hubung, misalnya WI-13."), where="code")
    if session.scalars(select(Trainer.id).where(Trainer.code == code)).one_or_none() is not None:
        raise Conflict(say("Kode %(code)s sudah dipakai pengajar lain.", code=code), where="code")
    content = _checked(session, content)
    trainer = Trainer(code=code, name=content.name, unit_id=unit.id)
    session.add(trainer)
    _write(session, trainer, content)
    record(session, actor, "resources.edit:trainer", "trainer", code, now=now, detail={"after": _plain(content)})
    session.flush()
    return code


def edit_trainer(
    session: Session, actor: Actor, code: str, content: TrainerContent, *, today: date, now: datetime
) -> bool:
    """Change a trainer's record; return whether anything differed.

    Raises
    ------
    NotFound
        If a code or the NIP names nothing.
    NotAllowed
        If the record, or the unit that shall keep it, is not in the actor's training centre.
    InvalidInput
        If a value is missing or none, or he would have stopped teaching before today.
    Conflict
        If he would no longer teach on days on which batches count on him; each is named.
    """
    trainer = _own_trainer(session, actor, code, today)
    unit = unit_by_code(session, content.unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    before, content = _content_of(trainer), _checked(session, content)
    if before == content:
        return False
    if content.retired_on is not None and content.retired_on != before.retired_on:
        if content.retired_on < today:
            raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                               where="retired_on")
        touched = trainer_bookings(session, [trainer.id], content.retired_on, _FAR).get(trainer.id, ())
        if touched:
            raise Conflict(say("Mulai hari itu ia masih mengajar pada %(batches)s. Ganti pengajarnya dahulu.",
                               batches=told(touched)), where="retired_on")
    _write(session, trainer, content)
    old, new = _plain(before), _plain(content)
    changed = [name for name in new if old[name] != new[name]]
    record(session, actor, "resources.edit:trainer", "trainer", trainer.code, now=now, person_id=trainer.person_id, detail={
        "before": {name: old[name] for name in changed}, "after": {name: new[name] for name in changed}})
    session.flush()
    return True


def note_absence(
    session: Session, actor: Actor, code: str, first: date, last: date, reason: str, *, today: date, now: datetime
) -> tuple[Booking, ...]:
    """Record that a trainer is not there on some days, both inclusive; return the batches that count on him then.

    An absence is a fact and is kept whatever it touches; somebody has to find another trainer.

    Raises
    ------
    NotFound
        If there is no such trainer.
    NotAllowed
        If the record is not kept by the actor's training centre.
    InvalidInput
        If the days are past or in the wrong order, or the reason is missing.
    Conflict
        If he is away on one of the days already.
    """
    trainer = _own_trainer(session, actor, code, today)
    check_span(first, last, today)
    reason = " ".join(reason.split())
    if not reason or len(reason) > 200:
        raise InvalidInput(say("Tulis alasan ketidakhadiran, paling panjang %(most)s huruf.", most=200), where="reason")
    for one in trainer.absences:
        if one.first_day <= last and first <= one.last_day:
            raise Conflict(say("Sudah tercatat tidak hadir %(first)s sampai %(last)s: %(reason)s", first=one.first_day,
                               last=one.last_day, reason=one.reason), where="first_day")
    touched = trainer_bookings(session, [trainer.id], first, last).get(trainer.id, ())
    trainer.absences.append(TrainerAbsence(first_day=first, last_day=last, reason=reason))
    record(session, actor, "resources.edit:trainer", "trainer", trainer.code, now=now, person_id=trainer.person_id, detail={
        "away": [first.isoformat(), last.isoformat()], "reason": reason,
        "touched": [booking.batch for booking in touched]})
    session.flush()
    return touched


def end_absence(session: Session, actor: Actor, absence_id: int, *, today: date, now: datetime) -> str:
    """Take an absence back; one that has begun ends yesterday. Return the trainer's code.

    Raises
    ------
    NotFound
        If there is no such absence.
    NotAllowed
        If the record is not kept by the actor's training centre.
    Conflict
        If it has ended.
    """
    absence = session.get(TrainerAbsence, absence_id)
    if absence is None:
        raise NotFound(say("Tidak ada ketidakhadiran nomor %(id)s.", id=absence_id), where="ABSENCE")
    trainer = _own_trainer(session, actor, absence.trainer.code, today)
    if absence.last_day < today:
        raise Conflict(say("Ketidakhadiran ini sudah berakhir %(day)s.", day=absence.last_day))
    detail = {"back": [absence.first_day.isoformat(), absence.last_day.isoformat()], "reason": absence.reason}
    if absence.first_day < today:
        absence.last_day = today - timedelta(days=1)
    else:
        trainer.absences.remove(absence)
    record(session, actor, "resources.edit:trainer", "trainer", trainer.code, now=now, person_id=trainer.person_id,
           detail=detail)
    session.flush()
    return trainer.code
