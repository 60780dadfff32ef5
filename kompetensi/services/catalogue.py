"""Positions and trainings found by what people type."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.models import (
    Batch,
    JobClass,
    Occupancy,
    Position,
    Post,
    Training,
    Unit,
)
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.day_conditions import held_definitively, in_force

__all__ = ["PAGE_SIZE", "Page", "PositionItem", "TrainingItem", "count_posts", "find_positions",
           "find_trainings", "fold"]

PAGE_SIZE = 50

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """One page of a list.

    Attributes
    ----------
    items : tuple
        At most the size that was asked for.
    total : int
        How many there are on all pages.
    number, pages : int
        Counted from 1; an empty list has one page.
    """

    items: tuple[ItemT, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class PositionItem:
    """A position in a list; `posts` and `filled` are those of the day."""

    code: str
    name: str
    unit_name: str
    class_name: str
    invented: bool
    posts: int = 0
    filled: int = 0

    @property
    def vacant(self) -> int:
        """Posts that nobody holds definitively."""
        return self.posts - self.filled


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """A training in a list; `coming` counts its batches that are still to begin."""

    code: str
    name: str
    jp: int
    provider: str
    offered: str
    coming: int = 0


def fold(text: str) -> str:
    """Write a text without accents, case and doubled blanks, for comparing what people type.

    Examples
    --------
    >>> fold("  Kepala  BIDANG Aset é ")
    'kepala bidang aset e'
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def _rank(words: tuple[str, ...], code: str, name: str, rest: str) -> tuple[int, str, str] | None:
    """Return where a record belongs among the hits, or None when a word is nowhere in it."""
    folded_code, folded_name = fold(code), fold(name)
    if not all(word in folded_code or word in folded_name or word in rest for word in words):
        return None
    whole = " ".join(words)
    if whole == folded_code:
        return 0, folded_name, code
    if folded_name.startswith(whole):
        return 1, folded_name, code
    return (2 if all(word in folded_name for word in words) else 3), folded_name, code


def _page(hits: list[ItemT], number: int, size: int) -> Page[ItemT]:
    pages = max(1, -(-len(hits) // size))
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.",
                               number=number, pages=pages), where="page")
    return Page(tuple(hits[(number - 1) * size:number * size]), len(hits), number, pages)


def find_positions(
    session: Session, actor: Actor, text: str = "", *, on: date, vacant_only: bool = False, number: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PositionItem]:
    """Find positions whose code, name, unit or class hold every word of a text, whatever case and accents.

    An empty text finds all. An exact code comes first, then names that begin with the text, then names that hold
    its words, then the others; ties by name, then code.

    Raises
    ------
    InvalidInput
        If there is no such page.
    """
    require(session, actor, "catalogue.view", on=on)
    words = tuple(fold(text).split())
    rows = session.execute(
        select(Position.id, Position.code, Position.name, Position.invented, Unit.name, JobClass.name)
        .join(Unit, Position.unit_id == Unit.id).join(JobClass, Position.job_class_id == JobClass.id)).all()
    folds = _Folded()
    ranked = [(place, row) for row in rows
              if (place := _rank(words, row[1], row[2], f"{folds(row[4])} {folds(row[5])}")) is not None]
    hits = [row for _, row in sorted(ranked, key=lambda pair: pair[0])]
    if vacant_only:
        posts, filled = count_posts(session, on)
        hits = [row for row in hits if posts.get(row[0], 0) > filled.get(row[0], 0)]
        found = _page(hits, number, size)
    else:
        found = _page(hits, number, size)
        posts, filled = count_posts(session, on, Post.position_id.in_([row[0] for row in found.items]))
    items = tuple(PositionItem(code, name, unit, job_class, invented, posts.get(key, 0), filled.get(key, 0))
                  for key, code, name, invented, unit, job_class in found.items)
    return Page(items, found.total, found.number, found.pages)


class _Folded(dict[str, str]):
    """Folds each text once; names of units and classes come again and again."""

    def __call__(self, text: str) -> str:
        if text not in self:
            self[text] = fold(text)
        return self[text]


def count_posts(
    session: Session, on: date, *which: ColumnElement[bool]
) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Return posts and definitively held posts of the day by position: those that fulfil all conditions, or all."""
    posts = select(Post.position_id, func.count()).where(in_force(Post.valid_from, Post.valid_to, on), *which)
    held = (select(Post.position_id, func.count(func.distinct(Post.id))).join(Occupancy, Occupancy.post_id == Post.id)
            .where(in_force(Post.valid_from, Post.valid_to, on), held_definitively(on), *which))
    return (dict(session.execute(posts.group_by(Post.position_id)).all()),
            dict(session.execute(held.group_by(Post.position_id)).all()))


def find_trainings(
    session: Session, actor: Actor, text: str = "", *, on: date, number: int = 1, size: int = PAGE_SIZE
) -> Page[TrainingItem]:
    """Find trainings whose code, name or provider hold every word of a text; order as in `find_positions`.

    Raises
    ------
    InvalidInput
        If there is no such page.
    """
    require(session, actor, "catalogue.view", on=on)
    words = tuple(fold(text).split())
    rows = session.execute(select(
        Training.id, Training.code, Training.name, Training.jp, Training.provider, Training.offered)).all()
    ranked = [(place, row) for row in rows if (place := _rank(words, row[1], row[2], fold(row[4]))) is not None]
    found = _page([row for _, row in sorted(ranked, key=lambda pair: pair[0])], number, size)
    coming = dict(session.execute(
        select(Batch.training_id, func.count()).where(
            Batch.first_day > on, Batch.status != "CANCELLED",
            Batch.training_id.in_([row[0] for row in found.items])).group_by(Batch.training_id)).all())
    items = tuple(TrainingItem(code, name, jp, provider, offered, coming.get(key, 0))
                  for key, code, name, jp, provider, offered in found.items)
    return Page(items, found.total, found.number, found.pages)
