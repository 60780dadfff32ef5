"""Issuing certificates in phases, with a commit after each: one, a whole batch, a whole year.

Number and facts are committed together first. Then, while no transaction is open, the document is laid out and
signed. Then state, file and what follows from them are committed, one certificate at a time. Whatever is killed in
between goes on with the same number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, KompetensiError, Unavailable
from kompetensi.exchange.certificate_payload import seal_facts
from kompetensi.jobs.work import Work
from kompetensi.messages import Message, say
from kompetensi.ports import Clock, Jobs, Rendering, SigningSecret
from kompetensi.rules.access import Actor
from kompetensi.services import jobs
from kompetensi.services.certificate_signing import call_signers
from kompetensi.services.certificates import (
    Graduate,
    IssuedCertificate,
    Prepared,
    Press,
    Refused,
    find_graduates,
    finish_certificate,
    prepare_certificate,
    prepare_many,
    sign_document,
    void_certificate,
)
from kompetensi.services.jobs import ItemState
from kompetensi.services.unit_of_work import after_commit, transaction

__all__ = ["ISSUE", "Completion", "complete", "complete_one", "issue_listed", "issue_one", "order_batch", "order_year"]

_log = logging.getLogger(__name__)

ISSUE = "certificates.issue"
# Certificates that are prepared and laid out together: few enough that memory stays flat.
CHUNK = 25

_NO_FILE = say("Berkas sertifikat tidak dapat dibuat.")


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of one prepared certificate.

    Attributes
    ----------
    prepared : Prepared
        As it was handed in; a second attempt has a number of its own.
    issued : IssuedCertificate or None
        None when both attempts failed; `problem` says why.
    """

    prepared: Prepared
    issued: IssuedCertificate | None
    problem: Message | None = None


def complete(
    session: Session, actor: Actor, press: Press, prepared: Sequence[Prepared], *, clock: Clock,
    secret: SigningSecret | None = None, settle: Callable[[Completion], None] = lambda completion: None,
) -> Iterator[Completion]:
    """Lay out, sign and issue prepared certificates, committing each by itself.

    A document that cannot be made makes its number void; its content is tried once more under a new number. A tool,
    key or service that is away, and a secret that is refused, end the iteration: the certificates that are left keep
    their numbers and wait.

    Parameters
    ----------
    session : Session
        Without an open transaction.
    secret : SigningSecret, optional
        What an attended signer needs.
    settle : callable
        Called inside of the transaction that settles a certificate.

    Yields
    ------
    Completion
        One for each, in their order, after its commit.

    Raises
    ------
    Unavailable
        If documents cannot be made or signed now.
    InvalidInput
        If the secret is missing or refused; it names ``nik`` or ``passphrase``.
    """
    for _, group in groupby(prepared, key=lambda one: one.design):
        ones = tuple(group)
        for one, made in zip(ones, _render(press, ones), strict=True):
            answer = _conclude(session, actor, press, one, one, made, clock=clock, secret=secret, settle=settle,
                               again=True)
            if isinstance(answer, Prepared):
                (made,) = _render(press, [answer])
                answer = _conclude(session, actor, press, one, answer, made, clock=clock, secret=secret, settle=settle,
                                   again=False)
            if isinstance(answer, Completion):
                yield answer


def _conclude(
    session: Session, actor: Actor, press: Press, one: Prepared, attempt: Prepared, made: Rendering, *, clock: Clock,
    secret: SigningSecret | None, settle: Callable[[Completion], None], again: bool,
) -> Completion | Prepared:
    """Sign an attempt, then issue it or make it void; return the second attempt if there is to be one."""
    pdf, problem = _sign(press, attempt, made, at=_moment(session, clock), secret=secret)
    with transaction(session):
        try:
            if pdf is not None:
                done = Completion(one, finish_certificate(session, actor, press, attempt.id, pdf, now=clock.now()))
                settle(done)
                return done
        except Conflict as conflict:
            # It was made void meanwhile, or what it should replace has ended; a second attempt would meet the same.
            problem, again = conflict.message, False
        second = void_certificate(session, actor, press, attempt.id, problem or _NO_FILE, now=clock.now(), again=again)
        if second is None:
            done = Completion(one, None, problem or _NO_FILE)
            settle(done)
            return done
    return second


def _moment(session: Session, clock: Clock) -> datetime:
    """Return the moment, leaving no transaction open: a demo's clock reads its day from the database."""
    with transaction(session):
        return clock.now()


def _render(press: Press, ones: Sequence[Prepared]) -> Iterator[Rendering]:
    """Lay out certificates of one design together; after a fault of the renderer, each of the others by itself."""
    together = iter(press.renderer.render_many((seal_facts(one.facts, press.seal) for one in ones), ones[0].design))
    for position in range(len(ones)):
        try:
            made = next(together, None)
        except Unavailable:
            raise
        except Exception:
            _log.exception("certificates could not be laid out together")
            made = None
        if made is None:
            yield from (_render_one(press, rest) for rest in ones[position:])
            return
        yield made


def _render_one(press: Press, one: Prepared) -> Rendering:
    try:
        return Rendering(press.renderer.render_certificate(seal_facts(one.facts, press.seal), one.design))
    except Unavailable:
        raise
    except KompetensiError as problem:
        return Rendering(None, problem)
    except Exception as error:
        _log.exception("certificate %s could not be laid out", one.facts.number)
        return Rendering(None, InvalidInput(_fault(error)))


def _sign(
    press: Press, one: Prepared, made: Rendering, *, at: datetime, secret: SigningSecret | None
) -> tuple[bytes | None, Message | None]:
    """Return the signed file, or why there is none."""
    if made.pdf is None:
        return None, made.problem.message if made.problem is not None else _NO_FILE
    try:
        return sign_document(press, one.facts, made.pdf, at=at, secret=secret), None
    except Unavailable:
        raise
    except KompetensiError as problem:
        if problem.where in ("nik", "passphrase"):
            raise
        return None, problem.message
    except Exception as error:
        _log.exception("certificate %s could not be signed", one.facts.number)
        return None, _fault(error)


def _fault(error: Exception) -> Message:
    return say("Berkas sertifikat tidak dapat dibuat karena kesalahan program (%(kind)s).", kind=type(error).__name__)


def complete_one(
    session: Session, actor: Actor, press: Press, prepared: Prepared, *, clock: Clock,
    secret: SigningSecret | None = None,
) -> IssuedCertificate | None:
    """Issue one prepared certificate; see `complete`.

    Where a person must sign and no secret is given, it waits for the signing round, whose signer is told: None.

    Raises
    ------
    Conflict
        If its document could not be made, twice; the numbers are void and the reason is told.
    Unavailable, InvalidInput
        As `complete`.
    """
    if press.signer.attended and secret is None:
        with transaction(session):
            call_signers(session, [prepared], now=clock.now(), mailer=press.mailer)
        return None
    (done,) = complete(session, actor, press, [prepared], clock=clock, secret=secret)
    if done.issued is None:
        raise Conflict(say("Sertifikat tidak terbit: %(problem)s Nomornya tercatat batal.", problem=done.problem))
    return done.issued


def issue_one(
    session: Session, actor: Actor, press: Press, enrolment_id: int, *, clock: Clock
) -> IssuedCertificate | None:
    """Issue the certificate of one participant, with a commit after each phase.

    See `prepare_certificate` and `complete_one`.
    """
    with transaction(session):
        prepared = prepare_certificate(session, actor, press, enrolment_id, today=clock.today(), now=clock.now())
    return complete_one(session, actor, press, prepared, clock=clock)


# --- as a job --------------------------------------------------------------------------------------------------------


def order_batch(
    session: Session, actor: Actor, batch_code: str, *, press: Press, engine: Jobs | None, nip: str | None = None,
    today: date, now: datetime,
) -> str | None:
    """Ask for the certificates of all who passed in a batch; inside of a transaction.

    Parameters
    ----------
    engine : Jobs or None
        Starts the job after the commit; None = the caller runs it.
    nip : str, optional
        Only this participant.

    Returns
    -------
    str or None
        Id of the job; of the one that is at it already, where there is one. None when nobody waits for a certificate.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput
        As `find_graduates`.
    """
    waiting = find_graduates(session, actor, batch_code=batch_code, nip=nip, today=today)
    return _order(session, actor, waiting, {"batch": batch_code.strip().upper(), "nip": nip}, press=press,
                  engine=engine, today=today, now=now)


def order_year(
    session: Session, actor: Actor, year: int, *, press: Press, engine: Jobs | None, today: date, now: datetime
) -> str | None:
    """Ask for the certificates of all who passed in the batches of a year; otherwise as `order_batch`."""
    waiting = find_graduates(session, actor, year=year, today=today)
    return _order(session, actor, waiting, {"year": year}, press=press, engine=engine, today=today, now=now)


def _order(
    session: Session, actor: Actor, waiting: Sequence[Graduate], asked: dict[str, object], *, press: Press,
    engine: Jobs | None, today: date, now: datetime,
) -> str | None:
    running = jobs.find_active(session, ISSUE, asked)
    if running is not None:
        return running
    if not waiting:
        return None
    organisers = {one.organiser_id for one in waiting}
    job_id = press.randomness(8).hex()
    jobs.write_job(
        session, actor, ISSUE, job_id=job_id, items=[(one.enrolment_id, one.name) for one in waiting],
        # The address in the QR is that of the request that asks; where the job runs there is none.
        arguments=asked | {"verify_base": press.verify_base, "attended": press.signer.attended},
        unit_id=organisers.pop() if len(organisers) == 1 else None, today=today, now=now)
    if engine is not None:
        after_commit(session, lambda: engine.start(job_id))
    return job_id


def issue_listed(work: Work) -> None:
    """Issue the certificates that a job lists; whoever cannot have one does not stop the others.

    Where a person must sign, the numbers are taken and the certificates wait for the signing round.
    """
    press = Press(**(work.press | {"verify_base": work.job.arguments["verify_base"]}))
    with transaction(work.session):
        left = work.count_left()
    with press.renderer.in_bulk(left) as renderer:
        _issue_chunks(work, replace(press, renderer=renderer))


def _issue_chunks(work: Work, press: Press) -> None:
    while True:
        with transaction(work.session):
            work.beat()
            items = () if work.stopping else work.next_items(CHUNK)
            answers = prepare_many(work.session, work.actor, press, [item.subject_id for item in items],
                                   today=work.clock.today(), now=work.clock.now())
            at_work: dict[int, int] = {}
            for item, answer in zip(items, answers, strict=True):
                if isinstance(answer, Refused):
                    work.settle(item.id, ItemState.SKIPPED if answer.certificate else ItemState.FAILED,
                                outcome=answer.certificate or "", problem=answer.problem.message)
                elif press.signer.attended:
                    work.settle(item.id, ItemState.DONE, outcome=answer.facts.token)
                else:
                    at_work[answer.id] = item.id
            if press.signer.attended:
                call_signers(work.session, (one for one in answers if isinstance(one, Prepared)), now=work.clock.now(),
                             mailer=press.mailer)
        work.report()
        if not items:
            return

        def settle(done: Completion, at_work: dict[int, int] = at_work) -> None:
            work.beat()
            work.settle(at_work[done.prepared.id], ItemState.DONE if done.issued else ItemState.FAILED,
                        outcome=done.issued.token if done.issued else "", problem=done.problem)

        waiting = [one for one in answers if isinstance(one, Prepared) and one.id in at_work]
        for _ in complete(work.session, work.actor, press, waiting, clock=work.clock, settle=settle):
            work.report()
