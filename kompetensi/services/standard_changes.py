"""A new dated standard for a position. It is in the audit log with what stood before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.graph.elements import Importance, NodeKind
from kompetensi.messages import say
from kompetensi.models import (
    Competency,
    EducationLevel,
    Grade,
    Position,
    PositionRequirement,
    PositionStandard,
    PositionTraining,
    Training,
)
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.lookup import position_by_code

__all__ = ["RequiredLevel", "StandardContent", "add_standard", "edit_position_standard", "latest_standard"]

_IMPORTANCES = tuple(item.value for item in Importance)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RequiredLevel:
    """A required level, 1..5; `weight` None = equal shares."""

    competency: str
    level: int
    importance: str = "PENTING"
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class StandardContent:
    """What a position asks for.

    Attributes
    ----------
    min_grade_code, min_education_code : str or None
        None = no such condition.
    education_fields : tuple of str
        Empty = any.
    levels : tuple of RequiredLevel
        All managerial and sociocultural competencies, and any technical ones.
    trainings : tuple of (str, str)
        Training code and importance.
    """

    min_grade_code: str | None
    min_education_code: str | None
    education_fields: tuple[str, ...]
    min_experience_years: int
    levels: tuple[RequiredLevel, ...]
    trainings: tuple[tuple[str, str], ...]


def edit_position_standard(
    session: Session, actor: Actor, code: str, content: StandardContent, *, valid_from: date, reason: str,
    today: date, now: datetime,
) -> int:
    """Give a position a new standard from a day on; the standard before it ends the day before.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the position's unit.
    InvalidInput
        If something is unknown, doubled or out of bounds, the reason is missing, the day is not after the first day
        of the last version, or nothing differs from it.
    """
    position = position_by_code(session, code)
    require(session, actor, "catalogue.edit_position", on=today, unit_id=position.unit_id)
    if not reason.strip():
        raise InvalidInput(say("Tuliskan alasan perubahan, misalnya nomor peraturannya."), where="reason")
    _check_content(session, content)
    last = _last_standard(session, position)
    before = _content_of(session, last) if last is not None else None
    if last is not None:
        if valid_from <= last.valid_from:
            raise InvalidInput(say(
                "Standar versi %(version)s berlaku sejak %(first)s; versi baru harus mulai sesudah hari itu.",
                version=last.version, first=last.valid_from), where="valid_from")
        if before == _ordered(content):
            raise InvalidInput(say("Tidak ada yang berbeda dari versi %(version)s.", version=last.version))
        if last.valid_to is None or last.valid_to >= valid_from:
            last.valid_to = valid_from - _DAY
    newest = session.scalar(select(func.max(PositionStandard.version)).where(
        PositionStandard.position_id == position.id)) or 0
    standard = add_standard(session, position, content, newest + 1, valid_from, reason.strip(), now)
    bump_catalogue_version(session, (NodeKind.POSITION, position.code))
    record(session, actor, "catalogue.edit_position:standard", "position", position.code, now=now, detail={
        "version": standard.version, "valid_from": valid_from.isoformat(), "reason": reason.strip(),
        "before": _plain(before), "after": _plain(_ordered(content))})
    session.flush()
    return standard.version


def _last_standard(session: Session, position: Position) -> PositionStandard | None:
    return session.scalars(select(PositionStandard).where(PositionStandard.position_id == position.id).order_by(
        PositionStandard.valid_from.desc(), PositionStandard.version.desc())).first()


def _ordered(content: StandardContent) -> StandardContent:
    return StandardContent(
        content.min_grade_code, content.min_education_code, tuple(content.education_fields),
        content.min_experience_years, tuple(sorted(content.levels, key=lambda item: item.competency)),
        tuple(sorted(content.trainings)))


def _content_of(session: Session, standard: PositionStandard) -> StandardContent:
    codes = dict(session.execute(select(Competency.id, Competency.code)).all())
    return _ordered(StandardContent(
        standard.min_grade_code, standard.min_education_code, tuple(standard.education_fields),
        standard.min_experience_years,
        tuple(RequiredLevel(codes[item.competency_id], item.level, item.importance, item.weight)
              for item in standard.requirements),
        tuple((item.training_code, item.importance) for item in standard.trainings)))


def latest_standard(session: Session, actor: Actor, code: str, *, on: date) -> tuple[StandardContent | None, date | None]:
    """Return the content of the last version of a position, to start a change from, and its first day."""
    position = position_by_code(session, code)
    require(session, actor, "catalogue.edit_position", on=on, unit_id=position.unit_id)
    last = _last_standard(session, position)
    return (None, None) if last is None else (_content_of(session, last), last.valid_from)


def _plain(content: StandardContent | None) -> dict[str, Any] | None:
    if content is None:
        return None
    return {
        "min_grade": content.min_grade_code, "min_education": content.min_education_code,
        "education_fields": list(content.education_fields), "min_experience_years": content.min_experience_years,
        "levels": {item.competency: [item.level, item.importance, item.weight] for item in content.levels},
        "trainings": dict(content.trainings)}


def _check_content(session: Session, content: StandardContent) -> None:
    kinds = dict(session.execute(select(Competency.code, Competency.kind)).all())
    for column, value, model, where in (
        (Grade.code, content.min_grade_code, "golongan", "min_grade_code"),
        (EducationLevel.code, content.min_education_code, "pendidikan", "min_education_code"),
    ):
        if value is not None and session.scalar(select(column).where(column == value)) is None:
            raise InvalidInput(say("Tidak ada %(what)s “%(code)s”.", what=model, code=value), where=where)
    if not 0 <= content.min_experience_years <= 50:
        raise InvalidInput(say("Pengalaman harus 0 sampai 50 tahun."), where="min_experience_years")
    codes = [item.competency for item in content.levels]
    _refuse_twice(codes, "levels")
    for item in content.levels:
        _check_level(item, kinds)
    weighted = [item.weight is not None for item in content.levels]
    if any(weighted) and not all(weighted):
        raise InvalidInput(say("Isi bobot semua kompetensi, atau kosongkan semuanya (bobot sama)."), where="levels")
    missing = sorted(code for code, kind in kinds.items() if kind != "TEKNIS" and code not in codes)
    if missing:
        raise InvalidInput(say(
            "Belum ada level untuk %(codes)s; setiap jabatan meminta semua kompetensi manajerial dan sosial kultural.",
            codes=missing), where="levels")
    _refuse_twice([code for code, _ in content.trainings], "trainings")
    known = set(session.scalars(select(Training.code).where(
        Training.code.in_([code for code, _ in content.trainings]))))
    for code, importance in content.trainings:
        if code not in known:
            raise InvalidInput(say("Tidak ada pelatihan dengan kode “%(code)s”.", code=code), where="trainings")
        _check_importance(importance, "trainings")


def _check_level(item: RequiredLevel, kinds: dict[str, str]) -> None:
    if item.competency not in kinds:
        raise InvalidInput(say("Tidak ada kompetensi dengan kode “%(code)s”.", code=item.competency), where="levels")
    if not 1 <= item.level <= 5:
        raise InvalidInput(say("Level %(code)s harus 1 sampai 5.", code=item.competency), where="levels")
    if item.weight is not None and not 1 <= item.weight <= 1000:
        raise InvalidInput(say("Bobot %(code)s harus 1 sampai 1000.", code=item.competency), where="levels")
    _check_importance(item.importance, "levels")


def _check_importance(importance: str, where: str) -> None:
    if importance not in _IMPORTANCES:
        raise InvalidInput(say("“%(word)s” bukan tingkat kepentingan; pilihannya: %(words)s.", word=importance,
                               words=_IMPORTANCES), where=where)


def _refuse_twice(codes: list[str], where: str) -> None:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise InvalidInput(say("%(names)s ditulis lebih dari sekali.", names=twice), where=where)


def add_standard(
    session: Session, position: Position, content: StandardContent, version: int, valid_from: date, reason: str,
    now: datetime,
) -> PositionStandard:
    """Write a standard and its rows; who calls has checked it, and moves the version of the catalogue."""
    ids = dict(session.execute(select(Competency.code, Competency.id)).all())
    standard = PositionStandard(
        position_id=position.id, version=version, valid_from=valid_from, valid_to=None,
        min_grade_code=content.min_grade_code, min_education_code=content.min_education_code,
        education_fields=list(content.education_fields), min_experience_years=content.min_experience_years,
        reason=reason, confidence="agency", recorded_at=now)
    standard.requirements = [PositionRequirement(
        competency_id=ids[item.competency], level=item.level, importance=item.importance, weight=item.weight)
        for item in content.levels]
    standard.trainings = [PositionTraining(training_code=code, importance=importance)
                          for code, importance in content.trainings]
    session.add(standard)
    session.flush()
    session.expire(position, ["standards"])
    return standard
