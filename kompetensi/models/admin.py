"""Accounts and roles of the standalone app, the audit log, the inbox."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Unit
from kompetensi.models.people import Person


class Account(Base):
    """A login of the standalone app; inside a host the host's users are used instead."""

    __tablename__ = "kompetensi_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200), doc="argon2id; none = no login by password.")
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(5), default="id")
    theme: Mapped[str] = mapped_column(String(10), default="light")

    person: Mapped[Person | None] = relationship()
    grants: Mapped[list[RoleGrant]] = relationship(back_populates="account", order_by="RoleGrant.id")


class RoleGrant(Base):
    """A role for a unit and everything below it, from a day to a day (inclusive)."""

    __tablename__ = "kompetensi_role_grants"
    __table_args__ = (CheckConstraint("role IN ('HR', 'TRAINING_CENTRE', 'ADMIN')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_accounts.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    account: Mapped[Account] = relationship(back_populates="grants")
    unit: Mapped[Unit] = relationship()


class AuditEntry(Base):
    """Who did or saw what, written in the same transaction as what it records. Append only."""

    __tablename__ = "kompetensi_audit_entries"
    __table_args__ = (Index(None, "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    detail: Mapped[dict] = mapped_column(default=dict)


class Notification(Base):
    """One message in a person's inbox."""

    __tablename__ = "kompetensi_notifications"
    __table_args__ = (Index(None, "person_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    template: Mapped[str] = mapped_column(String(500), doc="Template of the Message.")
    params: Mapped[dict] = mapped_column(default=dict, doc="Its values, dates as ISO text.")
    link: Mapped[str] = mapped_column(String(200), default="", doc="Relative address, without the application's prefix.")
    read_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
