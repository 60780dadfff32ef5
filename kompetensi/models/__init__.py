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
    CertificatePhoto,
    CertificatePreparation,
    CertificateReminder,
    CertificateSeries,
    CertificateShare,
    CertificateTemplate,
    CertificateTemplateVersion,
)
from kompetensi.models.courses import (
    Batch,
    BatchQuota,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    Meeting,
    MeetingTrainer,
)
from kompetensi.models.demand import NeedsAnalysis, NeedsLine, NeedsPerson, Target
from kompetensi.models.enrolments import (
    Attendance,
    Enrolment,
    EnrolmentEvent,
    EvaluationAnswer,
    EvaluationForm,
    EvaluationReceipt,
    MeetingAttendance,
    Path,
    ResultAttempt,
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
from kompetensi.models.resources import (
    HolidayOverride,
    Room,
    RoomClosure,
    Trainer,
    TrainerAbsence,
    TrainerQualification,
    Travel,
    WorkingHours,
)
from kompetensi.models.timetables import CalendarLink, TimetableDraft

__all__ = [
    "Account", "Assessment", "Attendance", "AuditEntry", "Base", "Batch", "BatchQuota", "BatchStage",
    "BatchSubject", "BatchTrainer", "CalendarLink", "CatalogueChange", "CatalogueVersion", "Certificate",
    "CertificateBadge", "CertificateEvent", "CertificateFile", "CertificatePhoto", "CertificatePreparation", "CertificateReminder",
    "CertificateSeries", "CertificateShare", "CertificateTemplate", "CertificateTemplateVersion", "Competency", "CompetencyLevel",
    "CompetencyRelation", "CreditPoint", "Decision", "DisciplineCase", "Dossier", "DossierDocument",
    "DossierJudgement", "Education", "EducationLevel", "ElectionEvent", "Enrolment", "EnrolmentEvent",
    "EvaluationAnswer", "EvaluationForm", "EvaluationReceipt", "Evidence", "Government", "Grade",
    "HolidayOverride", "Interest", "Job", "JobClass", "JobClassLevel", "JobItem", "LadderLevel", "Meeting",
    "MeetingAttendance", "MeetingTrainer", "MutasiKind", "MutasiRule", "NeedsAnalysis", "NeedsLine",
    "NeedsPerson", "Notification", "Occupancy", "Path", "PerformanceRating", "Person", "Policy", "Position",
    "PositionRequirement", "PositionStandard", "PositionTraining", "Post", "Rank", "RecognitionClaim",
    "RecognitionDocument", "RecognitionEvent", "ResultAttempt", "RoleGrant", "Room", "RoomClosure", "Setting",
    "Target", "TimetableDraft", "Trainer", "TrainerAbsence", "TrainerQualification", "Training",
    "TrainingRaise", "TrainingSubject", "Travel", "Unit", "UnitPredecessor", "WorkingHours",
]
