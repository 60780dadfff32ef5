"""The one bridge from rows to the competency graph: the catalogue of a day, and a person's evidence and trainings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from kompetensi.graph import evidence as pure
from kompetensi.graph.build import CompetencyGraph, Node, build, change
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    NodeKind,
    Offered,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)
from kompetensi.models import Certificate, EducationLevel, Grade, JobClass, PositionStandard, Rank, Unit
from kompetensi.models import Competency as CompetencyRow
from kompetensi.models import CompetencyRelation as RelationRow
from kompetensi.models import Evidence as EvidenceRow
from kompetensi.models import Position as PositionRow
from kompetensi.models import PositionRequirement as RequirementRow
from kompetensi.models import PositionTraining as DemandRow
from kompetensi.models import Training as TrainingRow
from kompetensi.models import TrainingRaise as RaiseRow
from kompetensi.services.catalogue_version import Version, catalogue_version, changed_since, latest_of

__all__ = ["Holding", "load_evidence", "load_graph", "load_holdings", "load_ranks"]

# How many graphs a process keeps: pages ask for the newest, of today, now and then for another day.
_MOST_KEPT = 6
# More elements than this are read with the whole catalogue.
_MOST_CHANGED = 500
_DAY = timedelta(days=1)


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
    """Return the competency graph with the standards in force on a day, as this transaction sees them.

    A position without a standard on that day is left out.

    Notes
    -----
    The process keeps the last few graphs, each with the version of the catalogue and the days on which it holds. Where
    none fits, the latest that came before is changed by what later versions and the days between have changed; the
    catalogue is read as a whole only when that is not known, or too much (docs/decisions/0014). A version that is not
    yet committed, or never will be, has a stamp that nobody else can see.
    """
    version = catalogue_version(session)
    if version is None:
        return build(*_everything(session, on))
    found = next((kept for kept in _kept if kept.version == version and kept.since <= on <= kept.until), None)
    while found is None:
        former = _former(session, version, on)
        graph = (_brought_to(session, former, version, on) if former else None) or build(*_everything(session, on))
        since, until = _same_standards(session, on)
        # Where each query sees what was committed before it, what was read may be of two versions.
        seen = catalogue_version(session)
        if seen == version:
            found = _Snapshot(version, since, until, graph)
            _keep(found)
        assert seen is not None
        version = seen
    return found.graph


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A graph with the version and the days, both inclusive, on which it holds."""

    version: Version
    since: date
    until: date
    graph: CompetencyGraph


# Newest first. Replaced as a whole, so that whoever reads it sees one state; `_keeping` guards the replacing.
_kept: tuple[_Snapshot, ...] = ()
_keeping = Lock()


def _keep(fresh: _Snapshot) -> None:
    global _kept
    with _keeping:
        _kept = (fresh, *_kept)[:_MOST_KEPT]


def _former(session: Session, version: Version, on: date) -> _Snapshot | None:
    """Return the kept snapshot with the least to be changed: of this version, else of the latest before it."""
    stamps = {kept.version.stamp for kept in _kept}
    stamp = version.stamp if version.stamp in stamps else latest_of(session, stamps) if stamps else None
    return min((kept for kept in _kept if kept.version.stamp == stamp), default=None, key=lambda kept: max(
        (kept.since - on).days, (on - kept.until).days))


def _brought_to(session: Session, former: _Snapshot, version: Version, on: date) -> CompetencyGraph | None:
    """Return a kept graph changed to a version and a day; None when the catalogue must be read as a whole."""
    changed = changed_since(session, former.version.number) if former.version != version else frozenset[Node]()
    if changed is None:
        return None
    changed |= _positions_between(session, former, on)
    if len(changed) > _MOST_CHANGED:
        return None
    competencies, trainings, positions = (
        frozenset(code for of, code in changed if of is kind)
        for kind in (NodeKind.COMPETENCY, NodeKind.TRAINING, NodeKind.POSITION))
    found = (_competencies(session, competencies), _trainings(session, trainings), _positions(session, on, positions))
    there = {(kind, item.code) for kind, items in zip(
        (NodeKind.COMPETENCY, NodeKind.TRAINING, NodeKind.POSITION), found, strict=True) for item in items}
    return change(former.graph, competencies=found[0], trainings=found[1], positions=found[2], removed=changed - there,
                  relations=_relations(session) if competencies else None)


def _positions_between(session: Session, former: _Snapshot, on: date) -> frozenset[Node]:
    """Return the positions of which a standard begins or ends between the days of a snapshot and another day."""
    early, late = (former.until, on) if on > former.until else (on, former.since)
    if former.since <= on <= former.until:
        return frozenset()
    return frozenset((NodeKind.POSITION, code) for code in session.scalars(
        select(PositionRow.code).join(PositionStandard, PositionStandard.position_id == PositionRow.id).where(or_(
            PositionStandard.valid_from.between(early + _DAY, late), PositionStandard.valid_to.between(early, late - _DAY)))))


def _same_standards(session: Session, on: date) -> tuple[date, date]:
    """Return the first and the last day around a day between which no standard begins or ends."""
    begins, ends = PositionStandard.valid_from, PositionStandard.valid_to
    begun, ended, next_begin, next_end = session.execute(select(
        func.max(case((begins <= on, begins))), func.max(case((ends < on, ends))),
        func.min(case((begins > on, begins))), func.min(case((ends >= on, ends))))).one()
    return (max(begun or date.min, ended + _DAY if ended else date.min),
            min(next_begin - _DAY if next_begin else date.max, next_end or date.max))


def _everything(
    session: Session, on: date
) -> tuple[list[Competency], list[Training], list[Position], list[Relation]]:
    return _competencies(session), _trainings(session), _positions(session, on), _relations(session)


# Columns are read, not records: a record that the session has read before would be given as it was then. Codes come
# with their rows, for between two queries somebody may have added one.


def _competencies(session: Session, codes: Collection[str] | None = None) -> list[Competency]:
    """Return the competencies with some codes, or all."""
    query = select(CompetencyRow.code, CompetencyRow.name, CompetencyRow.kind, CompetencyRow.urusan)
    return [Competency(code, name, CompetencyKind(kind), urusan)
            for code, name, kind, urusan in _rows(session, query, CompetencyRow.code, codes)]


def _trainings(session: Session, codes: Collection[str] | None = None) -> list[Training]:
    raises: dict[str, list[Raise]] = defaultdict(list)
    query = (select(TrainingRow.code, CompetencyRow.code, RaiseRow.level).join(RaiseRow.training)
             .join(RaiseRow.competency).order_by(RaiseRow.id))
    for code, competency, level in _rows(session, query, TrainingRow.code, codes):
        raises[code].append(Raise(competency, level))
    query = select(
        TrainingRow.code, TrainingRow.name, TrainingRow.jp, TrainingRow.cost_idr, Grade.rank_order, TrainingRow.entry,
        TrainingRow.offered, TrainingRow.equivalent_code, TrainingRow.target_classes, TrainingRow.validity_years,
    ).outerjoin(Grade, TrainingRow.min_grade_code == Grade.code)
    return [
        Training(row.code, row.name, row.jp, row.cost_idr, row.rank_order, parse_condition(row.entry),
                 tuple(raises[row.code]), Offered(row.offered), row.equivalent_code, tuple(row.target_classes),
                 row.validity_years)
        for row in _rows(session, query, TrainingRow.code, codes)]


def _relations(session: Session) -> list[Relation]:
    source, target = aliased(CompetencyRow), aliased(CompetencyRow)
    return [Relation(*ends, EdgeKind(kind.lower())) for *ends, kind in session.execute(
        select(source.code, target.code, RelationRow.kind).join(source, RelationRow.from_id == source.id)
        .join(target, RelationRow.to_id == target.id))]


def _positions(session: Session, on: date, codes: Collection[str] | None = None) -> list[Position]:
    """Return the positions with a standard in force on a day; of two standards the later version counts."""
    in_force = (PositionStandard.valid_from <= on) & or_(
        PositionStandard.valid_to.is_(None), PositionStandard.valid_to >= on)
    requirements: dict[int, list[Requirement]] = defaultdict(list)
    query = (select(RequirementRow.standard_id, CompetencyRow.code, RequirementRow.level, RequirementRow.importance,
                    RequirementRow.weight)
             .join(RequirementRow.competency).join(RequirementRow.standard).join(PositionStandard.position).where(in_force))
    for standard, competency, level, importance, weight in _rows(session, query, PositionRow.code, codes):
        requirements[standard].append(Requirement(competency, level, Importance(importance), weight))
    demands: dict[int, list[Demand]] = defaultdict(list)
    query = (select(DemandRow.standard_id, DemandRow.training_code, DemandRow.importance)
             .join(DemandRow.standard).join(PositionStandard.position).where(in_force))
    for standard, training, importance in _rows(session, query, PositionRow.code, codes):
        demands[standard].append(Demand(training, Importance(importance)))
    query = (
        select(
            PositionStandard.id, PositionRow.code, PositionRow.name, Unit.code.label("unit"), Unit.name.label("unit_name"),
            JobClass.code.label("job_class"), PositionRow.urusan, Grade.rank_order, PositionStandard.min_grade_code,
            EducationLevel.rank_order.label("education"), PositionStandard.min_education_code,
            PositionStandard.education_fields, PositionStandard.min_experience_years, PositionStandard.version,
            PositionStandard.valid_from, PositionRow.invented)
        .join(PositionStandard.position).join(PositionRow.unit).join(PositionRow.job_class)
        .outerjoin(Grade, PositionStandard.min_grade_code == Grade.code)
        .outerjoin(EducationLevel, PositionStandard.min_education_code == EducationLevel.code)
        .where(in_force).order_by(PositionRow.code, PositionStandard.version))
    found = {row.code: Position(
        row.code, row.name, row.unit, row.unit_name, row.job_class, row.urusan,
        tuple(sorted(requirements[row.id], key=lambda item: item.competency)),
        tuple(sorted(demands[row.id], key=lambda item: item.training)), row.rank_order, row.min_grade_code or "",
        row.education, row.min_education_code or "", tuple(row.education_fields), row.min_experience_years, row.version,
        row.valid_from, row.invented) for row in _rows(session, query, PositionRow.code, codes)}
    return list(found.values())


def _rows(session: Session, query: Select[Any], code: Any, codes: Collection[str] | None) -> Sequence[Row[Any]]:
    """Return the rows of a query, only those with some codes if there are any to keep to."""
    if codes is None:
        return session.execute(query).all()
    return session.execute(query.where(code.in_(codes))).all() if codes else []


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


def load_ranks(session: Session, person_ids: Iterable[int], on: date) -> dict[int, int]:
    """Return the rank order 1..17 of people on a day; whoever has no rank recorded is left out."""
    newest = func.row_number().over(
        partition_by=Rank.person_id, order_by=(Rank.effective_from.desc(), Rank.id.desc())).label("newest")
    rows = (select(Rank.person_id, Grade.rank_order, newest).join(Grade, Rank.grade_code == Grade.code)
            .where(Rank.person_id.in_(tuple(person_ids)), Rank.effective_from <= on)).subquery()
    return dict(session.execute(select(rows.c.person_id, rows.c.rank_order).where(rows.c.newest == 1)).all())
