"""Tables of kompetensi: columns, constraints, relationships. No queries, no rules."""

from kompetensi.models.admin import Account, AuditEntry, Notification, RoleGrant
from kompetensi.models.base import Base
from kompetensi.models.catalogue import (
    CatalogueChange,
    CatalogueVersion,
    Competency,
    CompetencyLevel,
    CompetencyRelation,
    EducationLevel,
    Government,
    Grade,
    JobClass,
    JobClassLevel,
    LadderLevel,
    Policy,
    Position,
    PositionRequirement,
    PositionStandard,
    PositionTraining,
    Post,
    Setting,
    Training,
    TrainingRaise,
    TrainingSubject,
    Unit,
    UnitPredecessor,
)
from kompetensi.models.certificates import Certificate, CertificateEvent, CertificateFile, CertificateSeries
from kompetensi.models.courses import (
    Attendance,
    Batch,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    Enrolment,
    Path,
    Room,
    Trainer,
)
from kompetensi.models.mutasi import (
    Decision,
    Dossier,
    DossierDocument,
    DossierJudgement,
    ElectionEvent,
    MutasiKind,
    MutasiRule,
)
from kompetensi.models.people import (
    Assessment,
    CreditPoint,
    DisciplineCase,
    Education,
    Evidence,
    Interest,
    Occupancy,
    PerformanceRating,
    Person,
    Rank,
)

__all__ = [
    "Account", "Assessment", "Attendance", "AuditEntry", "Base", "Batch", "BatchStage", "BatchSubject",
    "BatchTrainer", "CatalogueChange", "CatalogueVersion", "Certificate", "CertificateEvent", "CertificateFile", "CertificateSeries", "Competency",
    "CompetencyLevel", "CompetencyRelation", "CreditPoint", "Decision", "DisciplineCase", "Dossier",
    "DossierDocument", "DossierJudgement", "Education", "EducationLevel", "ElectionEvent", "Enrolment", "Evidence",
    "Government", "Grade", "Interest", "JobClass", "JobClassLevel", "LadderLevel", "MutasiKind", "MutasiRule", "Notification",
    "Occupancy", "Path", "PerformanceRating", "Person", "Policy", "Position", "PositionRequirement",
    "PositionStandard", "PositionTraining", "Post", "Rank", "RoleGrant", "Room", "Setting", "Trainer", "Training",
    "TrainingRaise", "TrainingSubject", "Unit", "UnitPredecessor",
]
