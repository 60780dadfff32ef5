"""Certificates in bulk by several processes, signed where they are made if there is a key that needs nobody."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Self

from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import KompetensiError
from kompetensi.messages import Message
from kompetensi.ports import Rendering
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import CertificateFacts

__all__ = ["CertificatePool", "Finish"]

# Takes a file and the facts that it prints, and returns the file as it leaves the house.
Finish = Callable[[bytes, CertificateFacts], bytes]
# Certificates that a process is given at once, and such portions that wait for each: the most that is ever held.
_PORTION = 16
_AHEAD = 2


class CertificatePool:
    """Prints certificates with several processes; to be used as a context.

    Parameters
    ----------
    processes : int
        At least 1; more than the machine has cores makes nothing faster.
    open_finish : callable, optional
        Called once in each process, returns what each file is sent through: with a key on this machine, a signature.
        It crosses to the process and so must be one that `pickle` takes, a function of a module for instance.
    alone : WeasyPrintRenderer, optional
        Makes single certificates in this process.
    """

    def __init__(
        self, processes: int, *, open_finish: Callable[[], Finish] | None = None, alone: WeasyPrintRenderer | None = None
    ) -> None:
        # A process begins anew: threads and locks of this one would not survive a copy.
        self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _start, (open_finish,))
        self._most = processes * _AHEAD
        self._alone = alone or WeasyPrintRenderer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def render_many(
        self, facts: Iterable[CertificateFacts], design: CertificateDesign | None = None
    ) -> Iterator[Rendering]:
        """Return one rendering for each of the facts, in their order, as `WeasyPrintRenderer.render_many` does.

        What goes wrong with one, also while it is finished, stands in its rendering.

        Raises
        ------
        kompetensi.errors.Unavailable
            If this installation cannot make PDFs.
        """
        waiting: deque[Future[list[Rendering]]] = deque()
        rest = iter(facts)
        while True:
            while len(waiting) < self._most and (portion := list(islice(rest, _PORTION))):
                waiting.append(self._pool.submit(_print, portion, design))
            if not waiting:
                return
            yield from waiting.popleft().result()

    def render_certificate(self, facts: CertificateFacts, design: CertificateDesign | None = None) -> bytes:
        """Return one certificate, made here; nothing is finished. See `WeasyPrintRenderer.render_certificate`."""
        return self._alone.render_certificate(facts, design)

    def find_under_stamp(self, facts: CertificateFacts, design: CertificateDesign) -> tuple[Message, ...]:
        """Look here; see `WeasyPrintRenderer.find_under_stamp`."""
        return self._alone.find_under_stamp(facts, design)

    def in_bulk(self, count: int) -> AbstractContextManager[CertificatePool]:
        """Return itself, which goes on."""
        return nullcontext(self)


_renderer: WeasyPrintRenderer
_finish: Finish | None


def _start(open_finish: Callable[[], Finish] | None) -> None:
    global _renderer, _finish
    # A parent that is killed cannot tell its workers, who would wait for their next portion for ever.
    Thread(target=_end_with_parent, daemon=True).start()
    _renderer = WeasyPrintRenderer()
    _finish = open_finish() if open_finish is not None else None


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _print(facts: list[CertificateFacts], design: CertificateDesign | None) -> list[Rendering]:
    return [_finished(made, one) for made, one in zip(_renderer.render_many(facts, design), facts, strict=True)]


def _finished(made: Rendering, facts: CertificateFacts) -> Rendering:
    if _finish is None or made.pdf is None:
        return made
    try:
        return replace(made, pdf=_finish(made.pdf, facts))
    except KompetensiError as problem:
        return replace(made, pdf=None, problem=problem)
