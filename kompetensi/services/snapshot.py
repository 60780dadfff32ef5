"""The one bridge from rows to the competency graph: the catalogue of a day, and a person's evidence and trainings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kompetensi.graph import evidence as pure
from kompetensi.graph.build import CompetencyGraph, build
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    Offered,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)
from kompetensi.models import Certificate, EducationLevel, Grade, JobClass, PositionStandard, Unit
from kompetensi.models import Competency as CompetencyRow
from kompetensi.models import CompetencyRelation as RelationRow
from kompetensi.models import Evidence as EvidenceRow
from kompetensi.models import Position as PositionRow
from kompetensi.models import PositionRequirement as RequirementRow
from kompetensi.models import PositionTraining as DemandRow
from kompetensi.models import Training as TrainingRow
from kompetensi.models import TrainingRaise as RaiseRow
from kompetensi.services.settings import catalogue_version

__all__ = ["Holding", "load_evidence", "load_graph", "load_holdings"]

# How many days' graphs a process keeps; pages ask for today, now and then for another day.
_KEPT = 4
_graphs: dict[tuple[str, int, date], CompetencyGraph] = {}


@dataclass(frozen=True, slots=True)
class Holding:
    """A training that a person has passed, by the certificate that records it.

    Attributes
    ----------
    code : str
        The training that it counts for: the certificate's own, or the one that its training is equivalent to.
    through : str
        The certificate's own training.
    valid_until : date or None
        Last day, inclusive; None = without end.
    external : bool
        True for an outside issuer's certificate.
    """

    code: str
    through: str
    certificate_id: int
    number: str
    issuer: str
    finished_on: date
    valid_until: date | None
    external: bool


def load_graph(session: Session, on: date) -> CompetencyGraph:
    """Return the competency graph with the standards in force on a day.

    A position without a standard on that day is left out. The graph is kept per process, database, version of the
    catalogue and day; whoever changes the catalogue moves the version (`settings.bump_catalogue_version`).
    """
    key = (str(session.get_bind().engine.url), catalogue_version(session), on)
    graph = _graphs.get(key) if not session.info.get("kompetensi_catalogue_changed") else None
    if graph is None:
        graph = build(*_elements(session, on))
        if not session.info.get("kompetensi_catalogue_changed"):
            while len(_graphs) >= _KEPT:
                _graphs.pop(next(iter(_graphs)))
            _graphs[key] = graph
    return graph


def _elements(
    session: Session, on: date
) -> tuple[list[Competency], list[Training], list[Position], list[Relation]]:
    ranks = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    schooling = dict(session.execute(select(EducationLevel.code, EducationLevel.rank_order)).all())
    codes = dict(session.execute(select(CompetencyRow.id, CompetencyRow.code)).all())
    competencies = [Competency(row.code, row.name, CompetencyKind(row.kind), row.urusan)
                    for row in session.scalars(select(CompetencyRow))]
    raises: dict[int, list[Raise]] = defaultdict(list)
    for row in session.scalars(select(RaiseRow).order_by(RaiseRow.id)):
        raises[row.training_id].append(Raise(codes[row.competency_id], row.level))
    trainings = [
        Training(
            row.code, row.name, row.jp, row.cost_idr, ranks[row.min_grade_code] if row.min_grade_code else None,
            parse_condition(row.entry), tuple(raises[row.id]), Offered(row.offered), row.equivalent_code,
            tuple(row.target_classes), row.validity_years)
        for row in session.scalars(select(TrainingRow))]
    relations = [Relation(codes[row.from_id], codes[row.to_id], EdgeKind(row.kind.lower()))
                 for row in session.scalars(select(RelationRow))]
    return competencies, trainings, _positions(session, on, codes, ranks, schooling), relations


def _positions(
    session: Session, on: date, codes: Mapping[int, str], ranks: Mapping[str, int], schooling: Mapping[str, int]
) -> list[Position]:
    in_force = (PositionStandard.valid_from <= on) & or_(
        PositionStandard.valid_to.is_(None), PositionStandard.valid_to >= on)
    requirements: dict[int, list[Requirement]] = defaultdict(list)
    for row in session.execute(
        select(RequirementRow.standard_id, RequirementRow.competency_id, RequirementRow.level,
               RequirementRow.importance, RequirementRow.weight)
        .join(PositionStandard).where(in_force).order_by(RequirementRow.id)
    ):
        requirements[row.standard_id].append(
            Requirement(codes[row.competency_id], row.level, Importance(row.importance), row.weight))
    demands: dict[int, list[Demand]] = defaultdict(list)
    for row in session.execute(
        select(DemandRow.standard_id, DemandRow.training_code, DemandRow.importance)
        .join(PositionStandard).where(in_force).order_by(DemandRow.id)
    ):
        demands[row.standard_id].append(Demand(row.training_code, Importance(row.importance)))
    rows = session.execute(
        select(PositionStandard, PositionRow, Unit.code, Unit.name, JobClass.code)
        .join(PositionRow, PositionStandard.position_id == PositionRow.id)
        .join(Unit, PositionRow.unit_id == Unit.id).join(JobClass, PositionRow.job_class_id == JobClass.id)
        .where(in_force).order_by(PositionRow.code, PositionStandard.version))
    return [
        Position(
            position.code, position.name, unit_code, unit_name, class_code, position.urusan,
            tuple(sorted(requirements[standard.id], key=lambda item: item.competency)),
            tuple(sorted(demands[standard.id], key=lambda item: item.training)),
            ranks[standard.min_grade_code] if standard.min_grade_code else None, standard.min_grade_code or "",
            schooling[standard.min_education_code] if standard.min_education_code else None,
            standard.min_education_code or "", tuple(standard.education_fields), standard.min_experience_years,
            standard.version, standard.valid_from, position.invented)
        for standard, position, unit_code, unit_name, class_code in rows]


def load_evidence(session: Session, person_ids: Iterable[int]) -> dict[int, tuple[pure.Evidence, ...]]:
    """Return all evidence of some people, each person's in order of id; a person without any has an empty tuple.

    Evidence that rests on one of our certificates ends with it: revoked or replaced, it counts as withdrawn from
    that day on.
    """
    ids = tuple(dict.fromkeys(person_ids))
    found: dict[int, list[pure.Evidence]] = {person_id: [] for person_id in ids}
    # Columns, not records: the evidence of a whole register is read here, and a record costs several times as much.
    rows = session.execute(
        select(EvidenceRow.person_id, EvidenceRow.id, CompetencyRow.code, EvidenceRow.level, EvidenceRow.kind,
               EvidenceRow.observed_on, EvidenceRow.valid_until, EvidenceRow.withdrawn_on, EvidenceRow.source,
               EvidenceRow.certificate_id, Certificate.state, Certificate.state_on)
        .join(CompetencyRow, EvidenceRow.competency_id == CompetencyRow.id)
        .outerjoin(Certificate, EvidenceRow.certificate_id == Certificate.id)
        .where(EvidenceRow.person_id.in_(ids)).order_by(EvidenceRow.id))
    kinds = {kind.value: kind for kind in pure.EvidenceKind}
    for person_id, number, code, level, kind, observed_on, until, withdrawn, source, certificate_id, state, state_on in rows:
        if state in ("REVOKED", "REPLACED") and (withdrawn is None or state_on < withdrawn):
            withdrawn = state_on
        found[person_id].append(pure.Evidence(
            number, code, level, kinds[kind], observed_on, until, withdrawn, source, certificate_id))
    return {person_id: tuple(items) for person_id, items in found.items()}


def load_holdings(session: Session, person_ids: Iterable[int], on: date) -> dict[int, dict[str, Holding]]:
    """Return the trainings that people hold on a day, by person and training code.

    A certificate counts from the day on which the training ended until its last valid day, unless it had been
    revoked or replaced by then. Of several the one that holds longest counts, then the newer, then the lower id. A
    holder of a training also holds the one that it is equivalent to.
    """
    ids = tuple(dict.fromkeys(person_ids))
    equivalents = dict(session.execute(select(TrainingRow.code, TrainingRow.equivalent_code).where(
        TrainingRow.equivalent_code.is_not(None))).all())
    found: dict[int, dict[str, Holding]] = {person_id: {} for person_id in ids}
    rows = session.scalars(
        select(Certificate).where(
            Certificate.person_id.in_(ids), Certificate.state.in_(("ISSUED", "SIGNED", "REVOKED", "REPLACED")),
            Certificate.finished_on <= on,
            or_(Certificate.valid_until.is_(None), Certificate.valid_until >= on),
            or_(Certificate.state.in_(("ISSUED", "SIGNED")), Certificate.state_on > on)))
    for row in sorted(rows, key=lambda row: (
            -(row.valid_until or date.max).toordinal(), -row.finished_on.toordinal(), row.id)):
        held = found[row.person_id]
        for code in dict.fromkeys((row.training_code, equivalents.get(row.training_code) or row.training_code)):
            known = held.get(code)
            if known is None or (known.through != code and row.training_code == code):
                held[code] = Holding(code, row.training_code, row.id, row.number, row.issuer, row.finished_on,
                                     row.valid_until, row.external)
    return found
