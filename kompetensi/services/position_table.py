"""Import of positions: the dated standard that each asks for, and its posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import selectinload

from kompetensi.exchange.reference_tables import PositionRow
from kompetensi.messages import say
from kompetensi.models import (
    Competency,
    EducationLevel,
    Grade,
    JobClass,
    JobClassLevel,
    Occupancy,
    Position,
    PositionRequirement,
    PositionStandard,
    PositionTraining,
    Post,
    Training,
    Unit,
)
from kompetensi.services.table_changes import TableChanges, differences

__all__ = ["compare_positions"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows of positions may refer to."""

    units: Mapping[str, int]
    classes: Mapping[str, int]
    grades: frozenset[str]
    education: frozenset[str]
    competencies: Mapping[str, int]
    technical: frozenset[str]
    trainings: frozenset[str]
    defaults: Mapping[int, Mapping[str, int]]

    @property
    def general(self) -> frozenset[str]:
        """Codes of the managerial and sociocultural competencies."""
        return frozenset(self.competencies) - self.technical


@dataclass(frozen=True, slots=True)
class _Content:
    """What a standard asks for, by itself comparable."""

    columns: Mapping[str, Any]
    levels: Mapping[int, int]
    trainings: Mapping[str, str]


@dataclass(slots=True)
class _Planned:
    """What is to be written for one row."""

    row: PositionRow
    position: Position
    columns: dict[str, Any]
    content: _Content | None = None
    former: PositionStandard | None = None
    latest_version: int = 0
    ends: date | None = None
    new_posts: tuple[str, ...] = ()
    ended_posts: tuple[Post, ...] = ()
    moved_posts: tuple[Post, ...] = ()


def compare_positions(changes: TableChanges) -> None:
    """Compare positions, the standard in force today and the posts.

    Notes
    -----
    A row that asks for something else than the standard in force becomes a new version from today, and the version
    before it ends yesterday; a version that begins today is rewritten instead. The file does not say importance and
    weight of a competency: those of the version before stay.

    Posts that the file made carry the code of the position and a number. More *formasi* adds posts from today, less
    ends vacant ones yesterday, highest number first; when too few are vacant the row is refused. Invented posts are
    no business of the file. A position changes its unit only while none of its posts is occupied.
    """
    session = changes.session
    known = _load_known(changes)
    stored = {record.code: record for record in session.scalars(
        select(Position).where(Position.code.in_(changes.table.keys)).options(
            selectinload(Position.standards).options(
                selectinload(PositionStandard.requirements), selectinload(PositionStandard.trainings))))}
    posts, occupied = _load_posts(changes, stored)
    codes = {competency_id: code for code, competency_id in known.competencies.items()}
    planned: list[_Planned] = []
    for row in changes.table.rows:
        if not _check(changes, row, known):
            continue
        wanted = {"code": row.code, "name": row.name, "unit_id": known.units[row.unit_code],
                  "job_class_id": known.classes[row.job_class_code], "urusan": row.urusan}
        content = _content_of_row(row, known)
        position = stored.get(row.code)
        if position is None:
            changes.create()
            planned.append(_Planned(row, Position(), wanted, content,
                                    new_posts=_post_codes(row.code, row.posts, after=0)))
            continue
        plan = _Planned(row, position, wanted)
        changed = differences(position, wanted)
        changed |= _compare_standard(changes, plan, content, codes)
        changed |= _compare_posts(changes, plan, posts.get(position.id, []), occupied, "unit_id" in changed)
        changes.compare(row.code, changed)
        if changed:
            planned.append(plan)
    changes.steps.append(lambda: _write(changes, planned))


def _load_known(changes: TableChanges) -> _Known:
    session = changes.session

    def ids(model: Any) -> dict[str, int]:
        return dict(session.execute(select(model.code, model.id)).all())

    defaults: dict[int, dict[str, int]] = {}
    for class_id, code, level in session.execute(
        select(JobClassLevel.job_class_id, Competency.code, JobClassLevel.level).join(JobClassLevel.competency)
    ):
        defaults.setdefault(class_id, {})[code] = level
    return _Known(
        ids(Unit), ids(JobClass), frozenset(ids(Grade)), frozenset(ids(EducationLevel)), ids(Competency),
        frozenset(session.scalars(select(Competency.code).where(Competency.kind == "TEKNIS"))),
        frozenset(ids(Training)), defaults)


def _load_posts(
    changes: TableChanges, stored: Mapping[str, Position]
) -> tuple[dict[int, list[Post]], frozenset[int]]:
    """Return the posts of the file's positions by position, and the ids of those that are or will be occupied."""
    session = changes.session
    ids = [position.id for position in stored.values()]
    posts: dict[int, list[Post]] = {}
    for post in session.scalars(select(Post).where(Post.position_id.in_(ids)).order_by(Post.id)):
        posts.setdefault(post.position_id, []).append(post)
    occupied = session.scalars(select(Occupancy.post_id).join(Occupancy.post).where(
        Post.position_id.in_(ids), or_(Occupancy.until.is_(None), Occupancy.until >= changes.today)).distinct())
    return posts, frozenset(occupied)


def _check(changes: TableChanges, row: PositionRow, known: _Known) -> bool:
    before = len(changes.errors)
    changes.require_known(row, "opd_code", [row.unit_code], known.units)
    class_known = changes.require_known(row, "jenjang_code", [row.job_class_code], known.classes)
    changes.require_known(row, "min_golongan", [row.min_grade_code], known.grades)
    changes.require_known(row, "min_pendidikan", [row.min_education_code], known.education)
    changes.require_known(row, "training_requirements", [code for code, _ in row.trainings], known.trainings)
    for column, levels, right in (("managerial_requirements", row.general_levels, known.general),
                                  ("technical_requirements", row.technical_levels, known.technical)):
        codes = [code for code, _ in levels]
        if changes.require_known(row, column, codes, known.competencies):
            wrong = [code for code in codes if code not in right]
            if wrong:
                changes.refuse(row, column, say("%(codes)s bukan kompetensi untuk kolom ini.", codes=wrong))
    given = [code for code, _ in row.general_levels]
    if not given and class_known:
        given = list(known.defaults.get(known.classes[row.job_class_code], {}))
    missing = sorted(known.general - set(given))
    if missing:
        changes.refuse(row, "managerial_requirements", say(
            "Belum ada level untuk %(codes)s; setiap jabatan meminta semua kompetensi manajerial dan sosial kultural.",
            codes=missing))
    if row.filled > row.posts:
        changes.refuse(row, "terisi", say("Terisi %(filled)s lebih banyak daripada formasi %(posts)s.",
                                          filled=row.filled, posts=row.posts))
    return len(changes.errors) == before


def _content_of_row(row: PositionRow, known: _Known) -> _Content:
    general = dict(row.general_levels) or known.defaults[known.classes[row.job_class_code]]
    levels = {**general, **dict(row.technical_levels)}
    return _Content(
        {"min_grade_code": row.min_grade_code, "min_education_code": row.min_education_code,
         "education_fields": list(row.education_fields), "min_experience_years": row.min_experience_years},
        {known.competencies[code]: level for code, level in levels.items()}, dict(row.trainings))


def _content_of_standard(standard: PositionStandard) -> _Content:
    return _Content(
        {name: getattr(standard, name) for name in (
            "min_grade_code", "min_education_code", "education_fields", "min_experience_years")},
        {item.competency_id: item.level for item in standard.requirements},
        {item.training_code: item.importance for item in standard.trainings})


def _compare_standard(
    changes: TableChanges, plan: _Planned, wanted: _Content, codes: Mapping[int, str]
) -> dict[str, tuple[Any, Any]]:
    today, standards = changes.today, plan.position.standards
    in_force = [one for one in standards if one.valid_from <= today and (one.valid_to is None or today <= one.valid_to)]
    former = max(in_force, key=lambda one: one.version, default=None)
    have = _content_of_standard(former) if former else None
    if have == wanted:
        return {}
    plan.content, plan.former = wanted, former
    plan.latest_version = max((one.version for one in standards), default=0)
    later = [one.valid_from for one in standards if one.valid_from > today]
    plan.ends = min(later) - _DAY if later else None
    if have is None:
        return {"standard": (None, str(today))}
    changed = {name: (value, wanted.columns[name]) for name, value in have.columns.items()
               if value != wanted.columns[name]}
    for name in ("levels", "trainings"):
        old, new = getattr(have, name), getattr(wanted, name)
        if old != new:
            different = sorted((key for key in old.keys() | new.keys() if old.get(key) != new.get(key)), key=str)
            changed[name] = tuple({codes.get(key, key): side[key] for key in different if key in side}
                                  for side in (old, new))
    return changed


def _post_codes(position_code: str, count: int, *, after: int) -> tuple[str, ...]:
    return tuple(f"{position_code}-{number:02d}" for number in range(after + 1, after + count + 1))


def _number(post: Post) -> int:
    tail = post.code.rpartition("-")[2]
    return int(tail) if tail.isdigit() else 0


def _compare_posts(
    changes: TableChanges, plan: _Planned, posts: list[Post], occupied: frozenset[int], moves: bool
) -> dict[str, tuple[Any, Any]]:
    row = plan.row
    current = [post for post in posts
               if not post.invented and (post.valid_to is None or post.valid_to >= changes.today)]
    if moves:
        if any(post.id in occupied for post in posts):
            changes.refuse(row, "opd_code", say(
                "Jabatan ini masih diisi; kosongkan dahulu sebelum memindahkannya ke unit %(unit)s.",
                unit=row.unit_code))
        plan.moved_posts = tuple(posts)
    surplus = len(current) - row.posts
    if surplus < 0:
        plan.new_posts = _post_codes(row.code, -surplus, after=max((_number(post) for post in posts), default=0))
    elif surplus > 0:
        vacant = sorted((post for post in current if post.id not in occupied), key=_number, reverse=True)
        if len(vacant) < surplus:
            changes.refuse(row, "formasi", say(
                "Formasi %(posts)s lebih sedikit daripada %(filled)s yang terisi; pindahkan orangnya dahulu.",
                posts=row.posts, filled=len(current) - len(vacant)))
        plan.ended_posts = tuple(vacant[:surplus])
    return {"formasi": (len(current), row.posts)} if surplus else {}


def _write(changes: TableChanges, planned: list[_Planned]) -> None:
    session = changes.session
    existed = {plan.row.code: plan.position.id is not None for plan in planned}
    for plan in planned:
        for name, value in plan.columns.items():
            setattr(plan.position, name, value)
        session.add(plan.position)
        for post in plan.ended_posts:
            post.valid_to = changes.today - _DAY
        for post in plan.moved_posts:
            post.unit_id = plan.columns["unit_id"]
    session.flush()
    _write_standards(changes, [plan for plan in planned if plan.content is not None])
    posts = [{"code": code, "position_id": plan.position.id, "unit_id": plan.columns["unit_id"], "invented": False,
              "valid_from": changes.today if existed[plan.row.code] else None}
             for plan in planned for code in plan.new_posts]
    if posts:
        session.execute(insert(Post), posts)


def _write_standards(changes: TableChanges, planned: list[_Planned]) -> None:
    session = changes.session
    kept = {}
    written: list[tuple[_Planned, PositionStandard]] = []
    for plan in planned:
        former = plan.former
        if former is not None:
            kept[plan.row.code] = {item.competency_id: (item.importance, item.weight) for item in former.requirements}
        if former is not None and former.valid_from == changes.today:
            standard = former
            standard.requirements.clear()
            standard.trainings.clear()
        else:
            standard = PositionStandard(
                position_id=plan.position.id, version=plan.latest_version + 1, valid_from=changes.today,
                valid_to=plan.ends, confidence="model")
            if former is not None:
                former.valid_to = changes.today - _DAY
        standard.recorded_at = changes.now
        for name, value in plan.content.columns.items():
            setattr(standard, name, value)
        session.add(standard)
        written.append((plan, standard))
    session.flush()
    levels = [{"standard_id": standard.id, "competency_id": competency_id, "level": level, "importance": importance,
               "weight": weight}
              for plan, standard in written for competency_id, level in plan.content.levels.items()
              for importance, weight in [kept.get(plan.row.code, {}).get(competency_id, ("PENTING", None))]]
    trainings = [{"standard_id": standard.id, "training_code": code, "importance": importance}
                 for plan, standard in written for code, importance in plan.content.trainings.items()]
    for model, values in ((PositionRequirement, levels), (PositionTraining, trainings)):
        if values:
            session.execute(insert(model), values)
    for plan, standard in written:
        session.expire(standard, ["requirements", "trainings"])
        session.expire(plan.position, ["standards"])
