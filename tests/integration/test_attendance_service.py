"""Attendance of meetings: the list, the matrix, and checking in by code, on the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_meeting, make_person
from sqlalchemy import event, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import AuditEntry, Enrolment, MeetingAttendance, Policy, Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.attendance import AttendanceState, Window
from kompetensi.rules.check_in import make_token, participant_code
from kompetensi.services import meeting_attendance as service
from kompetensi.services import results
from kompetensi.services.policies import forget_policies
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}  # 09.14 in Gorontalo
KEY = b"key of the tests"


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


@pytest.fixture
def batch(session):
    """A batch that runs today, with three participants and three meetings: yesterday, now, this afternoon."""
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=1), stages=[("CLASSICAL", 5)])
    for name in ("Abdul Gani", "Botutihe Siti", "Cindra Mohamad"):
        seat(session, batch, make_person(session, name=name))
    make_meeting(session, batch, day=TODAY - timedelta(days=1), jp=8, title="Pembukaan")
    make_meeting(session, batch, day=TODAY, jp=4, title="Kebijakan")
    make_meeting(session, batch, day=TODAY, starts=13 * 60, ends=15 * 60, jp=3, title="Praktik")
    return batch


def seat(session, batch, person, status="APPROVED"):
    enrolment = Enrolment(person_id=person.id, batch_id=batch.id, status=status, requested_at=NOW)
    session.add(enrolment)
    session.flush()
    return enrolment


def participants(session, batch):
    return list(session.scalars(select(Enrolment).where(Enrolment.batch_id == batch.id).order_by(Enrolment.id)))


def self_of(person):
    return Actor(f"account:{person.id}", person.name, person_id=person.id)


def officer(session, unit="75"):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor("account:9", "Petugas", grants=(Grant(Role.TRAINING_CENTRE, unit_id),))


def meeting(batch, title="Kebijakan"):
    return next(one for one in batch.meetings if one.title == title)


def token(batch, title="Kebijakan", at=NOW):
    return make_token(KEY, meeting(batch, title).id, at, life_s=180).text


def states(session, batch, title="Kebijakan"):
    return [row.state for row in service.view_meeting(session, SYSTEM, batch.code, meeting(batch, title).id, **ON).rows]


# --- the list ----------------------------------------------------------------------------------------------------------


def test_the_list_keeps_what_is_chosen_and_leaves_the_others(session, batch):
    session.refresh(batch)
    first, second, _ = (one.person.nip for one in participants(session, batch))
    count = service.record_meeting(session, officer(session), batch.code, meeting(batch).id,
                                   {first: "PRESENT", second: "EXCUSED"}, **ON)
    assert count == 2
    assert states(session, batch) == ["PRESENT", "EXCUSED", None]
    assert service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {first: "PRESENT"}, **ON) == 0
    assert service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {first: "LATE"}, **ON) == 1
    assert states(session, batch) == ["LATE", "EXCUSED", None]


def test_the_audit_log_keeps_what_was_changed_to_what(session, batch):
    session.refresh(batch)
    first = participants(session, batch)[0].person.nip
    for state in ("PRESENT", "ABSENT"):
        service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {first: state}, **ON)
    kept = session.scalars(select(AuditEntry.detail).where(
        AuditEntry.action == "courses.record_result:meeting").order_by(AuditEntry.id)).all()
    assert [detail["changed"] for detail in kept] == [{first: [None, "PRESENT"]}, {first: ["PRESENT", "ABSENT"]}]


def test_a_list_that_cannot_be_right_is_refused_with_the_reason(session, batch):
    session.refresh(batch)
    first = participants(session, batch)[0].person.nip
    now = meeting(batch).id
    with pytest.raises(InvalidInput, match="bukan peserta"):
        service.record_meeting(session, SYSTEM, batch.code, now, {make_person(session).nip: "PRESENT"}, **ON)
    with pytest.raises(InvalidInput, match="bukan keadaan hadir"):
        service.record_meeting(session, SYSTEM, batch.code, now, {first: "MAYBE"}, **ON)
    with pytest.raises(NotFound, match="Tidak ada pertemuan"):
        service.record_meeting(session, SYSTEM, make_batch(session, "PBJ-L1", first_day=TODAY).code, now, {}, **ON)
    coming = make_meeting(session, batch, day=TODAY + timedelta(days=1))
    with pytest.raises(Conflict, match="baru 24 November 2026"):
        service.record_meeting(session, SYSTEM, batch.code, coming.id, {first: "PRESENT"}, **ON)
    gone = make_meeting(session, batch, day=TODAY, cancelled=True)
    with pytest.raises(Conflict, match="dibatalkan"):
        service.record_meeting(session, SYSTEM, batch.code, gone.id, {first: "PRESENT"}, **ON)
    assert session.scalars(select(MeetingAttendance)).all() == []


def test_only_the_centre_that_runs_the_batch_sees_and_writes_lists(session, batch):
    session.refresh(batch)
    stranger, participant = officer(session, "75.01"), self_of(participants(session, batch)[0].person)
    for actor in (stranger, participant):
        for deed in (lambda actor: service.view_meeting(session, actor, batch.code, meeting(batch).id, **ON),
                     lambda actor: service.record_meeting(session, actor, batch.code, meeting(batch).id, {}, **ON),
                     lambda actor: service.view_matrix(session, actor, batch.code, **ON),
                     lambda actor: service.display_check_in(session, actor, batch.code, meeting(batch).id, KEY, **ON),
                     lambda actor: service.batch_cards(session, actor, batch.code, KEY, **ON),
                     lambda actor: service.check_in_by_code(session, actor, batch.code, meeting(batch).id, "X", KEY, **ON)):
            with pytest.raises(NotAllowed):
                deed(actor)


# --- the matrix --------------------------------------------------------------------------------------------------------


def test_the_matrix_weighs_meetings_by_their_lesson_hours(session, batch):
    session.refresh(batch)
    first, second, third = (one.person.nip for one in participants(session, batch))
    service.record_meeting(session, SYSTEM, batch.code, meeting(batch, "Pembukaan").id,
                           {first: "PRESENT", second: "ABSENT", third: "LATE"}, **ON)
    service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {first: "PRESENT", second: "PRESENT"}, **ON)
    found = service.view_matrix(session, SYSTEM, batch.code, **ON)
    assert [(row.share.attended, row.share.held, row.reached) for row in found.rows] == [
        (12, 12, True), (4, 12, False), (8, 12, False)]
    assert found.below == 2
    assert found.rows[2].states == (AttendanceState.LATE, None, None)
    assert [one.recorded for one in found.meetings] == [3, 2, 0]
    assert found.minimum.confidence == "memory: unverified"


def test_the_matrix_names_meetings_that_were_forgotten_but_not_those_of_today(session, batch):
    found = service.view_matrix(session, SYSTEM, batch.code, **ON)
    assert [one.title for one in found.unrecorded] == ["Pembukaan"]


def test_a_cancelled_meeting_counts_for_nobody(session, batch):
    session.refresh(batch)
    first = participants(session, batch)[0]
    opening = meeting(batch, "Pembukaan")
    service.record_meeting(session, SYSTEM, batch.code, opening.id, {first.person.nip: "ABSENT"}, **ON)
    service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {first.person.nip: "PRESENT"}, **ON)
    opening.cancelled = True
    session.flush()
    assert service.attendance_shares(session, batch.id)[first.id].tenths == 1000


def test_batches_without_meetings_keep_the_attendance_of_days(session):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=2))
    person = make_person(session)
    enrolment = seat(session, batch, person)
    assert not service.has_meetings(session, batch.code)
    results.record_attendance(session, SYSTEM, batch.code, {
        TODAY - timedelta(days=2): [person.nip], TODAY - timedelta(days=1): []}, **ON)
    assert service.attendance_shares(session, batch.id)[enrolment.id].tenths == 500


def test_batches_with_meetings_take_no_attendance_of_days(session, batch):
    nip = participants(session, batch)[0].person.nip
    with pytest.raises(Conflict, match="setiap pertemuannya"):
        results.record_attendance(session, SYSTEM, batch.code, {TODAY - timedelta(days=1): [nip]}, **ON)


def test_no_participant_costs_a_query_of_his_own(session, batch):
    def questions():
        session.expunge_all()
        asked = []
        bind = session.get_bind()
        listener = event.listens_for(bind, "before_cursor_execute")(lambda *call: asked.append(call[2]))
        service.view_matrix(session, SYSTEM, code, **ON)
        event.remove(bind, "before_cursor_execute", listener)
        return len(asked)

    code = batch.code
    questions()  # what the session keeps from then on, such as policies, is read once
    few = questions()
    for _ in range(12):
        seat(session, batch, make_person(session))
    assert questions() == few


# --- the room's code ---------------------------------------------------------------------------------------------------


def test_who_scans_the_rooms_code_is_present(session, batch):
    session.refresh(batch)
    enrolment = participants(session, batch)[0]
    shown = service.display_check_in(session, SYSTEM, batch.code, meeting(batch).id, KEY, **ON)
    assert (shown.window, shown.attended, shown.participants) == (Window.ON_TIME, 0, 3)
    asked = service.view_check_in(session, self_of(enrolment.person), shown.token, KEY, **ON)
    assert (asked.state, asked.again) == (AttendanceState.PRESENT, False)
    assert states(session, batch) == [None, None, None]  # a look writes nothing
    done = service.check_in(session, self_of(enrolment.person), shown.token, KEY, **ON)
    assert (done.state, done.again) == (AttendanceState.PRESENT, False)
    assert states(session, batch) == ["PRESENT", None, None]
    assert service.display_check_in(session, SYSTEM, batch.code, meeting(batch).id, KEY, **ON).attended == 1


def test_after_the_grace_he_is_late_and_a_second_scan_changes_nothing(session, batch):
    session.refresh(batch)
    person = participants(session, batch)[0].person
    later = NOW + timedelta(minutes=2)  # 09.16, a minute after the grace
    done = service.check_in(session, self_of(person), token(batch, at=later), KEY, today=TODAY, now=later)
    assert done.state is AttendanceState.LATE
    much = NOW + timedelta(hours=1)
    again = service.check_in(session, self_of(person), token(batch, at=much), KEY, today=TODAY, now=much)
    assert (again.state, again.again) == (AttendanceState.LATE, True)
    assert len(session.scalars(select(MeetingAttendance)).all()) == 1


def test_the_grace_is_data(session, batch):
    session.refresh(batch)
    session.add(Policy(key="attendance.late_after_minutes", value={"value": 60}, valid_from=TODAY, source="keputusan uji",
                       confidence="model"))
    session.flush()
    forget_policies(session)
    later = NOW + timedelta(minutes=45)
    person = participants(session, batch)[0].person
    assert service.check_in(session, self_of(person), token(batch, at=later), KEY, today=TODAY,
                            now=later).state is AttendanceState.PRESENT


def test_a_code_that_is_wrong_or_old_is_refused_in_words(session, batch):
    session.refresh(batch)
    actor = self_of(participants(session, batch)[0].person)
    with pytest.raises(InvalidInput, match="tidak dikenal"):
        service.check_in(session, actor, "bukan-kode", KEY, **ON)
    with pytest.raises(InvalidInput, match="tidak dikenal"):
        service.check_in(session, actor, make_token(b"other key", meeting(batch).id, NOW, life_s=180).text, KEY, **ON)
    with pytest.raises(Conflict, match="berganti setiap 3 menit"):
        service.check_in(session, actor, token(batch, at=NOW - timedelta(minutes=10)), KEY, **ON)


def test_outside_of_its_hours_a_meeting_takes_nobody(session, batch):
    session.refresh(batch)
    actor = self_of(participants(session, batch)[0].person)
    with pytest.raises(Conflict, match=r"mulai pukul 12\.30 WITA"):
        service.check_in(session, actor, token(batch, "Praktik"), KEY, **ON)
    with pytest.raises(Conflict, match="22 November 2026, bukan hari ini"):
        service.check_in(session, actor, token(batch, "Pembukaan"), KEY, **ON)
    noon = NOW + timedelta(hours=3, minutes=2)  # 12.16
    with pytest.raises(Conflict, match=r"ditutup pukul 12\.15 WITA"):
        service.check_in(session, actor, token(batch, at=noon), KEY, today=TODAY, now=noon)
    assert service.display_check_in(session, SYSTEM, batch.code, meeting(batch, "Praktik").id, KEY, **ON).token == ""


def test_only_participants_check_in(session, batch):
    session.refresh(batch)
    for actor in (self_of(make_person(session, name="Zulkifli Moha")), Actor("account:8", "Tanpa data")):
        with pytest.raises(Conflict, match=r"bukan peserta|tidak terhubung"):
            service.check_in(session, actor, token(batch), KEY, **ON)
    asking = make_person(session)
    seat(session, batch, asking, status="REQUESTED")
    with pytest.raises(Conflict, match="bukan peserta"):
        service.check_in(session, self_of(asking), token(batch), KEY, **ON)


def test_what_the_centre_wrote_only_the_centre_changes(session, batch):
    session.refresh(batch)
    person = participants(session, batch)[0].person
    service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {person.nip: "EXCUSED"}, **ON)
    with pytest.raises(Conflict, match="Izin"):
        service.check_in(session, self_of(person), token(batch), KEY, **ON)
    service.record_meeting(session, SYSTEM, batch.code, meeting(batch).id, {person.nip: "PRESENT"}, **ON)
    assert service.check_in(session, self_of(person), token(batch), KEY, **ON).again


# --- a participant's code ----------------------------------------------------------------------------------------------


def test_the_centre_enters_the_bearer_of_a_code(session, batch):
    session.refresh(batch)
    enrolment = participants(session, batch)[1]
    card = service.own_card(session, self_of(enrolment.person), batch.code, KEY, today=TODAY)
    assert card.code == participant_code(KEY, enrolment.id)
    assert card in service.batch_cards(session, SYSTEM, batch.code, KEY, **ON)
    done = service.check_in_by_code(session, officer(session), batch.code, meeting(batch).id, card.code.lower(), KEY, **ON)
    assert (done.name, done.state) == (enrolment.person.name, AttendanceState.PRESENT)
    assert service.check_in_by_code(session, SYSTEM, batch.code, meeting(batch).id, f"http://host/x/{card.code}", KEY,
                                    **ON).again
    found, today = service.meetings_of_code(session, SYSTEM, batch.code, card.code, KEY, today=TODAY)
    assert (found, [one.title for one in today]) == (card, ["Kebijakan", "Praktik"])


def test_a_code_of_another_batch_is_nobodys(session, batch):
    session.refresh(batch)
    other = make_batch(session, "PBJ-L1", first_day=TODAY)
    stranger = seat(session, other, participants(session, batch)[0].person)
    for code in (participant_code(KEY, stranger.id), "", "XXXXX-XXXXX"):
        with pytest.raises(NotFound, match="bukan milik peserta"):
            service.check_in_by_code(session, SYSTEM, batch.code, meeting(batch).id, code, KEY, **ON)


def test_there_is_no_card_for_who_is_no_participant(session, batch):
    with pytest.raises(Conflict, match="bukan peserta"):
        service.own_card(session, self_of(make_person(session)), batch.code, KEY, today=TODAY)
