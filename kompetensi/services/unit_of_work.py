"""The one place that commits. What must follow a commit (mail, signals, jobs) is queued here and sent after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from kompetensi.ports import write_intent

__all__ = ["after_commit", "transaction"]


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit once at the end, or roll back everything when anything fails.

    Mails, signals and jobs queued with `after_commit` go out after the commit, in the order in which they were
    queued; they are dropped when the transaction fails.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        In a host this is the host's session: one commit takes the host's pending work along, as one unit.
    """
    token = write_intent.set(True)
    outbox: list[Callable[[], None]] = []
    session.info["kompetensi_outbox"] = outbox
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        write_intent.reset(token)
        session.info.pop("kompetensi_outbox", None)
    for send in outbox:
        send()


def after_commit(session: Session, send: Callable[[], None]) -> None:
    """Queue something that must happen only once the transaction is safe.

    Raises
    ------
    RuntimeError
        Outside of `transaction`: then nobody would ever send it.
    """
    outbox = session.info.get("kompetensi_outbox")
    if outbox is None:
        raise RuntimeError("after_commit needs a transaction(session) around it")
    outbox.append(send)
