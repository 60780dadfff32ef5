"""Made planning problems of many shapes: what a catalogue can hold, and what nobody would think of."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

TODAY = date(2026, 11, 23)
_CODES = ["T1", "T2", "T10", "a", "B b", "é/~", "Ω", "0", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "t1"]


@dataclass(frozen=True)
class Shape:
    """How likely what is."""

    trainings: tuple[int, int] = (1, 6)
    batches: tuple[int, int] = (1, 3)
    skills: str = "ABC"
    highest: int = 3
    entry: float = 0.45
    depth: int = 3
    wide: float = 0.0  # entries with more clauses than the search keeps
    free: float = 0.25
    timeless: float = 0.05  # neither batches nor self-paced
    undated: float = 0.15
    floor: float = 0.15
    full: float = 0.15
    deadline: float = 0.5
    before_today: float = 0.05
    span: int = 40
    stages: tuple[int, ...] = (1, 1, 2, 3)
    longest: int = 5
    longest_free: int = 12
    gives: float = 0.5
    completed: float = 0.1
    demanded: float = 0.25
    gone: float = 0.1  # a code that no training has
    known: float = 0.5
    jp: tuple[int, ...] = (0, 4, 4, 8)
    cost: tuple[int, ...] = (0, 5, 7)
    weights: tuple[int, int] = (1, 9)
    alternatives: tuple[int, ...] = (0, 1, 3, 20)
    kind: float = 0.6  # most of what is asked can be reached


SMALL = Shape()
SHAPES = {
    "small": SMALL,
    "stages with gaps": replace(SMALL, stages=(2, 3, 4), free=0.1, span=30, longest=3, trainings=(2, 5)),
    "self-paced chains": replace(SMALL, free=0.75, entry=0.75, undated=0, trainings=(2, 6), longest_free=6, gives=0.4),
    "accelerators": replace(SMALL, free=0.5, entry=0.9, depth=1, undated=0, trainings=(3, 6), floor=0, full=0, demanded=0.4, span=25),
    "ties": replace(SMALL, jp=(4,), cost=(0,), weights=(1, 1), stages=(1,), longest=1, span=12, trainings=(3, 6)),
    "no dates": replace(SMALL, undated=1, trainings=(2, 8), entry=0.7),
    "out of reach": replace(SMALL, full=0.5, floor=0.5, timeless=0.2, gone=0.4, deadline=0.9, before_today=0.2, span=20),
    "large numbers": replace(SMALL, jp=(0, 10**6, 3 * 10**6 + 1), cost=(10**12, 10**12 + 1, 7 * 10**12, 3), weights=(59_000, 60_000)),
    "wide entries": replace(SMALL, wide=0.6, entry=0.6, trainings=(3, 6), skills="ABCD"),
    "high levels": replace(SMALL, highest=5, known=0.9, gives=0.7),
}
MEDIUM = Shape(trainings=(8, 14), batches=(2, 4), skills="ABCDEF", entry=0.4, depth=2, free=0.12, undated=0, gives=0.35, span=120,
               floor=0.05, full=0.1, deadline=0.4, completed=0.03, demanded=0.15, gone=0.03, timeless=0.02,
               jp=(4, 8, 12, 20, 24), cost=(0, 1_000, 2_500, 4_000), alternatives=(0, 1, 2, 4))
LARGER = {
    "medium": MEDIUM,
    "medium, crowded": replace(MEDIUM, span=35, longest=8, free=0.05),
    "medium, gaps": replace(MEDIUM, stages=(2, 2, 3), span=60, longest=3, free=0.05),
    "medium, ties": replace(MEDIUM, jp=(4,), cost=(0,), stages=(1,), longest=2, span=25),
    "medium, chains": replace(MEDIUM, entry=0.8, depth=1, span=160, gives=0.25),
    "medium, accelerators": replace(MEDIUM, free=0.35, entry=0.6, depth=1, span=60, demanded=0.3, trainings=(8, 11)),
    "medium, out of reach": replace(MEDIUM, full=0.45, floor=0.35, deadline=1, span=50),
    "medium, no dates": replace(MEDIUM, undated=1, trainings=(8, 12), entry=0.7),
    "medium, wide entries": replace(MEDIUM, wide=0.2, trainings=(7, 10), cost=(3, 10**12, 10**12 + 1), free=0.2),
    "medium, large numbers": replace(MEDIUM, cost=(0, 3, 10**12, 7 * 10**12), jp=(0, 10**11, 10**11 + 1), weights=(1, 60_000)),
    "medium, many competencies": replace(MEDIUM, skills="ABCDEFGHIJKLMNOPQRSTUVWXYZ", gives=0.12, highest=2, trainings=(6, 10), undated=0.4),
    "medium, all alternatives": replace(MEDIUM, trainings=(6, 9), alternatives=(20,), free=0.2),
    "medium, single days": replace(MEDIUM, stages=(1,), longest=0, span=9, trainings=(7, 10)),
    "medium, one window": replace(MEDIUM, stages=(2,), longest=3, span=0, trainings=(7, 10)),
}
LARGE = {
    "large": replace(MEDIUM, trainings=(18, 26), skills="ABCDEFGH", gives=0.25, span=180, entry=0.3),
    "large, crowded": replace(MEDIUM, trainings=(18, 24), skills="ABCDEFG", gives=0.25, span=60, longest=7, entry=0.3, free=0.05),
}


def condition(rng: random.Random, shape: Shape, codes: list[str], depth: int) -> dict[str, Any]:
    """Return an entry condition, nested at most so deep."""
    kind = rng.random()
    if depth and kind < 0.4:
        return {rng.choice(["all", "any"]): [condition(rng, shape, codes, depth - 1) for _ in range(rng.choice([0, 1, 2, 2, 3]))]}
    if kind < 0.45:
        return {}
    if kind < 0.72:
        return {"training": "GONE" if rng.random() < shape.gone else rng.choice(codes)}
    return {"competency": rng.choice([*shape.skills, "Z"] if rng.random() < 0.1 else shape.skills), "level": rng.randint(0, shape.highest)}


def batch(rng: random.Random, shape: Shape, name: str) -> dict[str, Any]:
    """Return one run of a training."""
    day = TODAY + timedelta(days=0 if rng.random() < 0.08 else rng.randint(-4, shape.span))
    stages = []
    for _ in range(rng.choice(shape.stages)):
        last = day + timedelta(days=rng.randint(0, shape.longest))
        stages.append([day.isoformat(), last.isoformat()])
        day = last + timedelta(days=rng.choice([1, 1, 2, 4, 7]))
    return {"id": name, "stages": stages} | ({} if rng.random() < 0.3 else {"seats_free": 0 if rng.random() < shape.full else rng.choice([1, 2, 30])})


def make(rng: random.Random, shape: Shape) -> dict[str, Any]:
    """Return a problem."""
    kind = rng.random() < shape.kind
    if kind:
        shape = replace(shape, entry=shape.entry * 0.7, depth=min(shape.depth, 2), floor=shape.floor / 3, full=shape.full / 3,
                        gone=0, timeless=0, completed=shape.completed / 3, deadline=shape.deadline * 0.6, before_today=0)
    size = rng.randint(*shape.trainings)
    codes = rng.sample([*_CODES, *(f"t{number}" for number in range(10, 10 + max(0, size - len(_CODES))))], size)
    trainings = []
    for code in codes:
        training: dict[str, Any] = {"code": code}
        if rng.random() < 0.9:
            training |= {"jp": rng.choice(shape.jp), "cost_idr": rng.choice(shape.cost)}
        if rng.random() < shape.entry:
            training["entry"] = condition(rng, shape, codes, shape.depth)
        if rng.random() < shape.wide:
            training["entry"] = {"any": [{"all": [condition(rng, shape, codes, 0) for _ in range(2)]} for _ in range(7)]}
        if rng.random() < shape.floor:
            training["min_golongan"] = rng.choice([None, 1, 8, 9, 10, 12, 17])
        training["raises"] = [{"competency": skill, "level": rng.randint(1, shape.highest)}
                              for skill in shape.skills for _ in range(2) if rng.random() < shape.gives / 1.5]
        sort = rng.random()
        if sort < shape.free:
            training["self_paced_days"] = rng.randint(1, shape.longest_free)
        elif sort < 1 - shape.timeless:
            names = rng.sample(["b1", "b2", "b10", "A", "Z"], rng.randint(*shape.batches))
            training["batches"] = [batch(rng, shape, name) for name in names]
        trainings.append(training)
    dates = rng.random() >= shape.undated
    ready_by = None
    if rng.random() < shape.deadline:
        ends = [run["stages"][-1][1] for training in trainings for run in training.get("batches", [])]
        ready_by = (TODAY + timedelta(days=rng.randint(shape.span // 3, shape.span + 10))).isoformat()
        if rng.random() < shape.before_today:
            ready_by = (TODAY - timedelta(days=rng.randint(1, 3))).isoformat()
        elif ends and rng.random() < 0.4:
            ready_by = max(rng.sample(ends, min(3, len(ends))))
    wanted = {skill: rng.randint(1, shape.highest) for skill in shape.skills if rng.random() < 0.7}
    given = {gain["competency"]: gain["level"] for training in trainings for gain in training["raises"]}
    if kind:
        wanted = {skill: given[skill] for skill in wanted if skill in given}
    demanded = [code for code in codes if rng.random() < shape.demanded] + ["GONE"] * (rng.random() < shape.gone)
    problem: dict[str, Any] = {
        "format": "kompetensi-plan/1", "today": TODAY.isoformat(),
        "employee": {"levels": {skill: rng.randint(0, shape.highest) if rng.random() < 0.3 else rng.randint(0, 1)
                                for skill in shape.skills if rng.random() < shape.known},
                     "completed": [code for code in [*codes, "ELSE"] if rng.random() < shape.completed],
                     "golongan": rng.choice([10, 12, 17] if kind else [None, 1, 9, 10, 12, 17])},
        "target": {
            "requirements": [{"competency": skill, "level": wanted[skill], "weight": rng.randint(*shape.weights),
                              "importance": rng.choice(["MUTLAK", "PENTING", "PERLU"])} for skill in rng.sample(list(wanted), len(wanted))],
            "trainings": [{"training": code} | ({"weight": rng.randint(*shape.weights), "importance": "MUTLAK"} if rng.random() < 0.4 else {})
                          for code in demanded]},
        "trainings": trainings, "time_limit_s": 600}
    if not dates or rng.random() < 0.3:
        problem["dates"] = dates
    if ready_by or rng.random() < 0.3:
        problem["ready_by"] = ready_by
    if rng.random() < 0.6:
        names = ["finish", "jp", "cost_idr", "count"] if dates else ["jp", "cost_idr", "count"]
        problem["objective"] = rng.sample(names, rng.randint(1, len(names)))
    if most := rng.choice(shape.alternatives):
        problem["alternatives"] = most
    return problem


def made(shape: str, seed: int) -> dict[str, Any]:
    """Return the problem of a shape and a seed."""
    return make(random.Random(f"{shape} {seed}"), (SHAPES | LARGER | LARGE)[shape])
