"""Remedies of open items as JSON (docs/formats/remedies.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kompetensi.exchange.plan import item_to_json, open_to_json, plan_to_json
from kompetensi.graph.conditions import HasLevel
from kompetensi.graph.paths import PlanResult
from kompetensi.graph.paths.changes import (
    AlsoTake,
    Change,
    Deadline,
    GiveUp,
    Hold,
    Move,
    NewBatch,
    RankUp,
    Seat,
)
from kompetensi.graph.paths.remedies import OpenRemedies

__all__ = ["REMEDIES_FORMAT", "change_to_json", "open_remedies_to_json", "remedies_to_json"]

REMEDIES_FORMAT = "kompetensi-remedies/1"


def remedies_to_json(result: PlanResult, found: Sequence[OpenRemedies]) -> dict[str, Any]:
    """Write the answer to one problem; `open` is empty for a plan that leaves nothing open."""
    return {"format": REMEDIES_FORMAT, "status": result.status.value, "proven": result.proven,
            "open": open_remedies_to_json(found)}


def open_remedies_to_json(found: Sequence[OpenRemedies]) -> list[dict[str, Any]]:
    """Write open items with their remedies, in order."""
    return [{**open_to_json(one.open), "complete": one.complete, "remedies": [
        {"kind": remedy.kind.value, "scope": remedy.scope.value, "proven": remedy.proven,
         "changes": [change_to_json(change) for change in remedy.changes], "plan": plan_to_json(remedy.plan)}
        for remedy in one.remedies]} for one in found]


def change_to_json(change: Change) -> dict[str, Any]:
    """Write one change; `change` names its kind."""
    match change:
        case Seat(training, batch):
            return {"change": "seat", "training": training, "batch": batch}
        case Move(training, batch, days):
            return {"change": "move", "training": training, "batch": batch, "days": days}
        case Deadline(day):
            return {"change": "deadline", "ready_by": day and day.isoformat()}
        case NewBatch(training, days, first, last):
            return {"change": "new_batch", "training": training, "days": days, "first_day": first.isoformat(),
                    "last_day": last and last.isoformat()}
        case RankUp(golongan):
            return {"change": "golongan", "golongan": golongan}
        case GiveUp(item):
            return {"change": "give_up", "item": item_to_json(item)}
        case Hold(HasLevel(competency, level)):
            return {"change": "hold", "competency": competency, "level": level}
        case Hold(what):
            return {"change": "hold", "training": what.code}
        case AlsoTake(training):
            return {"change": "also_take", "training": training}
