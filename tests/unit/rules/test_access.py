"""Who may do what, written out a second time and compared cell by cell with the table."""

from __future__ import annotations

import pytest

from kompetensi.rules.access import ACTIONS, ANONYMOUS, SYSTEM, Actor, Grant, Relation, Role, allow

HERE, ELSEWHERE = frozenset({1, 10}), frozenset({1, 20})
ACTORS = {
    "visitor": (ANONYMOUS, Relation.OTHER),
    "anyone signed in": (Actor("account:1", "A", 1), Relation.OTHER),
    "the person": (Actor("account:2", "B", 2), Relation.SELF),
    "superior": (Actor("account:3", "C", 3), Relation.SUPERIOR),
    "HR here": (Actor("account:4", "D", 4, (Grant(Role.HR, 10),)), Relation.OTHER),
    "HR elsewhere": (Actor("account:5", "E", 5, (Grant(Role.HR, 30),)), Relation.OTHER),
    "centre here": (Actor("account:6", "F", 6, (Grant(Role.TRAINING_CENTRE, 10),)), Relation.OTHER),
    "centre elsewhere": (Actor("account:7", "G", 7, (Grant(Role.TRAINING_CENTRE, 30),)), Relation.OTHER),
    "admin here": (Actor("account:8", "H", 8, (Grant(Role.ADMIN, 10),)), Relation.OTHER),
    "admin elsewhere": (Actor("account:9", "I", 9, (Grant(Role.ADMIN, 30),)), Relation.OTHER),
}
SIGNED_IN = set(ACTORS) - {"visitor"}
ALL_HR = {"HR here", "HR elsewhere"}
ALL_CENTRES = {"centre here", "centre elsewhere"}
ALL_ADMINS = {"admin here", "admin elsewhere"}
TRUTH = {
    "catalogue.view": SIGNED_IN,
    "catalogue.analyse": ALL_HR | ALL_CENTRES | ALL_ADMINS,
    "catalogue.edit_position": {"HR here"},
    "catalogue.edit_training": ALL_CENTRES,
    "catalogue.import": ALL_ADMINS,
    "people.find": ALL_HR | ALL_CENTRES | ALL_ADMINS,
    "people.view": {"the person", "superior", "HR here"},
    "people.view_discipline": {"the person", "HR here"},
    "people.edit": {"HR here"},
    "people.assess": {"HR here"},
    "readiness.view": {"the person", "superior", "HR here"},
    "matching.rank": ALL_HR,
    "matching.map": ALL_HR | ALL_CENTRES,
    "matching.people": {"HR here"},
    "moves.view": {"the person", "superior", "HR here"},
    "moves.view_interest": {"the person", "HR here"},
    "moves.state_interest": {"the person"},
    "moves.rank": ALL_HR,
    "paths.view": {"the person", "superior", "HR here"},
    "paths.take": {"the person", "HR here"},
    "paths.plan_all": ALL_HR,
    "courses.view": SIGNED_IN,
    "courses.view_participants": {"centre here"},
    "courses.edit_batch": {"centre here"},
    "courses.request_seat": {"the person", "HR here"},
    "courses.enrol": {"centre here"},
    "courses.endorse_enrolment": {"superior"},
    "courses.decide_enrolment": {"centre here"},
    "courses.move_enrolment": {"the person", "HR here"},
    "courses.view_enrolment": {"the person", "superior", "HR here"},
    "courses.settle_waiting_lists": set(),
    "courses.record_result": {"centre here"},
    "courses.check_in": {"the person"},
    "evaluations.answer": {"the person"},
    "evaluations.view": {"centre here"},
    "evaluations.view_own": {"the person"},
    "evaluations.edit_form": {"centre here"},
    "courses.view_reports": ALL_CENTRES | ALL_HR | ALL_ADMINS,
    "calendar.share_own": {"the person"},
    "calendar.share": {"the person", "centre here"},
    "certificates.view": {"the person", "superior", "HR here"},
    "certificates.issue": {"centre here"},
    "certificates.sign": SIGNED_IN,
    "certificates.revoke": {"centre here"},
    "certificates.edit_template": {"centre here"},
    "certificates.verify": set(ACTORS),
    "certificates.share": {"the person"},
    "certificates.remind": set(),
    "resources.view": ALL_CENTRES | ALL_ADMINS,
    "resources.edit": {"centre here"},
    "recognition.claim": {"the person"},
    "recognition.view": {"the person", "HR here", "centre here"},
    "recognition.review": {"HR here", "centre here"},
    "timetables.view": ALL_CENTRES,
    "timetables.solve": {"centre here"},
    "demand.view": ALL_CENTRES | ALL_HR | ALL_ADMINS,
    "demand.view_people": {"centre here"},
    "demand.compute": {"centre here"},
    "demand.approve": {"centre here", "admin here"},
    "demand.set_target": {"HR here"},
    "mutasi.view": {"the person", "HR here"},
    "mutasi.prepare": {"HR here"},
    "mutasi.decide": {"HR here"},
    "admin.accounts": {"admin here"},
    "admin.audit": {"admin here"},
    "admin.policies": ALL_ADMINS,
    "inbox.view": SIGNED_IN,
}


def test_the_truth_table_names_every_action():
    assert set(TRUTH) == set(ACTIONS)


@pytest.mark.parametrize("action", sorted(TRUTH))
def test_exactly_these_may(action):
    allowed = {name for name, (actor, relation) in ACTORS.items()
               if allow(actor, action, relation=relation, unit_path=HERE)}
    assert allowed == TRUTH[action]


def test_a_scoped_role_reaches_nothing_beside_its_subtree():
    holders = SIGNED_IN - {"anyone signed in", "the person", "superior"}
    reached = {action for action in TRUTH for name in holders if allow(ACTORS[name][0], action, unit_path=ELSEWHERE)}
    assert reached == {
        "admin.policies",
        "catalogue.analyse",
        "catalogue.edit_training",
        "catalogue.import",
        "catalogue.view",
        "certificates.sign",
        "certificates.verify",
        "courses.view",
        "courses.view_reports",
        "demand.view",
        "inbox.view",
        "matching.map",
        "matching.rank",
        "moves.rank",
        "paths.plan_all",
        "people.find",
        "resources.view",
        "timetables.view",
    }


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_hr_has_no_say_over_a_participant_from_outside_and_the_centre_keeps_its_own(action):
    reached = {name for name, (actor, relation) in ACTORS.items()
               if allow(actor, action, relation=relation, unit_path=HERE, is_staff=False)}
    assert reached == TRUTH[action] - ({"HR here", "HR elsewhere"} if SIGNED_IN - TRUTH[action] else set())


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_commands_on_the_machine_may_do_everything(action):
    assert allow(SYSTEM, action)


def test_an_unknown_action_is_a_programming_error_and_never_a_permission():
    with pytest.raises(KeyError):
        allow(SYSTEM, "people.teleport")
