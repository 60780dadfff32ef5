"""Who may do what: one table, one pure function. Nothing is allowed that the table does not name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ACTIONS", "ANONYMOUS", "SYSTEM", "Actor", "Clause", "Grant", "Relation", "Role", "allow"]


class Role(StrEnum):
    """What an account can be granted for a unit and everything below it."""

    HR = "HR"
    TRAINING_CENTRE = "TRAINING_CENTRE"
    ADMIN = "ADMIN"


class Relation(StrEnum):
    """What the actor is to the person concerned."""

    SELF = "SELF"
    SUPERIOR = "SUPERIOR"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for a unit and everything below it."""

    role: Role
    unit_id: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting.

    Attributes
    ----------
    id : str
        Stable name for the audit log, such as ``account:12``; empty for an anonymous visitor.
    label : str
        What people read.
    person_id : int or None
        The actor's own record, if he has one.
    grants : tuple of Grant
        Roles that are in force today.
    is_system : bool
        True for commands run on the machine itself and for jobs; they may do everything.
    """

    id: str
    label: str
    person_id: int | None = None
    grants: tuple[Grant, ...] = ()
    is_system: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has signed in."""
        return not self.id

    def has_role(self, role: Role) -> bool:
        """Whether the actor holds a role for any unit."""
        return any(grant.role is role for grant in self.grants)


ANONYMOUS = Actor("", "")
SYSTEM = Actor("system", "kompetensi", is_system=True)


@dataclass(frozen=True, slots=True)
class Clause:
    """One way to be allowed.

    Attributes
    ----------
    anyone, signed_in : bool
        Everybody, or everybody who has signed in.
    relation : Relation or None
        The actor must be this to the person concerned.
    role : Role or None
        The actor must hold this role; with `scoped`, for a unit at or above that of the thing concerned.
    """

    anyone: bool = False
    signed_in: bool = False
    relation: Relation | None = None
    role: Role | None = None
    scoped: bool = True


_ANYONE = Clause(anyone=True)
_SIGNED_IN = Clause(signed_in=True)
_SELF = Clause(relation=Relation.SELF)
_SUPERIOR = Clause(relation=Relation.SUPERIOR)
_HR = Clause(role=Role.HR)
_ANY_HR = Clause(role=Role.HR, scoped=False)
_CENTRE = Clause(role=Role.TRAINING_CENTRE)
_ANY_CENTRE = Clause(role=Role.TRAINING_CENTRE, scoped=False)
_ADMIN = Clause(role=Role.ADMIN)
_ANY_ADMIN = Clause(role=Role.ADMIN, scoped=False)

ACTIONS: Mapping[str, tuple[Clause, ...]] = {
    "catalogue.view": (_SIGNED_IN,),
    "catalogue.analyse": (_ANY_HR, _ANY_CENTRE, _ANY_ADMIN),
    "catalogue.edit_position": (_HR,),
    "catalogue.edit_training": (_ANY_CENTRE,),
    "catalogue.import": (_ANY_ADMIN,),
    "people.find": (_ANY_HR, _ANY_CENTRE, _ANY_ADMIN),
    "people.view": (_SELF, _SUPERIOR, _HR),
    "people.view_discipline": (_SELF, _HR),
    "people.edit": (_HR,),
    "people.assess": (_HR,),
    "readiness.view": (_SELF, _SUPERIOR, _HR),
    "matching.rank": (_ANY_HR,),
    "matching.map": (_ANY_HR, _ANY_CENTRE),
    "matching.people": (_HR,),
    "moves.view": (_SELF, _SUPERIOR, _HR),
    "moves.view_interest": (_SELF, _HR),
    "moves.state_interest": (_SELF,),
    "moves.rank": (_ANY_HR,),
    "paths.view": (_SELF, _SUPERIOR, _HR),
    "paths.take": (_SELF, _HR),
    "paths.plan_all": (_ANY_HR,),
    "courses.view": (_SIGNED_IN,),
    "courses.view_participants": (_CENTRE,),
    "courses.edit_batch": (_CENTRE,),
    "courses.request_seat": (_SELF, _HR),
    "courses.enrol": (_CENTRE,),
    "courses.endorse_enrolment": (_SUPERIOR,),
    "courses.decide_enrolment": (_CENTRE,),
    "courses.move_enrolment": (_SELF, _HR),
    "courses.view_enrolment": (_SELF, _SUPERIOR, _HR),
    "courses.settle_waiting_lists": (),
    "courses.record_result": (_CENTRE,),
    "courses.check_in": (_SELF,),
    "evaluations.answer": (_SELF,),
    "evaluations.view": (_CENTRE,),
    "evaluations.view_own": (_SELF,),
    "evaluations.edit_form": (_CENTRE,),
    "courses.view_reports": (_ANY_CENTRE, _ANY_HR, _ANY_ADMIN),
    "calendar.share_own": (_SELF,),
    "calendar.share": (_SELF, _CENTRE),
    "certificates.view": (_SELF, _SUPERIOR, _HR),
    "certificates.issue": (_CENTRE,),
    "certificates.sign": (_SIGNED_IN,),
    "certificates.revoke": (_CENTRE,),
    "certificates.edit_template": (_CENTRE,),
    "certificates.verify": (_ANYONE,),
    "certificates.share": (_SELF,),
    "certificates.remind": (),
    "resources.view": (_ANY_CENTRE, _ANY_ADMIN),
    "resources.edit": (_CENTRE,),
    "recognition.claim": (_SELF,),
    "recognition.view": (_SELF, _HR, _CENTRE),
    "recognition.review": (_HR, _CENTRE),
    "timetables.view": (_ANY_CENTRE,),
    "timetables.solve": (_CENTRE,),
    "demand.view": (_ANY_CENTRE, _ANY_HR, _ANY_ADMIN),
    "demand.view_people": (_CENTRE,),
    "demand.compute": (_CENTRE,),
    "demand.approve": (_CENTRE, _ADMIN),
    "demand.set_target": (_HR,),
    "mutasi.view": (_SELF, _HR),
    "mutasi.prepare": (_HR,),
    "mutasi.decide": (_HR,),
    "admin.accounts": (_ADMIN,),
    "admin.audit": (_ADMIN,),
    "admin.policies": (_ANY_ADMIN,),
    "inbox.view": (_SIGNED_IN,),
}


def allow(
    actor: Actor, action: str, *, relation: Relation = Relation.OTHER, unit_path: frozenset[int] = frozenset(),
    is_staff: bool = True,
) -> bool:
    """Decide whether an actor may do something.

    Parameters
    ----------
    actor : Actor
    action : str
        Key of `ACTIONS`.
    relation : Relation
        What the actor is to the person concerned; `OTHER` where no person is.
    unit_path : frozenset of int
        Ids of the unit of the thing concerned and of all units above it; empty when it belongs to no unit, and
        then no scoped role reaches it.
    is_staff : bool
        False when the person concerned is a participant from outside: he belongs to a training centre's unit only so
        that he can be enrolled, and HR of that unit has no say over him.

    Raises
    ------
    KeyError
        If `action` is not in the table: an unknown action is a programming error, never a permission.
    """
    clauses = ACTIONS[action]
    if actor.is_system:
        return True
    return any(_holds(clause, actor, relation, unit_path) for clause in clauses
               if is_staff or clause.role is not Role.HR)


def _holds(clause: Clause, actor: Actor, relation: Relation, unit_path: frozenset[int]) -> bool:
    if clause.anyone:
        return True
    if actor.is_anonymous:
        return False
    if clause.signed_in:
        return True
    if clause.relation is not None:
        return clause.relation is relation
    return any(
        grant.role is clause.role and (not clause.scoped or grant.unit_id in unit_path) for grant in actor.grants
    )
