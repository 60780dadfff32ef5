"""A population over several worker processes: the identical result, whatever the number of blocks."""

from __future__ import annotations

import functools
import socket
import warnings

import numpy as np
import pytest

from kompetensi.adapters.dask_blocks import DaskBlocks
from kompetensi.errors import Unavailable
from kompetensi.graph.elements import Importance, Position, Requirement
from kompetensi.graph.matching import compile_standards
from kompetensi.graph.population import Block, Question, blocks_of, run_here, survey

pytestmark = pytest.mark.once
PEOPLE, UNITS = 3000, 4


@pytest.fixture(scope="module")
def scheduler():
    """Address of a scheduler with two worker processes on this machine."""
    # Its clean-up leaves sockets and processes to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                          silence_logs=50) as cluster:
            yield cluster.scheduler_address


@pytest.fixture(scope="module")
def population():
    rng = np.random.default_rng(9)
    standards = compile_standards([Position(f"J{number:02d}", "", requirements=tuple(
        Requirement(f"K{at:02d}", int(rng.integers(1, 6)), Importance.MUTLAK if at % 4 == 0 else Importance.PENTING)
        for at in rng.permutation(12)[:7])) for number in range(9)])
    levels = rng.integers(0, 6, (len(standards.competencies), PEOPLE), dtype=np.uint8)
    return standards, Block(levels, rng.integers(0, UNITS, PEOPLE).astype(np.int32),
                            rng.integers(-1, 9, PEOPLE).astype(np.int32), rng.random(levels.shape) < 0.9)


def cut(whole: Block, size: int) -> list[Block]:
    return [Block(whole.levels[:, part], whole.unit[part], whole.position[part], whole.assessed[:, part], part.start)
            for part in blocks_of(PEOPLE, size)]


def flat(found):
    gaps, reached, levels = found.gaps, found.reached, found.levels
    return [found.people, *(array.tolist() for array in (
        gaps.asked, gaps.assessed, gaps.short, gaps.missing, gaps.required, reached.people, reached.scored, reached.ready,
        levels.people, levels.at_least, found.succession.keys))]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("size", [PEOPLE, 1000, 431, 97])
def test_two_processes_find_what_one_finds(scheduler, population, size):
    standards, whole = population
    work = functools.partial(survey, standards, Question(UNITS, gaps=True, means=True, thresholds=(40_800, 48_000), count=20))
    blocks = cut(whole, size)
    found = DaskBlocks(scheduler)(work, iter(blocks))
    assert (found.blocks, found.largest) == (len(blocks), min(size, PEOPLE))
    assert flat(found) == flat(run_here(work, [whole])) == flat(run_here(work, reversed(blocks)))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_blocks_are_nothing(scheduler, population):
    assert DaskBlocks(scheduler)(functools.partial(survey, population[0], Question(UNITS)), iter(())) is None


def test_a_scheduler_that_does_not_answer_is_named(population):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
    with pytest.raises(Unavailable, match="tidak menjawab"):
        DaskBlocks(address, timeout_s=1)(functools.partial(survey, population[0], Question(UNITS)), iter(()))
