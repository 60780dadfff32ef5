"""What has changed between two versions of a catalogue, field by field, and what that means for its positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from kompetensi.graph.build import CompetencyGraph, Node
from kompetensi.graph.conditions import All, Condition, HasTraining, Leaf, Whole, fold
from kompetensi.graph.elements import Competency, NodeKind, Position, Relation, Training

__all__ = ["Change", "Difference", "Shift", "Value", "describe_condition", "difference"]

# A value of a field; None = there was none, or the thing itself was not there.
Value: TypeAlias = "int | str | date | tuple[str, ...] | None"
_Fields: TypeAlias = Mapping[tuple[str, str], Value]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one element that both versions have.

    Attributes
    ----------
    node : (NodeKind, str)
    field : str
        Such as ``name``, ``jp``, ``requirements.level``, ``trainings``.
    item : str
        The competency or training that a part of a list speaks of; otherwise empty.
    before, after : int, str, date, tuple of str or None
        None = there is none.
    """

    node: Node
    field: str
    item: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Shift:
    """A position whose standard asks for something else.

    Attributes
    ----------
    harder, easier : tuple of Change
        What asks for more (a further requirement, a higher level, rank, education or experience, fewer fields that fit) and
        what asks for less; other changes, such as a weight, are neither.
    """

    position: str
    harder: tuple[Change, ...]
    easier: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs.

    Attributes
    ----------
    added, removed : tuple of (NodeKind, str)
        Sorted.
    changed : tuple of Change
        Of elements in both versions, sorted by element, field and item.
    relations_added, relations_removed : tuple of Relation
        Sorted.
    shifts : tuple of Shift
        Positions that have become harder, easier or both, by code.
    """

    added: tuple[Node, ...]
    removed: tuple[Node, ...]
    changed: tuple[Change, ...]
    relations_added: tuple[Relation, ...]
    relations_removed: tuple[Relation, ...]
    shifts: tuple[Shift, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both versions are the same."""
        return not (self.added or self.removed or self.changed or self.relations_added or self.relations_removed)


def difference(old: CompetencyGraph, new: CompetencyGraph) -> Difference:
    """Compare two versions of a catalogue.

    Returns
    -------
    Difference
        With the two exchanged, `added` and `removed`, `before` and `after`, `harder` and `easier` are exchanged, and nothing
        else. The order of lists such as raises and requirements makes no difference; a competency named twice counts as it
        was named last.

    Notes
    -----
    Complexity O(n log n) in the elements and their parts.
    """
    here, there = _elements(old), _elements(new)
    changed = tuple(change for node in sorted(here.keys() & there.keys())
                    for change in _changes(node, here[node], there[node]))
    shifts = []
    by_position: dict[str, list[Change]] = {}
    for change in changed:
        if change.node[0] is NodeKind.POSITION:
            by_position.setdefault(change.node[1], []).append(change)
    for code, changes in by_position.items():
        harder = tuple(change for change in changes if _asks_more(change, change.before, change.after))
        easier = tuple(change for change in changes if _asks_more(change, change.after, change.before))
        if harder or easier:
            shifts.append(Shift(code, harder, easier))
    return Difference(
        tuple(sorted(there.keys() - here.keys())), tuple(sorted(here.keys() - there.keys())), changed,
        _only(new.relations, old.relations), _only(old.relations, new.relations), tuple(shifts))


def describe_condition(condition: Condition) -> str:
    """Write an entry condition as one line: ``A & (B | TEK-X>=2)``; nothing for one that always holds.

    Parts are sorted and written once, so that conditions that differ only in that are written alike.
    """
    return fold(condition, _leaf_text, _whole_text)


def _leaf_text(leaf: Leaf) -> str:
    if isinstance(leaf, HasTraining):
        return leaf.code
    return f"{leaf.competency}>={leaf.level}" if leaf.level > 0 else ""


def _whole_text(kind: type[Whole], texts: Sequence[str]) -> str:
    if kind is All:
        return _joined([text for text in texts if text], " & ")
    if not texts:
        return "never"
    return _joined(texts, " | ") if all(texts) else ""


def _joined(texts: Iterable[str], sign: str) -> str:
    parts = sorted(set(texts))
    return "".join(parts) if len(parts) < 2 else sign.join(f"({text})" if " " in text else text for text in parts)


def _only(these: Sequence[Relation], those: Sequence[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(set(these) - set(those), key=lambda item: (item.kind, item.source, item.target)))


def _elements(graph: CompetencyGraph) -> dict[Node, Competency | Training | Position]:
    found: dict[Node, Competency | Training | Position] = {}
    found.update({(NodeKind.COMPETENCY, code): competency for code, competency in graph.competencies.items()})
    found.update({(NodeKind.TRAINING, code): training for code, training in graph.trainings.items()})
    found.update({(NodeKind.POSITION, code): position for code, position in graph.positions.items()})
    return found


def _changes(
    node: Node, old: Competency | Training | Position, new: Competency | Training | Position
) -> Iterator[Change]:
    before, after = _fields(old), _fields(new)
    for field, item in sorted(before.keys() | after.keys()):
        one, other = before.get((field, item)), after.get((field, item))
        if one != other:
            yield Change(node, field, item, one, other)


def _fields(element: Competency | Training | Position) -> _Fields:
    match element:
        case Competency():
            return {("name", ""): element.name, ("kind", ""): element.kind.value, ("urusan", ""): element.urusan}
        case Training():
            return _training_fields(element)
        case Position():
            return _position_fields(element)


def _training_fields(training: Training) -> _Fields:
    fields: dict[tuple[str, str], Value] = {
        ("name", ""): training.name, ("jp", ""): training.jp, ("cost_idr", ""): training.cost_idr,
        ("min_golongan", ""): training.min_golongan, ("entry", ""): describe_condition(training.entry),
        ("offered", ""): training.offered.value, ("equivalent", ""): training.equivalent,
        ("target_classes", ""): tuple(sorted(training.target_classes)), ("validity_years", ""): training.validity_years}
    return fields | {("raises", gain.competency): gain.level for gain in training.raises}


def _position_fields(position: Position) -> _Fields:
    fields: dict[tuple[str, str], Value] = {
        ("name", ""): position.name, ("unit", ""): position.unit, ("unit_name", ""): position.unit_name,
        ("job_class", ""): position.job_class, ("urusan", ""): position.urusan,
        ("min_golongan", ""): position.min_golongan, ("min_education", ""): position.min_education,
        ("education_fields", ""): tuple(sorted(position.education_fields)),
        ("min_experience_years", ""): position.min_experience_years,
        ("standard_version", ""): position.standard_version, ("valid_from", ""): position.valid_from}
    for item in position.requirements:
        fields |= {("requirements.level", item.competency): item.level,
                   ("requirements.importance", item.competency): item.importance.value,
                   ("requirements.weight", item.competency): item.weight}
    return fields | {("trainings", demand.training): demand.importance.value for demand in position.trainings}


_GROWING = {"requirements.level", "min_golongan", "min_education", "min_experience_years"}
_BINDING = {"PERLU": 1, "PENTING": 2, "MUTLAK": 3}


def _asks_more(change: Change, before: Value, after: Value) -> bool:
    """Say whether `after` asks for more than `before`."""
    if change.field in _GROWING:
        return _number(after) > _number(before)
    if change.field in ("trainings", "requirements.importance"):
        # A further requirement is told by its level.
        if change.field == "requirements.importance" and (before is None or after is None):
            return False
        return _BINDING.get(str(after), 0) > _BINDING.get(str(before), 0)
    if change.field == "education_fields":
        # No field at all = any fits.
        fits_now, fitted = _names(after), _names(before)
        return bool(fits_now) and (not fitted or not fitted <= fits_now)
    return False


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _names(value: Value) -> frozenset[str]:
    return frozenset(value) if isinstance(value, tuple) else frozenset()
