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
from kompetensi.models.certificates import (
    Certificate,
    CertificateBadge,
    CertificateEvent,
    CertificateFile,
    CertificateReminder,
    CertificateSeries,
    CertificateShare,
    CertificateTemplate,
    CertificateTemplateVersion,
)
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
from kompetensi.models.jobs import Job, JobItem
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
from kompetensi.models.recognition import RecognitionClaim, RecognitionDocument, RecognitionEvent

__all__ = [
    "Account", "Assessment", "Attendance", "AuditEntry", "Base", "Batch", "BatchStage", "BatchSubject",
    "BatchTrainer", "CatalogueChange", "CatalogueVersion", "Certificate", "CertificateBadge",
    "CertificateEvent", "CertificateFile", "CertificateReminder", "CertificateSeries", "CertificateShare",
    "CertificateTemplate", "CertificateTemplateVersion", "Competency", "CompetencyLevel", "CompetencyRelation",
    "CreditPoint", "Decision", "DisciplineCase", "Dossier", "DossierDocument", "DossierJudgement", "Education",
    "EducationLevel", "ElectionEvent", "Enrolment", "Evidence", "Government", "Grade", "Interest", "Job",
    "JobClass", "JobClassLevel", "JobItem", "LadderLevel", "MutasiKind", "MutasiRule", "Notification",
    "Occupancy", "Path", "PerformanceRating", "Person", "Policy", "Position", "PositionRequirement",
    "PositionStandard", "PositionTraining", "Post", "Rank", "RecognitionClaim", "RecognitionDocument",
    "RecognitionEvent", "RoleGrant", "Room", "Setting", "Trainer", "Training", "TrainingRaise",
    "TrainingSubject", "Unit", "UnitPredecessor",
]
