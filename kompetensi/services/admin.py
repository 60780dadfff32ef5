"""The installation as its admin sees it: how much there is, what is not sure yet, what it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Session

from kompetensi.models import (
    Account,
    AuditEntry,
    Batch,
    Certificate,
    Competency,
    Person,
    Policy,
    Position,
    Training,
    Unit,
)
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.catalogue_version import catalogue_version
from kompetensi.services.policies import list_policies
from kompetensi.services.settings import Demo, read_demo

__all__ = ["Installation", "describe_installation"]


@dataclass(frozen=True, slots=True)
class Installation:
    """Counts of an installation.

    Attributes
    ----------
    invented_people : int
        How many of `people` are invented.
    accounts, active_accounts : int
        All accounts, and those that may sign in.
    policies, unsure_policies : int
        Policies in force today, and how many of them no source confirms.
    database : str
        Kind of the database, such as ``sqlite``.
    catalogue_version : int
        Counter that moves with every change of the competency graph.
    demo : Demo or None
        None when the data are not a demo's.
    """

    people: int
    invented_people: int
    units: int
    accounts: int
    active_accounts: int
    competencies: int
    positions: int
    trainings: int
    batches: int
    certificates: int
    policies: int
    unsure_policies: int
    policy_rows: int
    audit_entries: int
    database: str
    catalogue_version: int
    demo: Demo | None


def describe_installation(session: Session, actor: Actor, *, today: date) -> Installation:
    """Count what the installation holds.

    Raises
    ------
    NotAllowed
        If the actor is no admin.
    """
    require(session, actor, "admin.policies", on=today)
    policies, version = list_policies(session, today), catalogue_version(session)
    return Installation(
        people=_count(session, Person),
        invented_people=session.scalar(select(func.count()).select_from(Person).where(Person.invented)) or 0,
        units=_count(session, Unit), accounts=_count(session, Account),
        active_accounts=session.scalar(select(func.count()).select_from(Account).where(Account.active)) or 0,
        competencies=_count(session, Competency), positions=_count(session, Position),
        trainings=_count(session, Training), batches=_count(session, Batch),
        certificates=_count(session, Certificate), policies=len(policies),
        unsure_policies=sum(not row.confidence.startswith("verified") for row in policies),
        policy_rows=_count(session, Policy), audit_entries=_count(session, AuditEntry),
        database=session.get_bind().dialect.name, catalogue_version=version.number if version else 0,
        demo=read_demo(session))


def _count(session: Session, model: type[DeclarativeBase]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0
