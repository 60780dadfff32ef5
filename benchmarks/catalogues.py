"""Catalogues and questions of any size, made from a seed.

Trainings climb in ladders, a competency from level 1 to 5; a third raise a second competency too; a quarter may be
entered in two ways; some ask for a rank. Each has about four batches in a year, one in eight of them full, a quarter of
them in two stages. A question lacks a number of competencies of its target.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

TODAY = date(2026, 11, 23)
_LEVELS = 5


def make_catalogue(trainings: int, seed: int, *, batches: float = 4) -> list[dict[str, Any]]:
    """Return the trainings of a catalogue in the form of docs/formats/plan.md."""
    rng = random.Random(seed)
    skills = max(4, trainings // 7)
    made: list[dict[str, Any]] = []
    by_gain: dict[tuple[int, int], list[str]] = {}
    for number in range(trainings):
        skill, level = rng.randrange(skills), 1 + number % _LEVELS
        code = f"T{number:05d}"
        raises = {skill: level}
        if rng.random() < 0.35:
            raises[rng.randrange(skills)] = rng.randint(1, level)
        entry: dict[str, Any] = {}
        if level > 1 and rng.random() < 0.6:
            entry = {"competency": f"C{skill:04d}", "level": level - 1}
            other = by_gain.get((rng.randrange(skills), level - 1))
            if rng.random() < 0.25 and other:
                entry = {"any": [entry, {"training": rng.choice(other)}]}
            elif rng.random() < 0.04:
                entry = {"all": [entry, {"competency": f"C{rng.randrange(skills):04d}", "level": 1}]}
        training: dict[str, Any] = {
            "code": code, "jp": rng.choice([8, 16, 20, 24, 32, 40, 60, 80]), "cost_idr": 250_000 * rng.randint(1, 24),
            "raises": [{"competency": f"C{gain:04d}", "level": up} for gain, up in sorted(raises.items())],
            "entry": entry}
        if rng.random() < 0.1:
            training["min_golongan"] = rng.randint(8, 13)
        sizes = rng.randrange(2 * int(batches) + 1) if batches else 0
        if rng.random() < 0.05:
            training["self_paced_days"] = rng.randint(5, 30)
        else:
            training["batches"] = [_batch(rng, f"{code}-{one:02d}") for one in range(sizes)]
        made.append(training)
        for gain, up in raises.items():
            by_gain.setdefault((gain, up), []).append(code)
    return made


def _batch(rng: random.Random, code: str) -> dict[str, Any]:
    first = TODAY + timedelta(days=rng.randint(1, 365))
    last = first + timedelta(days=rng.choice([1, 2, 4, 4, 9, 13]))
    stages = [[first.isoformat(), last.isoformat()]]
    if rng.random() < 0.25:
        again = last + timedelta(days=rng.randint(7, 30))
        stages.append([again.isoformat(), (again + timedelta(days=rng.randint(1, 4))).isoformat()])
    return {"id": code, "stages": stages, "seats_free": rng.choice([0, 1, 2, 5, 9, 12, 20, 30])}


def make_question(trainings: list[dict[str, Any]], gaps: int, seed: int, **fields: Any) -> dict[str, Any]:
    """Return a problem whose person lacks `gaps` competencies of the target."""
    rng = random.Random(seed)
    skills = sorted({gain["competency"] for training in trainings for gain in training["raises"]})
    asked = rng.sample(skills, min(gaps, len(skills)))
    levels = {skill: rng.randint(0, 3) for skill in skills if rng.random() < 0.5}
    requirements = []
    for skill in asked:
        level = rng.randint(2, 4)
        levels[skill] = min(levels.get(skill, 0), level - 1)
        requirements.append({"competency": skill, "level": level, "weight": rng.randint(1, 9),
                             "importance": rng.choice(["MUTLAK", "PENTING", "PENTING"])})
    return {"format": "kompetensi-plan/1", "today": TODAY.isoformat(),
            "employee": {"levels": {skill: level for skill, level in levels.items() if level}, "golongan": 12},
            "target": {"requirements": requirements}, "trainings": trainings, **fields}
