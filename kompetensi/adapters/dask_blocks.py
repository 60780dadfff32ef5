"""Blocks of people on many machines: a `graph.population.BlockRunner` over a dask.distributed scheduler."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kompetensi.errors import Unavailable
from kompetensi.graph.population import Block, Findings
from kompetensi.messages import say

__all__ = ["DaskBlocks"]

# Blocks that are out at a time, by worker thread: one is worked on while the next one travels.
_AHEAD = 2


class DaskBlocks:
    """Runs the same pure function of a block that `run_here` runs, and merges on the workers.

    No more than two blocks a worker thread are out at a time, so neither the scheduler nor a worker ever holds the
    population. What two blocks gave is merged where it is, then what two pairs gave, and so on; the client receives one
    result. The order of merging differs from run to run and the result does not.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``. The workers need kompetensi in the same version.
    timeout_s : int
        How long an answer of the scheduler is waited for.
    """

    def __init__(self, address: str, *, timeout_s: int = 10) -> None:
        self.address = address
        self.timeout_s = timeout_s

    def __call__(self, work: Callable[[Block], Findings], blocks: Iterable[Block], /) -> Findings | None:
        """Return the findings of all blocks; None for no blocks.

        Raises
        ------
        Unavailable
            If dask is not installed, the scheduler does not answer, or it has no worker.
        """
        try:
            from distributed import Client, wait  # the extra `bigdata`; takes a second to load
        except ImportError:
            raise Unavailable(say("dask.distributed belum terpasang; pasang kompetensi[bigdata] atau kosongkan "
                                  "KOMPETENSI_DASK_SCHEDULER.")) from None
        try:
            client = Client(self.address, timeout=self.timeout_s, set_as_default=False)
        except (OSError, ValueError):
            raise Unavailable(say("Penjadwal dask di %(address)s tidak menjawab.", address=self.address)) from None
        with client, client.as_current():
            threads = sum(client.nthreads().values())
            if not threads:
                raise Unavailable(say("Penjadwal dask di %(address)s tidak mempunyai pekerja.", address=self.address))
            # The work carries the standards of all positions; it travels once.
            shared = client.scatter(work, broadcast=True, hash=False)
            out: set[Any] = set()
            heap: list[tuple[int, Any]] = []  # results of 1, 2, 4, ... blocks, the largest first
            for block in blocks:
                if len(out) >= _AHEAD * threads:
                    out = set(wait(out, return_when="FIRST_COMPLETED").not_done)
                result = client.submit(_apply, shared, block, pure=False)
                out.add(result)
                _carry(client, heap, result)
            while len(heap) > 1:
                (_, one), (_, other) = heap.pop(), heap.pop()
                heap.append((0, client.submit(_merge, other, one, pure=False)))
            return heap[0][1].result() if heap else None


def _carry(client: Any, heap: list[tuple[int, Any]], result: Any) -> None:
    """Put a result on the heap, and merge as in counting: two of one size make one of the next."""
    size = 0
    while heap and heap[-1][0] == size:
        result = client.submit(_merge, heap.pop()[1], result, pure=False)
        size += 1
    heap.append((size, result))


def _apply(work: Callable[[Block], Findings], block: Block) -> Findings:
    return work(block)


def _merge(one: Findings, other: Findings) -> Findings:
    return one.merge(other)
