"""The graph in the JSON of `kompetensi.graph.export.to_json`, read back; each refusal with the JSON Pointer of its place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from kompetensi.errors import InvalidInput
from kompetensi.graph.build import CompetencyGraph, Node, build
from kompetensi.graph.conditions import Condition, ConditionError, parse_condition
from kompetensi.graph.elements import (
    NO_CONDITION,
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
from kompetensi.graph.neighbourhood import parse_node
from kompetensi.messages import Message, say

__all__ = ["read_graph"]

_Kind = TypeVar("_Kind", bound=StrEnum)
_MISSING: Any = object()
_HIGHEST_LEVEL = 5
_HIGHEST_RANK = 17
# Whole numbers up to here are exact in every reader of JSON.
_LARGEST = 2**53


def read_graph(content: bytes) -> CompetencyGraph:
    """Read a graph that was exported as JSON.

    Parameters
    ----------
    content : bytes
        UTF-8. Fields that are not known are left out, so that files of a later version can be read.

    Returns
    -------
    CompetencyGraph
        The exported one, but for references to codes that did not exist, which the export leaves out.

    Raises
    ------
    InvalidInput
        If it is no such file; `where` is the JSON Pointer of the first thing that is wrong.
    """
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _refuse("", say("berkas bukan teks UTF-8")) from None
    except (ValueError, RecursionError):
        raise _refuse("", say("berkas bukan JSON")) from None
    fields = _Fields(document, "")
    nodes = [_Fields(value, f"/nodes/{place}") for place, value in enumerate(fields.list("nodes"))]
    edges = [_Fields(value, f"/edges/{place}") for place, value in enumerate(fields.list("edges"))]
    known: dict[Node, _Fields] = {}
    for node in nodes:
        key = node.choice("kind", NodeKind), node.text("code")
        if key in known:
            raise node.refuse("code", say("“%(code)s” sudah ada", code=key[1]))
        known[key] = node
    parts = _Parts(known)
    for edge in edges:
        parts.add(edge)
    return build(
        [_competency(node) for (kind, _), node in known.items() if kind is NodeKind.COMPETENCY],
        [_training(node, parts) for (kind, _), node in known.items() if kind is NodeKind.TRAINING],
        [_position(node, parts) for (kind, _), node in known.items() if kind is NodeKind.POSITION],
        parts.relations)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _refuse(path: str, message: Message) -> InvalidInput:
    return InvalidInput(message, where=path or "/")


class _Fields:
    """One object of the file: reads its fields by type and knows where it stands."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _refuse(path, say("harus berupa objek"))
        self.value: Mapping[str, Any] = value
        self.path = path

    def refuse(self, name: str, message: Message) -> InvalidInput:
        return _refuse(f"{self.path}/{name}", message)

    def take(self, name: str, default: Any = _MISSING) -> Any:
        value = self.value.get(name, default)
        if value is _MISSING:
            raise self.refuse(name, say("wajib ada"))
        return value

    def list(self, name: str) -> list[Any]:
        value = self.take(name)
        if not isinstance(value, list):
            raise self.refuse(name, say("harus berupa daftar"))
        return value

    def text(self, name: str, default: Any = _MISSING) -> str:
        value = self.take(name, default)
        if not isinstance(value, str):
            raise self.refuse(name, say("harus berupa teks"))
        return value

    def flag(self, name: str) -> bool:
        value = self.take(name, False)
        if not isinstance(value, bool):
            raise self.refuse(name, say("harus true atau false"))
        return value

    def number(self, name: str, lowest: int, highest: int, default: Any = _MISSING) -> Any:
        value = self.take(name, default)
        if value is None and default is None:
            return None
        if type(value) is not int:
            raise self.refuse(name, say("harus bilangan bulat"))
        if not lowest <= value <= highest:
            raise self.refuse(name, say("harus antara %(lowest)s dan %(highest)s", lowest=lowest, highest=highest))
        return value

    def choice(self, name: str, kind: type[_Kind], default: Any = _MISSING) -> _Kind:
        value = self.take(name, default)
        if not isinstance(value, str) or value not in [member.value for member in kind]:
            raise self.refuse(name, say("harus salah satu dari %(choices)s", choices=[member.value for member in kind]))
        return kind(value)

    def inner(self, name: str, read: Callable[[Any], Any], default: Any) -> Any:
        """Return what a field holds as JSON in a line of text."""
        if name not in self.value:
            return default
        try:
            return read(json.loads(self.text(name), parse_constant=_no_constant))
        except ConditionError as error:
            raise self.refuse(name, say("bukan syarat masuk: %(reason)s", reason=str(error))) from None
        except (ValueError, RecursionError):
            raise self.refuse(name, say("bukan JSON yang diharapkan")) from None

    def day(self, name: str) -> date | None:
        if name not in self.value:
            return None
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise self.refuse(name, say("harus tanggal seperti 2026-11-23")) from None


class _Parts:
    """What the edges say, by the node that they start from."""

    def __init__(self, known: Mapping[Node, _Fields]) -> None:
        self.known = known
        self.raises: dict[str, list[Raise]] = defaultdict(list)
        self.requirements: dict[str, list[Requirement]] = defaultdict(list)
        self.demands: dict[str, list[Demand]] = defaultdict(list)
        self.equivalent: dict[str, str] = {}
        self.relations: list[Relation] = []

    def add(self, edge: _Fields) -> None:
        """Read one edge; what a training requires stands in its entry as well, and is read there."""
        kind = edge.choice("kind", EdgeKind)
        source, target = self._end(edge, "source"), self._end(edge, "target")
        match kind, source[0], target[0]:
            case EdgeKind.RAISES, NodeKind.TRAINING, NodeKind.COMPETENCY:
                self.raises[source[1]].append(Raise(target[1], edge.number("level", 1, _HIGHEST_LEVEL)))
            case EdgeKind.REQUIRES, NodeKind.TRAINING, (NodeKind.TRAINING | NodeKind.COMPETENCY):
                pass
            case EdgeKind.DEMANDS, NodeKind.POSITION, NodeKind.COMPETENCY:
                self.requirements[source[1]].append(Requirement(
                    target[1], edge.number("level", 1, _HIGHEST_LEVEL), edge.choice("importance", Importance),
                    edge.number("weight", 0, _LARGEST, None)))
            case EdgeKind.DEMANDS, NodeKind.POSITION, NodeKind.TRAINING:
                self.demands[source[1]].append(Demand(target[1], edge.choice("importance", Importance)))
            case EdgeKind.EQUIVALENT, NodeKind.TRAINING, NodeKind.TRAINING:
                self.equivalent[source[1]] = target[1]
            case (EdgeKind.BROADER | EdgeKind.EQUIVALENT), NodeKind.COMPETENCY, NodeKind.COMPETENCY:
                self.relations.append(Relation(source[1], target[1], kind))
            case _:
                raise edge.refuse("kind", say("“%(kind)s” tidak menghubungkan %(source)s dengan %(target)s",
                                              kind=kind.value, source=source[0].value, target=target[0].value))

    def _end(self, edge: _Fields, name: str) -> Node:
        text = edge.text(name)
        try:
            node = parse_node(text)
        except ValueError:
            node = None
        if node is None or node not in self.known:
            raise edge.refuse(name, say("tidak ada simpul “%(node)s”", node=text))
        return node


def _competency(node: _Fields) -> Competency:
    return Competency(node.text("code"), node.text("name", ""), node.choice("competency_kind", CompetencyKind),
                      node.text("urusan", ""))


def _training(node: _Fields, parts: _Parts) -> Training:
    code = node.text("code")
    return Training(
        code, node.text("name", ""), node.number("jp", 0, _LARGEST, 0), node.number("cost_idr", 0, _LARGEST, 0),
        node.number("min_golongan", 1, _HIGHEST_RANK, None), _entry(node), tuple(parts.raises[code]),
        node.choice("offered", Offered, Offered.YES), parts.equivalent.get(code),
        node.inner("target_classes", _texts, ()), node.number("validity_years", 0, _LARGEST, None))


def _entry(node: _Fields) -> Condition:
    entry: Condition = node.inner("entry", parse_condition, NO_CONDITION)
    return entry


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError
    return tuple(value)


def _position(node: _Fields, parts: _Parts) -> Position:
    code = node.text("code")
    return Position(
        code, node.text("name", ""), node.text("unit", ""), node.text("unit_name", ""), node.text("job_class", ""),
        node.text("urusan", ""), tuple(parts.requirements[code]), tuple(parts.demands[code]),
        node.number("min_golongan", 1, _HIGHEST_RANK, None), node.text("min_golongan_code", ""),
        node.number("min_education", 0, _LARGEST, None), node.text("min_education_code", ""),
        node.inner("education_fields", _texts, ()), node.number("min_experience_years", 0, _LARGEST, 0),
        node.number("standard_version", 1, _LARGEST, 1), node.day("valid_from"), node.flag("invented"))
