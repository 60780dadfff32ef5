"""Numbers and switches that an agency or a regulation sets: what is in force on a day, from where, how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound, Unavailable
from kompetensi.messages import say
from kompetensi.models import Policy
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record

__all__ = [
    "CONFIDENCES", "GradeStep", "JpDuty", "PolicyInForce", "Thresholds", "certificate_reminder_days", "certificate_validity_years",
    "change_policy", "credit_per_year", "credit_percent", "credit_required", "evidence_validity_years",
    "find_policy", "forget_policies", "grade_scale", "jp_duty", "list_policies", "min_tenure_months",
    "policy_history", "read_policy", "read_thresholds", "training_proves_technical",
    "view_policies", "working_weeks",
]

CONFIDENCES = ("verified", "memory: unverified", "model")

_CACHE = "kompetensi_policies"


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy as it stands on a day.

    Attributes
    ----------
    key : str
        Dotted name, such as ``jp.min.PNS``.
    value : bool, int, float, str or None
        None = not adopted, or without a limit.
    valid_from, valid_to : date or None
        Both inclusive; None = open.
    source : str
        Legal or other basis, in words.
    confidence : str
        ``verified``, ``memory: unverified`` or ``model``.
    """

    key: str
    value: Any
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The two bounds of a JPM scale, per cent; each belongs to the band above it.

    Attributes
    ----------
    purpose : str
        ``filling`` (MS, MMS, KMS) or ``mapping`` (O, CO, KO).
    upper, lower : int
    source, confidence : str
        Of `upper`; the two are set together.
    """

    purpose: str
    upper: int
    lower: int
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class JpDuty:
    """Lesson hours a calendar year for an employee type; None = no bound.

    Attributes
    ----------
    employee_type : str
    min_jp, max_jp : PolicyInForce
    """

    employee_type: str
    min_jp: PolicyInForce
    max_jp: PolicyInForce


@dataclass(frozen=True, slots=True)
class GradeStep:
    """A grade of a training's result and the lowest score (0..100, inclusive) that earns it."""

    name: str
    min_score: Decimal
    source: str
    confidence: str


def _all_policies(session: Session) -> Mapping[str, tuple[PolicyInForce, ...]]:
    known = session.info.get(_CACHE)
    if known is None:
        grouped: dict[str, list[PolicyInForce]] = {}
        for record in session.scalars(select(Policy).order_by(Policy.key, Policy.id)):
            grouped.setdefault(record.key, []).append(PolicyInForce(
                record.key, record.value["value"], record.valid_from, record.valid_to, record.source,
                record.confidence))
        known = {key: tuple(sorted(rows, key=lambda row: row.valid_from or date.min)) for key, rows in grouped.items()}
        session.info[_CACHE] = known
    return known


def forget_policies(session: Session) -> None:
    """Drop what this session has read; whoever writes a policy calls this."""
    session.info.pop(_CACHE, None)


def find_policy(session: Session, key: str, on: date) -> PolicyInForce | None:
    """Return a policy as it stands on a day, or None when none does.

    Of several that hold on the day the one that began last wins, among equals the one recorded last.
    """
    in_force = [row for row in _all_policies(session).get(key, ())
                if (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)]
    return in_force[-1] if in_force else None


def list_policies(session: Session, on: date) -> tuple[PolicyInForce, ...]:
    """Return all policies in force on a day, by key."""
    found = (find_policy(session, key, on) for key in sorted(_all_policies(session)))
    return tuple(row for row in found if row is not None)


def view_policies(session: Session, actor: Actor, *, today: date) -> tuple[PolicyInForce, ...]:
    """Return all policies in force today, by key, to an admin.

    Raises
    ------
    NotAllowed
        If the actor is no admin.
    """
    require(session, actor, "admin.policies", on=today)
    return list_policies(session, today)


def policy_history(session: Session, actor: Actor, key: str, *, today: date) -> tuple[PolicyInForce, ...]:
    """Return all rows of a policy, oldest first; those that begin later than today are among them.

    Raises
    ------
    NotFound
        If no policy has this key.
    """
    require(session, actor, "admin.policies", on=today)
    rows = _all_policies(session).get(key, ())
    if not rows:
        raise NotFound(say("Tidak ada kebijakan dengan nama %(key)s.", key=key), where="key")
    return rows


def change_policy(
    session: Session, actor: Actor, key: str, *, text: str, valid_from: date, source: str, confidence: str,
    reason: str, today: date, now: datetime,
) -> PolicyInForce:
    """Set a policy from a day on, as a new row; what was in force until then stays readable with its last day.

    Parameters
    ----------
    text : str
        The value as typed: a number, ``true`` or ``false``, in the kind that the policy has; empty = not adopted.
    valid_from : datetime.date
        First day, later than the first day of every row there is; days past are history and stay as they were.
    source : str
        What it rests on, in words.
    confidence : str
        One of `CONFIDENCES`.
    reason : str
        Why it is changed; kept in the audit log.

    Raises
    ------
    NotFound
        If no policy has this key.
    InvalidInput
        If the value is of another kind, source or reason is missing, or the day is past.
    Conflict
        If a row begins on that day or later already.
    """
    rows = policy_history(session, actor, key, today=today)
    value = _parse_value(text, next((row.value for row in reversed(rows) if row.value is not None), None))
    for words, where in ((source, "source"), (reason, "reason")):
        if not words.strip():
            raise InvalidInput(say("Tulis sumber dan alasan perubahan ini."), where=where)
    if confidence not in CONFIDENCES:
        raise InvalidInput(say("Keyakinan ini tidak ada dalam daftar."), where="confidence")
    if valid_from < today:
        raise InvalidInput(say("Berlaku paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                           where="valid_from")
    latest = rows[-1]
    if latest.valid_from is not None and latest.valid_from >= valid_from:
        raise Conflict(say("Sudah ada nilai yang berlaku sejak %(day)s. Pilih hari sesudahnya.",
                           day=latest.valid_from), where="valid_from")
    for stored in session.scalars(select(Policy).where(Policy.key == key)):
        if stored.valid_to is None or stored.valid_to >= valid_from:
            stored.valid_to = valid_from - timedelta(days=1)
    session.add(Policy(key=key, value={"value": value}, valid_from=valid_from, source=source.strip(),
                       confidence=confidence))
    session.flush()
    forget_policies(session)
    record(session, actor, "admin.policies", "policy", key, now=now, detail={
        "before": {"value": latest.value, "source": latest.source},
        "after": {"value": value, "source": source.strip(), "valid_from": valid_from.isoformat()},
        "reason": reason.strip()})
    return _in_force(session, key, valid_from)


def _parse_value(text: str, known: Any) -> Any:
    """Read a typed value as the kind of the known one; a policy that never had a value takes a number."""
    text = text.strip()
    if not text:
        return None
    if isinstance(known, bool):
        if text.casefold() not in ("true", "false"):
            raise InvalidInput(say("Isi dengan true (ya) atau false (tidak)."), where="value")
        return text.casefold() == "true"
    if isinstance(known, str):
        return text
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number < 0:
        raise InvalidInput(say("Isi dengan angka 0 atau lebih, misalnya 20 atau 12,5."), where="value")
    return int(number) if number == number.to_integral_value() else float(number)


def _in_force(session: Session, key: str, on: date) -> PolicyInForce:
    found = find_policy(session, key, on)
    if found is None:
        raise Unavailable(say(
            "Kebijakan %(key)s belum ditetapkan untuk %(on)s; muat tabel kebijakan atau minta admin menetapkannya.",
            key=key, on=on))
    return found


def read_policy(session: Session, key: str, on: date) -> Any:
    """Return the value of a policy on a day; None = not adopted.

    Raises
    ------
    Unavailable
        If no row of that key holds on the day: the installation lacks its policies.
    """
    return _in_force(session, key, on).value


def read_thresholds(session: Session, purpose: str, on: date) -> Thresholds:
    """Return the bounds of the JPM scale for a purpose, ``filling`` or ``mapping``; they are two scales."""
    names = {"filling": ("ms", "mms"), "mapping": ("o", "co")}[purpose]
    upper, lower = (_in_force(session, f"readiness.{purpose}.{name}", on) for name in names)
    return Thresholds(purpose, upper.value, lower.value, upper.source, upper.confidence)


def training_proves_technical(session: Session, on: date) -> bool:
    """Say whether a passed training counts for a technical requirement without a test."""
    return bool(read_policy(session, "readiness.training_proves_technical", on))


def evidence_validity_years(session: Session, kind: str, on: date) -> int | None:
    """Return for how many years evidence of a kind (not TRAINING: its certificate decides) holds; None = no end."""
    return read_policy(session, f"evidence.validity_years.{kind}", on)


def certificate_validity_years(session: Session, on: date) -> int | None:
    """Return for how many years a certificate holds whose training does not say; None = without end."""
    return read_policy(session, "certificate.validity_years", on)


def certificate_reminder_days(session: Session, on: date) -> tuple[int, ...]:
    """Return how many days before its last day a certificate's holder is reminded, largest first; empty = never.

    Raises
    ------
    Unavailable
        If the policy is missing or is no list of whole numbers such as ``90,30,7``.
    """
    value = read_policy(session, "certificate.reminder_days", on)
    parts = [part.strip() for part in str(value).split(",")] if value is not None else []
    if not all(part.isdecimal() for part in parts):
        raise Unavailable(say("Kebijakan %(key)s harus berupa hari yang dipisahkan koma, misalnya 90,30,7.",
                              key="certificate.reminder_days"))
    return tuple(sorted({int(part) for part in parts}, reverse=True))


def working_weeks(session: Session) -> tuple[PolicyInForce, ...]:
    """Return every row of the general working hours, oldest first; for units that have set none of their own."""
    return _all_policies(session).get("working_time.week", ())


def jp_duty(session: Session, employee_type: str, on: date) -> JpDuty:
    """Return the lesson hours a year that an employee type owes and may have; a CPNS is held to those of a PNS."""
    kind = "PNS" if employee_type == "CPNS" else employee_type
    return JpDuty(employee_type, _in_force(session, f"jp.min.{kind}", on), _in_force(session, f"jp.max.{kind}", on))


def min_tenure_months(session: Session, on: date) -> PolicyInForce:
    """Return the shorter wait before a transfer that an agency may adopt; its value None = not adopted."""
    return _in_force(session, "mutasi.min_tenure_months", on)


def _by_suffix(session: Session, prefix: str, on: date) -> dict[str, PolicyInForce]:
    found = {key.removeprefix(prefix): find_policy(session, key, on)
             for key in _all_policies(session) if key.startswith(prefix)}
    return {suffix: row for suffix, row in found.items() if row is not None and row.value is not None}


def _hundredths(value: int | float) -> int:
    return int(Decimal(str(value)) * 100)


def credit_required(session: Session, on: date) -> dict[str, int]:
    """Return the cumulative credit points, times 100, that a rise into a functional class needs, by class code."""
    return {code: _hundredths(row.value) for code, row in _by_suffix(session, "credit.required.", on).items()}


def credit_per_year(session: Session, on: date) -> dict[str, int]:
    """Return the coefficient, times 100, of a year in a functional class with rating *Baik*, by class code."""
    return {code: _hundredths(row.value) for code, row in _by_suffix(session, "credit.yearly.", on).items()}


def credit_percent(session: Session, on: date) -> dict[int, int]:
    """Return the per cent of the coefficient that a rating earns, by rating 1 (Sangat Baik) to 5."""
    return {int(rating): int(row.value) for rating, row in _by_suffix(session, "credit.percent.", on).items()}


def grade_scale(session: Session, on: date) -> tuple[GradeStep, ...]:
    """Return the grades of a training's result, best first; empty when the installation sets none."""
    steps = [GradeStep(name.replace("-", " ").lower(), Decimal(str(row.value)), row.source, row.confidence)
             for name, row in _by_suffix(session, "grading.min_score.", on).items()]
    return tuple(sorted(steps, key=lambda step: (-step.min_score, step.name)))
