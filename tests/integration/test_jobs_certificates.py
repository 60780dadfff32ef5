"""Issuing in phases: void numbers and second attempts, what is away, cancelling, who lost the job, a bad row of many."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from applications import FixedClock, build_app, make_engine
from factories import NOW, TODAY, make_nip, make_person
from graduates import PlainRenderer, make_finished_batch, make_graduate, press
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.jobs import JobRunner, cancel_job, complete, complete_one, issue_one, order_batch, order_year, view_job
from kompetensi.jobs import certificates as phases
from kompetensi.jobs.runner import watch
from kompetensi.messages import say
from kompetensi.models import (
    Base,
    Batch,
    BatchStage,
    BatchSubject,
    Certificate,
    CertificateEvent,
    CertificateFile,
    CertificateSeries,
    CertificateTemplate,
    CertificateTemplateVersion,
    Enrolment,
    Evidence,
    Job,
    JobItem,
    Notification,
    Person,
    Training,
    Unit,
)
from kompetensi.ports import Rendering
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services import certificates, verify
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.certificate_register import (
    list_certificates,
    read_certificate_file,
    revoke_certificate,
    view_certificate,
)
from kompetensi.services.certificate_wallet import own_wallet
from kompetensi.services.certificates import Press, finish_certificate, issue_certificate, prepare_award
from kompetensi.services.jobs import JobState, requeue_job
from kompetensi.services.unit_of_work import transaction
from kompetensi.services.verify import CheckVerdict

ON = {"today": TODAY, "now": NOW}
CLOCK = FixedClock()


class Renderer(PlainRenderer):
    """Refuses the numbers and names that a test tells it to, and tells what it has made."""

    def __init__(self, *, refuses=lambda facts: None) -> None:
        self.refuses, self.made = refuses, []

    def render_certificate(self, facts, design=None) -> bytes:
        problem = self.refuses(facts)
        if problem is not None:
            raise problem
        self.made.append(facts.number)
        return super().render_certificate(facts)


class AttendedSigner:
    """Signs only with a secret; a wrong one is refused, and once it is away."""

    signs, attended, authority, certificates = True, True, "BSrE", ()

    def __init__(self) -> None:
        self.signed = 0

    def sign(self, pdf, *, reason, at, secret=None, stamp=None):
        if secret is None or secret.passphrase != "benar":
            raise InvalidInput(say("Passphrase salah."), where="passphrase")
        self.signed += 1
        if self.signed == 3:
            raise Unavailable(say("BSrE tidak menjawab."))
        return pdf + b"signed"


def made_press(**changed) -> Press:
    return Press(**(press() | changed))


@pytest.fixture
def app(databases, reference_url):
    return build_app(databases.new(template=reference_url))


@pytest.fixture
def session(app):
    """A session of its own on the application's database; what it commits stays."""
    with app.app_context():
        engine = state().db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def use(app):
    """Return a function that gives the application a renderer or signer, for its jobs."""
    def change(**ports) -> None:
        app.extensions["kompetensi"] = replace(state(app), **ports)

    change(renderer=PlainRenderer())
    return change


def fill(session, people=3, **fields) -> str:
    with transaction(session):
        batch = make_finished_batch(session, **fields)
        for number in range(people):
            make_graduate(session, batch, name=f"Peserta {number:03d}")
        return batch.code


def fill_large(session, people) -> str:
    """Make a batch of many, as one import would write them."""
    with transaction(session):
        batch = make_finished_batch(session)
        unit_id = session.scalars(select(Unit.id).where(Unit.code == "75-BKPSDM")).one()
        session.add_all([Enrolment(
            person=Person(nip=make_nip(date(1960, 1, 1) + timedelta(days=number // 500)), name=f"Peserta {number:05d}", sex="P",
                          birth_date=date(1960, 1, 1) + timedelta(days=number // 500), employee_type="PNS", unit_id=unit_id,
                          legal_status="01", invented=True),
            batch_id=batch.id, status="COMPLETED", requested_at=NOW, outcome="PASSED", score_hundredths=9280,
            result_on=batch.last_day) for number in range(people)])
        return batch.code


def order(session, code, **asked):
    with transaction(session):
        return order_batch(session, SYSTEM, code, press=made_press(), engine=None, **asked, **ON)


def run(app, job_id, pauses=(), settled=lambda count: None):
    JobRunner(app, pauses=pauses).run(job_id, "here:0:test", settled=settled)


def states(session):
    session.expire_all()
    found = [(row.seq, row.state) for row in session.scalars(select(Certificate).order_by(Certificate.seq))]
    session.rollback()
    return found


def seen(session, job_id):
    with transaction(session):
        session.expire_all()
        return view_job(session, SYSTEM, job_id, watch=watch(), today=TODAY, size=None)


def one(session, code):
    found = session.scalars(select(Enrolment.id).order_by(Enrolment.id)).first()
    session.rollback()
    return found


# --- phases ----------------------------------------------------------------------------------------------------------


def test_number_and_facts_are_committed_before_anything_is_printed(session, app):
    enrolment_id = one(session, fill(session, 1))
    found = []

    def look(facts):
        with Session(session.get_bind()) as other:
            found.append(other.execute(select(Certificate.number, Certificate.state, Certificate.facts_sha256)).one())

    issued = issue_one(session, SYSTEM, made_press(renderer=Renderer(refuses=look)), enrolment_id, clock=CLOCK)
    assert found[0][:2] == (issued.number, "READY_TO_SIGN")
    assert found[0].facts_sha256
    steps = session.scalars(select(CertificateEvent.state).order_by(CertificateEvent.id)).all()
    assert steps == ["READY_TO_SIGN", "ISSUED"]


def test_a_document_that_cannot_be_made_voids_its_number_and_is_tried_once_more(session):
    enrolment_id = one(session, fill(session, 1))
    refuses = iter([InvalidInput(say("Hurufnya tidak dikenal.")), None])
    renderer = Renderer(refuses=lambda facts: next(refuses))
    issued = issue_one(session, SYSTEM, made_press(renderer=renderer), enrolment_id, clock=CLOCK)
    assert states(session) == [(1, "VOID"), (2, "ISSUED")]
    assert issued.number.startswith("0002/")
    void = session.scalars(select(Certificate).where(Certificate.state == "VOID")).one()
    assert (void.enrolment_id, void.reason) == (None, "Hurufnya tidak dikenal.")
    assert void.facts["number"] == void.number
    last = session.scalars(select(CertificateEvent).where(CertificateEvent.certificate_id == void.id)
                           .order_by(CertificateEvent.id.desc())).first()
    assert (last.state, last.reason, last.actor) == ("VOID", "Hurufnya tidak dikenal.", "system:kompetensi")
    assert verify.check_code(session, void.token, today=TODAY).verdict is CheckVerdict.UNKNOWN


@pytest.mark.parametrize("fault", [InvalidInput(say("Tidak muat.")), RuntimeError("a fault of the program")])
def test_after_two_failures_the_participant_waits_without_a_certificate(session, fault):
    code = fill(session, 1)
    enrolment_id = one(session, code)
    with pytest.raises(Conflict, match="tidak terbit"):
        issue_one(session, SYSTEM, made_press(renderer=Renderer(refuses=lambda facts: fault)), enrolment_id, clock=CLOCK)
    assert states(session) == [(1, "VOID"), (2, "VOID")]
    assert session.scalars(select(Evidence.id).where(Evidence.certificate_id.is_not(None))).all() == []
    assert session.scalars(select(Notification.id)).all() == []
    session.rollback()
    assert issue_one(session, SYSTEM, made_press(), enrolment_id, clock=CLOCK).number.startswith("0003/")


def test_a_renderer_that_breaks_down_over_many_prints_them_one_by_one(session):
    code = fill(session, 4)

    class Breaking(Renderer):
        def render_many(self, facts, design=None):
            yield Rendering(self.render_certificate(next(iter(facts))))
            raise OSError("the worker died")

    renderer = Breaking()
    with transaction(session):
        waiting = certificates.find_graduates(session, SYSTEM, batch_code=code, today=TODAY)
        prepared = certificates.prepare_many(
            session, SYSTEM, made_press(), [one.enrolment_id for one in waiting], **ON)
    done = list(complete(session, SYSTEM, made_press(renderer=renderer), prepared, clock=CLOCK))
    assert [one.issued is not None for one in done] == [True] * 4
    assert len(renderer.made) == 4


def test_a_signer_who_is_asked_again_goes_on_with_what_waits(session):
    code = fill(session, 4)
    signer = AttendedSigner()
    signing = made_press(signer=signer)
    secret = phases.SigningSecret("7500000000000001", "benar")
    with transaction(session):
        waiting = certificates.find_graduates(session, SYSTEM, batch_code=code, today=TODAY)
        certificates.prepare_many(session, SYSTEM, signing, [one.enrolment_id for one in waiting], **ON)

    def round_of_signing(secret):
        with transaction(session):
            prepared = certificates.find_prepared(session, SYSTEM, today=TODAY, batch_code=code)
        return [done.issued.number[:4] for done in complete(session, SYSTEM, signing, prepared, clock=CLOCK, secret=secret)]

    with pytest.raises(InvalidInput, match="Passphrase"):
        round_of_signing(replace(secret, passphrase="salah"))
    assert {state for _, state in states(session)} == {"READY_TO_SIGN"}
    with pytest.raises(Unavailable):
        round_of_signing(secret)
    assert [state for _, state in states(session)] == ["ISSUED", "ISSUED", "READY_TO_SIGN", "READY_TO_SIGN"]
    assert round_of_signing(secret) == ["0003", "0004"]
    steps = session.scalars(
        select(CertificateEvent.state).join(Certificate, CertificateEvent.certificate_id == Certificate.id)
        .where(Certificate.seq == 1).order_by(CertificateEvent.id)).all()
    assert steps == ["READY_TO_SIGN", "SIGNED", "ISSUED"]


def test_without_the_signer_a_single_certificate_is_prepared_and_waits(session):
    enrolment_id = one(session, fill(session, 1))
    assert issue_one(session, SYSTEM, made_press(signer=AttendedSigner()), enrolment_id, clock=CLOCK) is None
    assert states(session) == [(1, "READY_TO_SIGN")]


def test_subjects_that_do_not_add_up_are_refused_before_any_number_is_taken(session):
    code = fill(session, 2, subjects=(("Kebijakan", 7),))
    with pytest.raises(InvalidInput, match=code), transaction(session):
        order_batch(session, SYSTEM, code, press=made_press(), engine=None, **ON)
    assert session.scalars(select(CertificateSeries.id)).all() == []
    assert session.scalars(select(Job.id)).all() == []


@pytest.mark.parametrize("pattern", ["{seq:04d}/" + "x" * 118, "{seq:04d}/{nomor}", "tanpa nomor"])
def test_a_pattern_that_cannot_be_followed_is_refused_before_any_number_is_taken(session, pattern):
    enrolment_id = one(session, fill(session, 1))
    with pytest.raises(InvalidInput):
        issue_one(session, SYSTEM, made_press(number_pattern=pattern), enrolment_id, clock=CLOCK)
    assert session.scalars(select(CertificateSeries.id)).all() == []


def test_a_certificate_is_laid_out_by_the_version_that_was_in_force_when_its_number_was_taken(session):
    enrolment_id = one(session, fill(session, 1))
    with transaction(session):
        unit_id = session.scalars(select(Batch.organiser_id)).first()
        template = CertificateTemplate(unit_id=unit_id, code="RESMI", name="Resmi", kind="STTPP")
        version = CertificateTemplateVersion(
            template=template, number=1, front="<p>{{ facts.number }}</p>", back="", css="", languages=["id"], fields=[],
            author="system:kompetensi", saved_at=NOW, published_at=NOW)
        session.add(version)
        session.flush()
        first = certificates.prepare_certificate(session, SYSTEM, made_press(), enrolment_id, **ON)
        session.add(CertificateTemplateVersion(
            template=template, number=2, front="<p>lain</p>", back="", css="", languages=["id"], fields=[],
            author="system:kompetensi", saved_at=NOW, published_at=NOW + timedelta(hours=1)))
        session.flush()
        again = certificates.prepare_certificate(session, SYSTEM, made_press(), enrolment_id, **ON)
    assert first.design == again.design
    assert first.design.version_id == version.id
    followed = []

    class Following(PlainRenderer):
        def render_certificate(self, facts, design=None):
            followed.append(design)
            return super().render_certificate(facts)

    complete_one(session, SYSTEM, made_press(renderer=Following()), again, clock=CLOCK)
    assert followed == [first.design]
    assert session.scalars(select(Certificate.template_version_id)).one() == version.id


# --- replacing and renewing ------------------------------------------------------------------------------------------


def test_the_old_certificate_counts_until_its_replacement_is_issued(session):
    enrolment_id = one(session, fill(session, 1))
    old = issue_one(session, SYSTEM, made_press(), enrolment_id, clock=CLOCK)
    with transaction(session):
        new = certificates.prepare_replacement(session, SYSTEM, made_press(), old.token, "Ejaan nama dibetulkan.", **ON)
    assert verify.check_code(session, old.token, today=TODAY).verdict is CheckVerdict.VALID
    assert view_certificate(session, SYSTEM, old.token, **ON).replaced_by is None
    session.rollback()
    with transaction(session):
        again = certificates.prepare_replacement(session, SYSTEM, made_press(), old.token, "Ejaan nama dibetulkan.", **ON)
    assert again == new
    complete_one(session, SYSTEM, made_press(), new, clock=CLOCK)
    found = verify.check_code(session, old.token, today=TODAY)
    assert (found.verdict, found.certificate.replaced_by, found.certificate.reason) \
        == (CheckVerdict.REPLACED, new.facts.token, "Ejaan nama dibetulkan.")
    assert session.get_one(Certificate, new.id).enrolment_id == enrolment_id


def test_a_replacement_that_cannot_be_printed_leaves_the_old_certificate_as_it_was(session):
    old = issue_one(session, SYSTEM, made_press(), one(session, fill(session, 1)), clock=CLOCK)
    broken = made_press(renderer=Renderer(refuses=lambda facts: InvalidInput(say("Tidak muat."))))
    with transaction(session):
        new = certificates.prepare_replacement(session, SYSTEM, broken, old.token, "Ejaan nama dibetulkan.", **ON)
    with pytest.raises(Conflict, match="Tidak muat"):
        complete_one(session, SYSTEM, broken, new, clock=CLOCK)
    assert states(session) == [(1, "ISSUED"), (2, "VOID"), (3, "VOID")]
    assert verify.check_code(session, old.token, today=TODAY).verdict is CheckVerdict.VALID
    session.rollback()
    with transaction(session):
        new = certificates.prepare_replacement(session, SYSTEM, made_press(), old.token, "Ejaan nama dibetulkan.", **ON)
    complete_one(session, SYSTEM, made_press(), new, clock=CLOCK)
    assert states(session) == [(1, "REPLACED"), (2, "VOID"), (3, "VOID"), (4, "ISSUED")]


def test_a_certificate_revoked_meanwhile_is_not_replaced(session):
    old = issue_one(session, SYSTEM, made_press(), one(session, fill(session, 1)), clock=CLOCK)
    with transaction(session):
        new = certificates.prepare_replacement(session, SYSTEM, made_press(), old.token, "Ejaan nama dibetulkan.", **ON)
        revoke_certificate(session, SYSTEM, old.token, "Kehadiran tidak cukup.", **ON)
    with pytest.raises(Conflict, match="dicabut"):
        complete_one(session, SYSTEM, made_press(), new, clock=CLOCK)
    assert states(session) == [(1, "REVOKED"), (2, "VOID")]


# --- as a job --------------------------------------------------------------------------------------------------------


def test_a_job_issues_all_and_says_what_came_of_each(session, app, use):
    job_id = order(session, fill(session, 30))
    counted = []
    run(app, job_id, settled=counted.append)
    found = seen(session, job_id)
    assert (found.line.state, found.line.done, found.line.total) == (JobState.DONE, 30, 30)
    tokens = dict(session.execute(select(Certificate.token, Certificate.seq)).all())
    assert [tokens[item.outcome] for item in found.items.items] == list(range(1, 31))
    assert counted[-1] == 30
    assert counted == sorted(counted)


@pytest.mark.parametrize("people", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_bad_row_among_many_fails_alone_and_nothing_is_half_issued(session, app, use, people):
    use(renderer=Renderer(refuses=lambda facts: InvalidInput(say("Terlalu panjang."))
                          if facts.holder_name == "Peserta 00237" else None))
    job_id = order(session, fill_large(session, people))
    run(app, job_id)
    found = seen(session, job_id)
    assert (found.line.done, found.line.failed) == (people - 1, 1)
    assert (found.items.items[0].label, str(found.items.items[0].problem)) == ("Peserta 00237", "Terlalu panjang.")
    kept = states(session)
    assert [seq for seq, _ in kept] == list(range(1, people + 2))
    assert sorted(state for _, state in kept) == ["ISSUED"] * (people - 1) + ["VOID"] * 2
    for table in (CertificateFile, Notification):
        assert session.scalar(select(func.count()).select_from(table)) == people - 1
    assert session.scalars(select(Certificate.id).where(
        Certificate.state == "ISSUED", Certificate.pdf_sha256.is_(None))).all() == []


def test_who_got_a_certificate_meanwhile_is_passed_over_and_who_did_not_pass_fails(session, app, use):
    code = fill(session, 3)
    job_id = order(session, code)
    first, second, _ = session.scalars(select(Enrolment).order_by(Enrolment.id)).all()
    issued = issue_one(session, SYSTEM, made_press(), first.id, clock=CLOCK)
    with transaction(session):
        second.outcome = "FAILED"
    run(app, job_id)
    found = seen(session, job_id)
    assert [(item.label, item.state.value) for item in found.items.items] \
        == [("Peserta 001", "FAILED"), ("Peserta 000", "SKIPPED"), ("Peserta 002", "DONE")]
    assert found.items.items[1].outcome == issued.token
    assert "belum tercatat lulus" in str(found.items.items[0].problem)


def test_what_is_away_is_waited_for_and_the_numbers_stay(session, app, use):
    away = iter([Unavailable(say("Pango tidak terpasang."))] * 2)
    use(renderer=Renderer(refuses=lambda facts: next(away, None)))
    job_id = order(session, fill(session, 3))
    run(app, job_id, pauses=(0.0,))
    found = seen(session, job_id)
    assert (found.line.state, str(found.line.problem)) == (JobState.FAILED, "Pango tidak terpasang.")
    assert states(session) == [(1, "READY_TO_SIGN"), (2, "READY_TO_SIGN"), (3, "READY_TO_SIGN")]
    with transaction(session):
        requeue_job(session, SYSTEM, job_id, watch=watch(), **ON)
    run(app, job_id)
    assert states(session) == [(1, "ISSUED"), (2, "ISSUED"), (3, "ISSUED")]
    assert seen(session, job_id).line.problem is None


def test_a_cancelled_job_leaves_nothing_half_done_and_can_go_on(session, app, use, monkeypatch):
    monkeypatch.setattr(phases, "CHUNK", 4)
    job_id = order(session, fill(session, 10))

    def stop(facts):
        if facts.holder_name == "Peserta 001":
            with Session(session.get_bind()) as other, transaction(other):
                cancel_job(other, SYSTEM, job_id, **ON)

    use(renderer=Renderer(refuses=stop))
    run(app, job_id)
    found = seen(session, job_id)
    assert (found.line.state, found.line.done, found.line.total) == (JobState.CANCELLED, 4, 10)
    assert {state for _, state in states(session)} == {"ISSUED"}
    with pytest.raises(Conflict, match="sudah berakhir"), transaction(session):
        cancel_job(session, SYSTEM, job_id, **ON)
    with transaction(session):
        requeue_job(session, SYSTEM, job_id, watch=watch(), **ON)
    use(renderer=PlainRenderer())
    run(app, job_id)
    assert [seq for seq, _ in states(session)] == list(range(1, 11))
    assert seen(session, job_id).line.state is JobState.DONE


def test_a_process_that_lost_its_job_commits_nothing_more(session, app, use):
    job_id = order(session, fill(session, 3))

    def lose(facts):
        if facts.holder_name == "Peserta 001":
            with Session(session.get_bind()) as other, transaction(other):
                other.get_one(Job, job_id).executor = "somebody:1:else"

    use(renderer=Renderer(refuses=lose))
    run(app, job_id)
    assert states(session) == [(1, "ISSUED"), (2, "READY_TO_SIGN"), (3, "READY_TO_SIGN")]
    assert seen(session, job_id).line.done == 1
    run(app, job_id)  # its new process shows signs of life
    assert seen(session, job_id).line.done == 1
    with transaction(session):
        session.get_one(Job, job_id).heartbeat_at = datetime.now(UTC) - timedelta(minutes=5)
    assert job_id in JobRunner(app).abandoned()
    use(renderer=PlainRenderer())
    run(app, job_id)
    assert states(session) == [(1, "ISSUED"), (2, "ISSUED"), (3, "ISSUED")]


def test_where_a_person_signs_a_job_takes_the_numbers_and_leaves_the_rest(session, app, use):
    use(signer=AttendedSigner())
    code = fill(session, 3)
    job_id = order(session, code)
    run(app, job_id)
    assert seen(session, job_id).line.done == 3
    assert {state for _, state in states(session)} == {"READY_TO_SIGN"}
    assert all(row.facts["signed"] for row in session.scalars(select(Certificate)))


def test_a_fault_of_the_program_fails_the_job_and_what_was_issued_stays(session, app, use, monkeypatch):
    job_id = order(session, fill(session, 2))
    monkeypatch.setattr(phases, "prepare_many", lambda *words, **more: 1 / 0)
    run(app, job_id)
    found = seen(session, job_id)
    assert found.line.state is JobState.FAILED
    assert "ZeroDivisionError" in str(found.line.problem)


def test_a_batch_is_asked_for_once_and_an_empty_one_not_at_all(session, app, use):
    code = fill(session, 2)
    job_id = order(session, code)
    assert order(session, code) == job_id
    run(app, job_id)
    assert order(session, code) is None
    with pytest.raises(NotFound):
        order(session, "TIDAK-ADA")
    with pytest.raises(NotAllowed), transaction(session):
        order_batch(session, Actor("account:1", "Siapa"), code, press=made_press(), engine=None, **ON)


def test_a_whole_year_is_one_job(session, app, use):
    codes = [fill(session, 2), fill(session, 1, training="BMD-DASAR")]
    with transaction(session):
        assert order_year(session, SYSTEM, 2025, press=made_press(), engine=None, **ON) is None
        job_id = order_year(session, SYSTEM, 2026, press=made_press(), engine=None, **ON)
    run(app, job_id)
    assert seen(session, job_id).line.done == 3
    assert states(session) == [(1, "ISSUED"), (2, "ISSUED"), (3, "ISSUED")]
    assert len(codes) == 2
    assert session.scalar(select(func.count(JobItem.id))) == 3


def test_the_job_acts_in_the_name_of_who_asked(session, app, use):
    code = fill(session, 1)
    actor = Actor("account:9", "Balai Latih", is_system=True)
    with transaction(session):
        job_id = order_batch(session, actor, code, press=made_press(), engine=None, **ON)
    run(app, job_id)
    assert set(session.scalars(select(CertificateEvent.actor))) == {"account:9:Balai Latih"}


# --- many at once ----------------------------------------------------------------------------------------------------


def prepare_and_fail(session, enrolment_id):
    with suppress(PowerCut), transaction(session):
        certificates.prepare_certificate(session, SYSTEM, made_press(), enrolment_id, **ON)
        raise PowerCut


class PowerCut(Exception):
    """Something ends a transaction before its commit."""


def test_32_who_issue_at_once_leave_no_gap_and_no_number_twice(databases, reference_url):
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        batch = make_finished_batch(session)
        waiting = [make_graduate(session, batch, name=f"Peserta {number}").id for number in range(32)]
    engine.dispose()
    together, numbers, trouble = threading.Barrier(32), [], []

    def issue(place: int) -> None:
        own = make_engine(url)
        # Every fourth document cannot be made at first, every eighth process fails before its commit.
        attempts = iter([InvalidInput(say("Tidak muat."))] if place % 4 == 1 else [])
        renderer = Renderer(refuses=lambda facts: next(attempts, None))
        try:
            with Session(own) as session:
                together.wait(60)
                if place % 8 == 2:
                    prepare_and_fail(session, waiting[place])
                numbers.append(issue_one(session, SYSTEM, made_press(renderer=renderer), waiting[place], clock=CLOCK).number)
        except Exception as error:
            trouble.append(error)
        finally:
            own.dispose()

    threads = [threading.Thread(target=issue, args=(place,)) for place in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert len(set(numbers)) == 32
    engine = make_engine(url)
    with Session(engine) as session:
        kept = session.execute(select(Certificate.seq, Certificate.state).order_by(Certificate.seq)).all()
        assert [seq for seq, _ in kept] == list(range(1, 41))
        assert sorted(state for _, state in kept) == ["ISSUED"] * 32 + ["VOID"] * 8
        assert session.scalars(select(CertificateSeries.last)).one() == 40
    engine.dispose()


# --- the course is gone ----------------------------------------------------------------------------------------------


def test_a_certificate_outlives_its_course_its_template_and_its_holders_name(session, app):
    with transaction(session):
        batch = make_finished_batch(session)
        person = make_person(session, name="Siti Botutihe")
        enrolment = make_graduate(session, batch, person=person)
    issued = issue_one(session, SYSTEM, made_press(), enrolment.id, clock=CLOCK)
    before = verify.check_code(session, issued.token, today=TODAY)
    shown = view_certificate(session, SYSTEM, issued.token, **ON)
    training_id, batch_id = batch.training_id, batch.id
    session.rollback()
    with transaction(session):
        person.name = "Siti Nama Baru"
        for table, owner in ((Enrolment, Enrolment.batch_id == batch_id), (BatchStage, BatchStage.batch_id == batch_id),
                             (BatchSubject, BatchSubject.batch_id == batch_id), (Batch, Batch.id == batch_id)):
            session.execute(delete(table).where(owner), execution_options={"synchronize_session": False})
        session.flush()
        delete_training(session, training_id)
        bump_catalogue_version(session)
        session.expunge_all()
    assert session.get(Training, training_id) is None
    assert verify.check_code(session, issued.token, today=TODAY) == before
    after = view_certificate(session, SYSTEM, issued.token, **ON)
    assert after.facts == shown.facts
    assert after.facts_intact
    assert (after.item.holder_name, after.item.training_name, after.item.issuer, after.item.batch) \
        == ("Siti Botutihe", shown.item.training_name, shown.item.issuer, None)
    (listed,) = list_certificates(session, SYSTEM, today=TODAY).items
    assert listed.training_name == shown.item.training_name
    own = Actor("account:1", "Saya", person_id=session.get_one(Certificate, issued.id).person_id)
    assert [item.training_name for item in own_wallet(session, own, today=TODAY).items] == [shown.item.training_name]
    assert certificates.sha256_of(read_certificate_file(session, own, issued.token, **ON)[1]) == issued.sha256
    session.rollback()
    # It can still be replaced and renewed, by what it froze.
    with transaction(session):
        new = certificates.replace_certificate(session, SYSTEM, issued.token, "Ejaan nama dibetulkan.", **ON, **press())
    assert (new.holder_name, new.training_name) == ("Siti Nama Baru", shown.item.training_name)
    assert session.scalars(select(Evidence.level).where(Evidence.certificate_id == new.id)).all()


def delete_training(session, training_id):
    """Delete a training and whatever else of the catalogue names it."""
    trainings = Base.metadata.tables["kompetensi_trainings"]
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table is trainings and table is not trainings:
                session.execute(table.delete().where(key.parent == training_id))
    session.execute(trainings.delete().where(trainings.c.id == training_id))


# --- awards ----------------------------------------------------------------------------------------------------------


def award(session, enrolment, citation="Peserta Terbaik I", actor=SYSTEM):
    batch, person = session.get_one(Batch, enrolment.batch_id).code, session.get_one(Person, enrolment.person_id).nip
    session.commit()
    with transaction(session):
        return prepare_award(session, actor, Press(**press()), batch, person, citation, **ON)


def test_an_award_stands_beside_the_certificate_and_proves_no_level(session):
    enrolment = make_graduate(session, make_finished_batch(session))
    with transaction(session):
        certificate = issue_certificate(session, SYSTEM, enrolment.id, **ON, **press())
    levels = session.scalar(select(func.count()).select_from(Evidence))
    prepared = award(session, enrolment, "peserta  terbaik I")
    with transaction(session):
        issued = finish_certificate(session, SYSTEM, Press(**press()), prepared.id, b"%PDF-1.7", now=NOW)
    row = session.get_one(Certificate, issued.id)
    assert (row.kind, row.jp, row.training_code, row.enrolment_id, row.seq) == ("AWARD", 0, "", None, 1)
    assert (prepared.facts.status_phrase, prepared.facts.competences) == ("PESERTA TERBAIK I", ())
    assert issued.number != certificate.number
    assert session.scalar(select(func.count()).select_from(Evidence)) == levels
    wallet = own_wallet(session, Actor("account:1", "Saya", person_id=enrolment.person_id), today=TODAY)
    assert (wallet.valid, wallet.years[0].jp) == (2, 20)
    assert verify.check_code(session, issued.token, today=TODAY).verdict is CheckVerdict.VALID


def test_the_same_award_is_given_once_and_another_may_be(session):
    enrolment = make_graduate(session, make_finished_batch(session))
    first = award(session, enrolment)
    assert award(session, enrolment).id == first.id
    with transaction(session):
        finish_certificate(session, SYSTEM, Press(**press()), first.id, b"%PDF-1.7", now=NOW)
    with pytest.raises(Conflict):
        award(session, enrolment)
    assert award(session, enrolment, "Peserta Teraktif").id != first.id


@pytest.mark.parametrize("citation", ["", "I", "x" * 81])
def test_a_citation_has_some_words(session, citation):
    with pytest.raises(InvalidInput) as refusal:
        award(session, make_graduate(session, make_finished_batch(session)), citation)
    assert refusal.value.where == "citation"


def test_who_did_not_pass_gets_no_award_and_who_is_of_no_centre_gives_none(session):
    batch = make_finished_batch(session)
    with pytest.raises(NotFound):
        award(session, make_graduate(session, batch, outcome="FAILED"))
    with pytest.raises(NotAllowed):
        award(session, make_graduate(session, batch), actor=Actor("account:2", "Pegawai"))
