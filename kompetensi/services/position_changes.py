"""Changes to positions and their posts. Each is in the audit log, with before and after."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.elements import NodeKind
from kompetensi.messages import say
from kompetensi.models import (
    Competency,
    EducationLevel,
    Grade,
    JobClass,
    JobClassLevel,
    Occupancy,
    Position,
    Post,
    Training,
    Unit,
)
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.standard_changes import RequiredLevel, StandardContent, add_standard

__all__ = ["CODE", "Choices", "PostView", "create_position", "create_posts", "edit_position", "edit_post", "list_choices",
           "post_by_code", "require_edit", "view_post"]

# What a new code may look like, once it is written in capitals.
CODE = re.compile(r"[A-Z0-9][A-Z0-9./_-]*\Z")
_MOST_POSTS = 999
# A chain of superiors longer than this is a loop in the data.
_LONGEST_CHAIN = 50


def require_edit(session: Session, actor: Actor, code: str | None, *, on: date) -> None:
    """Refuse who may not change a position, or with no code who may not make one anywhere, before a form is shown."""
    if code is None:
        reach = scope_unit_ids(session, actor, Role.HR)
        require(session, actor, "catalogue.edit_position", on=on, unit_id=min(reach) if reach else None)
    else:
        require(session, actor, "catalogue.edit_position", on=on, unit_id=position_by_code(session, code).unit_id)


def create_position(
    session: Session, actor: Actor, code: str, *, name: str, unit_code: str, class_code: str, urusan: str,
    posts: int, today: date, now: datetime,
) -> str:
    """Make a position with the default levels of its class as its first standard, from today, and its posts.

    Returns
    -------
    str
        The code as it is kept, in capitals.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the unit.
    InvalidInput
        If the code is no code or taken, or something is unknown or out of bounds.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "catalogue.edit_position", on=today, unit_id=unit.id)
    code = code.strip().upper()
    if not CODE.match(code) or len(code) > 80:
        raise InvalidInput(say("“%(code)s” bukan kode; pakai huruf, angka, titik, garis miring atau tanda hubung.",
                               code=code), where="code")
    if session.scalar(select(Position.id).where(Position.code == code)) is not None:
        raise InvalidInput(say("Kode “%(code)s” sudah dipakai jabatan lain.", code=code), where="code")
    job_class = _class_by_code(session, class_code)
    position = Position(code=code, name=_filled(name, "name"), unit_id=unit.id, job_class_id=job_class.id,
                        urusan=urusan.strip())
    session.add(position)
    session.flush()
    defaults = session.execute(select(Competency.code, JobClassLevel.level).join(JobClassLevel.competency).where(
        JobClassLevel.job_class_id == job_class.id)).all()
    content = StandardContent(job_class.min_grade_code, None, (), 0,
                              tuple(RequiredLevel(competency, level) for competency, level in defaults), ())
    add_standard(session, position, content, 1, today, "", now)
    _add_posts(session, position, posts, today)
    bump_catalogue_version(session, (NodeKind.POSITION, code))
    record(session, actor, "catalogue.edit_position:create", "position", code, now=now, detail={
        "after": {"name": position.name, "unit": unit.code, "job_class": job_class.code, "urusan": position.urusan,
                  "posts": posts}})
    session.flush()
    return code


def edit_position(
    session: Session, actor: Actor, code: str, *, name: str, class_code: str, urusan: str, today: date, now: datetime
) -> None:
    """Change a position's name, class and urusan; what it asks for changes by a new standard only.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the position's unit.
    InvalidInput
        If the name is empty or the class unknown.
    """
    position = position_by_code(session, code)
    require(session, actor, "catalogue.edit_position", on=today, unit_id=position.unit_id)
    job_class = _class_by_code(session, class_code)
    before = {"name": position.name, "job_class": position.job_class.code, "urusan": position.urusan}
    after = {"name": _filled(name, "name"), "job_class": job_class.code, "urusan": urusan.strip()}
    if before == after:
        return
    position.name, position.urusan, position.job_class = after["name"], after["urusan"], job_class
    bump_catalogue_version(session, (NodeKind.POSITION, position.code))
    record(session, actor, "catalogue.edit_position", "position", position.code, now=now,
           detail={"before": before, "after": after})
    session.flush()


def _class_by_code(session: Session, code: str) -> JobClass:
    found = session.scalars(select(JobClass).where(JobClass.code == code)).one_or_none()
    if found is None:
        raise InvalidInput(say("Tidak ada jenjang dengan kode “%(code)s”.", code=code), where="class_code")
    return found


def _filled(text: str, where: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > 200:
        raise InvalidInput(say("Nama harus 1 sampai 200 huruf."), where=where)
    return text


# --- posts ---------------------------------------------------------------------------------------------------------


def post_by_code(session: Session, code: str) -> Post:
    """Return a post; raise NotFound when there is none of that code."""
    post = session.scalars(select(Post).where(Post.code == code.strip().upper())).one_or_none()
    if post is None:
        raise NotFound(say("Tidak ada formasi dengan kode “%(code)s”.", code=code), where="superior_code")
    return post


@dataclass(frozen=True, slots=True)
class PostView:
    """A post, to start a change from."""

    code: str
    position_code: str
    position_name: str
    unit_name: str
    superior_code: str | None
    valid_from: date | None
    valid_to: date | None


def view_post(session: Session, actor: Actor, code: str, *, on: date) -> PostView:
    """Return a post that the actor may change.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the post's unit.
    NotFound
        If there is no post of that code.
    """
    post = post_by_code(session, code)
    require(session, actor, "catalogue.edit_position", on=on, unit_id=post.unit_id)
    return PostView(post.code, post.position.code, post.position.name, post.unit.name,
                    post.superior_post.code if post.superior_post else None, post.valid_from, post.valid_to)


def create_posts(
    session: Session, actor: Actor, position_code: str, count: int, *, today: date, now: datetime
) -> tuple[str, ...]:
    """Add posts to a position from today and return their codes, which number on from the last one.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the position's unit.
    InvalidInput
        If the count is not 1 to 999.
    """
    position = position_by_code(session, position_code)
    require(session, actor, "catalogue.edit_position", on=today, unit_id=position.unit_id)
    if count < 1:
        raise InvalidInput(say("Tambahkan paling sedikit satu formasi."), where="count")
    codes = _add_posts(session, position, count, today)
    record(session, actor, "catalogue.edit_position:posts", "position", position.code, now=now,
           detail={"after": {"new_posts": list(codes), "valid_from": today.isoformat()}})
    session.flush()
    return codes


def _add_posts(session: Session, position: Position, count: int, today: date) -> tuple[str, ...]:
    if not 0 <= count <= _MOST_POSTS:
        raise InvalidInput(say("Banyak formasi harus 0 sampai %(most)s.", most=_MOST_POSTS), where="posts")
    tails = [code.rpartition("-")[2] for code in session.scalars(
        select(Post.code).where(Post.position_id == position.id))]
    last = max((int(tail) for tail in tails if tail.isdigit()), default=0)
    codes = tuple(f"{position.code}-{number:02d}" for number in range(last + 1, last + count + 1))
    session.add_all(Post(code=code, position_id=position.id, unit_id=position.unit_id, valid_from=today)
                    for code in codes)
    session.flush()
    return codes


def edit_post(
    session: Session, actor: Actor, code: str, *, superior_code: str | None, valid_to: date | None, today: date,
    now: datetime,
) -> None:
    """Set the post above a post, and its last day.

    Parameters
    ----------
    superior_code : str or None
        None = nothing above.
    valid_to : date or None
        Last day, inclusive; None = without end.

    Raises
    ------
    NotAllowed
        If the actor is not HR for the post's unit.
    InvalidInput
        If there is no such post (NotFound), the superior stands below the post, or the last day is before its first.
    Conflict
        If somebody holds the post after that last day.
    """
    post = post_by_code(session, code)
    require(session, actor, "catalogue.edit_position", on=today, unit_id=post.unit_id)
    superior = post_by_code(session, superior_code) if superior_code else None
    _refuse_loop(session, post, superior)
    if valid_to is not None and post.valid_from is not None and valid_to < post.valid_from:
        raise InvalidInput(say("Formasi ini mulai %(first)s; hari terakhirnya tidak boleh lebih awal.",
                               first=post.valid_from), where="valid_to")
    if valid_to is not None and session.scalar(select(Occupancy.id).where(
            Occupancy.post_id == post.id, or_(Occupancy.until.is_(None), Occupancy.until > valid_to))) is not None:
        raise Conflict(say("Formasi %(code)s masih diduduki sesudah %(day)s; akhiri dahulu pendudukannya.",
                           code=post.code, day=valid_to), where="valid_to")
    before = {"superior": post.superior_post.code if post.superior_post else None,
              "valid_to": post.valid_to.isoformat() if post.valid_to else None}
    post.superior_post, post.valid_to = superior, valid_to
    after = {"superior": superior.code if superior else None, "valid_to": valid_to.isoformat() if valid_to else None}
    if before != after:
        record(session, actor, "catalogue.edit_position:post", "post", post.code, now=now,
               detail={"before": before, "after": after})
    session.flush()


def _refuse_loop(session: Session, post: Post, superior: Post | None) -> None:
    above = superior
    for _ in range(_LONGEST_CHAIN):
        if above is None:
            return
        if above.id == post.id:
            raise InvalidInput(say("Atasan tidak boleh formasi itu sendiri atau bawahannya."), where="superior_code")
        above = session.get(Post, above.superior_post_id) if above.superior_post_id else None


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What forms offer, as code and name; units of today by name, classes and grades in their own order."""

    units: Pairs
    classes: Pairs
    grades: Pairs
    education: Pairs
    competencies: tuple[tuple[str, str, str], ...]
    trainings: Pairs
    training_kinds: tuple[str, ...]


def list_choices(session: Session, actor: Actor, *, on: date) -> Choices:
    """Return what the forms of the catalogue offer; units only as far as the actor's HR role reaches."""
    require(session, actor, "catalogue.view", on=on)
    reach = scope_unit_ids(session, actor, Role.HR)

    def pairs(model: Any, *order: Any) -> Pairs:
        return tuple((code, name) for code, name in session.execute(select(model.code, model.name).order_by(*order)))

    units = session.execute(select(Unit.id, Unit.code, Unit.name).where(
        or_(Unit.valid_to.is_(None), Unit.valid_to >= on)).order_by(Unit.name))
    grades = session.execute(select(Grade.code, Grade.rank_name).where(Grade.employee_type == "PNS").order_by(
        Grade.rank_order))
    return Choices(
        tuple((code, name) for key, code, name in units if reach is None or key in reach), pairs(JobClass, JobClass.id),
        tuple((code, f"{code} {name}".strip()) for code, name in grades),
        pairs(EducationLevel, EducationLevel.rank_order, EducationLevel.id),
        tuple((code, name, kind) for code, name, kind in session.execute(
            select(Competency.code, Competency.name, Competency.kind).order_by(Competency.code))),
        pairs(Training, Training.code),
        tuple(session.scalars(select(Training.kind).distinct().order_by(Training.kind))))
