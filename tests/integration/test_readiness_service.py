"""Readiness from the database: evidence, certificates, rank, education and policies of a day."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, TODAY, make_nip, make_person, make_post, occupy, prove
from sqlalchemy import delete, event, insert, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.graph.readiness import GateState, Verdict
from kompetensi.models import AuditEntry, Certificate, Education, JobClass, Policy, Position, PositionStandard, Post
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.overview import own_overview
from kompetensi.services.policies import forget_policies
from kompetensi.services.readiness import readiness_of, trail_of, view_readiness

NINE = ("MAN-INT", "MAN-KSM", "MAN-KOM", "MAN-OPH", "MAN-PPB", "MAN-PDO", "MAN-MPR", "MAN-KEP", "SOS-PRB")
TARGET = "JPTP-INSPEKTUR"  # demands JFA-PERTAMA as MUTLAK, level 4 throughout, IV/a and S1


def as_person(person):
    return Actor(f"account:{person.id}", person.name, person_id=person.id)


def as_hr(session, unit="75"):
    return Actor("account:hr", "Fitria", grants=(Grant(Role.HR, unit_by_code(session, unit).id),))


def certify(session, person, training, *, finished_on=date(2026, 3, 2), valid_until=None, state="ISSUED", jp=40,
            state_on=None):
    row = Certificate(
        token=make_nip(), person_id=person.id, training_code=training, kind="STTPP", external=True, issuer="Luar",
        year=finished_on.year, number=f"{training}/2026", finished_on=finished_on, jp=jp, issued_on=finished_on,
        valid_until=valid_until, state=state, state_on=state_on, recorded_at=NOW)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def person(session):
    """A civil servant of the province whom an assessment found at level 4 in all nine."""
    someone = make_person(session, grade="IV/a")
    session.add(Education(person_id=someone.id, level_code="S1", field="Hukum", graduated_on=date(2008, 8, 8)))
    for code in NINE:
        prove(session, someone, code, 4)
    return someone


def ask(session, person, **options):
    return readiness_of(session, SYSTEM, person.nip, TARGET, on=options.pop("on", TODAY), **options)


def test_a_missing_mandatory_training_closes_a_gate_and_its_certificate_opens_it(session, person):
    before = ask(session, person)
    assert before.readiness.verdict is Verdict.TIDAK_LAYAK
    assert "gerbang wajib masih tertutup" in str(before.answer)
    certificate = certify(session, person, "JFA-PERTAMA")
    after = ask(session, person)
    gate = next(gate for gate in after.readiness.gates if gate.kind == "training")
    assert gate.state is GateState.MET
    assert after.tokens[certificate.id] == certificate.token


def test_a_certificate_opens_the_gate_on_its_last_day_and_not_on_the_next(session, person):
    certify(session, person, "JFA-PERTAMA", valid_until=TODAY)
    assert not ask(session, person).lapsed
    later = ask(session, person, on=date(2026, 11, 24))
    assert later.readiness.verdict is Verdict.TIDAK_LAYAK
    assert later.lapsed == {"JFA-PERTAMA": TODAY}


def test_a_revoked_certificate_closes_the_gate_from_that_day_on(session, person):
    certify(session, person, "JFA-PERTAMA", state="REVOKED", state_on=TODAY)
    assert ask(session, person).readiness.verdict is Verdict.TIDAK_LAYAK
    assert ask(session, person, on=date(2026, 11, 22)).readiness.verdict is not Verdict.TIDAK_LAYAK


def test_the_day_asked_decides_which_assessment_holds(session, person):
    assert ask(session, person, on=date(2025, 6, 9)).readiness.verdict is Verdict.PERLU_ASESMEN
    assert ask(session, person, on=date(2028, 6, 10)).readiness.jpm == 100
    assert ask(session, person, on=date(2028, 6, 11)).readiness.verdict is Verdict.PERLU_ASESMEN


def test_nobody_is_shown_as_level_zero_who_was_not_assessed(session):
    nobody = make_person(session)
    found = ask(session, nobody)
    assert found.readiness.jpm is None
    assert all(row.proven is None for row in found.readiness.rows)
    assert "belum dinilai" in str(found.answer)


def test_rank_and_education_of_the_day_are_gates(session, person):
    assert {gate.kind: gate.state for gate in ask(session, person).readiness.gates} == {
        "training": GateState.NOT_MET, "golongan": GateState.MET, "education": GateState.MET}
    unknown = make_person(session, grade=None)
    states = {gate.kind: gate.state for gate in ask(session, unknown).readiness.gates}
    assert (states["golongan"], states["education"]) == (GateState.UNKNOWN, GateState.UNKNOWN)


def test_whether_a_training_counts_for_a_technical_level_is_a_dated_policy(session, person):
    prove(session, person, "TEK-SPIP", 4, kind="TRAINING")
    row = next(row for row in ask(session, person).readiness.rows if row.competency == "TEK-SPIP")
    assert (row.proven, row.counted, row.by_training) == (None, 4, True)
    session.execute(insert(Policy), [{
        "key": "readiness.training_proves_technical", "value": {"value": False}, "valid_from": TODAY,
        "valid_to": None, "source": "", "confidence": "model"}])
    forget_policies(session)
    row = next(row for row in ask(session, person).readiness.rows if row.competency == "TEK-SPIP")
    assert (row.counted, row.by_training) == (None, False)


def test_both_scales_come_with_their_source_and_the_purpose_names_the_band(session, person):
    found = ask(session, person, purpose="mapping")
    assert [(item.purpose, item.upper, item.lower) for item in found.thresholds] == [
        ("filling", 80, 68), ("mapping", 90, 78)]
    assert all(item.source for item in found.thresholds)
    assert found.readiness.band == "O"


def test_the_trail_tells_what_counts_first_and_why_the_rest_does_not(session, person):
    prove(session, person, "MAN-INT", 2, observed_on=date(2024, 1, 9))
    prove(session, person, "MAN-INT", 5, kind="TRAINING", observed_on=date(2026, 1, 9))
    row = next(row for row in ask(session, person).readiness.rows if row.competency == "MAN-INT")
    assert [(item.use, item.evidence.level) for item in trail_of(row.level)] == [
        ("used", 4), ("plan", 5), ("weaker", 2)]


@pytest.mark.parametrize(("nip", "code", "purpose", "error"), [
    ("123", TARGET, "filling", InvalidInput), ("198504122010012999", TARGET, "filling", NotFound),
    (None, "TIDAK-ADA", "filling", NotFound), (None, TARGET, "else", InvalidInput)])
def test_what_names_nothing_is_refused(session, person, nip, code, purpose, error):
    with pytest.raises(error):
        readiness_of(session, SYSTEM, nip or person.nip, code, on=TODAY, purpose=purpose)


def test_a_day_before_the_first_standard_is_answered_with_that_standard_and_says_so(session, person):
    found = ask(session, person, on=date(2026, 1, 5))
    assert found.readiness.jpm == 100
    assert "standar pertamanya" in str(found.readiness.remarks[-1])


def test_a_position_without_any_standard_is_refused_in_words(session, person):
    session.execute(delete(PositionStandard))
    bump_catalogue_version(session)
    with pytest.raises(Conflict, match="belum mempunyai standar"):
        ask(session, person)


# --- who may see it ------------------------------------------------------------------------------------------------


def test_a_colleague_may_not_see_it_and_hr_of_another_government_neither(session, person):
    for actor in (as_person(make_person(session)), as_hr(session, "75.01")):
        with pytest.raises(NotAllowed):
            readiness_of(session, actor, person.nip, TARGET, on=TODAY)


def test_a_superior_of_today_sees_it_and_a_former_one_does_not_by_asking_for_a_former_day(session, person):
    chief, former = make_person(session), make_person(session)
    top = make_post(session, "JPTP-INSPEKTUR")
    occupy(session, former, top, until=date(2026, 1, 31))
    occupy(session, chief, top, since=date(2026, 2, 1))
    occupy(session, person, make_post(session, "JPTP-INSPEKTUR", superior=top))
    assert readiness_of(session, as_person(chief), person.nip, TARGET, on=TODAY).position_code == TARGET
    with pytest.raises(NotAllowed):
        readiness_of(session, as_person(former), person.nip, TARGET, on=date(2026, 1, 15), today=TODAY)


def test_looking_at_somebody_elses_readiness_is_noted_and_at_ones_own_is_not(session, person):
    for actor in (as_person(person), as_hr(session)):
        view_readiness(session, actor, person.nip, TARGET, on=TODAY, purpose="filling", today=TODAY, now=NOW)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "readiness.view")).all()
    assert [(entry.actor, entry.person_id) for entry in entries] == [("account:hr:Fitria", person.id)]


# --- the home --------------------------------------------------------------------------------------------------------


def test_an_account_without_a_person_has_no_home(session):
    assert own_overview(session, Actor("account:1", "admin"), today=TODAY) is None


def test_the_home_knows_target_hours_and_what_runs_out(session, person):
    person.target_position = position_by_code(session, TARGET)
    certify(session, person, "JFA-PERTAMA", finished_on=date(2026, 5, 4), valid_until=date(2027, 1, 30), jp=12)
    certify(session, person, "PKP", finished_on=date(2025, 5, 4), jp=30)
    home = own_overview(session, as_person(person), today=TODAY)
    assert home.target.position_code == TARGET
    assert str(home.target.answer).startswith("Anda")
    assert (home.jp.year, home.jp.jp, home.jp.min_jp, home.jp.missing) == (2026, 12, 20, 8)
    assert [(row.valid_until, row.days) for row in home.expiring] == [(date(2027, 1, 30), 68)]


def test_the_home_ranks_vacant_positions_of_the_persons_class_by_closed_gates_then_score(session, person):
    occupy(session, person, make_post(session, "JPTP-KABAN-BKPSDM"))
    nearest = own_overview(session, as_person(person), today=TODAY).nearest
    levels = set(session.scalars(select(JobClass.default_level).join(Position).where(
        Position.code.in_([row.code for row in nearest]))))
    assert levels
    assert levels <= {4, 5}
    assert all(row.vacant for row in nearest)
    keys = [(row.closed_gates, -row.percent_expected) for row in nearest]
    assert keys == sorted(keys)


def test_a_position_without_a_vacant_post_is_not_near(session, person):
    code = own_overview(session, as_person(person), today=TODAY).nearest[0].code
    for post in session.scalars(select(Post).join(Position).where(Position.code == code)):
        occupy(session, make_person(session), post)
    assert code not in [row.code for row in own_overview(session, as_person(person), today=TODAY).nearest]


def test_a_superior_finds_those_directly_below_at_home(session, person):
    chief = make_person(session)
    top = make_post(session, "JPTP-INSPEKTUR")
    occupy(session, chief, top)
    occupy(session, person, make_post(session, "JPTP-INSPEKTUR", superior=top))
    assert [row.nip for row in own_overview(session, as_person(chief), today=TODAY).subordinates] == [person.nip]


class Queries:
    """Counts the statements of a session's connection."""

    def __init__(self, session):
        self.connection, self.count = session.connection(), 0

    def __enter__(self):
        event.listen(self.connection, "before_cursor_execute", self._add)
        return self

    def __exit__(self, *error):
        event.remove(self.connection, "before_cursor_execute", self._add)

    def _add(self, *statement):
        self.count += 1


def test_the_number_of_queries_grows_neither_with_evidence_nor_with_posts(session, person):
    person.target_position = position_by_code(session, TARGET)
    session.flush()

    def count():
        session.expire_all()
        forget_policies(session)
        with Queries(session) as home:
            own_overview(session, as_person(person), today=TODAY)
        with Queries(session) as page:
            readiness_of(session, as_person(person), person.nip, TARGET, on=TODAY)
        return home.count, page.count

    count()  # the graph of the day is kept from now on
    few = count()
    for code in NINE:
        prove(session, person, code, 3, kind="TRAINING")
    for number in range(6):
        certify(session, person, "JFA-PERTAMA", finished_on=date(2020 + number, 1, 1))
    for code in ("JPTP-KABAN-BKPSDM", "JPTP-KADIS-KOMINFO", "JPTP-KADIS-DIKBUD"):
        for _ in range(3):
            make_post(session, code)
    many = count()
    # One more each: the codes of the certificates that the answer now speaks of.
    assert (many[0] - few[0], many[1] - few[1]) <= (1, 1)
    assert max(many) < 30


def test_nothing_is_written_by_asking(session, person):
    ask(session, person)
    assert not session.new
    assert not session.dirty
