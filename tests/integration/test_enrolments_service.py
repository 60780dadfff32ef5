"""Requests on their way: superior, centre, moves, conditions, quotas, no-shows, histories, lists of participants."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
import xlsxwriter
from factories import NOW, TODAY, make_batch, make_nip, make_person, make_post, occupy, prove
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import (
    Batch,
    BatchQuota,
    Enrolment,
    EnrolmentEvent,
    Meeting,
    MeetingAttendance,
    Notification,
    Occupancy,
    Path,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.enrolment import Reason
from kompetensi.services import (
    batch_conditions,
    batches,
    endorsements,
    enrolment_history,
    enrolments,
    participant_import,
)
from kompetensi.services.lookup import position_by_code
from kompetensi.services.superiors import subordinates_of, superior_of
from kompetensi.services.unit_of_work import transaction

SOON = TODAY + timedelta(days=30)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


@pytest.fixture
def batch(session):
    return make_batch(session, "BMD-DASAR", first_day=SOON, seats=3)


def self_of(person):
    return Actor(f"person:{person.id}", person.name, person_id=person.id)


def officer(session, role, unit="75"):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor(f"account:{unit}:{role}", "Petugas", grants=(Grant(role, unit_id),))


def centre(session):
    return officer(session, Role.TRAINING_CENTRE)


def ask(session, person, batch, actor=None):
    (row,) = enrolments.request_seats(session, actor or self_of(person), person.nip, [batch.code], **ON)
    return row


def letters(session, person):
    return [row.template for row in session.scalars(
        select(Notification).where(Notification.person_id == person.id).order_by(Notification.id))]


def status(session, row):
    return session.scalars(select(Enrolment.status).where(Enrolment.id == row.id)).one()


def steps(session, row):
    return [event.status for event in session.scalars(
        select(EnrolmentEvent).where(EnrolmentEvent.enrolment_id == row.id).order_by(EnrolmentEvent.id))]


@pytest.fixture
def office(session):
    """Secretary above a head of section above a member of staff, each in a post of his own."""
    code = position_by_code(session, "ADM-KABID-ASET")
    top = make_post(session, code)
    middle = make_post(session, code, superior=top)
    low = make_post(session, code, superior=middle)
    people = [make_person(session, name=name) for name in ("Sekretaris Satu", "Kepala Dua", "Staf Tiga")]
    for person, post in zip(people, (top, middle, low), strict=True):
        occupy(session, person, post)
    return *people, (top, middle, low)


# --- whose superior is who -------------------------------------------------------------------------------------------------


def test_the_superior_is_who_holds_the_post_above(session, office):
    secretary, head, staff, _ = office
    found = superior_of(session, staff.id, TODAY)
    assert (found.person_id, found.is_acting, found.passed) == (head.id, False, ())
    assert superior_of(session, secretary.id, TODAY) is None
    assert subordinates_of(session, head.id, TODAY) == (staff.id,)


def test_where_nobody_is_the_next_above_gives_his_word_and_it_is_said(session, office):
    secretary, head, staff, _ = office
    for held in session.scalars(select(Occupancy).where(Occupancy.person_id == head.id)):
        held.until = TODAY - timedelta(days=1)
    session.flush()
    found = superior_of(session, staff.id, TODAY)
    assert (found.person_id, len(found.passed)) == (secretary.id, 1)
    assert subordinates_of(session, secretary.id, TODAY) == (staff.id,)


def test_who_acts_in_the_post_above_is_asked(session, office):
    _, head, staff, (_, middle, _) = office
    acting = make_person(session, name="Pelaksana Tugas")
    occupy(session, acting, middle, since=date(2026, 11, 1), kind="ACTING")
    found = superior_of(session, staff.id, TODAY)
    assert (found.person_id, found.is_acting) == (acting.id, True)
    assert staff.id in subordinates_of(session, acting.id, TODAY)
    assert staff.id in subordinates_of(session, head.id, TODAY)  # who is there himself may speak too


def test_who_acts_above_himself_is_not_his_own_superior(session, office):
    secretary, head, staff, (_, middle, _) = office
    for held in session.scalars(select(Occupancy).where(Occupancy.person_id == head.id)):
        held.until = TODAY - timedelta(days=1)
    occupy(session, staff, middle, since=date(2026, 11, 1), kind="ACTING")
    assert superior_of(session, staff.id, TODAY).person_id == secretary.id


# --- the superior's word, then the centre's ----------------------------------------------------------------------------------


def test_a_request_goes_to_the_superior_then_to_the_centre_and_everybody_is_told(session, office, batch):
    _, head, staff, _ = office
    row = ask(session, staff, batch)
    assert letters(session, head) == [
        "%(name)s meminta kursi pada %(training)s, angkatan %(code)s. Beri dukungan atau keberatan Anda."]
    enrolments.endorse_enrolment(session, self_of(head), row.id, endorse=True, **ON)
    assert status(session, row) == "ENDORSED"
    enrolments.decide_enrolment(session, centre(session), row.id, approve=True, **ON)
    assert steps(session, row) == ["REQUESTED", "ENDORSED", "APPROVED"]
    assert len(letters(session, staff)) == 2
    assert len(letters(session, head)) == 2


def test_the_centre_decides_over_a_waiting_superior_only_with_a_reason_that_stays(session, office, batch):
    _, head, staff, _ = office
    row = ask(session, staff, batch)
    with pytest.raises(Conflict, match="menunggu kata atasannya, Kepala Dua"):
        enrolments.decide_enrolment(session, centre(session), row.id, approve=True, **ON)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=True, reason="Atasan cuti sampai batas.", **ON)
    history = enrolment_history.view_history(session, self_of(staff), row.id, **ON)
    assert (history.status, history.steps[-1].reason) == ("APPROVED", "Atasan cuti sampai batas.")
    assert "tanpa menunggu kata Anda" in letters(session, head)[-1]


def test_approving_all_leaves_those_who_await_their_superior(session, office, batch):
    _, _, staff, _ = office
    alone = make_person(session)
    waits, direct = ask(session, staff, batch), ask(session, alone, batch)
    assert enrolments.approve_requests(session, centre(session), batch.code, **ON) == 1
    assert (status(session, waits), status(session, direct)) == ("REQUESTED", "APPROVED")


def test_who_has_no_superior_goes_to_the_centre_and_reads_so(session, office, batch):
    secretary, _, _, _ = office
    row = ask(session, secretary, batch)
    history = enrolment_history.view_history(session, self_of(secretary), row.id, **ON)
    assert not history.awaits_superior
    assert "Tidak ada atasan" in str(history.steps[0].note)


def test_only_a_superior_gives_the_word_at_any_height_and_never_the_person(session, office, batch):
    secretary, head, staff, _ = office
    row = ask(session, staff, batch)
    stranger = make_person(session)
    for actor in (self_of(staff), self_of(stranger), centre(session), officer(session, Role.HR)):
        with pytest.raises(NotAllowed):
            enrolments.endorse_enrolment(session, actor, row.id, endorse=True, **ON)
    enrolments.endorse_enrolment(session, self_of(secretary), row.id, endorse=True, **ON)
    assert enrolment_history.view_history(session, self_of(head), row.id, **ON).superior == "Sekretaris Satu"


def test_an_objection_needs_a_reason_and_frees_the_seat(session, office, batch):
    _, head, staff, _ = office
    row = ask(session, staff, batch)
    with pytest.raises(InvalidInput, match="Tulis alasannya"):
        enrolments.endorse_enrolment(session, self_of(head), row.id, endorse=False, reason=" ", **ON)
    done = enrolments.endorse_enrolment(session, self_of(head), row.id, endorse=False, reason="Tutup tahun anggaran.", **ON)
    assert (done.status, done.seats_free) == ("REFUSED", 3)
    with pytest.raises(Conflict, match="tidak lagi menunggu"):
        enrolments.endorse_enrolment(session, self_of(head), row.id, endorse=True, **ON)


def test_a_superior_reads_all_that_waits_with_gap_target_and_path(session, office, batch):
    _, head, staff, _ = office
    target = position_by_code(session, "ADM-KABID-ASET")
    prove(session, staff, "TEK-BMD", 1)
    staff.target_position_id, staff.target_ready_by = target.id, date(2027, 6, 1)
    path = Path(person_id=staff.id, position_id=target.id, ready_by=date(2027, 5, 1), choice="fastest",
                plan={"steps": [{"training": "BMD-DASAR"}]}, status="ACTIVE", taken_at=NOW)
    session.add(path)
    session.flush()
    enrolments.request_seats(session, self_of(staff), staff.nip, [batch.code], path_id=path.id, **ON)
    (found,) = endorsements.list_requests_to_endorse(session, self_of(head), today=TODAY).requests
    said = [str(reason) for reason in found.reasons]
    assert said[0] == f"Menuju {target.name}, siap paling lambat 1 Mei 2027."
    assert "Satu langkah dari jalur pelatihan yang diambil." in said
    assert any("Menutup kesenjangan" in reason and "punya 1" in reason for reason in said)
    assert endorsements.list_requests_to_endorse(session, self_of(staff), today=TODAY).requests == ()


# --- conditions of a batch -------------------------------------------------------------------------------------------------


def test_a_batch_refuses_who_does_not_fulfil_its_condition_and_says_fact_and_remedy(session, batch):
    junior = make_person(session, grade="III/a")
    batch_conditions.change_conditions(session, centre(session), batch.code, {"all": [
        {"golongan_from": "III/c", "why": "peserta akan memimpin tim"}, {"units": ["75"]}]}, **ON)
    with pytest.raises(Conflict) as refused:
        ask(session, junior, batch)
    assert str(refused.value) == (
        "Syarat angkatan ini: golongan paling rendah III/c (peserta akan memimpin tim). Golongan sekarang: III/a. Terbuka "
        "setelah kenaikan pangkat.")
    assert ask(session, make_person(session, grade="III/d"), batch).status == "REQUESTED"


@pytest.mark.parametrize(("stored", "where"), [
    ({"all": [{"units": ["75", "TIDAK-ADA"]}]}, "/all/0/units/1"), ({"training": "TIDAK-ADA"}, "/training"),
    ({"golongan_from": "III/z"}, "/golongan_from"), ([1], "/")])
def test_a_condition_that_names_nothing_is_refused_with_its_path(session, batch, stored, where):
    with pytest.raises(InvalidInput) as refused:
        batch_conditions.change_conditions(session, centre(session), batch.code, stored, **ON)
    assert refused.value.where == where
    assert batch.conditions == {}


def test_conditions_are_the_organisers_and_end_with_the_first_day(session, batch):
    for actor in (self_of(make_person(session)), officer(session, Role.HR), officer(session, Role.TRAINING_CENTRE, "75.01")):
        with pytest.raises(NotAllowed):
            batch_conditions.change_conditions(session, actor, batch.code, {}, **ON)
    begun = make_batch(session, "BMD-DASAR", first_day=TODAY)
    with pytest.raises(Conflict, match="sudah mulai"):
        batch_conditions.change_conditions(session, centre(session), begun.code, {"jp_open": True}, **ON)


def meet(session, batch, day, starts, ends, **fields):
    meeting = Meeting(batch_id=batch.id, day=day, starts=starts, ends=ends, jp=2, changed_at=NOW, **fields)
    session.add(meeting)
    session.flush()
    return meeting


def test_batches_with_meetings_clash_by_the_hour(session):
    person = make_person(session)
    morning, evening, noon = (make_batch(session, code, first_day=SOON) for code in ("BMD-DASAR", "PBJ-L1", "SAKIP"))
    meet(session, morning, SOON, 480, 600)
    meet(session, morning, SOON, 780, 800, cancelled=True)
    meet(session, evening, SOON, 600, 800)
    meet(session, noon, SOON, 590, 700)
    session.expire_all()
    ask(session, person, morning)
    assert ask(session, person, evening).status == "REQUESTED"
    with pytest.raises(Conflict, match=r"Berbenturan dengan BMD-DASAR.* pukul 09\.50"):
        ask(session, person, noon)


def test_a_batch_that_speaks_of_clashes_judges_them_itself(session):
    person = make_person(session)
    one, other = make_batch(session, "BMD-DASAR", first_day=SOON), make_batch(session, "PBJ-L1", first_day=SOON)
    ask(session, person, one)
    with pytest.raises(Conflict, match="Berbenturan"):
        ask(session, person, other)
    batch_conditions.change_conditions(session, centre(session), other.code, {"any": [
        {"no_clash": True}, {"employee_types": ["PNS"]}]}, **ON)
    assert ask(session, person, other).status == "REQUESTED"


# --- quotas ------------------------------------------------------------------------------------------------------------------


def keep(session, batch, unit, **fields):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    session.add(BatchQuota(batch_id=batch.id, unit_id=unit_id, **fields))
    session.flush()
    session.expire(batch, ["quotas"])


def test_seats_kept_for_an_agency_are_refused_to_others_until_their_day(session, batch):
    keep(session, batch, "75-DIKBUD", reserved=2, reserved_until=TODAY)
    ask(session, make_person(session), batch)
    outsider = make_person(session)
    with pytest.raises(Conflict, match="2 kursi yang tersisa disimpan untuk Dinas Pendidikan"):
        ask(session, outsider, batch)
    ask(session, make_person(session, unit="75-DIKBUD"), batch)
    tomorrow = {"today": TODAY + timedelta(days=1), "now": NOW + timedelta(days=1)}
    enrolments.request_seats(session, self_of(outsider), outsider.nip, [batch.code], **tomorrow)


def test_an_agency_takes_no_more_than_its_most(session, batch):
    keep(session, batch, "75-BKPSDM", most=1)
    ask(session, make_person(session), batch)
    with pytest.raises(Conflict, match=r"Jatah Badan Kepegawaian.*1 kursi, sudah terisi"):
        enrolments.enrol(session, centre(session), make_person(session).nip, batch.code, **ON)
    assert ask(session, make_person(session, unit="75-DIKBUD"), batch).seats_free == 1


# --- moving ------------------------------------------------------------------------------------------------------------------


def test_a_person_moves_while_registration_lasts_and_the_superiors_word_stays(session, office, batch):
    _, head, staff, _ = office
    later = make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60), seats=1)
    row = ask(session, staff, batch)
    enrolments.endorse_enrolment(session, self_of(head), row.id, endorse=True, **ON)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=True, **ON)
    moved = enrolments.move_enrolment(session, self_of(staff), row.id, later.code, reason="Dinas luar.", **ON)
    assert (moved.batch, moved.status, moved.seats_free) == (later.code, "ENDORSED", 0)
    assert (status(session, row), session.get(Batch, batch.id).seats_taken) == ("CANCELLED", 0)
    history = enrolment_history.view_history(session, self_of(staff), moved.id, **ON)
    assert history.moved_from == (row.id, batch.code)
    assert "pindah dari angkatan" in letters(session, head)[-1]


def test_the_centre_moves_an_approved_seat_as_it_is(session, batch):
    person = make_person(session)
    row = enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    later = make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60))
    assert enrolments.move_enrolment(session, centre(session), row.id, later.code, **ON).status == "APPROVED"
    assert letters(session, person)[-1] == "Kursi Anda pindah dari angkatan %(old)s ke %(new)s, mulai %(day)s."


def test_a_move_that_a_rule_is_against_leaves_both_seats_as_they_were(session, batch):
    person = make_person(session)
    row = ask(session, person, batch)
    full = make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60), seats=1, seats_taken=1)
    other = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=60))
    with pytest.raises(Conflict, match="sudah terisi"):
        enrolments.move_enrolment(session, self_of(person), row.id, full.code, **ON)
    with pytest.raises(Conflict, match="bukan dari pelatihan yang sama"):
        enrolments.move_enrolment(session, self_of(person), row.id, other.code, **ON)
    with pytest.raises(Conflict, match="sudah pada angkatan"):
        enrolments.move_enrolment(session, self_of(person), row.id, batch.code, **ON)
    assert (status(session, row), session.get(Batch, batch.id).seats_taken, full.seats_taken) == ("REQUESTED", 1, 1)
    (target,) = enrolments.list_move_targets(session, self_of(person), row.id, today=TODAY)
    assert [refusal.reason for refusal in target.refusals] == [Reason.FULL]


def test_nobody_moves_somebody_elses_seat_or_after_registration_but_the_centre(session, batch):
    person, later = make_person(session), make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60))
    row = ask(session, person, batch)
    with pytest.raises(NotAllowed):
        enrolments.move_enrolment(session, self_of(make_person(session)), row.id, later.code, **ON)
    batch.registration_until = TODAY - timedelta(days=1)
    session.flush()
    with pytest.raises(Conflict, match="minta penyelenggara memindahkan"):
        enrolments.move_enrolment(session, self_of(person), row.id, later.code, **ON)
    assert enrolments.move_enrolment(session, centre(session), row.id, later.code, **ON).batch == later.code


# --- who did not come ----------------------------------------------------------------------------------------------------------


def stay_away(session, person, days_ago, *, excused=False):
    done = make_batch(session, "SAKIP", first_day=TODAY - timedelta(days=days_ago + 3), seats_taken=1)
    row = Enrolment(person_id=person.id, batch_id=done.id, status="COMPLETED", outcome="ABSENT", requested_at=NOW,
                    result_on=done.last_day)
    session.add(row)
    session.flush()
    if excused:
        meeting = meet(session, done, done.first_day, 480, 600)
        session.add(MeetingAttendance(enrolment_id=row.id, meeting_id=meeting.id, state="EXCUSED", method="LIST",
                                      recorded_at=NOW, recorded_by="system:kompetensi"))
        session.flush()
    return done


def test_who_did_not_come_without_a_word_is_marked_for_the_centre_and_not_refused(session, batch):
    person, excused, long_ago = (make_person(session) for _ in range(3))
    missed = stay_away(session, person, 100)
    stay_away(session, excused, 100, excused=True)
    stay_away(session, long_ago, 900)
    for one in (person, excused, long_ago):
        ask(session, one, batch)
    shown = batches.view_batch(session, centre(session), batch.code, **ON)
    marks = {one.nip: str(one.no_shows.words) for one in shown.participants if one.no_shows is not None}
    assert marks == {person.nip: f"1 kali tidak hadir tanpa kabar dalam 24 bulan: {missed.code}."}


# --- histories ---------------------------------------------------------------------------------------------------------------


def test_a_history_is_open_to_the_person_superiors_hr_and_the_centre_and_to_nobody_else(session, office, batch):
    secretary, head, staff, _ = office
    row = ask(session, staff, batch)
    for actor in (self_of(staff), self_of(head), self_of(secretary), officer(session, Role.HR), centre(session)):
        assert enrolment_history.view_history(session, actor, row.id, **ON).batch == batch.code
    for actor in (self_of(make_person(session)), officer(session, Role.HR, "75.01"),
                  officer(session, Role.TRAINING_CENTRE, "75.01")):
        with pytest.raises(NotAllowed):
            enrolment_history.view_history(session, actor, row.id, **ON)
    with pytest.raises(NotFound):
        enrolment_history.view_history(session, SYSTEM, 999_999, **ON)


def test_the_list_says_whose_word_comes_next(session, office, batch):
    _, _, staff, _ = office
    ask(session, staff, batch)
    ask(session, make_person(session, name="Tanpa Atasan"), batch)
    rows = {row.name: str(row.awaits) for row in enrolment_history.list_enrolments(
        session, centre(session), batch_code=batch.code, today=TODAY)}
    assert rows == {"Staf Tiga": "atasan: Kepala Dua", "Tanpa Atasan": "penyelenggara"}
    with pytest.raises(NotAllowed):
        enrolment_history.list_enrolments(session, self_of(staff), today=TODAY)


# --- lists of participants -----------------------------------------------------------------------------------------------------


def csv_of(nips):
    return ("nama;NIP\n" + "".join(f"Peserta;{nip}\n" for nip in nips)).encode()


def test_a_thousand_participants_with_seven_wrong_nip_are_told_and_the_rest_waits_for_the_word(session):
    big = make_batch(session, "BMD-DASAR", first_day=SOON, seats=1000)
    nips = [make_person(session).nip for _ in range(993)]
    wrong = ["123", "19850412201001200", "1985O4122010012001", "NIP", make_nip(), make_nip(), "198504122010012001 9"]
    lines = nips[:500] + wrong + nips[500:]
    rehearsal = participant_import.import_participants(session, centre(session), big.code, csv_of(lines), dry_run=True, **ON)
    assert (len(rehearsal.lines), len(rehearsal.fitting), big.seats_taken) == (1000, 993, 0)
    assert [line.line for line in rehearsal.refused] == list(range(502, 509))
    assert [line.verdict.value for line in rehearsal.refused] == ["WRONG_NIP"] * 4 + ["UNKNOWN"] * 2 + ["WRONG_NIP"]
    assert session.scalars(select(Enrolment).where(Enrolment.batch_id == big.id)).all() == []
    done = participant_import.import_participants(session, centre(session), big.code, csv_of(lines), dry_run=False, **ON)
    assert (len(done.fitting), big.seats_taken) == (993, 993)
    rows = session.scalars(select(Enrolment).where(Enrolment.batch_id == big.id)).all()
    assert {(row.status, row.source) for row in rows} == {("APPROVED", "IMPORT")}
    again = participant_import.import_participants(session, centre(session), big.code, csv_of(lines), dry_run=False, **ON)
    assert (len(again.fitting), big.seats_taken) == (0, 993)


def test_each_line_that_does_not_fit_says_why(session, batch):
    keep(session, batch, "75-DIKBUD", most=1)
    seated, first, second, junior = (make_person(session, unit=unit) for unit in ("75-BKPSDM", "75-DIKBUD", "75-DIKBUD", "75"))
    ask(session, seated, batch)
    batch_conditions.change_conditions(session, centre(session), batch.code, {"not": {"units": ["75-SETDA"]}}, **ON)
    outside = make_person(session, unit="75-SETDA")
    last, late = make_person(session), make_person(session)
    report = participant_import.import_participants(session, centre(session), batch.code, csv_of(
        [seated.nip, first.nip, first.nip, second.nip, outside.nip, last.nip, late.nip, junior.nip]), dry_run=True, **ON)
    assert [line.verdict.value for line in report.lines] == [
        "ALREADY", "FITS", "TWICE", "QUOTA", "NOT_FITTING", "FITS", "FULL", "FULL"]
    assert all(str(line.why) for line in report.refused)


def workbook(rows, head=("No", "NIP")):
    held = BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = book.add_worksheet()
    for place, row in enumerate([head, *rows]):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    book.close()
    return held.getvalue()


def test_a_workbook_is_read_and_a_nip_kept_as_a_number_is_told_and_not_guessed(session, batch):
    person = make_person(session)
    report = participant_import.import_participants(session, centre(session), batch.code, workbook(
        [(1, person.nip), (2, ""), (3, 198504122010012001)]), dry_run=True, **ON)
    assert [(line.line, line.verdict.value) for line in report.lines] == [(2, "FITS"), (4, "WRONG_NIP")]
    assert "tersimpan sebagai angka" in str(report.lines[1].why)


@pytest.mark.parametrize(("content", "why"), [
    (b"", "kosong"), (b"nama,alamat\nA,B\n", "kolom"), (b"nip\n\n", "tidak memuat"), (b"PK\x03\x04 no workbook", "bukan XLSX"),
    (b"nip\n" + b"1\n" * 5001, "Paling banyak"), (workbook([]), "tidak memuat"), (workbook([], head=("a",)), "kolom")])
def test_a_file_that_is_no_list_is_refused_with_what_would_be_one(session, batch, content, why):
    with pytest.raises(InvalidInput, match=why):
        participant_import.import_participants(session, centre(session), batch.code, content, dry_run=True, **ON)


def test_only_the_organiser_imports(session, batch):
    for actor in (officer(session, Role.HR), officer(session, Role.TRAINING_CENTRE, "75.01"), self_of(make_person(session))):
        with pytest.raises(NotAllowed):
            participant_import.import_participants(session, actor, batch.code, b"nip\n1\n", dry_run=True, **ON)
