"""Readiness of a person for a position: the rows of the database held against the standard by the pure part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.evidence import Evidence, EvidenceKind, Level, Profile, Unused, profile_on
from kompetensi.graph.readiness import Purpose, Qualification, Readiness, Scale, Verdict, assess
from kompetensi.messages import Message, say
from kompetensi.models import Certificate, Education, EducationLevel, Grade, Person, Position, PositionStandard, Rank
from kompetensi.rules.access import Actor
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.policies import Thresholds, read_thresholds, training_proves_technical
from kompetensi.services.snapshot import Holding, load_evidence, load_graph, load_holdings

__all__ = ["EVIDENCE_KINDS", "Assessor", "PositionReadiness", "TrailItem", "answer_of", "describe", "full_name",
           "load_assessor", "load_assessors", "load_qualifications", "readiness_of", "tokens_of", "trail_of", "view_readiness"]

EVIDENCE_KINDS: Mapping[EvidenceKind, Message] = {
    EvidenceKind.ASSESSMENT: say("Asesmen"),
    EvidenceKind.COMPETENCY_TEST: say("Uji kompetensi"),
    EvidenceKind.RPL: say("Pengakuan pembelajaran lampau"),
    EvidenceKind.SUPERVISOR: say("Penilaian atasan"),
    EvidenceKind.TRAINING: say("Pelatihan"),
}

_WHY_UNUSED: Mapping[Unused, Message] = {
    Unused.NOT_YET: say("tidak dipakai, belum ada pada tanggal ini"),
    Unused.EXPIRED: say("tidak dipakai, masa berlakunya sudah lewat"),
    Unused.WITHDRAWN: say("tidak dipakai, sudah ditarik"),
    Unused.WEAKER_KIND: say("tidak dipakai, kalah kuat dari bukti yang dipakai"),
    Unused.OLDER: say("tidak dipakai, ada yang lebih baru"),
    Unused.LOWER: say("tidak dipakai, ada yang lebih tinggi pada hari yang sama"),
    Unused.PREDICTS_ONLY: say("perkiraan, tidak melebihi yang dipakai"),
}


@dataclass(frozen=True, slots=True)
class TrailItem:
    """One observation in the order in which it is told: what counts, what predicts, what lost and why.

    Attributes
    ----------
    use : str
        ``used``, ``plan`` (predicts more than is proven) or ``weaker``.
    """

    evidence: Evidence
    kind: Message
    use: str
    why: Message


@dataclass(frozen=True, slots=True)
class PositionReadiness:
    """Everything that the page and the command tell of a person and a position.

    Attributes
    ----------
    is_own : bool
        Whether the person asks for himself.
    is_target : bool
        Whether it is the position that the person wishes to be ready for; told only to himself.
    on : date
        The day that the levels, certificates and the standard belong to.
    answer : Message
        The answer in one sentence; what matters stands between two pairs of stars.
    thresholds : tuple of Thresholds
        Of both scales, filling first, with their source.
    tokens : mapping of int to str
        Public code of each certificate that the answer speaks of, by its id.
    lapsed : mapping of str to date
        Of demanded trainings without a valid certificate: the last valid day of one that ran out.
    may_plan, may_check_mutasi : bool
        Whether the actor may open the path and the eligibility of this person.
    """

    person_id: int
    nip: str
    name: str
    is_own: bool
    is_target: bool
    position_code: str
    position_name: str
    unit_name: str
    on: date
    readiness: Readiness
    answer: Message
    thresholds: tuple[Thresholds, ...]
    training_proves_technical: bool
    tokens: Mapping[int, str]
    lapsed: Mapping[str, date]
    may_plan: bool
    may_check_mutasi: bool


@dataclass(frozen=True, slots=True)
class Assessor:
    """One person on one day, ready to be held against any position without asking the database again."""

    graph: CompetencyGraph
    training_names: Mapping[str, str]
    profile: Profile
    holdings: Mapping[str, Holding]
    qualification: Qualification
    thresholds: tuple[Thresholds, ...]
    training_proves_technical: bool

    def __call__(self, position_code: str, purpose: Purpose = Purpose.FILLING) -> Readiness | None:
        """Return the readiness for a position, or None when it has no standard on the day."""
        position = self.graph.positions.get(position_code)
        if position is None:
            return None
        return assess(
            position, self.graph.competencies, self.training_names, self.profile, self.holdings, self.qualification,
            scales=tuple(Scale(Purpose(item.purpose), item.upper, item.lower) for item in self.thresholds),
            training_proves_technical=self.training_proves_technical, purpose=purpose)


def load_assessor(session: Session, person_id: int, on: date) -> Assessor:
    """Read what the readiness of a person on a day rests on; the number of queries does not grow with positions."""
    return load_assessors(session, [person_id], on)[person_id]


def load_assessors(session: Session, person_ids: Sequence[int], on: date) -> dict[int, Assessor]:
    """Read the same for several people; the number of queries does not grow with people either."""
    graph = load_graph(session, on)
    names = {code: item.name for code, item in graph.trainings.items()}
    evidence, holdings = load_evidence(session, person_ids), load_holdings(session, person_ids, on)
    qualifications = load_qualifications(session, person_ids, on)
    thresholds = tuple(read_thresholds(session, purpose.value, on) for purpose in Purpose)
    by_training = training_proves_technical(session, on)
    return {person_id: Assessor(graph, names, profile_on(evidence[person_id], on), holdings[person_id],
                                qualifications[person_id], thresholds, by_training) for person_id in person_ids}


def load_qualifications(session: Session, person_ids: Sequence[int], on: date) -> dict[int, Qualification]:
    """Read rank and education of people on a day, by person; two queries however many there are."""
    ranks, schooling = {}, defaultdict(list)
    for row in session.execute(
            select(Rank.person_id, Rank.grade_code, Grade.rank_order).join(Grade, Grade.code == Rank.grade_code)
            .where(Rank.person_id.in_(person_ids), Rank.effective_from <= on)
            .order_by(Rank.effective_from, Rank.id)):
        ranks[row.person_id] = row
    for row in session.execute(
            select(Education.person_id, Education.level_code, EducationLevel.rank_order, Education.field)
            .join(EducationLevel, EducationLevel.code == Education.level_code)
            .where(Education.person_id.in_(person_ids), Education.graduated_on <= on)
            .order_by(EducationLevel.rank_order.desc(), Education.graduated_on.desc(), Education.id)):
        schooling[row.person_id].append(row)
    found = {}
    for person_id in person_ids:
        rank, schools = ranks.get(person_id), schooling[person_id]
        found[person_id] = Qualification(
            rank.rank_order if rank else None, rank.grade_code if rank else "",
            schools[0].rank_order if schools else None, schools[0].level_code if schools else "",
            tuple(dict.fromkeys(row.field for row in schools if row.field)))
    return found


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise InvalidInput(say("“%(text)s” bukan tujuan; pilih filling (pengisian) atau mapping (pemetaan).",
                               text=text), where="purpose") from None


def readiness_of(
    session: Session, actor: Actor, nip: str, position_code: str, *, on: date, purpose: str = "filling",
    today: date | None = None,
) -> PositionReadiness:
    """Return how ready a person is for a position on a day, with today's knowledge.

    Parameters
    ----------
    on : date
        Any day; evidence, certificates, rank, education and the standard are those that hold on it.
    purpose : {"filling", "mapping"}
        Which scale names the band.
    today : date, optional
        The day on which the actor's rights are judged; `on` when it is left out.

    Raises
    ------
    InvalidInput, NotFound
        If the NIP, the position or the purpose names nothing.
    NotAllowed
        If the actor may not see the person.
    Conflict
        If the position has no standard on the day, nor one later.
    """
    today = on if today is None else today
    person = person_by_nip(session, nip)
    require(session, actor, "readiness.view", on=today, person=person)
    position = position_by_code(session, position_code)
    chosen = _purpose(purpose)
    return describe(session, actor, person, position.code, load_assessor(session, person.id, on), chosen, today=today)


def describe(
    session: Session, actor: Actor, person: Person, position_code: str, assessor: Assessor,
    purpose: Purpose = Purpose.FILLING, *, today: date,
) -> PositionReadiness:
    """Put a readiness beside what the page needs to open its parts; the caller has asked for the actor's right.

    Raises
    ------
    Conflict
        If the position has no standard on the assessor's day, nor one later.
    """
    readiness = assessor(position_code, purpose) or _by_first_standard(session, position_code, assessor, purpose)
    on = assessor.profile.on
    is_own = actor.person_id == person.id
    return PositionReadiness(
        person.id, person.nip, full_name(person), is_own,
        is_own and person.target_position is not None and person.target_position.code == position_code,
        readiness.position.code, readiness.position.name,
        readiness.position.unit_name, on, readiness, answer_of(readiness, None if is_own else person.name),
        assessor.thresholds, assessor.training_proves_technical, _tokens(session, readiness),
        _lapsed(session, person.id, readiness),
        is_allowed(session, actor, "paths.view", on=today, person=person),
        is_allowed(session, actor, "mutasi.view", on=today, person=person))


def _by_first_standard(
    session: Session, position_code: str, assessor: Assessor, purpose: Purpose
) -> Readiness:
    """Hold a person of an earlier day against the first standard that is known, and say so.

    A question about an earlier day is asked with today's knowledge, and the standards are known only from the day on
    which they were first recorded.
    """
    on = assessor.profile.on
    first = session.scalar(
        select(func.min(PositionStandard.valid_from)).join(Position, PositionStandard.position_id == Position.id)
        .where(Position.code == position_code))
    found = replace(assessor, graph=load_graph(session, first))(position_code, purpose) if first and first > on else None
    if found is None:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.",
                           code=position_code, day=on), where="POSITION")
    return replace(found, remarks=(*found.remarks, say(
        "Pada %(day)s standar jabatan ini belum tercatat; yang dipakai adalah standar pertamanya, berlaku mulai "
        "%(first)s.", day=on, first=first)))


def view_readiness(
    session: Session, actor: Actor, nip: str, position_code: str, *, on: date, purpose: str, today: date,
    now: datetime,
) -> PositionReadiness:
    """Return what `readiness_of` does for a page, and note in the audit log who looked at somebody else's.

    Raises
    ------
    InvalidInput, NotFound, NotAllowed, Conflict
        As `readiness_of`.
    """
    found = readiness_of(session, actor, nip, position_code, on=on, purpose=purpose, today=today)
    if not found.is_own:
        record(session, actor, "readiness.view", "person", found.nip, now=now, person_id=found.person_id,
               detail={"position": found.position_code, "on": on.isoformat()})
        session.flush()
    return found


def full_name(person: Person) -> str:
    """Return the name with its titles, as it is written in letters."""
    name = f"{person.title_before} {person.name}".strip()
    return f"{name}, {person.title_after}" if person.title_after else name


def answer_of(readiness: Readiness, name: str | None) -> Message:
    """State a readiness in one sentence; `name` None speaks to the person himself.

    The percentage is the score from proven levels, rounded down.
    """
    position = readiness.position.name
    if readiness.verdict is Verdict.PERLU_ASESMEN:
        missing, whole = readiness.assessable - readiness.assessed, readiness.assessable
        if name is None:
            return say("Kesiapan Anda untuk %(position)s belum dapat dihitung: **%(missing)s dari %(whole)s "
                       "kompetensi** manajerial dan sosial kultural belum dinilai.",
                       position=position, missing=missing, whole=whole)
        return say("Kesiapan %(name)s untuk %(position)s belum dapat dihitung: **%(missing)s dari %(whole)s "
                   "kompetensi** manajerial dan sosial kultural belum dinilai.",
                   name=name, position=position, missing=missing, whole=whole)
    who = say("Anda") if name is None else name
    percent = 100 * readiness.score // readiness.score_max if readiness.score_max else 0
    match readiness.verdict:
        case Verdict.TIDAK_LAYAK:
            return say("%(who)s **%(percent)s %% siap** untuk %(position)s, tetapi %(count)s gerbang wajib masih "
                       "tertutup.", who=who, percent=percent, position=position,
                       count=sum(gate.state == "not_met" for gate in readiness.gates))
        case Verdict.BELUM_SIAP:
            return say("%(who)s **%(percent)s %% siap** untuk %(position)s; nilai JPM belum memenuhi syarat.",
                       who=who, percent=percent, position=position)
        case Verdict.SIAP_BERSYARAT:
            return say("%(who)s **%(percent)s %% siap** untuk %(position)s; %(count)s hal masih perlu direncanakan.",
                       who=who, percent=percent, position=position, count=len(readiness.reasons))
    return say("%(who)s **siap** untuk %(position)s: semua yang diminta terpenuhi.", who=who, position=position)


def _tokens(session: Session, readiness: Readiness) -> dict[int, str]:
    ids = {row.held.certificate_id for row in readiness.trainings if row.held is not None}
    for row in readiness.rows:
        ids |= {item.evidence.certificate_id for item in trail_of(row.level)
                if item.evidence.certificate_id is not None}
    return tokens_of(session, ids)


def tokens_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the public code of certificates by id."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    return dict(session.execute(select(Certificate.id, Certificate.token).where(Certificate.id.in_(wanted))).all())


def _lapsed(session: Session, person_id: int, readiness: Readiness) -> dict[str, date]:
    missing = [row.training for row in readiness.trainings if row.held is None]
    if not missing:
        return {}
    return dict(session.execute(
        select(Certificate.training_code, func.max(Certificate.valid_until)).where(
            Certificate.person_id == person_id, Certificate.training_code.in_(missing),
            Certificate.state == "ISSUED", Certificate.valid_until < readiness.on)
        .group_by(Certificate.training_code)).all())


def trail_of(level: Level) -> tuple[TrailItem, ...]:
    """Return the evidence of a competency: what counts first, then what predicts more, then the rest, newest first."""
    items = []
    if level.proven_by is not None:
        items.append(_item(level.proven_by, "used", say("dipakai, bukti terkuat yang masih berlaku")))
    if level.expected_by is not None and level.expected_by is not level.proven_by:
        items.append(_item(level.expected_by, "plan", say("perkiraan dari pelatihan, belum bukti")))
    items += [_item(evidence, "weaker", _WHY_UNUSED[why]) for evidence, why in level.unused]
    return tuple(items)


def _item(evidence: Evidence, use: str, why: Message) -> TrailItem:
    return TrailItem(evidence, EVIDENCE_KINDS[evidence.kind], use, why)
