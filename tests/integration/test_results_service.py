"""Results with their attempts, proposals, tables of results, and what follows for certificate and readiness."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import xlsxwriter
from factories import NOW, TODAY, make_batch, make_meeting, make_person
from graduates import press
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidRows
from kompetensi.models import Enrolment, EnrolmentEvent, ResultAttempt
from kompetensi.rules.access import SYSTEM
from kompetensi.services import meeting_attendance, results
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.readiness import readiness_of
from kompetensi.services.results import ResultEntry
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


@pytest.fixture
def people(session):
    return [make_person(session, name=name) for name in ("Abdul Gani", "Botutihe Siti", "Cindra Mohamad")]


@pytest.fixture
def batch(session, people):
    """A batch that ended yesterday; the first came always, the second half of the time, the third never."""
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=3), seats_taken=3)
    session.add_all([Enrolment(person_id=one.id, batch_id=batch.id, status="APPROVED", requested_at=NOW) for one in people])
    session.flush()
    for days, states in ((3, "PPA"), (2, "PAA")):
        meeting = make_meeting(session, batch, day=TODAY - timedelta(days=days), jp=8)
        meeting_attendance.record_meeting(session, SYSTEM, batch.code, meeting.id, {
            one.nip: {"P": "PRESENT", "A": "ABSENT"}[state] for one, state in zip(people, states, strict=True)}, **ON)
    return batch


def note(session, batch, *entries, on=TODAY, today=TODAY):
    return results.record_results(session, SYSTEM, batch.code, entries, on=on, today=today, now=NOW)


def attempts(session, person):
    return session.execute(
        select(ResultAttempt.seq, ResultAttempt.kind, ResultAttempt.outcome, ResultAttempt.score_hundredths)
        .join(Enrolment, ResultAttempt.enrolment_id == Enrolment.id).where(Enrolment.person_id == person.id)
        .order_by(ResultAttempt.seq)).all()


def proposals(session, batch, scores=None):
    return [line.proposal.outcome for line in results.view_results(session, SYSTEM, batch.code, scores=scores, **ON).lines]


# --- proposals ---------------------------------------------------------------------------------------------------------


def test_attendance_and_score_speak_for_an_outcome(session, batch, people):
    assert proposals(session, batch) == [None, "FAILED", "ABSENT"]
    assert proposals(session, batch, {people[0].nip: 8000}) == ["PASSED", "FAILED", "ABSENT"]
    assert proposals(session, batch, {people[0].nip: 7000}) == ["FAILED", "FAILED", "ABSENT"]


def test_a_pass_against_the_proposal_needs_a_reason_that_is_kept(session, batch, people):
    entry = ResultEntry(people[1].nip, "PASSED", 9000)
    with pytest.raises(Conflict, match="Hadir hanya 50,0 %, padahal paling sedikit 80 %"):
        note(session, batch, entry)
    (row,) = note(session, batch, ResultEntry(people[1].nip, "PASSED", 9000, note="Sakit dengan surat; tugas dilengkapi."))
    assert row.outcome == "PASSED"
    assert session.scalars(select(ResultAttempt.note)).one() == "Sakit dengan surat; tugas dilengkapi."


def test_a_training_that_is_only_attended_needs_no_score(session, people):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=3))
    batch.training.siasn_jenis_diklat_id = 9  # seminar
    session.add(Enrolment(person_id=people[0].id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    session.flush()
    results.record_attendance(session, SYSTEM, batch.code, {TODAY - timedelta(days=3): [people[0].nip]}, **ON)
    assert proposals(session, batch) == ["PASSED"]


# --- attempts ----------------------------------------------------------------------------------------------------------


def test_every_judgement_is_kept_and_the_last_one_counts(session, batch, people):
    first = people[0]
    note(session, batch, ResultEntry(first.nip, "FAILED", 5500), on=YESTERDAY)
    note(session, batch, ResultEntry(first.nip, "FAILED", 5500), on=YESTERDAY)  # the same again is no new judgement
    note(session, batch, ResultEntry(first.nip, "FAILED", 6500), on=YESTERDAY)
    (row,) = note(session, batch, ResultEntry(first.nip, "PASSED", 9500, remedial=True))
    assert attempts(session, first) == [
        (1, "FINAL", "FAILED", 5500), (2, "CORRECTION", "FAILED", 6500), (3, "REMEDIAL", "PASSED", 8000)]
    assert (row.outcome, row.score_hundredths) == ("PASSED", 8000)


def test_the_first_result_is_a_step_of_the_enrolment_and_a_correction_is_none(session, batch, people):
    for score in (5500, 6500):
        note(session, batch, ResultEntry(people[0].nip, "FAILED", score), on=YESTERDAY)
    assert session.scalars(select(EnrolmentEvent.status)).all() == ["COMPLETED"]


def test_there_is_one_remedial_attempt_within_a_month(session, batch, people):
    first = people[0]
    with pytest.raises(Conflict, match="hanya bagi peserta yang belum lulus"):
        note(session, batch, ResultEntry(first.nip, "PASSED", 9000, remedial=True))
    note(session, batch, ResultEntry(first.nip, "FAILED", 5500), on=YESTERDAY)
    late = YESTERDAY + timedelta(days=31)
    with pytest.raises(Conflict, match="paling lambat"):
        note(session, batch, ResultEntry(first.nip, "PASSED", 9000, remedial=True), on=late, today=late)
    note(session, batch, ResultEntry(first.nip, "FAILED", 5500, remedial=True))
    with pytest.raises(Conflict, match="paling banyak 1 kali"):
        note(session, batch, ResultEntry(first.nip, "PASSED", 9000, remedial=True))


def test_a_result_from_before_attempts_were_kept_becomes_the_first_of_them(session, batch, people):
    enrolment = session.scalars(select(Enrolment).where(Enrolment.person_id == people[0].id)).one()
    enrolment.status, enrolment.outcome, enrolment.score_hundredths, enrolment.result_on = "COMPLETED", "FAILED", 5000, YESTERDAY
    session.flush()
    note(session, batch, ResultEntry(people[0].nip, "PASSED", 7600, remedial=True))
    assert attempts(session, people[0]) == [(1, "FINAL", "FAILED", 5000), (2, "REMEDIAL", "PASSED", 7600)]


def test_the_page_knows_for_whom_a_remedial_attempt_is_open(session, batch, people):
    note(session, batch, ResultEntry(people[0].nip, "FAILED", 5500), ResultEntry(people[2].nip, "ABSENT"))
    lines = results.view_results(session, SYSTEM, batch.code, **ON).lines
    assert [line.remedial_open for line in lines] == [True, False, False]
    assert [len(line.attempts) for line in lines] == [1, 0, 1]


# --- tables ------------------------------------------------------------------------------------------------------------


def table(*rows, head="nip,hasil,nilai"):
    return "\n".join([head, *rows]).encode()


def load(session, batch, content, *, dry_run=False):
    return results.import_results(session, SYSTEM, batch.code, content, on=TODAY, dry_run=dry_run, **ON)


def test_a_table_is_rehearsed_then_recorded_then_changes_nothing(session, batch, people):
    content = table(f"{people[0].nip},lulus,\"85,5\"", f"{people[2].nip},tidak hadir,")
    report = load(session, batch, content, dry_run=True)
    assert (report.rows, report.recorded, report.unchanged) == (2, 2, 0)
    assert session.scalars(select(ResultAttempt)).all() == []
    assert session.scalars(select(Enrolment.outcome).where(Enrolment.outcome.is_not(None))).all() == []
    load(session, batch, content)
    assert attempts(session, people[0]) == [(1, "FINAL", "PASSED", 8550)]
    again = load(session, batch, content)
    assert (again.recorded, again.unchanged) == (0, 2)


def test_one_wrong_row_refuses_all_and_each_is_named(session, batch, people):
    stranger = make_person(session).nip
    content = table(f"{people[0].nip},lulus,85", f"{stranger},lulus,85", "1.98504E+17,lulus,85", f"{people[1].nip},lulus,90",
                    f"{people[2].nip},tidak hadir,50", "123,lulus,80")
    with pytest.raises(InvalidRows) as refused:
        load(session, batch, content)
    assert [(error.row, error.column) for error in refused.value.rows] == [
        (3, "nip"), (4, "nip"), (5, "catatan"), (6, "nilai"), (7, "nip")]
    assert "angka akhirnya hilang" in str(refused.value.rows[1].message)
    assert session.scalars(select(ResultAttempt)).all() == []


@pytest.mark.parametrize(("cells", "column"), [("mungkin,80", "hasil"), ("lulus,101", "nilai"), ("lulus,8.123", "nilai"),
                                               ("lulus,abc", "nilai")])
def test_a_cell_that_means_nothing_is_named(session, batch, people, cells, column):
    with pytest.raises(InvalidRows) as refused:
        load(session, batch, table(f"{people[0].nip},{cells}"))
    assert [(error.row, error.column) for error in refused.value.rows] == [(2, column)]


def workbook(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    return out.getvalue()


def test_a_workbook_is_read_as_well(session, batch, people):
    content = workbook([("nip", "hasil", "nilai", "catatan"), (people[0].nip, "Lulus", 85.5, ""),
                        (people[1].nip, "lulus", 90, "Tugas pengganti")])
    report = load(session, batch, content)
    assert report.recorded == 2
    assert attempts(session, people[0]) == [(1, "FINAL", "PASSED", 8550)]


def test_a_nip_that_a_workbook_keeps_as_a_number_is_refused_not_guessed(session, batch, people):
    with pytest.raises(InvalidRows) as refused:
        load(session, batch, workbook([("nip", "hasil", "nilai"), (int(people[0].nip), "lulus", 85)]))
    assert refused.value.rows[0].column == "nip"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a workbook", b"nip;hasil;nilai\n1;2;3", b"\xff\xfe"])
def test_what_is_no_table_is_refused_as_a_whole(session, batch, content):
    with pytest.raises(InvalidRows):
        load(session, batch, content)


# --- from attending to being ready -------------------------------------------------------------------------------------


def test_who_attends_and_passes_has_a_certificate_and_is_closer_to_the_position(session, batch, people):
    first = people[0]

    def expected():
        return readiness_of(session, SYSTEM, first.nip, "ADM-KABID-ASET", on=TODAY, today=TODAY).readiness.score_expected

    assert expected() == 0
    enrolment = session.scalars(select(Enrolment.id).where(Enrolment.person_id == first.id)).one()
    with pytest.raises(Conflict):  # attended, but not judged yet
        issue_certificate(session, SYSTEM, enrolment, **press(), **ON)
    note(session, batch, ResultEntry(first.nip, "PASSED", 9000))
    assert expected() == 0  # the certificate is the record that it was passed
    issue_certificate(session, SYSTEM, enrolment, **press(), **ON)
    assert expected() > 0
    with pytest.raises(Conflict, match="sudah terbit"):
        note(session, batch, ResultEntry(first.nip, "FAILED", 5000))
