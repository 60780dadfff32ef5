"""The whole catalogue examined and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.graph.check import BlockedBy, Check, ContradictionKind, check
from kompetensi.graph.export import FORMATS
from kompetensi.messages import Message, say
from kompetensi.models import Competency, CompetencyLevel, Grade, LadderLevel
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.snapshot import load_graph

__all__ = ["BLOCKED_WORDS", "CONTRADICTION_WORDS", "EXPORT_FORMATS", "CheckedCatalogue", "ExportedGraph",
           "check_catalogue", "export_graph"]

EXPORT_FORMATS = tuple(FORMATS)
_MEDIA_TYPES = {"graphml": "application/xml", "dot": "text/vnd.graphviz", "json": "application/json"}
BLOCKED_WORDS: Mapping[BlockedBy, Message] = {
    BlockedBy.NOBODY: say("tidak seorang pun dapat memenuhinya"),
    BlockedBy.EXPERIENCE: say("perlu level dari pengalaman atau uji kompetensi"),
    BlockedBy.HISTORY: say("perlu sertifikat pelatihan yang tidak lagi diadakan"),
    BlockedBy.BOTH: say("perlu level dari pengalaman dan sertifikat pelatihan yang tidak lagi diadakan")}
CONTRADICTION_WORDS: Mapping[ContradictionKind, Message] = {
    ContradictionKind.ASKS_WHAT_IT_GIVES: say("mensyaratkan level yang diberikannya sendiri"),
    ContradictionKind.LEVEL_NOT_DESCRIBED: say("levelnya tidak ada dalam kamus kompetensi"),
    ContradictionKind.DEMANDS_HISTORY: say("meminta pelatihan yang tidak dapat diikuti lagi"),
    ContradictionKind.REQUIRED_TWICE: say("mensyaratkan kompetensi yang sama dua kali")}


@dataclass(frozen=True, slots=True)
class CheckedCatalogue:
    """The findings, with what people call things.

    Attributes
    ----------
    names : mapping of str to str
        Names of competencies, positions and trainings by code.
    grades : mapping of int to str
        Codes of the civil servants' ranks by rank order.
    """

    check: Check
    names: Mapping[str, str]
    grades: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ExportedGraph:
    """A file with the whole graph."""

    content: bytes
    media_type: str
    file_name: str


def check_catalogue(session: Session, actor: Actor, *, on: date) -> CheckedCatalogue:
    """Examine the catalogue with the standards in force on a day."""
    require(session, actor, "catalogue.view", on=on)
    graph = load_graph(session, on)
    grades = session.execute(select(Grade.rank_order, Grade.code).where(Grade.employee_type == "PNS"))
    return CheckedCatalogue(
        check(graph, _described(session)), {code: graph.network.nodes[kind, code]["name"] for kind, code in sorted(graph.network)},
        dict(grades.all()))


def _described(session: Session) -> dict[str, int]:
    """Return the highest level that the dictionary describes, by competency; technical ones may rest on the generic ladder."""
    described = dict(session.execute(
        select(Competency.code, func.max(CompetencyLevel.level)).join(CompetencyLevel).group_by(Competency.code)).all())
    ladder = session.scalar(select(func.max(LadderLevel.level)))
    if ladder is not None:
        for code in session.scalars(select(Competency.code).where(Competency.kind == "TEKNIS")):
            described[code] = max(described.get(code, 0), ladder)
    return described


def export_graph(session: Session, actor: Actor, format_name: str, *, on: date) -> ExportedGraph:
    """Write the whole graph of a day in one of `EXPORT_FORMATS`.

    Raises
    ------
    InvalidInput
        If there is no such format.
    """
    require(session, actor, "catalogue.view", on=on)
    if format_name not in FORMATS:
        raise InvalidInput(say("Tidak ada bentuk “%(format)s”; pilihannya: %(formats)s.", format=format_name,
                               formats=EXPORT_FORMATS), where="format")
    content = FORMATS[format_name](load_graph(session, on)).encode()
    return ExportedGraph(content, _MEDIA_TYPES[format_name], f"graf-kompetensi-{on.isoformat()}.{format_name}")
