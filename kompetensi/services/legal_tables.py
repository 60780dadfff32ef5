"""Import of what the law and the agencies set: ranks, education, classes, kinds and rules of transfer, policies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kompetensi.exchange.reference_tables import MutasiRuleRow, PolicyRow
from kompetensi.messages import say
from kompetensi.models import (
    Competency,
    EducationLevel,
    Grade,
    JobClass,
    JobClassLevel,
    LadderLevel,
    MutasiKind,
    MutasiRule,
    Policy,
)
from kompetensi.services.policies import forget_policies
from kompetensi.services.table_changes import TableChanges, differences, match_rows

__all__ = [
    "compare_class_levels",
    "compare_classes",
    "compare_education_levels",
    "compare_grades",
    "compare_ladder",
    "compare_mutasi_kinds",
    "compare_mutasi_rules",
    "compare_policies",
]

# Scopes of a rule that are no code of a class or kind: everyone, all functional classes, all moves between agencies.
_WIDE_SCOPES = frozenset({"ALL", "JF", "ANTAR-INSTANSI"})


def _columns(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def compare_grades(changes: TableChanges) -> None:
    """Compare the *golongan*."""
    stored = {record.code: record for record in changes.session.scalars(select(Grade))}
    match_rows(changes, Grade, stored, ((row.code, _columns(
        row, "code", "siasn_id", "employee_type", "rank_name", "golongan", "ruang", "sort_order", "rank_order",
        "confidence", "rank_order_confidence")) for row in changes.table.rows))


def compare_education_levels(changes: TableChanges) -> None:
    """Compare the levels of education."""
    stored = {record.code: record for record in changes.session.scalars(select(EducationLevel))}
    match_rows(changes, EducationLevel, stored, (
        (row.code, _columns(row, "code", "name", "rank_order", "confidence")) for row in changes.table.rows))


def compare_ladder(changes: TableChanges) -> None:
    """Compare the generic ladder of technical competencies."""
    stored = {record.level: record for record in changes.session.scalars(select(LadderLevel))}
    match_rows(changes, LadderLevel, stored, (
        (row.level, _columns(row, "level", "name", "english", "indicator")) for row in changes.table.rows))


def compare_classes(changes: TableChanges) -> None:
    """Compare the position classes; their range of *golongan* must exist and run upwards."""
    session = changes.session
    orders = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    for row in changes.table.rows:
        known = changes.require_known(row, "min_golongan", [row.min_grade_code], orders)
        known &= changes.require_known(row, "max_golongan", [row.max_grade_code], orders)
        if known and orders[row.min_grade_code] > orders[row.max_grade_code]:
            changes.refuse(row, "max_golongan", say(
                "Golongan tertinggi %(most)s lebih rendah daripada golongan terendah %(least)s.",
                most=row.max_grade_code, least=row.min_grade_code))
    stored = {record.code: record for record in session.scalars(select(JobClass))}
    match_rows(changes, JobClass, stored, ((row.code, _columns(
        row, "code", "name", "group", "echelon", "siasn_code", "default_level", "min_grade_code", "max_grade_code",
        "retirement_age", "confidence")) for row in changes.table.rows))


def compare_class_levels(changes: TableChanges) -> None:
    """Compare the levels that position classes ask for by default."""
    session = changes.session
    classes = dict(session.execute(select(JobClass.code, JobClass.id)).all())
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    wanted = []
    for row in changes.table.rows:
        known = changes.require_known(row, "jenjang_code", [row.job_class_code], classes)
        known &= changes.require_known(row, "competency_code", [row.competency_code], competencies)
        if known:
            ids = (classes[row.job_class_code], competencies[row.competency_code])
            wanted.append((ids, {"job_class_id": ids[0], "competency_id": ids[1], "level": row.level,
                                 "confidence": row.confidence}))
    stored = {(record.job_class_id, record.competency_id): record for record in session.scalars(select(JobClassLevel))}
    match_rows(changes, JobClassLevel, stored, wanted)


def compare_mutasi_kinds(changes: TableChanges) -> None:
    """Compare the kinds of transfer."""
    stored = {record.code: record for record in changes.session.scalars(select(MutasiKind))}
    match_rows(changes, MutasiKind, stored, ((row.code, _columns(
        row, "code", "name", "example", "decided_by", "bkn_opinion", "legal_basis", "confidence"))
        for row in changes.table.rows))


def compare_mutasi_rules(changes: TableChanges) -> None:
    """Compare the rules of transfers with their latest versions.

    A rule that says something else becomes a new version from the day that the file gives, else from today; the
    version before it ends the day before. A version that begins on that same day is rewritten instead, for nobody
    was decided by it on an earlier day. Only a changed last day is no new version.
    """
    session = changes.session
    scopes = _WIDE_SCOPES | set(session.scalars(select(JobClass.code))) | set(session.scalars(select(MutasiKind.code)))
    latest: dict[str, MutasiRule] = {}
    for record in session.scalars(select(MutasiRule).order_by(MutasiRule.version)):
        latest[record.rule_id] = record
    for row in changes.table.rows:
        changes.require_known(row, "applies_to", row.scope, scopes)
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            changes.refuse(row, "valid_to", say("Hari terakhir %(last)s sebelum hari pertama %(first)s.",
                                                last=row.valid_to, first=row.valid_from))
            continue
        _compare_rule(changes, row, latest.get(row.rule_id))


def _compare_rule(changes: TableChanges, row: MutasiRuleRow, former: MutasiRule | None) -> None:
    session = changes.session
    words = _columns(row, "category", "applies_to", "jenjang_of", "when", "text", "legal_basis", "data_needed",
                     "severity", "checks", "parameters", "confidence")
    if former is None:
        changes.create(lambda: session.add(MutasiRule(
            rule_id=row.rule_id, version=1, valid_from=row.valid_from, valid_to=row.valid_to, **words)))
        return
    changed = differences(former, words)
    days = differences(former, {"valid_to": row.valid_to})
    if row.valid_from is not None:
        days |= differences(former, {"valid_from": row.valid_from})
    start = row.valid_from or changes.today

    def write() -> None:
        if not changed or (former.valid_from is not None and start <= former.valid_from):
            for name, (_, value) in (changed | days).items():
                setattr(former, name, value)
            return
        former.valid_to = start - timedelta(days=1)
        session.add(MutasiRule(rule_id=row.rule_id, version=former.version + 1, valid_from=start,
                               valid_to=row.valid_to, **words))

    changes.compare(row.rule_id, changed | days, write)


def compare_policies(changes: TableChanges) -> None:
    """Compare the policies; a value of the same key and first day is corrected, any other first day is a new row."""
    stored = {(record.key, record.valid_from): record for record in changes.session.scalars(select(Policy))}
    wanted = []
    for row in changes.table.rows:
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            changes.refuse(row, "valid_to", say("Hari terakhir %(last)s sebelum hari pertama %(first)s.",
                                                last=row.valid_to, first=row.valid_from))
        wanted.append(((row.key, row.valid_from), _policy_columns(row)))
    match_rows(changes, Policy, stored, wanted)
    changes.steps.append(lambda: forget_policies(changes.session))


def _policy_columns(row: PolicyRow) -> dict[str, Any]:
    return {"value": {"value": row.value}, **_columns(row, "key", "valid_from", "valid_to", "source", "confidence")}
