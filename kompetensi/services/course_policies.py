"""What an agency has set for running a batch: attendance, check-in, passing, remedial attempts, evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kompetensi.rules.results import Minimums, RemedialRules
from kompetensi.services.policies import PolicyInForce, find_policy, read_policy

__all__ = ["CheckInRules", "EvaluationRules", "attendance_minimum", "check_in_rules", "evaluation_rules",
           "read_minimums", "remedial_rules"]


@dataclass(frozen=True, slots=True)
class CheckInRules:
    """When one may check in, in minutes; `token_minutes` is how long a room shows the same code."""

    before: int
    grace: int
    after: int
    token_minutes: int


@dataclass(frozen=True, slots=True)
class EvaluationRules:
    """Until how many days after the last meeting one may answer, and from how many answers on results are shown."""

    days: int
    min_answers: int


def check_in_rules(session: Session, on: date) -> CheckInRules:
    """Return the rules of checking in on a day."""
    values = {name: int(read_policy(session, key, on) or 0) for name, key in (
        ("before", "attendance.check_in.before_minutes"), ("grace", "attendance.late_after_minutes"),
        ("after", "attendance.check_in.after_minutes"), ("token_minutes", "attendance.check_in.token_minutes"))}
    return CheckInRules(**values | {"token_minutes": max(1, values["token_minutes"])})


def attendance_minimum(session: Session, on: date) -> PolicyInForce | None:
    """Return the attendance, per cent, that a pass takes; None, or without a value = none is asked."""
    return find_policy(session, "attendance.min_percent", on)


def read_minimums(session: Session, on: date, *, needs_score: bool) -> Minimums:
    """Return what a pass takes on a day; a training that is only attended needs no score."""
    percent = attendance_minimum(session, on)
    return Minimums(None if percent is None else percent.value,
                    _hundredths(find_policy(session, "results.pass_score", on)) if needs_score else None)


def remedial_rules(session: Session, on: date) -> RemedialRules:
    """Return when and how often who failed on a day may try again."""
    days = read_policy(session, "results.remedial.days", on)
    return RemedialRules(None if days is None else int(days),
                         int(read_policy(session, "results.remedial.attempts", on) or 0),
                         _hundredths(find_policy(session, "results.remedial.most_score", on)))


def evaluation_rules(session: Session, on: date) -> EvaluationRules:
    """Return the rules of evaluations on a day; results never show fewer than two answers."""
    return EvaluationRules(int(read_policy(session, "evaluations.days", on) or 0),
                           max(2, int(read_policy(session, "evaluations.min_answers", on) or 0)))


def _hundredths(policy: PolicyInForce | None) -> int | None:
    value: Any = None if policy is None else policy.value
    return None if value is None else int(Decimal(str(value)) * 100)
