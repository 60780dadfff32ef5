"""Import of governments, units, competencies and trainings."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import selectinload

from kompetensi.exchange.reference_tables import CompetencyRow, GovernmentRow, TrainingRow, UnitRow
from kompetensi.messages import say
from kompetensi.models import (
    Competency,
    CompetencyLevel,
    Government,
    Grade,
    JobClass,
    Training,
    TrainingRaise,
    Unit,
    UnitPredecessor,
)
from kompetensi.services.table_changes import TableChanges, differences

__all__ = ["ROOT_KIND", "compare_competencies", "compare_governments", "compare_technical_competencies",
           "compare_trainings", "compare_units", "entry_of"]

ROOT_KIND = "PEMDA"
"""Kind of the unit at the top of each government's tree; its code is the government's."""

_KIND_OF_PREFIX = {"MAN": "MANAJERIAL", "SOS": "SOSIOKULTURAL"}


def _find_cycle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return the codes of one cycle, or nothing when there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


# --- governments and units -----------------------------------------------------------------------------------------


def compare_governments(changes: TableChanges) -> None:
    """Compare the governments; each has a root unit of its code and name, made and renamed with it."""
    session = changes.session
    stored = {record.code: record for record in session.scalars(select(Government))}
    units = {unit.code: unit for unit in session.scalars(select(Unit).where(Unit.code.in_(changes.table.keys)))}
    for row in changes.table.rows:
        root = units.get(row.code)
        if root is not None and root.kind != ROOT_KIND:
            changes.refuse(row, "kemendagri_code", say("“%(code)s” sudah menjadi kode unit kerja.", code=row.code))
            continue
        record = stored.get(row.code)
        wanted = {name: getattr(row, name)
                  for name in ("code", "name", "kind", "bps_code", "siasn_code", "unit_prefix")}
        if record is None:
            changes.create(_write_government(changes, row, Government(), root, wanted))
            continue
        changed = differences(record, wanted)
        if root is None:
            changed["root_unit"] = (None, row.code)
        changes.compare(row.code, changed, _write_government(changes, row, record, root, wanted))


def _write_government(
    changes: TableChanges, row: GovernmentRow, record: Government, root: Unit | None, wanted: Mapping[str, Any]
):
    def write() -> None:
        for name, value in wanted.items():
            setattr(record, name, value)
        changes.session.add(record)
        if root is None:
            changes.session.add(Unit(code=row.code, name=row.name, kind=ROOT_KIND, government=record,
                                     confidence="verified"))
        else:
            root.name = row.name

    return write


def compare_units(changes: TableChanges) -> None:
    """Compare the units with their parents and predecessors; a unit without parent hangs below its government."""
    session = changes.session
    governments = {record.code: record for record in session.scalars(select(Government))}
    stored = {unit.code: unit for unit in session.scalars(select(Unit))}
    codes = {unit.id: unit.code for unit in stored.values()}
    government_of = {unit.code: unit.government_id for unit in stored.values()}
    predecessors: dict[str, dict[str, str]] = {}
    for record in session.scalars(select(UnitPredecessor)):
        predecessors.setdefault(codes[record.unit_id], {})[record.predecessor_code] = record.predecessor_name
    known = stored.keys() | changes.table.keys
    home = {row.code: row.government_code for row in changes.table.rows}
    links: list[tuple[UnitRow, Unit]] = []
    for row in changes.table.rows:
        _check_unit(changes, row, governments, stored, known)
        parent = row.parent_code or row.government_code
        _check_same_government(changes, row, home, governments, government_of)
        government = governments.get(row.government_code)
        wanted = {name: getattr(row, name) for name in ("code", "name", "kind", "valid_from", "valid_to", "legal_basis",
                                                        "confidence")}
        former = dict(zip(row.predecessor_codes, row.predecessor_names or [""] * len(row.predecessor_codes),
                          strict=False))
        unit = stored.get(row.code)
        if unit is None:
            unit = Unit(**wanted)
            changes.create()
            changed = dict.fromkeys(wanted)
        else:
            changed = differences(unit, wanted)
            if government is not None and unit.government_id != government.id:
                changed["government"] = (None, row.government_code)
            if codes.get(unit.parent_id) != parent:
                changed["parent_code"] = (codes.get(unit.parent_id), parent)
            if predecessors.get(row.code, {}) != former:
                changed["predecessor_codes"] = (sorted(predecessors.get(row.code, {})), sorted(former))
            changes.compare(row.code, changed)
        if changed:
            links.append((row, unit))
    _refuse_unit_cycles(changes, stored, codes)
    changes.steps.append(lambda: _write_units(changes, links, governments, stored))


def _check_unit(
    changes: TableChanges, row: UnitRow, governments: Mapping[str, Government], stored: Mapping[str, Unit],
    known: set[str],
) -> None:
    changes.require_known(row, "pemda_code", [row.government_code], governments)
    changes.require_known(row, "parent_code", [row.parent_code], known)
    changes.require_known(row, "predecessor_codes", row.predecessor_codes, known)
    if row.code in stored and stored[row.code].kind == ROOT_KIND:
        changes.refuse(row, "code", say("“%(code)s” adalah kode pemerintah daerah; ubah lewat tabel pemda.",
                                        code=row.code))
    if row.predecessor_names and len(row.predecessor_names) != len(row.predecessor_codes):
        changes.refuse(row, "predecessor_names", say("Ada %(names)s nama untuk %(codes)s kode pendahulu.",
                                                     names=len(row.predecessor_names),
                                                     codes=len(row.predecessor_codes)))
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        changes.refuse(row, "valid_to", say("Hari terakhir %(last)s sebelum hari pertama %(first)s.",
                                            last=row.valid_to, first=row.valid_from))


def _check_same_government(
    changes: TableChanges, row: UnitRow, home: Mapping[str, str], governments: Mapping[str, Government],
    government_of: Mapping[str, int],
) -> None:
    own = governments.get(row.government_code)
    if row.parent_code is None or own is None:
        return
    if row.parent_code in home:
        same = home[row.parent_code] == row.government_code
    else:
        same = government_of.get(row.parent_code, own.id) == own.id
    if not same:
        changes.refuse(row, "parent_code", say("Induk “%(code)s” milik pemerintah daerah lain.", code=row.parent_code))


def _refuse_unit_cycles(changes: TableChanges, stored: Mapping[str, Unit], codes: Mapping[int, str]) -> None:
    edges = {unit.code: {codes[unit.parent_id]} for unit in stored.values() if unit.parent_id is not None}
    rows = {row.code: row for row in changes.table.rows}
    edges |= {row.code: {row.parent_code or row.government_code} for row in rows.values()}
    cycle = _find_cycle(edges)
    for row in changes.table.rows:
        if row.code in cycle:
            changes.refuse(row, "parent_code", say("Induk berputar: %(cycle)s.", cycle=" → ".join(cycle)))


def _write_units(
    changes: TableChanges, links: list[tuple[UnitRow, Unit]], governments: Mapping[str, Government],
    stored: Mapping[str, Unit],
) -> None:
    session = changes.session
    units = {**stored, **{row.code: unit for row, unit in links}}
    for row, unit in links:
        for name in ("name", "kind", "valid_from", "valid_to", "legal_basis", "confidence"):
            setattr(unit, name, getattr(row, name))
        unit.government = governments[row.government_code]
        unit.parent = units[row.parent_code or row.government_code]
        session.add(unit)
    session.flush()
    old = {(record.unit_id, record.predecessor_code): record for record in session.scalars(
        select(UnitPredecessor).where(UnitPredecessor.unit_id.in_([unit.id for _, unit in links])))}
    for row, unit in links:
        names = row.predecessor_names or ("",) * len(row.predecessor_codes)
        for code, name in zip(row.predecessor_codes, names, strict=True):
            record = old.pop((unit.id, code), None) or UnitPredecessor(unit_id=unit.id, predecessor_code=code)
            record.predecessor_name = name
            session.add(record)
    for record in old.values():
        session.delete(record)


# --- competencies --------------------------------------------------------------------------------------------------


def compare_competencies(changes: TableChanges) -> None:
    """Compare the managerial and sociocultural competencies, one level a row; the code's prefix says the kind."""
    session = changes.session
    stored = {record.code: record for record in session.scalars(
        select(Competency).options(selectinload(Competency.levels)))}
    names: dict[str, str] = {}
    fresh: dict[str, Competency] = {}
    for row in changes.table.rows:
        kind = _KIND_OF_PREFIX.get(row.code.partition("-")[0])
        if kind is None:
            changes.refuse(row, "code", say("“%(code)s” harus berawalan MAN- (manajerial) atau SOS- (sosial kultural).",
                                            code=row.code))
            continue
        if names.setdefault(row.code, row.name) != row.name:
            changes.refuse(row, "name", say("“%(code)s” sudah bernama “%(name)s” pada baris di atasnya.",
                                            code=row.code, name=names[row.code]))
            continue
        competency = stored.get(row.code) or fresh.get(row.code)
        if competency is None:
            competency = fresh[row.code] = Competency(code=row.code, name=row.name, kind=kind)
        _compare_level(changes, row, competency)
    changes.steps.insert(0, lambda: session.add_all(fresh.values()))


def _compare_level(changes: TableChanges, row: CompetencyRow, competency: Competency) -> None:
    wanted = {"level": row.level, "name": row.level_name, "indicator": row.indicator}
    level = next((level for level in competency.levels if level.level == row.level), None)
    if level is None:
        changes.create(lambda: competency.levels.append(CompetencyLevel(**wanted)))
        return
    changed = differences(level, wanted)
    renamed = {"competency": (competency.name, row.name)} if competency.name != row.name else {}

    def write() -> None:
        competency.name = row.name
        for name, value in wanted.items():
            setattr(level, name, value)

    changes.compare(f"{row.code}:{row.level}", changed | renamed, write)


def compare_technical_competencies(changes: TableChanges) -> None:
    """Compare the technical competencies; they share the generic ladder."""
    session = changes.session
    stored = {record.code: record for record in session.scalars(select(Competency))}
    for row in changes.table.rows:
        wanted = {"code": row.code, "name": row.name, "kind": "TEKNIS", "urusan": row.urusan,
                  "definition": row.definition}
        record = stored.get(row.code)
        if record is None:
            changes.create(lambda wanted=wanted: session.add(Competency(**wanted)))
        elif record.kind != "TEKNIS":
            changes.refuse(row, "code", say("“%(code)s” sudah menjadi kompetensi %(kind)s.", code=row.code,
                                            kind=record.kind.lower()))
        else:
            changed = differences(record, wanted)
            changes.compare(row.code, changed, lambda record=record, wanted=wanted: _set(record, wanted))


def _set(record: object, wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        setattr(record, name, value)


# --- trainings -----------------------------------------------------------------------------------------------------


def entry_of(codes: tuple[str, ...]) -> dict[str, Any]:
    """Return the entry condition that asks for all of some trainings; none = no condition."""
    conditions = [{"training": code} for code in codes]
    if len(conditions) == 1:
        return conditions[0]
    return {"all": conditions} if conditions else {}


def _trainings_always_asked(entry: Mapping[str, Any]) -> set[str]:
    """Return the trainings without which an entry condition cannot hold (those under an ``any`` may be avoided)."""
    if "training" in entry:
        return {entry["training"]}
    return {code for part in entry.get("all", ()) for code in _trainings_always_asked(part)}


def compare_trainings(changes: TableChanges) -> None:
    """Compare the trainings with their entry conditions and the levels that they give."""
    session = changes.session
    stored = {record.code: record for record in session.scalars(
        select(Training).options(selectinload(Training.raises)))}
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    grades = set(session.scalars(select(Grade.code)))
    classes = set(session.scalars(select(JobClass.code)))
    known = stored.keys() | changes.table.keys
    written: list[tuple[TrainingRow, Training]] = []
    for row in changes.table.rows:
        changes.require_known(row, "prereq_training", row.prerequisite_codes, known)
        changes.require_known(row, "target_jenjang", row.target_classes, classes)
        changes.require_known(row, "min_golongan", [row.min_grade_code], grades)
        changes.require_known(row, "equivalent", [row.equivalent_code], known)
        if row.equivalent_code == row.code:
            changes.refuse(row, "equivalent", say("Pelatihan tidak dapat setara dengan dirinya sendiri."))
        if not changes.require_known(row, "raises", [code for code, _ in row.raises], competencies):
            continue
        wanted = _training_columns(row)
        raises = {competencies[code]: level for code, level in row.raises}
        record = stored.get(row.code)
        if record is None:
            changes.create()
            written.append((row, Training(**wanted)))
            continue
        changed = differences(record, wanted)
        held = {given.competency_id: given.level for given in record.raises}
        if held != raises:
            names = {competency_id: code for code, competency_id in competencies.items()}
            changed["raises"] = ({names[key]: level for key, level in held.items()}, dict(row.raises))
        changes.compare(row.code, changed)
        if changed:
            written.append((row, record))
    _refuse_training_cycles(changes, stored)
    changes.steps.append(lambda: _write_trainings(changes, written, competencies))


def _training_columns(row: TrainingRow) -> dict[str, Any]:
    wanted = {name: getattr(row, name) for name in (
        "code", "name", "kind", "siasn_jenis_diklat_id", "jp", "jp_confidence", "provider", "prerequisites",
        "min_grade_code", "offered", "equivalent_code")}
    wanted |= {"entry": entry_of(row.prerequisite_codes), "target_classes": list(row.target_classes)}
    # A file that does not say these leaves them as they are.
    if row.cost_idr is not None:
        wanted["cost_idr"] = row.cost_idr
    if row.validity_years is not None:
        wanted["validity_years"] = row.validity_years
    if row.lan_programme is not None:
        wanted["lan_programme"] = row.lan_programme
    return wanted


def _refuse_training_cycles(changes: TableChanges, stored: Mapping[str, Training]) -> None:
    edges = {code: _trainings_always_asked(record.entry) for code, record in stored.items()}
    edges |= {row.code: set(row.prerequisite_codes) for row in changes.table.rows}
    cycle = _find_cycle(edges)
    for row in changes.table.rows:
        if row.code in cycle:
            changes.refuse(row, "prereq_training", say("Prasyarat berputar: %(cycle)s.", cycle=" → ".join(cycle)))


def _write_trainings(
    changes: TableChanges, written: list[tuple[TrainingRow, Training]], competencies: Mapping[str, int]
) -> None:
    session = changes.session
    fresh: list[tuple[TrainingRow, Training]] = []
    for row, record in written:
        if record.id is None:
            fresh.append((row, record))
            continue
        _set(record, _training_columns(row))
        raises = {competencies[code]: level for code, level in row.raises}
        for given in list(record.raises):
            if given.competency_id not in raises:
                record.raises.remove(given)
            else:
                given.level = raises.pop(given.competency_id)
        record.raises.extend(TrainingRaise(competency_id=key, level=level) for key, level in raises.items())
    session.add_all(record for _, record in fresh)
    session.flush()
    given = [{"training_id": record.id, "competency_id": competencies[code], "level": level}
             for row, record in fresh for code, level in row.raises]
    if given:
        session.execute(insert(TrainingRaise), given)
        for _, record in fresh:
            session.expire(record, ["raises"])
