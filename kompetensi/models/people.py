"""People, their careers and the evidence of what they can do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import JobClass, Position, Post, Unit


class Person(Base):
    """A civil servant, known inside by `id`: a PPPK gets a new number with a new contract.

    Empty fields are facts that no source has given; a rule that needs one answers *unknown* and names it.
    """

    __tablename__ = "kompetensi_people"
    __table_args__ = (
        CheckConstraint("employee_type IN ('PNS', 'CPNS', 'PPPK')", name="employee_type"),
        CheckConstraint("sex IN ('L', 'P')", name="sex"),
        Index(None, "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    nip: Mapped[str] = mapped_column(String(18), unique=True, doc="NIP, or NI PPPK; 18 digits, always text.")
    name: Mapped[str] = mapped_column(String(120))
    title_before: Mapped[str] = mapped_column(String(40), default="")
    title_after: Mapped[str] = mapped_column(String(60), default="")
    sex: Mapped[str] = mapped_column(String(1), doc="L or P.")
    birth_date: Mapped[date]
    birth_place: Mapped[str] = mapped_column(String(60), default="")
    employee_type: Mapped[str] = mapped_column(String(5))
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True,
                                         doc="Home unit; kept in step with the current definitive occupancy.")
    legal_status: Mapped[str | None] = mapped_column(String(4), doc="SIASN kedudukanHukum: 01 active, 02 CLTN, ...")
    tmt_cpns: Mapped[date | None]
    tmt_pns: Mapped[date | None]
    contract_end: Mapped[date | None]
    formation_year: Mapped[int | None]
    service_bond: Mapped[bool | None] = mapped_column(doc="Whether a statement of service binds; none = not known.")
    service_bond_until: Mapped[date | None]
    on_study_assignment: Mapped[bool | None]
    study_assignment_until: Mapped[date | None]
    talent_box: Mapped[int | None] = mapped_column(doc="1..9.")
    no_discipline_record: Mapped[bool | None] = mapped_column(
        doc="True when the source says that there is no case; none = nobody has looked.")
    target_position_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_positions.id", ondelete="SET NULL"), index=True,
        doc="The position that the person wishes to be ready for.")
    target_ready_by: Mapped[date | None] = mapped_column(doc="By when he wishes it; none = as soon as possible.")
    outside_agency: Mapped[str] = mapped_column(
        String(160), default="", doc="Agency of a participant from outside, who is not of our staff; empty = ours.")
    siasn_id: Mapped[str | None] = mapped_column(
        String(40), unique=True, doc="pnsOrangId of SIASN; none = not known, and nothing of his can be reported there.")
    invented: Mapped[bool] = mapped_column(default=False)

    unit: Mapped[Unit] = relationship()
    target_position: Mapped[Position | None] = relationship()


class Interest(Base):
    """An interest that a person has stated himself, from a day on; given up, the row stays with its last day.

    What it names is kept by code: a unit or a class that ends does not take the statement with it.
    """

    __tablename__ = "kompetensi_interests"
    __table_args__ = (
        CheckConstraint("kind IN ('URUSAN', 'CLASS', 'UNIT')", name="kind"),
        CheckConstraint("place BETWEEN 1 AND 5", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    place: Mapped[int] = mapped_column(doc="1 = the first.")
    kind: Mapped[str] = mapped_column(String(10), doc="URUSAN, CLASS (of positions) or UNIT.")
    subject: Mapped[str] = mapped_column(String(60), doc="The urusan, or the code of the class or unit.")
    stated_on: Mapped[date]
    given_up_on: Mapped[date | None] = mapped_column(doc="From this day on it no longer counts.")


class Occupancy(Base):
    """A person in a post, from a day to a day (inclusive), definitive or acting.

    What the post was called is kept as it was then: units end and positions are renamed, careers stay.
    """

    __tablename__ = "kompetensi_occupancies"
    __table_args__ = (
        CheckConstraint("kind IN ('DEFINITIVE', 'ACTING')", name="kind"),
        Index(None, "post_id", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_posts.id", ondelete="RESTRICT"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    job_class_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_job_classes.id", ondelete="RESTRICT"), index=True)
    position_name: Mapped[str] = mapped_column(String(200))
    urusan: Mapped[str] = mapped_column(String(60), default="")
    kind: Mapped[str] = mapped_column(String(10), default="DEFINITIVE")
    since: Mapped[date] = mapped_column(doc="TMT, effective date.")
    until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = still there.")
    decree_no: Mapped[str] = mapped_column(String(80), default="")

    person: Mapped[Person] = relationship()
    post: Mapped[Post | None] = relationship()
    unit: Mapped[Unit] = relationship()
    job_class: Mapped[JobClass] = relationship()


class Rank(Base):
    """A grade (*golongan*) of a person from a day on."""

    __tablename__ = "kompetensi_ranks"
    __table_args__ = (UniqueConstraint("person_id", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    grade_code: Mapped[str] = mapped_column(String(12))
    effective_from: Mapped[date]


class Education(Base):
    """A finished education with its field of study."""

    __tablename__ = "kompetensi_educations"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    level_code: Mapped[str] = mapped_column(String(10))
    field: Mapped[str] = mapped_column(String(80), default="")
    graduated_on: Mapped[date]


class PerformanceRating(Base):
    """Rating of a year's SKP: 1 Sangat Baik ... 5 Sangat Kurang (SIASN quadrant: lower is better)."""

    __tablename__ = "kompetensi_performance_ratings"
    __table_args__ = (
        UniqueConstraint("person_id", "year"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    year: Mapped[int]
    rating: Mapped[int]


class DisciplineCase(Base):
    """A disciplinary case (*hukuman disiplin*): in process until decided, then served from a day to a day."""

    __tablename__ = "kompetensi_discipline_cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    severity: Mapped[str] = mapped_column(String(1), doc="R light, S medium, B heavy.")
    sanction: Mapped[str] = mapped_column(String(120), default="")
    opened_on: Mapped[date]
    decided_on: Mapped[date | None]
    served_from: Mapped[date | None]
    served_until: Mapped[date | None]


class CreditPoint(Base):
    """Cumulative credit points (*angka kredit*, PAK) of a functional official on a day."""

    __tablename__ = "kompetensi_credit_points"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    recorded_on: Mapped[date]
    hundredths: Mapped[int] = mapped_column(doc="Points times 100, so that 12.5 is exact.")


class Assessment(Base):
    """One competency assessment: day, for which class, by whom; its levels are rows of `Evidence`."""

    __tablename__ = "kompetensi_assessments"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    assessed_on: Mapped[date]
    target_class_code: Mapped[str | None] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(120), default="")
    accredited: Mapped[bool | None]
    method: Mapped[str] = mapped_column(String(60), default="")


class Evidence(Base):
    """One dated observation of a level; levels themselves are never stored."""

    __tablename__ = "kompetensi_evidence"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 5", name="level"),
        CheckConstraint("kind IN ('ASSESSMENT', 'COMPETENCY_TEST', 'RPL', 'SUPERVISOR', 'TRAINING')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="RESTRICT"), index=True)
    level: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    observed_on: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = without end.")
    recorded_at: Mapped[datetime]
    withdrawn_on: Mapped[date | None] = mapped_column(doc="From this day on it no longer counts.")
    source: Mapped[str] = mapped_column(String(200), default="")
    assessment_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_assessments.id", ondelete="RESTRICT"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True)
