"""Issuing certificates, the register and the public check: numbers without gaps, frozen facts, evidence, refusals."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from applications import make_engine
from factories import NOW, TODAY, make_person
from graduates import OneByOne, make_finished_batch, make_graduate, press
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.graph.evidence import profile_on
from kompetensi.models import (
    AuditEntry,
    Certificate,
    CertificateFile,
    CertificateSeries,
    Enrolment,
    Evidence,
    Notification,
    Person,
    Training,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.certificates import CertificateStatus
from kompetensi.services import certificate_register as register
from kompetensi.services import certificates, verify
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.certificate_wallet import own_wallet
from kompetensi.services.certificates import (
    issue_batch,
    issue_certificate,
    renew_certificate,
    replace_certificate,
)
from kompetensi.services.readiness import readiness_of
from kompetensi.services.snapshot import load_evidence, load_holdings
from kompetensi.services.unit_of_work import transaction
from kompetensi.services.verify import CheckVerdict

ON = {"today": TODAY, "now": NOW}
LIMIT = 1_000_000


def expects(session, person_id):
    """Whether some evidence lets us expect a level of a person today, and whether a gate would open for him."""
    found = profile_on(load_evidence(session, [person_id])[person_id], TODAY).levels.values()
    return any(level.expected for level in found), bool(load_holdings(session, [person_id], TODAY).get(person_id))


def issue(session, enrolment, actor=SYSTEM, **changed):
    return issue_certificate(session, actor, enrolment.id, **(ON | press() | changed))


@pytest.fixture
def batch(session):
    return make_finished_batch(session)


@pytest.fixture
def centre(session):
    province = session.scalars(select(Unit.id).where(Unit.code == "75")).one()
    return Actor("account:9", "Balai", grants=(Grant(Role.TRAINING_CENTRE, province),))


def test_passing_gives_a_number_a_file_and_the_expected_levels(session, batch):
    enrolment = make_graduate(session, batch, name="Siti Botutihe", title_after="S.Kep.")
    issued = issue(session, enrolment)
    row = session.get_one(Certificate, issued.id)
    assert row.number.startswith("0001/STTP/")
    assert (row.state, row.finished_on, row.issued_on, row.jp) == ("ISSUED", batch.last_day, TODAY, 20)
    assert row.facts["holder_name"] == "Siti Botutihe, S.Kep."
    assert certificates.sha256_of(session.get_one(CertificateFile, row.id).pdf) == row.pdf_sha256 == issued.sha256
    levels = session.scalars(select(Evidence).where(Evidence.certificate_id == row.id)).all()
    assert {(one.kind, one.observed_on, one.valid_until) for one in levels} \
        == {("TRAINING", batch.last_day, row.valid_until)}
    assert session.scalars(select(Notification.link).where(Notification.person_id == enrolment.person_id)).one() \
        == f"/sertifikat/{issued.token}"


def test_all_who_passed_are_served_in_order_of_name(session, batch):
    for name, outcome in (("Zainab", "PASSED"), ("Abdul", "PASSED"), ("Made", "FAILED"), ("Nur", None)):
        make_graduate(session, batch, name=name, outcome=outcome)
    issued = issue_batch(session, SYSTEM, batch.code, **ON, **press())
    assert [one.holder_name for one in issued] == ["Abdul", "Zainab"]
    assert [one.number[:4] for one in issued] == ["0001", "0002"]
    assert issue_batch(session, SYSTEM, batch.code, **ON, **press()) == ()


def test_one_of_a_batch_can_be_served_alone(session, batch):
    make_graduate(session, batch)
    person = make_person(session, name="Rahma")
    make_graduate(session, batch, person=person)
    (issued,) = issue_batch(session, SYSTEM, batch.code, nip=person.nip, **ON, **press())
    assert issued.nip == person.nip


def test_a_series_runs_by_issuer_kind_and_year(session, batch):
    issue(session, make_graduate(session, batch))
    late = issue(session, make_graduate(session, batch), today=date(TODAY.year + 1, 1, 4))
    assert late.number.startswith("0001/")
    workshop = make_finished_batch(session, training="BMD-DASAR")
    assert issue(session, make_graduate(session, workshop)).number.startswith("0002/")


class BrokenRenderer(OneByOne):
    def render_certificate(self, facts, design=None):
        raise Unavailable("no PDF here")


def test_a_certificate_that_cannot_be_printed_now_keeps_its_number_until_it_can(session, batch):
    enrolment = make_graduate(session, batch)
    with pytest.raises(Unavailable):
        issue(session, enrolment, renderer=BrokenRenderer())
    waiting = session.scalars(select(Certificate).where(Certificate.enrolment_id == enrolment.id)).one()
    assert (waiting.state, waiting.pdf_sha256) == ("READY_TO_SIGN", None)
    assert verify.check_code(session, waiting.token, today=TODAY).verdict is CheckVerdict.UNKNOWN
    assert not expects(session, enrolment.person_id)[0]
    issued = issue(session, enrolment)
    assert (issued.id, issued.number) == (waiting.id, waiting.number)
    assert session.scalars(select(CertificateSeries.last)).all() == [1]


def test_subjects_that_do_not_add_up_are_refused_before_a_number_is_taken(session):
    enrolment = make_graduate(session, make_finished_batch(session, subjects=(("Kebijakan", 7),)))
    with pytest.raises(InvalidInput, match="Jumlah JP"):
        issue(session, enrolment)
    assert session.scalars(select(CertificateSeries.id)).all() == []


@pytest.mark.parametrize("outcome", ["FAILED", "ABSENT", None])
def test_who_has_not_passed_receives_none(session, batch, outcome):
    with pytest.raises(Conflict, match="belum tercatat lulus"):
        issue(session, make_graduate(session, batch, outcome=outcome))


def test_a_participant_receives_one(session, batch):
    enrolment = make_graduate(session, batch)
    issue(session, enrolment)
    with pytest.raises(Conflict, match="sudah menerima"):
        issue(session, enrolment)


def test_whoever_ended_early_has_finished_on_that_day(session):
    batch = make_finished_batch(session, first_day=TODAY + timedelta(days=20))
    enrolment = make_graduate(session, batch)
    enrolment.result_on = TODAY
    row = session.get_one(Certificate, issue(session, enrolment).id)
    assert row.finished_on == TODAY
    assert row.facts["last_day"] == batch.last_day.isoformat()


def test_only_the_centre_that_ran_the_batch_issues(session, batch):
    enrolment = make_graduate(session, batch)
    elsewhere = session.scalars(select(Unit.id).where(Unit.code == "7501")).first()
    for actor in (Actor("account:1", "Siapa"), Actor("account:2", "HR", grants=(Grant(Role.HR, batch.organiser_id),)),
                  Actor("account:3", "Balai lain", grants=(Grant(Role.TRAINING_CENTRE, elsewhere or -1),))):
        with pytest.raises(NotAllowed):
            issue(session, enrolment, actor)


def test_later_changes_of_a_person_do_not_reach_the_certificate(session, batch):
    person = make_person(session, name="Siti Botutihe")
    issued = issue(session, make_graduate(session, batch, person=person))
    person.name = "Siti Lain"
    session.flush()
    assert verify.check_code(session, issued.token, today=TODAY).certificate.holder_name == "Siti Botutihe"


# --- the public check ------------------------------------------------------------------------------------------------


def test_the_public_learns_that_it_is_valid_and_three_digits_of_the_nip(session, batch):
    issued = issue(session, make_graduate(session, batch))
    found = verify.check_code(session, issued.token.lower().replace("-", ""), today=TODAY)
    assert found.verdict is CheckVerdict.VALID
    assert found.certificate.masked_nip == f"•••••••• •••••• • {issued.nip[-3:]}"
    assert issued.nip not in repr(found)
    assert found.certificate.pdf_sha256 == issued.sha256


def test_its_file_is_known_by_every_bit(session, batch):
    issued = issue(session, make_graduate(session, batch))
    pdf = session.get_one(CertificateFile, issued.id).pdf
    assert verify.check_file(session, pdf, max_bytes=LIMIT, today=TODAY).verdict is CheckVerdict.VALID
    changed = verify.check_file(session, pdf.replace(b"PASSED", b"passed") + b" ", max_bytes=LIMIT, today=TODAY)
    assert changed.verdict is CheckVerdict.ALTERED
    assert changed.certificate.token == issued.token
    foreign = verify.check_file(session, pdf.replace(issued.token.encode(), b"0000-0000-0000"), max_bytes=LIMIT,
                                today=TODAY)
    assert (foreign.verdict, foreign.certificate) == (CheckVerdict.UNKNOWN, None)


def test_an_altered_file_of_a_revoked_certificate_is_altered(session, batch):
    issued = issue(session, make_graduate(session, batch))
    pdf = session.get_one(CertificateFile, issued.id).pdf
    register.revoke_certificate(session, SYSTEM, issued.token, "Kehadiran tidak cukup.", **ON)
    assert verify.check_file(session, pdf, max_bytes=LIMIT, today=TODAY).verdict is CheckVerdict.REVOKED
    assert verify.check_file(session, pdf + b" ", max_bytes=LIMIT, today=TODAY).verdict is CheckVerdict.ALTERED


def test_validity_ends_with_its_last_day(session, batch):
    batch.training.validity_years = 3
    issued = issue(session, make_graduate(session, batch))
    assert issued.valid_until == batch.last_day.replace(year=batch.last_day.year + 3)
    assert verify.check_code(session, issued.token, today=issued.valid_until).verdict is CheckVerdict.VALID
    after = verify.check_code(session, issued.token, today=issued.valid_until + timedelta(days=1))
    assert after.verdict is CheckVerdict.EXPIRED


def test_an_outside_certificate_and_one_that_is_not_issued_are_unknown_alike(session, batch):
    issued = issue(session, make_graduate(session, batch))
    row = session.get_one(Certificate, issued.id)
    row.state = "READY_TO_SIGN"
    answers = [verify.check_code(session, issued.token, today=TODAY)]
    row.state, row.external = "ISSUED", True
    answers += [verify.check_code(session, issued.token, today=TODAY),
                verify.check_code(session, "0000-0000-0000", today=TODAY)]
    assert len({(one.verdict, str(one.answer), str(one.explanation), one.certificate) for one in answers}) == 1


# --- revoking and replacing ------------------------------------------------------------------------------------------


def test_revoking_ends_what_the_certificate_proved_and_keeps_the_row(session, batch, centre):
    enrolment = make_graduate(session, batch)
    issued = issue(session, enrolment)
    assert expects(session, enrolment.person_id) == (True, True)
    register.revoke_certificate(session, centre, issued.token, "Kehadiran tidak cukup menurut pemeriksaan.", **ON)
    found = verify.check_code(session, issued.token, today=TODAY)
    assert (found.verdict, found.certificate.reason) \
        == (CheckVerdict.REVOKED, "Kehadiran tidak cukup menurut pemeriksaan.")
    assert expects(session, enrolment.person_id) == (False, False)
    assert session.get_one(Certificate, issued.id).number == issued.number
    with pytest.raises(Conflict, match="dicabut tidak dapat menjadi"):
        register.revoke_certificate(session, centre, issued.token, "Kehadiran tidak cukup.", **ON)


def test_a_revocation_needs_a_reason_and_the_right_centre(session, batch, centre):
    issued = issue(session, make_graduate(session, batch))
    with pytest.raises(InvalidInput, match="alasan"):
        register.revoke_certificate(session, centre, issued.token, " ya ", **ON)
    with pytest.raises(NotAllowed):
        register.revoke_certificate(session, Actor("account:1", "Siapa"), issued.token, "Kehadiran kurang.", **ON)
    with pytest.raises(NotFound):
        register.revoke_certificate(session, centre, "0000-0000-0000", "Kehadiran kurang.", **ON)


def test_a_replacement_takes_the_place_of_the_old_one_with_the_facts_of_today(session, batch, centre):
    person = make_person(session, name="Siti Botutihe")
    old = issue(session, make_graduate(session, batch, person=person))
    person.name = "Siti Rahmatia Botutihe"
    new = replace_certificate(session, centre, old.token, "Ejaan nama dibetulkan.", **ON, **press())
    assert (new.number[:4], new.holder_name) == ("0002", "Siti Rahmatia Botutihe")
    found = verify.check_code(session, old.token, today=TODAY)
    assert (found.verdict, found.certificate.replaced_by) == (CheckVerdict.REPLACED, new.token)
    assert verify.check_code(session, new.token, today=TODAY).verdict is CheckVerdict.VALID
    assert expects(session, person.id) == (True, True)
    with pytest.raises(Conflict):
        replace_certificate(session, centre, old.token, "Ejaan nama dibetulkan.", **ON, **press())


# --- renewing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ending(session, batch):
    """A certificate that ends in ten days."""
    issued = issue(session, make_graduate(session, batch, name="Siti Botutihe"))
    row = session.get_one(Certificate, issued.id)
    row.valid_until = TODAY + timedelta(days=10)
    row.facts = row.facts | {"valid_until": row.valid_until.isoformat()}
    batch.training.validity_years = 3
    bump_catalogue_version(session)
    session.flush()
    return row


def test_a_renewal_counts_from_its_day_without_lesson_hours_and_both_are_kept(session, ending, centre):
    new = renew_certificate(session, centre, ending.token, "Lulus uji penyegaran.", **ON, **press())
    row = session.get_one(Certificate, new.id)
    assert (row.renews_id, row.enrolment_id, row.jp) == (ending.id, None, 0)
    assert (row.finished_on, row.valid_until) == (TODAY, TODAY.replace(year=TODAY.year + 3))
    assert (row.facts["training_name"], row.facts["jp"]) == (ending.facts["training_name"], 20)
    assert verify.check_code(session, ending.token, today=TODAY).verdict is CheckVerdict.VALID
    after = ending.valid_until + timedelta(days=1)
    found = verify.check_code(session, ending.token, today=after)
    assert (found.verdict, found.certificate.renewed_by) == (CheckVerdict.EXPIRED, new.token)
    assert new.token in str(found.explanation)
    shown = register.view_certificate(session, centre, ending.token, **ON)
    assert (shown.renewed_by.number, shown.may_renew) == (new.number, False)
    assert register.view_certificate(session, centre, new.token, **ON).renews.number == ending.number
    own = Actor("account:1", "Saya", person_id=row.person_id)
    assert own_wallet(session, own, today=TODAY).years[0].jp == 20
    levels = profile_on(load_evidence(session, [row.person_id])[row.person_id], after).levels.values()
    assert any(level.expected for level in levels)


def test_a_renewal_can_be_replaced_and_keeps_its_days(session, ending, centre):
    renewal = renew_certificate(session, centre, ending.token, "Lulus uji penyegaran.", **ON, **press())
    session.get_one(Certificate, renewal.id)
    new = replace_certificate(session, centre, renewal.token, "Ejaan nama dibetulkan.", **ON, **press())
    row = session.get_one(Certificate, new.id)
    assert (row.renews_id, row.jp, row.valid_until) == (ending.id, 0, renewal.valid_until)


def test_what_cannot_be_renewed_is_told_why(session, batch, ending, centre):
    endless = issue(session, make_graduate(session, batch))
    session.get_one(Certificate, endless.id).valid_until = None
    with pytest.raises(Conflict, match="tanpa batas waktu"):
        renew_certificate(session, centre, endless.token, "Lulus uji penyegaran.", **ON, **press())
    with pytest.raises(InvalidInput, match="alasan"):
        renew_certificate(session, centre, ending.token, "ya", **ON, **press())
    with pytest.raises(NotAllowed):
        renew_certificate(session, Actor("account:1", "Siapa"), ending.token, "Lulus uji penyegaran.", **ON, **press())
    renew_certificate(session, centre, ending.token, "Lulus uji penyegaran.", **ON, **press())
    with pytest.raises(Conflict, match="sudah diperpanjang"):
        renew_certificate(session, centre, ending.token, "Lulus uji penyegaran.", **ON, **press())
    newer = session.scalars(select(Certificate).where(Certificate.renews_id == ending.id)).one()
    with pytest.raises(Conflict, match="tidak lebih lama"):
        renew_certificate(session, centre, newer.token, "Lulus uji penyegaran.", **ON, **press())
    register.revoke_certificate(session, centre, newer.token, "Uji penyegaran tidak sah.", **ON)
    assert register.view_certificate(session, centre, ending.token, **ON).may_renew
    with pytest.raises(Conflict, match="dicabut"):
        renew_certificate(session, centre, newer.token, "Lulus uji penyegaran.", **ON, **press())


def test_passing_the_same_training_again_renews_by_itself(session, ending, centre):
    person = session.get_one(Person, ending.person_id)
    again = issue(session, make_graduate(session, make_finished_batch(session), person=person))
    other = issue(session, make_graduate(session, make_finished_batch(session, training="BMD-DASAR"), person=person))
    assert session.get_one(Certificate, again.id).renews_id == ending.id
    assert session.get_one(Certificate, again.id).jp == 20
    assert session.get_one(Certificate, other.id).renews_id is None
    assert register.view_certificate(session, centre, ending.token, **ON).renewed_by.token == again.token
    third = issue(session, make_graduate(session, make_finished_batch(session), person=person))
    assert session.get_one(Certificate, third.id).renews_id == again.id


# --- the register ----------------------------------------------------------------------------------------------------


def test_the_wallet_is_the_readers_own(session, batch):
    person = make_person(session)
    issued = issue(session, make_graduate(session, batch, person=person))
    issue(session, make_graduate(session, batch))
    wallet = own_wallet(session, Actor("account:1", "Saya", person_id=person.id), today=TODAY)
    assert [item.token for item in wallet.items] == [issued.token]
    assert (wallet.valid, wallet.years[0].jp, wallet.years[0].missing) == (1, 20, 0)
    assert not own_wallet(session, SYSTEM, today=TODAY).has_record


def test_a_look_at_somebody_elses_certificate_is_noted(session, batch, centre):
    person = make_person(session)
    issued = issue(session, make_graduate(session, batch, person=person))
    own = Actor("account:1", "Saya", person_id=person.id)
    assert register.view_certificate(session, own, issued.token, **ON).is_own
    query = select(AuditEntry).where(AuditEntry.action.like("certificates.view%"))
    assert session.scalars(query).all() == []
    found = register.view_certificate(session, centre, issued.token, **ON)
    assert (found.is_own, found.may_revoke, found.may_replace, found.facts_intact) == (False, True, True, True)
    register.read_certificate_file(session, centre, issued.token, **ON)
    session.flush()
    assert [one.action for one in session.scalars(query.order_by(AuditEntry.id))] \
        == ["certificates.view", "certificates.view:file"]


def test_a_stranger_sees_no_certificate(session, batch):
    issued = issue(session, make_graduate(session, batch))
    stranger = Actor("account:1", "Siapa", person_id=make_person(session).id)
    for look in (register.view_certificate, register.read_certificate_file):
        with pytest.raises(NotAllowed):
            look(session, stranger, issued.token, **ON)


def test_facts_that_were_changed_in_the_database_are_noticed_and_a_changed_file_is_kept_back(session, batch):
    issued = issue(session, make_graduate(session, batch))
    row = session.get_one(Certificate, issued.id)
    row.facts = row.facts | {"holder_name": "Orang Lain"}
    session.get_one(CertificateFile, issued.id).pdf += b" "
    session.flush()
    assert not register.view_certificate(session, SYSTEM, issued.token, **ON).facts_intact
    with pytest.raises(Unavailable, match="tidak lagi sama"):
        register.read_certificate_file(session, SYSTEM, issued.token, **ON)


def test_the_register_is_searched_by_words_and_by_status(session, batch, centre):
    siti = issue(session, make_graduate(session, batch, name="Siti Botutihe"))
    issue(session, make_graduate(session, batch, name="Yunus 100% Hasan"))
    register.revoke_certificate(session, SYSTEM, siti.token, "Kehadiran kurang.", **ON)

    def names(**asked):
        return [one.holder_name for one in register.list_certificates(session, centre, today=TODAY, **asked).items]

    assert names() == ["Yunus 100% Hasan", "Siti Botutihe"]
    assert names(text="siti PRIMA") == ["Siti Botutihe"]
    assert names(text="100%") == ["Yunus 100% Hasan"]
    assert names(status=CertificateStatus.REVOKED) == ["Siti Botutihe"]
    assert names(status=CertificateStatus.VALID, batch=batch.code) == ["Yunus 100% Hasan"]
    assert names(nip=siti.nip) == ["Siti Botutihe"]
    with pytest.raises(InvalidInput, match="Halaman 2"):
        names(number=2)
    with pytest.raises(NotAllowed):
        register.list_certificates(session, Actor("account:1", "Siapa"), today=TODAY)


def test_many_who_issue_at_once_leave_no_gap_and_no_number_twice(databases, reference_url):
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        batch = make_finished_batch(session)
        waiting = [make_graduate(session, batch, name=f"Peserta {number}").id for number in range(8)]
    engine.dispose()
    numbers, refused = [], []

    def issue_one(enrolment_id: int) -> None:
        own = make_engine(url)
        try:
            with Session(own) as session, transaction(session):
                issued = issue(session, session.get_one(Enrolment, enrolment_id))
                if enrolment_id == waiting[3]:
                    raise RuntimeError("the power fails before the commit")
            numbers.append(int(issued.number[:4]))
        except RuntimeError as error:
            refused.append(error)
        finally:
            own.dispose()

    threads = [threading.Thread(target=issue_one, args=(enrolment_id,)) for enrolment_id in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sorted(numbers) == list(range(1, 8))


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_readiness_follows_a_certificate_on_each_day_past_or_to_come(session, ended):
    a_batch = make_finished_batch(session)
    session.get_one(Training, a_batch.training_id).validity_years = 2
    bump_catalogue_version(session)
    person = make_person(session)
    issued = issue(session, make_graduate(session, a_batch, person=person))
    end = issued.valid_until
    if ended == "revoked":
        end = TODAY + timedelta(days=5)
        register.revoke_certificate(session, SYSTEM, issued.token, "Nilainya ternyata keliru.", today=end + timedelta(days=1), now=NOW)
    for day, counts in ((TODAY, True), (end, True), (end + timedelta(days=1), False), (end + timedelta(days=900), False),
                        (a_batch.last_day - timedelta(days=1), False)):
        shown = readiness_of(session, SYSTEM, person.nip, "ADM-KABID-ASET", on=day, today=TODAY).readiness
        assert (shown.score_expected > shown.score == 0) is counts, day
