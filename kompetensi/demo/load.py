"""The demo from an empty database to a province: reference tables, then everything invented, in one transaction."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from kompetensi.adapters.null import NullSigner
from kompetensi.demo.batches import invent_batches
from kompetensi.demo.careers import CreditRules, invent_people
from kompetensi.demo.cases import open_cases, write_inboxes
from kompetensi.demo.catalogue import read_catalogue
from kompetensi.demo.days import WITA
from kompetensi.demo.evidence import Book, Register, invent_evidence
from kompetensi.demo.meetings import invent_meetings
from kompetensi.demo.outcomes import invent_outcomes, write_attendance, write_evaluations
from kompetensi.demo.participants import invent_participants
from kompetensi.demo.personas import TARGET, characters, give_accounts, give_evidence
from kompetensi.demo.requests import invent_requests
from kompetensi.demo.resources import invent_outside_participants, invent_resources
from kompetensi.demo.rows import Rows
from kompetensi.demo.structure import build_structure
from kompetensi.demo.targets import invent_targets, write_analysis
from kompetensi.errors import Unavailable
from kompetensi.messages import Message
from kompetensi.models import Enrolment, Setting
from kompetensi.ports import Renderer, Seal, Signer
from kompetensi.rules.access import Actor
from kompetensi.services.accounts import load_actor
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.certificates import Prepared, Press, issue_prepared, prepare_many
from kompetensi.services.imports import import_reference
from kompetensi.services.policies import credit_per_year, credit_percent, evidence_validity_years

__all__ = ["DemoReport", "load_demo", "moment_of"]

# Making a PDF takes a good part of a second; with fewer people than this a handful must do.
_ALL_CERTIFICATES_FROM, _FEW_CERTIFICATES = 300, 3
_KINDS = ("ASSESSMENT", "COMPETENCY_TEST", "RPL", "SUPERVISOR")


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What has been made.

    Attributes
    ----------
    rows : mapping of str to int
        Invented rows by table.
    missing : Message or None
        Why certificates wait for their PDFs; None when nothing is missing.
    """

    people: int
    seed: int
    today: date
    rows: Mapping[str, int]
    missing: Message | None = None


def moment_of(today: date) -> datetime:
    """Return the demo's moment on a day: 09.14 in Gorontalo."""
    return datetime(today.year, today.month, today.day, 9, 14, tzinfo=WITA)


def load_demo(
    session: Session, *, people: int, seed: int, today: date, now: datetime, renderer: Renderer | None = None,
    signer: Signer | None = None, seal: Seal | None = None, progress: Callable[[str, int, int], None],
) -> DemoReport:
    """Fill an empty, migrated database with the demo; with a renderer, inside of `unit_of_work.transaction`.

    The same seed, number and day give the same rows, but for the hashes of the passwords and the bytes of the PDFs.

    Parameters
    ----------
    people : int
        At least 150.
    renderer : Renderer, optional
        Makes the PDFs of the finished batch; without one its certificates wait to be issued.
    signer : Signer, optional
        Signs them; without one they are issued unsigned, and say so.
    seal : Seal, optional
        Signs what their QR and their badges say; without one they carry neither.
    progress : callable
        Called with the step in words, how many are done and how many there are.
    """
    steps = ("tabel acuan", "jabatan dan formasi", "pegawai", "bukti kompetensi", "angkatan pelatihan", "akun dan perkara",
             "sertifikat")
    done = iter(range(1, len(steps) + 1))

    def begin() -> None:
        number = next(done)
        progress(steps[number - 1], number, len(steps))

    begin()
    import_reference(session, today=today, now=now)
    session.flush()
    catalogue, rows = read_catalogue(session), Rows(session)
    begin()
    seats = build_structure(session, rows, catalogue, people=people, today=today, now=now)
    begin()
    credit = CreditRules(credit_per_year(session, today), credit_percent(session, today))
    invented = invent_people(rows, catalogue, seats, characters(catalogue, today=today), credit=credit, seed=seed,
                             today=today)
    by_login = {person.username: person for person in invented if person.username}
    begin()
    register = Register(random.Random(f"{seed}/register"))
    book = Book(rows, catalogue, register, {kind: evidence_validity_years(session, kind, today) for kind in _KINDS},
                today)
    give_evidence(book, by_login)
    invent_evidence(book, invented, seed=seed)
    begin()
    resources = invent_resources(rows, catalogue, invented, seed=seed, today=today)
    batches = invent_batches(rows, catalogue, resources, seed=seed, today=today)
    passed = invent_participants(rows, batches, invented, register.holdings, seed=seed, today=today, now=now)
    invent_outcomes(rows, seed=seed)
    waiting = sum(row["status"] == "REQUESTED" for row in rows.of(Enrolment))
    begin()
    target_id = next(position.id for position in catalogue.positions if position.code == TARGET)
    open_cases(rows, invented, seats, by_login["asn"], target_id, today=today)
    invent_targets(rows, invented, seats, seed=seed, today=today)
    rows.write()
    invent_outside_participants(session, catalogue, today=today, now=now)
    invent_meetings(session, catalogue, today=today, now=now)
    write_attendance(session, seed=seed, now=now)
    write_evaluations(session, seed=seed, today=today, now=now)
    session.add(Setting(key="demo", value={"today": today.isoformat(), "seed": seed, "people": people}))
    accounts = give_accounts(session, by_login, target_id, today=today, now=now)
    write_inboxes(session, by_login, batches, waiting=waiting, today=today, now=now)
    bump_catalogue_version(session)
    session.flush()
    # What was written in bulk is unknown to the records that this session has read before.
    session.expire_all()
    write_analysis(session, load_actor(session, accounts["balai"], today=today), load_actor(session, accounts["admin"], today=today), "75-BKPSDM", seed=seed, today=today,
                   now=now)
    invent_requests(session, by_login["atasan"].id, [person.id for person in by_login.values()], today=today, now=now)
    begin()
    missing: Message | None = None
    if renderer is not None:
        issued, missing = _issue(
            session, load_actor(session, accounts["balai"], today=today), passed, people=people, seed=seed, today=today,
            now=now, renderer=renderer, signer=signer or NullSigner(), seal=seal, progress=progress)
        rows.written["kompetensi_certificate_files"] = issued
    return DemoReport(people, seed, today, dict(rows.written), missing)


def _issue(
    session: Session, actor: Actor, enrolments: Sequence[int], *, people: int, seed: int, today: date, now: datetime,
    renderer: Renderer, signer: Signer, seal: Seal | None, progress: Callable[[str, int, int], None],
) -> tuple[int, Message | None]:
    """Issue the certificates of the finished batch; return how many there are, and why there are no more.

    A small demo issues a few and leaves the others to the training centre. Where no PDF can be made all of them wait.
    """
    chosen = enrolments if people >= _ALL_CERTIFICATES_FROM else enrolments[:_FEW_CERTIFICATES]
    press = Press(renderer, signer, random.Random(f"{seed}/certificates").randbytes, seal=seal)
    progress("sertifikat dengan PDF", 0, len(chosen))
    try:
        # Where nothing can be printed no number stays taken.
        with session.begin_nested():
            prepared = [answer for answer in prepare_many(session, actor, press, chosen, today=today, now=now)
                        if isinstance(answer, Prepared)]
            for number, _ in enumerate(issue_prepared(session, actor, press, prepared, now=now), 1):
                progress("sertifikat dengan PDF", number, len(chosen))
    except Unavailable as unavailable:
        return 0, unavailable.message
    return len(prepared), None
