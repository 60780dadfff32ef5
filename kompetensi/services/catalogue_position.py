"""A position as people read it: its standards through time, the trainings that lead to them, its posts today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import Offered
from kompetensi.messages import Message, say
from kompetensi.models import (
    Competency,
    CompetencyLevel,
    LadderLevel,
    Occupancy,
    Person,
    Position,
    PositionStandard,
    Post,
    Unit,
)
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.day_conditions import held_definitively, in_force
from kompetensi.services.lookup import position_by_code
from kompetensi.services.snapshot import load_graph

__all__ = ["LONGEST_LIST", "CatalogueWords", "DemandLine", "Giver", "PositionView", "PostLine", "RequirementLine",
           "StandardView", "view_position"]

# Posts and positions that a detail page lists; the rest is told by the count.
LONGEST_LIST = 100


@dataclass(frozen=True, slots=True)
class Giver:
    """A training that gives a level; `enough` tells whether that is the level asked for."""

    code: str
    name: str
    level: int
    enough: bool
    plannable: bool


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A required level with what it means and the trainings that raise it.

    Those that reach the level come first, the one that goes least beyond it foremost; ties by code.
    """

    code: str
    name: str
    kind: str
    level: int
    level_name: str
    importance: str
    weight: int | None
    givers: tuple[Giver, ...]

    @property
    def reachable(self) -> bool:
        """Whether a training that can be planned gives the level."""
        return any(giver.enough and giver.plannable for giver in self.givers)


@dataclass(frozen=True, slots=True)
class DemandLine:
    """A demanded training; `known` is False when the catalogue does not have it."""

    code: str
    name: str
    importance: str
    known: bool


@dataclass(frozen=True, slots=True)
class StandardView:
    """One version of what a position asks for.

    Attributes
    ----------
    state : {"in_force", "former", "coming"}
    changes : tuple of Message
        What differs from the version before it; empty for the first.
    """

    version: int
    valid_from: date
    valid_to: date | None
    state: str
    reason: str
    confidence: str
    min_grade_code: str | None
    min_education_code: str | None
    education_fields: tuple[str, ...]
    min_experience_years: int
    requirements: tuple[RequirementLine, ...]
    demands: tuple[DemandLine, ...]
    changes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post on the day; `holder` is told only to who may see that person."""

    code: str
    unit_name: str
    superior_code: str | None
    valid_from: date | None
    valid_to: date | None
    filled: bool
    holder: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position with its standards, newest first, and its posts on the day.

    Attributes
    ----------
    standard : StandardView or None
        The one in force on the day.
    posts : tuple of PostLine
        Vacant ones first, then by code; the first hundred of `post_count`.
    may_edit, may_rank : bool
        Whether the reader may change it, and see who is nearest to it.
    reader_nip : str or None
        Whose readiness for it the reader may look at: his own.
    """

    code: str
    name: str
    unit_code: str
    unit_name: str
    class_code: str
    class_name: str
    urusan: str
    invented: bool
    standard: StandardView | None
    standards: tuple[StandardView, ...]
    posts: tuple[PostLine, ...]
    post_count: int
    filled: int
    may_edit: bool
    may_rank: bool
    reader_nip: str | None

    @property
    def vacant(self) -> int:
        """Posts that nobody holds definitively."""
        return self.post_count - self.filled


def view_position(session: Session, actor: Actor, code: str, *, on: date) -> PositionView:
    """Open a position on a day.

    Raises
    ------
    NotFound
        If there is no position of that code.
    """
    require(session, actor, "catalogue.view", on=on)
    position = position_by_code(session, code)
    rows = session.scalars(
        select(PositionStandard).where(PositionStandard.position_id == position.id)
        .options(selectinload(PositionStandard.requirements), selectinload(PositionStandard.trainings))
        .order_by(PositionStandard.valid_from, PositionStandard.version)).all()
    words = CatalogueWords(session, load_graph(session, on))
    standards: list[StandardView] = []
    for row in rows:
        standards.insert(0, words.standard(row, standards[0] if standards else None, on))
    posts, post_count, filled = _list_posts(session, actor, position, on)
    return PositionView(
        position.code, position.name, position.unit.code, position.unit.name, position.job_class.code,
        position.job_class.name, position.urusan, position.invented,
        next((one for one in standards if one.state == "in_force"), None), tuple(standards), posts, post_count, filled,
        is_allowed(session, actor, "catalogue.edit_position", on=on, unit_id=position.unit_id),
        is_allowed(session, actor, "matching.rank", on=on),
        session.scalar(select(Person.nip).where(Person.id == actor.person_id)) if actor.person_id else None)


class CatalogueWords:
    """Names that the views of one request need: of competencies, levels and trainings."""

    def __init__(self, session: Session, graph: CompetencyGraph) -> None:
        self.graph = graph
        self.codes: dict[int, str] = dict(session.execute(select(Competency.id, Competency.code)).all())
        self.ladder: dict[int, str] = dict(session.execute(select(LadderLevel.level, LadderLevel.name)).all())
        self.levels: dict[tuple[int, int], str] = {(key, level): name for key, level, name in session.execute(
            select(CompetencyLevel.competency_id, CompetencyLevel.level, CompetencyLevel.name))}
        self.givers: dict[str, list[tuple[int, str]]] = {}
        for training in graph.trainings.values():
            for gain in training.raises:
                self.givers.setdefault(gain.competency, []).append((gain.level, training.code))

    def level_name(self, competency_id: int, level: int) -> str:
        return self.levels.get((competency_id, level)) or self.ladder.get(level, "")

    def training_name(self, code: str) -> str:
        return self.graph.trainings[code].name if code in self.graph.trainings else code

    def givers_of(self, code: str, level: int) -> tuple[Giver, ...]:
        found = sorted(self.givers.get(code, ()), key=lambda pair: (pair[0] < level, abs(pair[0] - level), pair[1]))
        return tuple(Giver(training, self.training_name(training), gives, gives >= level,
                           self.graph.trainings[training].offered is Offered.YES) for gives, training in found)

    def standard(self, row: PositionStandard, former: StandardView | None, on: date) -> StandardView:
        requirements = []
        for item in row.requirements:
            code = self.codes[item.competency_id]
            competency = self.graph.competencies[code]
            requirements.append(RequirementLine(
                code, competency.name, competency.kind.value, item.level,
                self.level_name(item.competency_id, item.level), item.importance, item.weight,
                self.givers_of(code, item.level)))
        kinds = ("TEKNIS", "MANAJERIAL", "SOSIOKULTURAL")
        requirements.sort(key=lambda line: (kinds.index(line.kind), line.code))
        demands = sorted((DemandLine(item.training_code, self.training_name(item.training_code), item.importance,
                                     item.training_code in self.graph.trainings) for item in row.trainings),
                         key=lambda line: line.code)
        state = "coming" if row.valid_from > on else "in_force"
        if row.valid_to is not None and row.valid_to < on:
            state = "former"
        view = StandardView(
            row.version, row.valid_from, row.valid_to, state, row.reason, row.confidence, row.min_grade_code,
            row.min_education_code, tuple(row.education_fields), row.min_experience_years, tuple(requirements),
            tuple(demands), ())
        if former is None:
            return view
        return replace(view, changes=tuple(_differences(former, view)))


def _differences(old: StandardView, new: StandardView) -> Iterable[Message]:
    columns: tuple[tuple[Message, Callable[[StandardView], object]], ...] = (
        (say("golongan terendah"), lambda one: one.min_grade_code or "–"),
        (say("pendidikan terendah"), lambda one: one.min_education_code or "–"),
        (say("bidang pendidikan"), lambda one: ", ".join(one.education_fields) or "–"),
        (say("pengalaman (tahun)"), lambda one: one.min_experience_years))
    for name, read in columns:
        if read(old) != read(new):
            yield say("%(what)s: dari %(before)s menjadi %(after)s", what=name, before=read(old), after=read(new))
    before = {line.code: line for line in old.requirements}
    after = {line.code: line for line in new.requirements}
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code), after.get(code)
        if one is None and other is not None:
            yield say("%(name)s: baru, level %(level)s", name=other.name, level=other.level)
        elif one is not None and other is None:
            yield say("%(name)s: tidak lagi disyaratkan", name=one.name)
        elif one is not None and other is not None:
            if one.level != other.level:
                yield say("%(what)s: dari %(before)s menjadi %(after)s", what=other.name, before=one.level,
                          after=other.level)
            if one.importance != other.importance:
                yield say("%(what)s: dari %(before)s menjadi %(after)s", what=other.name, before=one.importance,
                          after=other.importance)
            if one.weight != other.weight:
                yield say("%(name)s: bobot berubah", name=other.name)
    wanted = {line.code: line for line in new.demands}
    former = {line.code: line for line in old.demands}
    for code in sorted(wanted.keys() | former.keys()):
        if code not in former:
            yield say("pelatihan %(code)s (%(importance)s): baru", code=code, importance=wanted[code].importance)
        elif code not in wanted:
            yield say("pelatihan %(code)s: tidak lagi diminta", code=code)
        elif wanted[code].importance != former[code].importance:
            yield say("%(what)s: dari %(before)s menjadi %(after)s", what=code, before=former[code].importance,
                      after=wanted[code].importance)


def _list_posts(
    session: Session, actor: Actor, position: Position, on: date
) -> tuple[tuple[PostLine, ...], int, int]:
    reach = scope_unit_ids(session, actor, Role.HR)
    holders: dict[int, tuple[str, str] | None] = {}
    for post_id, person_id, nip, name, unit_id in session.execute(
        select(Occupancy.post_id, Person.id, Person.nip, Person.name, Person.unit_id)
        .join(Person, Occupancy.person_id == Person.id).join(Post, Occupancy.post_id == Post.id)
        .where(Post.position_id == position.id, held_definitively(on)).order_by(Occupancy.since, Occupancy.id)
    ):
        seen = reach is None or unit_id in reach or person_id == actor.person_id
        holders[post_id] = (nip, name) if seen else None
    superior = select(Post.id, Post.code).subquery()
    rows = session.execute(
        select(Post, Unit.name, superior.c.code).join(Unit, Post.unit_id == Unit.id)
        .outerjoin(superior, Post.superior_post_id == superior.c.id)
        .where(Post.position_id == position.id, in_force(Post.valid_from, Post.valid_to, on))
        .order_by(Post.code)).all()
    lines = [PostLine(post.code, unit_name, above, post.valid_from, post.valid_to, post.id in holders,
                      holders.get(post.id)) for post, unit_name, above in rows]
    lines.sort(key=lambda line: (line.filled, line.code))
    return tuple(lines[:LONGEST_LIST]), len(lines), sum(line.filled for line in lines)
