"""Long work: one row a job, one row for each thing that it does. The rows are the truth; an engine only runs them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base


class Job(Base):
    """One piece of long work, written in the transaction that asks for it."""

    __tablename__ = "kompetensi_jobs"
    __table_args__ = (
        CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')", name="state"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, doc="Random; also the name under which an engine knows it.")
    kind: Mapped[str] = mapped_column(String(40), doc="Which function does it, such as certificates.issue.")
    arguments: Mapped[dict] = mapped_column(doc="Ids and plain values only; never a secret.")
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True, doc="Whose work it is, for access.")
    state: Mapped[str] = mapped_column(String(10), default="QUEUED")
    created_by: Mapped[str] = mapped_column(String(120), doc="Stored actor.")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    executor: Mapped[str] = mapped_column(String(60), default="", doc="Process that runs it.")
    heartbeat_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[dict | None] = mapped_column(
        JSON(none_as_null=True), doc="Why the job as a whole failed: a message, see messages.Message.")


class JobItem(Base):
    """One thing that a job does, such as one participant's certificate."""

    __tablename__ = "kompetensi_job_items"
    __table_args__ = (
        UniqueConstraint("job_id", "seq"),
        CheckConstraint("state IN ('WAITING', 'DONE', 'FAILED', 'SKIPPED')", name="state"),
        Index(None, "job_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("kompetensi_jobs.id", ondelete="RESTRICT"))
    seq: Mapped[int] = mapped_column(doc="Order of work, from 1.")
    subject_id: Mapped[int] = mapped_column(doc="Row that it is about; which table depends on the job's kind.")
    label: Mapped[str] = mapped_column(String(200), doc="What people read, such as a name.")
    state: Mapped[str] = mapped_column(String(8), default="WAITING")
    outcome: Mapped[str] = mapped_column(String(120), default="", doc="What came of it, such as a certificate's code.")
    problem: Mapped[dict | None] = mapped_column(JSON(none_as_null=True), doc="Why it failed or was passed over.")
    finished_at: Mapped[datetime | None]

    job: Mapped[Job] = relationship()
