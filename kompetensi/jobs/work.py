"""A job while it runs: what it may ask, and how it writes down what it has done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kompetensi.messages import Message
from kompetensi.ports import Clock
from kompetensi.rules.access import Actor
from kompetensi.services import jobs
from kompetensi.services.jobs import ClaimedJob, ItemState, WorkItem

__all__ = ["Interrupted", "Work"]


class Interrupted(Exception):
    """The process ends; the job waits for another."""


@dataclass
class Work:
    """One run of a job.

    Attributes
    ----------
    actor : Actor
        The system, under the name of who asked for the job.
    executor : str
        Name of this process.
    clock : Clock
        The application's; its day may stand still.
    pulse : callable
        Returns the machine's time.
    press : mapping
        Fields of `services.certificates.Press`.
    is_leaving : callable
        Whether this process is about to end.
    settled : callable
        Called after each commit with how many items have been settled by this run.
    stopping : bool
        Whether somebody asked to cancel the job; the run ends at the next place where nothing is half done.
    """

    session: Session
    job: ClaimedJob
    actor: Actor
    executor: str
    clock: Clock
    pulse: Callable[[], datetime]
    press: dict[str, Any]
    is_leaving: Callable[[], bool]
    settled: Callable[[int], None] = lambda count: None
    stopping: bool = False
    _count: int = field(default=0, init=False)

    def next_items(self, count: int) -> tuple[WorkItem, ...]:
        """Return what is to be done next; empty when nothing is left. Call it inside of a transaction."""
        return jobs.waiting_items(self.session, self.job.id, count)

    def count_left(self) -> int:
        """Return how many items are left. Call it inside of a transaction."""
        return jobs.count_waiting(self.session, self.job.id)

    def beat(self) -> None:
        """Give a sign of life in the current transaction, and learn whether to stop.

        Raises
        ------
        kompetensi.services.jobs.JobLost
            If somebody else runs the job now; the transaction must fail.
        Interrupted
            If this process is about to end; the transaction must fail.
        """
        if self.is_leaving():
            raise Interrupted
        self.stopping = jobs.beat(self.session, self.job.id, self.executor, pulse=self.pulse()) or self.stopping

    def settle(self, item_id: int, state: ItemState, *, outcome: str = "", problem: Message | None = None) -> None:
        """Write what came of an item in the current transaction."""
        jobs.settle_item(self.session, item_id, state, outcome=outcome, problem=problem, now=self.clock.now())
        self._count += 1

    def report(self) -> None:
        """Tell who watches how far this run is; after a commit."""
        self.settled(self._count)
