"""Many people, each distinct question once, and every answer the same as alone."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_oracle import random_problem

from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import Catalogue, Clip, bulk, plan, plan_all


def people_of(seed: int, count: int = 25):
    """Return one catalogue and target with people who differ, in what matters for it and in what does not."""
    rng = random.Random(seed)
    base = problem_from_json(random_problem(seed))
    codes = [training.code for training in base.trainings]
    return base, [replace(
        base, levels={name: rng.randint(0, 5) for name in ("A", "B", "C", "OTHER", "UNUSED") if rng.random() < 0.6},
        completed=frozenset(code for code in [*codes, "ELSE"] if rng.random() < 0.2),
        golongan=rng.choice([None, 5, 9, 10, 11, 12, 17])) for _ in range(count)]


@pytest.mark.parametrize("seed", range(60))
def test_the_answer_does_not_change_when_what_does_not_matter_is_cut_away(seed):
    base, people = people_of(seed)
    clip = Clip.of(Catalogue(base.trainings), base.requirements, base.demands)
    for problem in people:
        assert plan(clip.apply(problem)) == plan(problem)


def test_everybody_gets_the_answer_that_he_would_get_alone():
    base, people = people_of(4, 60)
    answers = dict(plan_all(base.trainings, people))
    assert sorted(answers) == list(range(60))
    assert all(answers[place] == plan(problem) for place, problem in enumerate(people))


def test_people_who_ask_the_same_are_answered_once(monkeypatch):
    base, people = people_of(4, 10)
    asked = []
    monkeypatch.setattr(bulk, "plan", lambda problem, catalogue: asked.append(problem) or plan(problem, catalogue))
    some = replace(people[0], levels={"A": 5, "UNUSED": 1})
    others = [replace(some, levels={"A": 5, "UNUSED": level}) for level in range(2, 6)]
    assert len(dict(plan_all(base.trainings, [some, *others]))) == 5
    assert len(asked) == 1


def test_several_processes_answer_like_one(monkeypatch):
    monkeypatch.setattr(bulk, "_WORTH_PROCESSES", 2)
    base, people = people_of(7, 12)
    assert list(plan_all(base.trainings, people, workers=2)) == list(plan_all(base.trainings, people))


_KILLED = """
import os
from datetime import date
from multiprocessing import active_children
from kompetensi.graph.paths import Gain, Problem, Requirement, Training, bulk, plan_all

if __name__ == "__main__":
    bulk._WORTH_PROCESSES = 2
    trainings = (Training("T", raises=(Gain("A", 3),)),)
    people = [Problem(today=date(2026, 1, 1), requirements=(Requirement("A", 3),), levels={"A": level}, dates=False)
              for level in range(3)]
    answers = plan_all(trainings, people, workers=2)
    next(answers)
    print(*(child.pid for child in active_children()), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_the_workers_of_a_killed_process_end_too(tmp_path):
    (tmp_path / "killed.py").write_text(_KILLED)
    answer = subprocess.run([sys.executable, str(tmp_path / "killed.py")], capture_output=True, text=True, check=False,
                            timeout=60)
    assert answer.returncode == -9, answer.stderr
    workers = [Path(f"/proc/{number}") for number in answer.stdout.split()]
    assert workers
    until = time.monotonic() + 20
    while any(worker.exists() for worker in workers):
        assert time.monotonic() < until
        time.sleep(0.05)
