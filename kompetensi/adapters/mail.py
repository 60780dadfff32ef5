"""Mailers."""

from __future__ import annotations

import logging

from kompetensi.messages import Message

_log = logging.getLogger(__name__)


class NullMailer:
    """Sends nothing; the inbox is the only place where notifications arrive."""

    def send(self, *, to: str, subject: Message, link: str) -> None:
        """Write one line to the log, without the person's number."""
        _log.info("notification kept in the inbox only: %s", subject.template)
