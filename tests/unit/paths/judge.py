"""Holds an answer against an oracle: every clause of a result against what the contract says it is."""

from __future__ import annotations

from typing import Any


def steps_of(document: dict[str, Any]) -> list[tuple]:
    """Return training, batch, first and last day of the steps of an answer, or of one of its alternatives."""
    return [(step["training"], step["batch"], step["first_day"], step["last_day"]) for step in document["steps"]]


def written(plan) -> list[tuple]:
    """Return the same of an oracle's plan."""
    return [(code, batch, first and first.isoformat(), last and last.isoformat()) for code, batch, first, last in plan]


def short(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as it stands in an answer."""
    return {name: item[name] for name in ("competency", "level", "training") if name in item}


def expected(oracle) -> dict[str, Any]:
    """Return the whole answer of an oracle."""
    status, best, competing = oracle.solve()
    wanted = oracle.problem.get("alternatives", 0)
    choices = oracle.choices(best, competing, wanted) if status != "nothing_needed" else []
    return {"format": "kompetensi-plan-result/1", "status": status, "proven": True, **described(oracle, best),
            "open": opened(oracle, best) if status == "partial" else [],
            "alternatives": [{"label": label, **described(oracle, plan)} for label, plan in choices]}


def described(oracle, plan) -> dict[str, Any]:
    """Return a plan as it stands in an answer."""
    items = [*oracle.requirements, *oracle.demands]
    mutlak = [item.get("importance", "PENTING") == "MUTLAK" for item in items]
    measures = oracle.measures(plan)
    return {
        "steps": [{"training": step[0], "batch": step[1], "first_day": day, "last_day": until,
                   "closes": closed(oracle, plan, at), "unlocks": unlocked(oracle, plan, at)}
                  for at, (step, (_, _, day, until)) in enumerate(zip(plan, written(plan), strict=True))],
        **measures, "finish": measures["finish"] and measures["finish"].isoformat(),
        "coverage": oracle.worth(plan)[1],
        "coverage_max": sum(item.get("weight", 1) * item.get("level", 1) for item in items),
        "mutlak_met": oracle.worth(plan)[0], "mutlak_all": sum(mutlak)}


def closed(oracle, plan, at: int) -> list[dict[str, Any]]:
    """Return what is met from a step on."""
    return [short(item) for item, was, now in zip([*oracle.requirements, *oracle.demands], oracle.met(plan[:at]),
                                                  oracle.met(plan[:at + 1]), strict=True) if now and not was]


def unlocked(oracle, plan, at: int) -> list[str]:
    """Return the later steps whose entry would not hold without a step."""
    found = []
    for place in range(at + 1, len(plan)):
        later = plan[place]
        seen = [other for number, other in enumerate(plan) if number != at and (
            other[3] < later[2] if oracle.dates else number < place)]
        if not oracle.enters(later[0], seen):
            found.append(later[0])
    return found


def opened(oracle, plan) -> list[dict[str, Any]]:
    """Return what stays open, and why."""
    levels, _ = oracle.after(plan)
    found = []
    for item, met in zip([*oracle.requirements, *oracle.demands], oracle.met(plan), strict=True):
        if not met:
            reason, earliest = oracle.reason(item)
            found.append({"item": short(item), "reached": levels.get(item.get("competency"), 0), "reason": reason}
                         | ({"earliest": earliest.isoformat()} if earliest else {}))
    return found
