"""The invented Gorontalo as a whole: everybody has a post, numbers are valid, batches are real, it comes out the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from factories import NOW, TODAY
from graduates import OneByOne
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from kompetensi.adapters.engine import prepare_engine
from kompetensi.demo.load import load_demo, moment_of
from kompetensi.demo.personas import LOGINS, TARGET
from kompetensi.errors import Unavailable
from kompetensi.graph.check import check
from kompetensi.messages import say
from kompetensi.models import (
    Account,
    Attendance,
    Base,
    Batch,
    BatchQuota,
    BatchSubject,
    BatchTrainer,
    Certificate,
    CreditPoint,
    DisciplineCase,
    Dossier,
    Education,
    Enrolment,
    Evidence,
    Government,
    HolidayOverride,
    Meeting,
    Notification,
    Occupancy,
    Person,
    Position,
    Post,
    Rank,
    Room,
    Trainer,
    Training,
    TrainingSubject,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Relation
from kompetensi.rules.enrolment import LIVE
from kompetensi.services import imports, migrations
from kompetensi.services.access import relation_to
from kompetensi.services.accounts import authenticate
from kompetensi.services.meeting_facts import load_meeting_facts
from kompetensi.services.people_edits import read_nip
from kompetensi.services.readiness import readiness_of
from kompetensi.services.settings import read_demo
from kompetensi.services.snapshot import load_graph
from kompetensi.services.trainers import qualified_trainers
from kompetensi.services.travels import load_travel_times
from kompetensi.services.unit_of_work import transaction

PEOPLE, OUTSIDE = 150, 6


def quietly(*step: object) -> None:
    """Show no progress."""


def login(session: Session, username: str) -> Person:
    return session.scalars(select(Person).join(Account).where(Account.username == username)).one()


def current(session: Session) -> list[Occupancy]:
    return list(session.scalars(select(Occupancy).where(
        Occupancy.kind == "DEFINITIVE", Occupancy.since <= TODAY, Occupancy.until.is_(None))))


# --- rooms, trainers, participants from outside ---------------------------------------------------------------------


def test_every_batch_has_trainers_who_may_teach_it_and_are_there(demo_session):
    seen = 0
    for part in demo_session.scalars(select(BatchTrainer)):
        batch, trainer = part.batch, part.trainer
        assert (trainer.code, trainer.name) in qualified_trainers(demo_session, batch.training.code, batch.first_day)
        days = [stage for stage in batch.stages if stage.mode in ("CLASSICAL", "DISTANCE")]
        assert not any(stage.first_day <= away.last_day and away.first_day <= stage.last_day
                       for stage in days for away in trainer.absences)
        seen += 1
    assert seen > 100


def test_a_batch_sits_in_a_room_of_its_place_that_is_large_enough_and_open(demo_session):
    seen = 0
    for batch in demo_session.scalars(select(Batch).where(Batch.room_id.is_not(None))):
        assert (batch.place, batch.seats <= batch.room.seats) == (batch.room.place, True)
        assert not any(stage.first_day <= closure.last_day and closure.first_day <= stage.last_day
                       for stage in batch.stages if stage.mode == "CLASSICAL" for closure in batch.room.closures)
        seen += 1
    assert seen > 20


def test_trainers_rooms_and_ways_are_there_and_say_that_they_are_invented(demo_session):
    trainers = demo_session.scalars(select(Trainer)).all()
    assert len(trainers) == 20
    assert all(trainer.invented and trainer.qualifications and trainer.yearly_jp for trainer in trainers)
    assert len(set(demo_session.scalars(select(Room.place)))) == 4
    assert all("rekaan" in override.name for override in demo_session.scalars(select(HolidayOverride)))
    times = load_travel_times(demo_session)
    assert times.travel_minutes("Kampus BKPSDM, Kota Gorontalo", "Gedung Diklat, Limboto") == 30


def test_participants_from_outside_have_a_valid_number_and_a_seat(demo_session):
    guests = demo_session.scalars(select(Person).where(Person.outside_agency != "")).all()
    assert len(guests) == OUTSIDE
    for guest in guests:
        assert read_nip(guest.nip, TODAY) == guest.nip
        assert guest.nip[:8] == f"{guest.birth_date:%Y%m%d}"
        assert demo_session.scalars(select(Enrolment.status).where(Enrolment.person_id == guest.id)).all() == ["APPROVED"]


# --- people and posts ----------------------------------------------------------------------------------------------


def test_as_many_people_as_asked_for_and_all_are_marked_as_invented(demo_session):
    ours = select(func.count()).select_from(Person).where(Person.outside_agency == "")
    assert demo_session.scalar(ours) == PEOPLE
    assert demo_session.scalar(ours.where(Person.invented)) == PEOPLE
    assert demo_session.scalar(select(func.count()).select_from(Person).where(~Person.invented)) == 0


def test_the_demo_remembers_its_day_seed_and_number(demo_session):
    demo = read_demo(demo_session)

    assert (demo.today, demo.seed, demo.people) == (TODAY, 7, PEOPLE)


def test_everybody_sits_in_one_post_and_no_post_has_two(demo_session):
    occupancies = current(demo_session)

    assert len(occupancies) == PEOPLE == len({item.person_id for item in occupancies})
    assert len({item.post_id for item in occupancies} - {None}) == PEOPLE


def test_people_belong_to_the_unit_of_their_post(demo_session):
    homes = dict(demo_session.execute(select(Person.id, Person.unit_id)).all())

    assert all(homes[item.person_id] == item.unit_id for item in current(demo_session))


def test_each_government_has_people_and_each_regency_at_least_twelve(demo_session):
    counts = dict(demo_session.execute(
        select(Government.code, func.count(Person.id)).join(Unit, Unit.government_id == Government.id)
        .join(Person, Person.unit_id == Unit.id).group_by(Government.code)).all())

    assert len(counts) == 7
    assert all(count >= 12 for count in counts.values())


def test_each_regency_has_a_vacant_post_for_its_twelve_people(demo_session):
    sits = {item.post_id for item in current(demo_session)}
    regency = demo_session.scalars(select(Post.id).join(Unit).join(Government).where(Government.code != "75")).all()

    assert sum(post not in sits for post in regency) in range(6, 12)


def test_all_posts_of_the_positions_table_stay_so_that_importing_it_again_changes_nothing(demo_session):
    again = imports.import_reference(demo_session, today=TODAY, now=NOW)

    assert {(report.created, report.updated) for report in again} == {(0, 0)}


def test_every_post_but_the_secretaries_has_somebody_above_it(demo_session):
    above = dict(demo_session.execute(select(Post.id, Post.superior_post_id)).all())
    tops = demo_session.scalars(
        select(Position.name).join(Post, Post.position_id == Position.id).where(Post.superior_post_id.is_(None))).all()

    assert set(tops) == {"Sekretaris Daerah"}
    for post in above:
        chain = [post]
        while above[chain[-1]] is not None:
            chain.append(above[chain[-1]])
            assert len(chain) < 9


def test_positions_beyond_the_table_are_marked_and_ask_for_all_nine_competencies(demo_session):
    graph = load_graph(demo_session, TODAY)
    invented = [position for position in graph.positions.values() if position.invented]

    assert len(graph.positions) - len(invented) == 45
    assert all(sum(not item.competency.startswith("TEK-") for item in position.requirements) == 9
               for position in invented)


def test_the_check_of_the_catalogue_finds_what_it_finds_in_the_tables_alone(demo_session, session):
    assert check(load_graph(demo_session, TODAY)) == check(load_graph(session, TODAY))


# --- numbers and lives ---------------------------------------------------------------------------------------------


def test_every_number_tells_birth_entry_and_sex(demo_session):
    for person in demo_session.scalars(select(Person).where(Person.outside_agency == "")):
        assert person.nip.isdigit()
        assert len(person.nip) == 18
        assert person.nip[:8] == f"{person.birth_date:%Y%m%d}"
        assert person.nip[14] == ("1" if person.sex == "L" else "2")
        assert person.nip[15:] != "000"
        if person.employee_type == "PPPK":
            assert 21 <= int(person.nip[12:14]) <= 29
            assert person.nip[8:12] == str(person.tmt_cpns.year)
        else:
            assert person.nip[8:14] == f"{person.tmt_cpns:%Y%m}"
        assert 16 <= (person.tmt_cpns - person.birth_date).days / 365.25 <= 60


def test_permanent_candidate_and_contract_staff_are_there(demo_session):
    kinds = Counter(demo_session.scalars(select(Person.employee_type)))

    assert set(kinds) == {"PNS", "CPNS", "PPPK"}
    assert kinds["PNS"] > kinds["PPPK"] > kinds["CPNS"]


def test_careers_follow_each_other_without_a_gap_and_begin_with_the_appointment(demo_session):
    careers = defaultdict(list)
    for item in demo_session.scalars(select(Occupancy).where(Occupancy.kind == "DEFINITIVE").order_by(
            Occupancy.person_id, Occupancy.since)):
        careers[item.person_id].append(item)
    joined = dict(demo_session.execute(select(Person.id, Person.tmt_cpns)).all())

    for person_id, steps in careers.items():
        assert steps[0].since == joined[person_id]
        for earlier, later in pairwise(steps):
            assert later.since == earlier.until + timedelta(days=1)


def test_former_agencies_appear_in_careers_and_end_on_their_day(demo_session):
    former = demo_session.execute(
        select(Unit.valid_to, Occupancy.until).join(Unit, Occupancy.unit_id == Unit.id)
        .where(Unit.valid_to.is_not(None))).all()

    assert len(former) > 10
    assert all(until is not None and until <= ended for ended, until in former)
    assert any(until == ended for ended, until in former)


def test_nobody_sits_in_a_unit_before_it_existed(demo_session):
    days = demo_session.execute(select(Unit.valid_from, Occupancy.since).join(
        Unit, Occupancy.unit_id == Unit.id).where(Unit.valid_from.is_not(None))).all()

    assert days
    assert all(since >= first for first, since in days)


def test_ranks_rise_with_the_years_and_never_beyond_today(demo_session):
    ranks = defaultdict(list)
    for rank in demo_session.scalars(select(Rank).order_by(Rank.person_id, Rank.effective_from)):
        assert rank.effective_from <= TODAY
        ranks[rank.person_id].append(rank.grade_code)

    assert len(ranks) == PEOPLE + OUTSIDE
    assert any(len(steps) > 3 for steps in ranks.values())


def test_some_facts_are_left_empty_because_no_source_gives_them(demo_session):
    for column in (Person.service_bond, Person.no_discipline_record, Person.on_study_assignment, Person.talent_box):
        empty = demo_session.scalar(select(func.count()).select_from(Person).where(column.is_(None)))
        assert 0 < empty < PEOPLE


def test_only_those_without_a_clean_record_have_a_disciplinary_case(demo_session):
    cases = set(demo_session.scalars(select(DisciplineCase.person_id)))
    unclean = set(demo_session.scalars(select(Person.id).where(Person.no_discipline_record.is_(False))))

    assert cases == unclean
    assert len(cases) < PEOPLE / 10


def test_everybody_has_an_education_and_functional_officials_have_credit_points(demo_session):
    assert len(set(demo_session.scalars(select(Education.person_id)))) == PEOPLE
    assert demo_session.scalar(select(func.count()).select_from(CreditPoint)) > 10


# --- what they can do ----------------------------------------------------------------------------------------------


def test_assessments_are_valid_expired_or_missing(demo_session):
    latest = dict(demo_session.execute(
        select(Evidence.person_id, func.max(Evidence.valid_until)).where(Evidence.kind == "ASSESSMENT")
        .group_by(Evidence.person_id)).all())
    valid = sum(day >= TODAY for day in latest.values())

    assert valid > PEOPLE / 4
    assert len(latest) - valid > 5
    assert len(latest) < PEOPLE


def test_levels_expected_from_trainings_rest_on_a_certificate_of_the_same_person(demo_session):
    rows = demo_session.execute(
        select(Evidence.person_id, Certificate.person_id, Evidence.valid_until, Certificate.valid_until)
        .outerjoin(Certificate, Evidence.certificate_id == Certificate.id).where(Evidence.kind == "TRAINING")).all()

    assert len(rows) > PEOPLE
    assert all(person == holder and ends == valid for person, holder, ends, valid in rows)


def test_certificates_of_the_past_are_register_entries_of_outside_issuers(demo_session):
    certificates = demo_session.scalars(select(Certificate)).all()

    assert all(row.external and row.state == "ISSUED" and row.pdf_sha256 is None for row in certificates)
    assert len({row.token for row in certificates}) == len(certificates)


def test_nobody_passed_a_training_without_what_it_asks_for(demo_session):
    entries = {row.code: row.entry for row in demo_session.scalars(select(Training))}
    passed = defaultdict(dict)
    for row in demo_session.scalars(select(Certificate).order_by(Certificate.finished_on)):
        before = entries[row.training_code].get("training")
        assert before is None or passed[row.person_id][before] < row.finished_on
        passed[row.person_id].setdefault(row.training_code, row.finished_on)


# --- batches -------------------------------------------------------------------------------------------------------


def test_every_offered_training_has_batches_within_eighteen_months(demo_session):
    offered = set(demo_session.scalars(select(Training.id).where(Training.offered == "yes")))
    ahead = demo_session.scalars(select(Batch).where(Batch.first_day > TODAY)).all()

    assert {batch.training_id for batch in ahead} == offered
    assert max(batch.first_day for batch in ahead) <= TODAY + timedelta(days=560)


def test_stages_follow_each_other_and_cover_the_batch(demo_session):
    for batch in demo_session.scalars(select(Batch)):
        assert batch.stages[0].first_day == batch.first_day
        assert batch.stages[-1].last_day == batch.last_day
        for earlier, later in pairwise(batch.stages):
            assert earlier.last_day < later.first_day


def test_subjects_add_up_to_the_lesson_hours(demo_session):
    sums = dict(demo_session.execute(
        select(TrainingSubject.training_id, func.sum(TrainingSubject.jp)).group_by(TrainingSubject.training_id)).all())
    for batch in demo_session.scalars(select(Batch)):
        assert sum(subject.jp for subject in batch.subjects) == batch.training.jp == sums[batch.training_id]


def test_taken_seats_are_the_live_enrolments(demo_session):
    live = Counter(demo_session.scalars(select(Enrolment.batch_id).where(
        Enrolment.status.in_(LIVE))))
    batches = demo_session.scalars(select(Batch)).all()

    assert {batch.id: batch.seats_taken for batch in batches if batch.seats_taken} == dict(live)
    assert any(batch.seats_taken == batch.seats for batch in batches if batch.first_day > TODAY)


def test_no_room_and_no_participant_is_in_two_batches_at_once(demo_session):
    rooms, seats = defaultdict(list), defaultdict(list)
    for batch in demo_session.scalars(select(Batch)):
        if batch.room_id:
            rooms[batch.room_id] += [(stage.first_day, stage.last_day) for stage in batch.stages
                                     if stage.mode == "CLASSICAL"]
    for enrolment in demo_session.scalars(select(Enrolment)):
        seats[enrolment.person_id].append((enrolment.batch.first_day, enrolment.batch.last_day))

    for days in (*rooms.values(), *seats.values()):
        days.sort()
        assert all(earlier[1] < later[0] for earlier, later in pairwise(days))


def test_meetings_of_the_demo_add_up_and_clash_with_nothing(demo_session):
    today = read_demo(demo_session).today
    facts = load_meeting_facts(demo_session, today - timedelta(days=60), today + timedelta(days=300))
    assert len(facts.meetings) > 100
    assert [clash for clash in facts.clashes() if clash.hard] == []
    laid = dict(demo_session.execute(select(Meeting.subject_id, func.sum(Meeting.jp)).group_by(Meeting.subject_id)).all())
    held = demo_session.scalars(select(BatchSubject).where(
        BatchSubject.batch_id.in_(select(Meeting.batch_id)))).all()
    assert {subject.id: subject.jp for subject in held} == laid
    assert any(meeting.room for meeting in facts.meetings)
    assert all(meeting.trainers for meeting in facts.meetings)


def test_one_batch_lacks_participants_soon_and_some_keep_seats(demo_session):
    today = read_demo(demo_session).today
    few = demo_session.scalars(select(Batch).where(
        Batch.first_day.between(today, today + timedelta(days=30)), Batch.seats_taken < Batch.min_participants)).all()
    assert [batch.training.code for batch in few] == ["PROTOKOL"]
    quotas = demo_session.scalars(select(BatchQuota)).all()
    assert any(quota.reserved for quota in quotas)
    assert any(quota.most for quota in quotas)
    assert all(quota.batch.seats - quota.batch.seats_taken >= quota.reserved for quota in quotas)


def test_something_runs_something_waits_and_something_has_ended(demo_session):
    enrolments = demo_session.scalars(select(Enrolment)).all()
    running = [row for row in enrolments if row.batch.first_day <= TODAY <= row.batch.last_day]

    assert running
    assert sum(row.status in ("REQUESTED", "ENDORSED") for row in enrolments) >= 3
    assert Counter(row.outcome for row in enrolments if row.status == "COMPLETED") == {
        "PASSED": 8, "FAILED": 1, "ABSENT": 1}
    assert demo_session.scalar(select(func.count()).select_from(Attendance)) > 50


# --- the logins ----------------------------------------------------------------------------------------------------


def test_the_printed_logins_open(demo_session):
    for one in LOGINS:
        opened = authenticate(demo_session, one.username, one.password, today=TODAY, now=NOW)
        assert {grant.role for grant in opened.actor.grants} == ({one.role} if one.role else set())


def test_the_walk_lacks_one_level_and_one_mandatory_training(demo_session):
    asn = login(demo_session, "asn")
    readiness = readiness_of(demo_session, SYSTEM, asn.nip, TARGET, on=TODAY).readiness

    assert asn.target_position.code == TARGET
    assert [(row.competency, row.required - row.counted) for row in readiness.open_rows] == [("TEK-BMD", 1)]
    assert [row.training for row in readiness.open_trainings] == ["BMD-LANJUT"]
    assert [gate.code for gate in readiness.gates if gate.state != "met"] == ["BMD-LANJUT"]
    assert readiness.band == "MS"


def test_the_training_of_the_walk_has_a_batch_with_free_seats_soon_and_the_target_is_vacant(demo_session):
    batch = demo_session.scalars(
        select(Batch).join(Training).where(Training.code == "BMD-LANJUT", Batch.first_day > TODAY)
        .order_by(Batch.first_day)).first()
    post = demo_session.scalars(select(Post).join(Position).where(Position.code == TARGET)).one()

    assert batch.first_day < TODAY + timedelta(days=70)
    assert batch.registration_until > TODAY
    assert batch.seats - batch.seats_taken >= 5
    assert not demo_session.scalars(select(Occupancy).where(Occupancy.post_id == post.id)).all()


def test_the_superior_of_the_walk_is_above_her(demo_session):
    opened = authenticate(demo_session, "atasan", LOGINS[1].password, today=TODAY, now=NOW)

    assert relation_to(demo_session, opened.actor, login(demo_session, "asn"), on=TODAY) is Relation.SUPERIOR


def test_cases_and_messages_wait(demo_session):
    assert demo_session.scalar(select(func.count()).select_from(Dossier)) == 3
    assert {row.person_id for row in demo_session.scalars(select(Notification))} >= {
        login(demo_session, name).id for name in ("asn", "balai", "hr")}


def test_requests_await_a_superior_a_full_batch_has_a_queue_and_a_seat_is_being_offered(demo_session):
    rows = demo_session.scalars(select(Enrolment)).all()
    assert sum(row.status == "REQUESTED" and row.superior_id is not None for row in rows) >= 2
    waiting = {row.batch for row in rows if row.status == "WAITING"}
    assert [batch.seats_taken == batch.seats for batch in waiting] == [True]
    (offer,) = [row for row in rows if row.status == "OFFERED"]
    assert offer.offered_until > NOW
    assert offer.batch in waiting


# --- the load itself -----------------------------------------------------------------------------------------------


def _content(session: Session) -> dict[str, list[tuple]]:
    """Return all rows of all tables; hashes of passwords and the stamps of the catalogue are random and left out."""
    return {
        table.name: [tuple(row) for row in session.execute(
            select(*(column for column in table.columns if column.name not in ("password_hash", "stamp")))
            .order_by(*table.primary_key.columns))]
        for table in Base.metadata.sorted_tables}


def _loaded(databases, **values: object) -> dict[str, list[tuple]]:
    engine = create_engine(databases.new(), poolclass=NullPool)
    prepare_engine(engine)
    migrations.upgrade(engine)
    with Session(engine) as session, transaction(session):
        load_demo(session, **{"people": 150, "seed": 3, "today": TODAY, "now": NOW, "progress": quietly, **values})
    with Session(engine) as session:
        content = _content(session)
    engine.dispose()
    return content


def test_the_same_seed_and_day_give_the_same_rows(databases):
    first, second = _loaded(databases), _loaded(databases)

    assert first.keys() == second.keys()
    for table, rows in first.items():
        assert rows == second[table], table


def test_a_batch_with_fewer_seats_than_participants_are_wanted_is_full_and_no_more(databases):
    # With this seed the finished batch has 28 seats for the thirty that a demo of this size fills it with.
    content = _loaded(databases, people=300, seed=7)

    assert len(content["kompetensi_people"]) == 300 + OUTSIDE


def test_another_seed_gives_other_people(databases):
    assert _loaded(databases)["kompetensi_people"] != _loaded(databases, seed=4)["kompetensi_people"]


@pytest.mark.parametrize("today", [date(2025, 3, 3), date(2027, 1, 1), date(2028, 2, 29)])
def test_the_demo_can_stand_on_another_day(databases, today):
    content = _loaded(databases, today=today, now=moment_of(today))

    assert len(content["kompetensi_people"]) == 150 + OUTSIDE


class _PaperOnly(OneByOne):
    """A printer for a machine without the libraries that PDFs need."""

    def render_certificate(self, facts: object, design=None) -> bytes:
        raise Unavailable(say("Pango tidak terpasang."))


class _Printer(OneByOne):
    """A printer that writes the number and nothing else."""

    def render_certificate(self, facts, design=None) -> bytes:
        return facts.number.encode()


def test_without_a_printer_the_load_goes_on(databases):
    content = _loaded(databases, renderer=_PaperOnly())

    assert not content["kompetensi_certificate_files"]
    assert not content["kompetensi_certificate_series"]


def test_the_finished_batch_gets_its_certificates(databases):
    content = _loaded(databases, renderer=_Printer())

    assert len(content["kompetensi_certificate_files"]) == 3
