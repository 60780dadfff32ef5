"""Competencies, trainings, units, positions with their dated standards, posts, and the legal reference tables."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base


class Government(Base):
    """A regional government (*pemda*). Three code systems; never join on a bare ``7501``."""

    __tablename__ = "kompetensi_governments"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), unique=True, doc="Kemendagri code, such as 75.01.")
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), doc="PROV, KAB or KOTA.")
    bps_code: Mapped[str] = mapped_column(String(10))
    siasn_code: Mapped[str] = mapped_column(String(10))
    unit_prefix: Mapped[str] = mapped_column(String(10))


class Unit(Base):
    """A work unit (*OPD*, *unor*) with its days of life; the root of each tree is the government itself."""

    __tablename__ = "kompetensi_units"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    government_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_governments.id", ondelete="RESTRICT"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None] = mapped_column(doc="Last day, inclusive.")
    legal_basis: Mapped[str] = mapped_column(String(200), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="")
    invented: Mapped[bool] = mapped_column(default=False)

    government: Mapped[Government] = relationship()
    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class UnitPredecessor(Base):
    """Which former unit a unit took over from."""

    __tablename__ = "kompetensi_unit_predecessors"
    __table_args__ = (UniqueConstraint("unit_id", "predecessor_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="CASCADE"), index=True)
    predecessor_code: Mapped[str] = mapped_column(String(60))
    predecessor_name: Mapped[str] = mapped_column(String(200), default="")

    unit: Mapped[Unit] = relationship()


class JobClass(Base):
    """Position class (*jenjang*): default competency level, golongan range and retirement age (*BUP*)."""

    __tablename__ = "kompetensi_job_classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    group: Mapped[str] = mapped_column(String(20), doc="JPT, JA, JF-KEAHLIAN or JF-KETERAMPILAN.")
    echelon: Mapped[str] = mapped_column(String(20), default="")
    siasn_code: Mapped[str] = mapped_column(String(20), default="")
    default_level: Mapped[int]
    min_grade_code: Mapped[str] = mapped_column(String(12))
    max_grade_code: Mapped[str] = mapped_column(String(12))
    retirement_age: Mapped[int] = mapped_column(doc="Years.")
    confidence: Mapped[str] = mapped_column(String(120), default="")


class JobClassLevel(Base):
    """Default required level of a competency for a position class."""

    __tablename__ = "kompetensi_job_class_levels"
    __table_args__ = (UniqueConstraint("job_class_id", "competency_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_class_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_job_classes.id", ondelete="CASCADE"), index=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="RESTRICT"), index=True)
    level: Mapped[int]
    confidence: Mapped[str] = mapped_column(String(120), default="")

    job_class: Mapped[JobClass] = relationship()
    competency: Mapped[Competency] = relationship()


class Grade(Base):
    """Rank grade (*golongan*); compared by `rank_order` only, 1 (I/a) to 17 (IV/e)."""

    __tablename__ = "kompetensi_grades"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    siasn_id: Mapped[str] = mapped_column(String(10), default="")
    employee_type: Mapped[str] = mapped_column(String(10))
    rank_name: Mapped[str] = mapped_column(String(60), default="")
    golongan: Mapped[str] = mapped_column(String(10))
    ruang: Mapped[str] = mapped_column(String(4), default="")
    sort_order: Mapped[int]
    rank_order: Mapped[int]
    confidence: Mapped[str] = mapped_column(String(120), default="")
    rank_order_confidence: Mapped[str] = mapped_column(String(120), default="")


class EducationLevel(Base):
    """Level of education; D4 and S1 share a `rank_order`."""

    __tablename__ = "kompetensi_education_levels"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    rank_order: Mapped[int]
    confidence: Mapped[str] = mapped_column(String(120), default="")


class Competency(Base):
    """A competency of the dictionary."""

    __tablename__ = "kompetensi_competencies"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20), doc="MANAJERIAL, SOSIOKULTURAL or TEKNIS.")
    urusan: Mapped[str] = mapped_column(String(60), default="")
    definition: Mapped[str] = mapped_column(String(1000), default="")

    levels: Mapped[list[CompetencyLevel]] = relationship(order_by="CompetencyLevel.level", back_populates="competency")


class CompetencyLevel(Base):
    """Meaning of one level of a competency; technical ones share the generic ladder unless they have their own."""

    __tablename__ = "kompetensi_competency_levels"
    __table_args__ = (
        UniqueConstraint("competency_id", "level"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    indicator: Mapped[str] = mapped_column(String(1000), default="")

    competency: Mapped[Competency] = relationship(back_populates="levels")


class LadderLevel(Base):
    """One step of the generic ladder for technical competencies."""

    __tablename__ = "kompetensi_ladder_levels"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40))
    english: Mapped[str] = mapped_column(String(40))
    indicator: Mapped[str] = mapped_column(String(1000), default="")


class CompetencyRelation(Base):
    """A typed edge between competencies: BROADER (from the narrower one to the broader) or EQUIVALENT."""

    __tablename__ = "kompetensi_competency_relations"
    __table_args__ = (UniqueConstraint("from_id", "to_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="CASCADE"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))


class Training(Base):
    """A training of the catalogue.

    ``entry`` is the entry condition in the form of ``docs/formats/plan.md``; codes in it may name trainings that the
    catalogue does not have. ``offered`` is ``yes``, ``history`` or ``appointment``.
    """

    __tablename__ = "kompetensi_trainings"
    __table_args__ = (CheckConstraint("jp >= 0", name="jp"), CheckConstraint("cost_idr >= 0", name="cost_idr"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    siasn_jenis_diklat_id: Mapped[int | None]
    jp: Mapped[int] = mapped_column(doc="Lesson hours of 45 minutes.")
    jp_confidence: Mapped[str] = mapped_column(String(120), default="")
    cost_idr: Mapped[int] = mapped_column(default=0, doc="Rupiah a participant.")
    provider: Mapped[str] = mapped_column(String(120), default="")
    prerequisites: Mapped[str] = mapped_column(String(500), default="", doc="In words, for people.")
    entry: Mapped[dict] = mapped_column(default=dict)
    min_grade_code: Mapped[str | None] = mapped_column(String(12))
    target_classes: Mapped[list] = mapped_column(default=list, doc="Codes of position classes; advice, never a bar.")
    offered: Mapped[str] = mapped_column(String(12), default="yes")
    equivalent_code: Mapped[str | None] = mapped_column(String(40), doc="A holder counts as holding this one too.")
    validity_years: Mapped[int | None] = mapped_column(doc="How long a certificate holds; none = without end.")
    lan_programme: Mapped[bool] = mapped_column(
        default=False, doc="Of the National Institute of Public Administration (LAN): its certificates carry a photo and "
        "LAN's registration code.")

    raises: Mapped[list[TrainingRaise]] = relationship(back_populates="training", cascade="all, delete-orphan")
    subjects: Mapped[list[TrainingSubject]] = relationship(
        back_populates="training", cascade="all, delete-orphan", order_by="TrainingSubject.seq")


class TrainingRaise(Base):
    """The level of a competency that passing a training is expected to give."""

    __tablename__ = "kompetensi_training_raises"
    __table_args__ = (
        UniqueConstraint("training_id", "competency_id"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="CASCADE"), index=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="RESTRICT"), index=True)
    level: Mapped[int]

    training: Mapped[Training] = relationship(back_populates="raises")
    competency: Mapped[Competency] = relationship()


class TrainingSubject(Base):
    """One subject of a training's curriculum; their JP add up to the training's."""

    __tablename__ = "kompetensi_training_subjects"
    __table_args__ = (UniqueConstraint("training_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    jp: Mapped[int]

    training: Mapped[Training] = relationship(back_populates="subjects")


class Position(Base):
    """A position (*jabatan*): a standard to be filled, wherever it has posts. What it asks for is dated."""

    __tablename__ = "kompetensi_positions"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    job_class_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_job_classes.id", ondelete="RESTRICT"), index=True)
    urusan: Mapped[str] = mapped_column(String(60), default="")
    invented: Mapped[bool] = mapped_column(default=False)

    unit: Mapped[Unit] = relationship()
    job_class: Mapped[JobClass] = relationship()
    standards: Mapped[list[PositionStandard]] = relationship(
        back_populates="position", order_by="PositionStandard.version")


class PositionStandard(Base):
    """One dated version of what a position asks for (*SKJ*). Versions of a position follow each other in time."""

    __tablename__ = "kompetensi_position_standards"
    __table_args__ = (UniqueConstraint("position_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    version: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = still in force.")
    min_grade_code: Mapped[str | None] = mapped_column(String(12))
    min_education_code: Mapped[str | None] = mapped_column(String(10))
    education_fields: Mapped[list] = mapped_column(default=list)
    min_experience_years: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(500), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="model")
    recorded_at: Mapped[datetime]

    position: Mapped[Position] = relationship(back_populates="standards")
    requirements: Mapped[list[PositionRequirement]] = relationship(
        back_populates="standard", cascade="all, delete-orphan")
    trainings: Mapped[list[PositionTraining]] = relationship(back_populates="standard", cascade="all, delete-orphan")


class PositionRequirement(Base):
    """A required level of a competency."""

    __tablename__ = "kompetensi_position_requirements"
    __table_args__ = (
        UniqueConstraint("standard_id", "competency_id"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_position_standards.id", ondelete="CASCADE"), index=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_competencies.id", ondelete="RESTRICT"), index=True)
    level: Mapped[int]
    importance: Mapped[str] = mapped_column(String(10), default="PENTING")
    weight: Mapped[int | None] = mapped_column(doc="Relative weight; none = equal shares.")

    standard: Mapped[PositionStandard] = relationship(back_populates="requirements")
    competency: Mapped[Competency] = relationship()


class PositionTraining(Base):
    """A training that the position demands, by code: the catalogue may not have it yet."""

    __tablename__ = "kompetensi_position_trainings"
    __table_args__ = (UniqueConstraint("standard_id", "training_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_position_standards.id", ondelete="CASCADE"), index=True)
    training_code: Mapped[str] = mapped_column(String(40), index=True)
    importance: Mapped[str] = mapped_column(String(10), default="PENTING")

    standard: Mapped[PositionStandard] = relationship(back_populates="trainings")


class Post(Base):
    """One seat of a position in a unit, with the post above it. Filled and vacant are derived from occupancies."""

    __tablename__ = "kompetensi_posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(100), unique=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    superior_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_posts.id", ondelete="RESTRICT"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    invented: Mapped[bool] = mapped_column(default=False)

    position: Mapped[Position] = relationship()
    unit: Mapped[Unit] = relationship()
    superior_post: Mapped[Post | None] = relationship(remote_side="Post.id")


class Policy(Base):
    """A number or switch that an agency or a regulation sets, dated, with its source and how sure we are of it."""

    __tablename__ = "kompetensi_policies"
    __table_args__ = (Index(None, "key", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[dict] = mapped_column(doc='{"value": ...}; null = not adopted.')
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="")


class CatalogueVersion(Base):
    """The one row that tells which version of the catalogue is in force; whoever changes the catalogue moves it.

    The stamp is random. Two databases have the same one only where one is a copy of the other, and a version that is
    rolled back takes its stamp along, so that equal stamps mean equal catalogues.
    """

    __tablename__ = "kompetensi_catalogue_version"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    stamp: Mapped[str] = mapped_column(String(16))


class CatalogueChange(Base):
    """An element of the competency graph that a version changed; kind ``all`` without code = anything may have."""

    __tablename__ = "kompetensi_catalogue_changes"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    stamp: Mapped[str] = mapped_column(String(16), doc="The version's own.")


class Setting(Base):
    """State of the installation: the demo's day and seed."""

    __tablename__ = "kompetensi_settings"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict]
