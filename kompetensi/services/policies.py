"""Numbers and switches that an agency or a regulation sets: what is in force on a day, from where, how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Unavailable
from kompetensi.messages import say
from kompetensi.models import Policy

__all__ = ["GradeStep", "JpDuty", "PolicyInForce", "Thresholds", "certificate_validity_years", "credit_per_year",
           "credit_percent", "credit_required", "evidence_validity_years", "find_policy", "forget_policies",
           "grade_scale", "jp_duty", "list_policies", "min_tenure_months", "read_policy", "read_thresholds",
           "training_proves_technical"]

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
