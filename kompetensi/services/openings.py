"""Which of a person's gaps opens the most positions: the pure part over the register's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.graph.evidence import Profile
from kompetensi.graph.openings import GapOpening, openings
from kompetensi.graph.readiness import HeldTraining, Readiness
from kompetensi.messages import Message, say
from kompetensi.models import Position, Unit
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.readiness import load_assessor

__all__ = ["GapRanking", "RankedGap", "rank_gaps"]


@dataclass(frozen=True, slots=True)
class RankedGap:
    """One gap with the positions that it would open.

    Attributes
    ----------
    kind : str
        ``competency`` or ``training``.
    have : int or None
        The level that counts now; None = not assessed, and for a training.
    levels : tuple of int
        The levels that are asked for and not reached, upwards.
    opens, completes : tuple of (str, str)
        Code and name of positions; by code.
    nearer : int
        Positions in reach that ask for it.
    points : int
        What their scores gain together.
    """

    rank: int
    kind: str
    code: str
    name: str
    have: int | None
    levels: tuple[int, ...]
    opens: tuple[tuple[str, str], ...]
    completes: tuple[tuple[str, str], ...]
    nearer: int
    points: int


@dataclass(frozen=True, slots=True)
class GapRanking:
    """The gaps of a person, by how many positions each opens.

    Attributes
    ----------
    government : str
        Whose positions were looked at.
    in_reach, open_now : int
        Positions whose golongan and education the person meets, and those of them that are open already.
    gaps : tuple of RankedGap
        In the order of `kompetensi.graph.openings.Openings`.
    """

    nip: str
    person_id: int
    name: str
    on: date
    government: str
    asked: int
    in_reach: int
    open_now: int
    answer: Message
    gaps: tuple[RankedGap, ...]


def rank_gaps(session: Session, actor: Actor, nip: str, *, on: date, today: date) -> GapRanking:
    """Rank a person's gaps over the positions of his own government that have a standard.

    Parameters
    ----------
    on : date
        Day of levels, certificates, rank and standards.
    today : date
        Day on which the actor's rights are judged.

    Raises
    ------
    InvalidInput, NotFound
        If the NIP names nobody.
    NotAllowed
        If the actor may not see the person's readiness.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "readiness.view", on=today, person=person)
    assessor = load_assessor(session, person.id, on)
    codes = session.scalars(
        select(Position.code).join(Unit, Position.unit_id == Unit.id)
        .where(Unit.government_id == person.unit.government_id)).all()

    def assess(code: str, profile: Profile, holdings: Mapping[str, HeldTraining]) -> Readiness | None:
        return replace(assessor, profile=profile, holdings=holdings)(code)

    found = openings(codes, assess, assessor.profile, assessor.holdings)
    positions = {code: position.name for code, position in assessor.graph.positions.items()}
    gaps = tuple(_ranked(rank, gap, positions) for rank, gap in enumerate(found.gaps, 1))
    return GapRanking(
        person.nip, person.id, person.name, on, person.unit.government.name,
        sum(code in positions for code in codes), len(found.in_reach), len(found.open_now),
        _answer(gaps, len(found.in_reach)), gaps)


def _ranked(rank: int, gap: GapOpening, positions: Mapping[str, str]) -> RankedGap:
    return RankedGap(
        rank, gap.kind.value, gap.code, gap.name, gap.have, gap.levels,
        tuple((code, positions[code]) for code in gap.opens), tuple((code, positions[code]) for code in gap.completes),
        len(gap.nearer), gap.points)


def _answer(gaps: tuple[RankedGap, ...], in_reach: int) -> Message:
    if not in_reach:
        return say("Belum ada jabatan yang golongan dan pendidikannya terpenuhi.")
    if not gaps:
        return say("Tidak ada kesenjangan pada %(count)s jabatan yang terjangkau.", count=in_reach)
    first = gaps[0]
    if first.opens:
        return say("**%(name)s** paling banyak membuka: %(count)s jabatan terbuka bila hanya kesenjangan ini ditutup.",
                   name=first.name, count=len(first.opens))
    if first.completes:
        return say("**%(name)s** melengkapi %(count)s jabatan bila hanya kesenjangan ini ditutup.", name=first.name,
                   count=len(first.completes))
    return say("Tidak ada satu kesenjangan yang sendirian membuka jabatan; **%(name)s** diminta paling banyak, oleh %(count)s "
               "jabatan.", name=first.name, count=first.nearer)
