"""Templates of certificates: a training centre writes them, tries them on real participants, publishes and retires them.

Every saving is a version of its own and stays. Certificates are made with the version that was published last, and
each names the version that it was made with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.adapters.certificate_sandbox import DesignProblem, check_design
from kompetensi.errors import Conflict, InvalidInput, NotFound, Unavailable
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    Certificate,
    CertificateTemplate,
    CertificateTemplateVersion,
    Enrolment,
    Person,
    Unit,
)
from kompetensi.ports import Renderer
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificate_design import LANGUAGES, DesignField
from kompetensi.rules.certificates import KIND_TITLES, CertificateFacts, CertificateKind, Signatory, Subject
from kompetensi.rules.enrolment import LIVE
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record, split_actor, stored_actor
from kompetensi.services.certificate_designs import TemplateText, text_of, version_for
from kompetensi.services.certificate_facts import course_facts, facts_for
from kompetensi.services.certificate_preparation import preparations_of, with_photos
from kompetensi.services.lookup import batch_by_code, unit_by_code

__all__ = ["LANGUAGE_CHOICES", "Preview", "TemplateItem", "TemplateVersion", "TemplateView",
           "check_text", "create_template", "list_templates", "owner_units", "preview_template", "publish_version",
           "retire_template", "save_version", "view_template"]

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}\Z")
_MOST_FIELDS = 20
_SHOWN = 5
# Code that a preview prints; it belongs to no certificate, and the whole sheet says DRAF.
_PREVIEW_TOKEN = "0000-0000-0000"
LANGUAGE_CHOICES: tuple[tuple[str, ...], ...] = (("id",), ("id", "en"), ("en", "id"), ("en",))


@dataclass(frozen=True, slots=True)
class TemplateItem:
    """A template in a list.

    Attributes
    ----------
    published : int or None
        Number of the version that certificates are made with; None = none is published.
    latest : int
        Number of the newest version.
    issued : int
        How many certificates were made with any of its versions.
    in_use : bool
        Whether certificates of its kind and unit are made with it today.
    """

    id: int
    unit: str
    unit_name: str
    code: str
    name: str
    kind: CertificateKind
    published: int | None
    latest: int
    issued: int
    retired_on: date | None
    in_use: bool

    @property
    def title(self) -> str:
        """What the document is called; its name is Indonesian in every language."""
        return KIND_TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One version in the history.

    Attributes
    ----------
    issued : int
        How many certificates were made with it.
    """

    number: int
    note: str
    author: str
    saved_at: datetime
    published_at: datetime | None
    issued: int


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template with its history, and one version of it to read.

    Attributes
    ----------
    versions : tuple of TemplateVersion
        Newest first.
    number : int
        Of the version shown.
    problems : tuple of DesignProblem
        Of the version shown; it can be published when there are none.
    under_stamp : tuple of Message
        What the version shown prints where the stamp of the signature will stand; that keeps it from being published
        too. Looked for only while the version is a draft without problems.
    """

    item: TemplateItem
    versions: tuple[TemplateVersion, ...]
    number: int
    text: TemplateText
    problems: tuple[DesignProblem, ...]
    under_stamp: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A template tried on a participant.

    Attributes
    ----------
    pdf : bytes or None
        Marked DRAF; None when it could not be made, and `problem` says why.
    under_stamp : tuple of Message
        What is printed where the stamp of the signature will stand.
    """

    holder_name: str
    pdf: bytes | None
    problem: Message | None
    under_stamp: tuple[Message, ...] = ()


def list_templates(session: Session, actor: Actor, *, today: date) -> tuple[TemplateItem, ...]:
    """Return the templates of the actor's training centres, by unit and code; empty when there are none.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    if scope is not None and not scope:
        require(session, actor, "certificates.edit_template", on=today)
    query = select(CertificateTemplate, Unit).join(Unit, Unit.id == CertificateTemplate.unit_id)
    if scope is not None:
        query = query.where(Unit.id.in_(scope))
    return _items(session, session.execute(query.order_by(Unit.code, CertificateTemplate.code)).all(), today)


def _items(session: Session, rows: Sequence[Any], today: date) -> tuple[TemplateItem, ...]:
    numbers = {template_id: (latest, published) for template_id, latest, published in session.execute(
        select(CertificateTemplateVersion.template_id, func.max(CertificateTemplateVersion.number),
               func.max(CertificateTemplateVersion.number).filter(
                   CertificateTemplateVersion.published_at.is_not(None)))
        .group_by(CertificateTemplateVersion.template_id))}
    issued = dict(session.execute(
        select(CertificateTemplateVersion.template_id, func.count(Certificate.id))
        .join(Certificate, Certificate.template_version_id == CertificateTemplateVersion.id)
        .group_by(CertificateTemplateVersion.template_id)).all())
    chosen: dict[tuple[int, str], int | None] = {}
    for template, unit in rows:
        key = (unit.id, template.kind)
        if key not in chosen:
            version = version_for(session, unit.id, CertificateKind(template.kind), today)
            chosen[key] = version.template_id if version is not None else None
    return tuple(
        TemplateItem(template.id, unit.code, unit.name, template.code, template.name, CertificateKind(template.kind),
                     numbers[template.id][1], numbers[template.id][0], issued.get(template.id, 0), template.retired_on,
                     chosen[unit.id, template.kind] == template.id)
        for template, unit in rows)


def owner_units(session: Session, actor: Actor, *, today: date) -> tuple[tuple[str, str], ...]:
    """Return code and name of the units whose templates the actor may write, by name.

    Raises
    ------
    NotAllowed
        If there is none.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    if scope is not None and not scope:
        require(session, actor, "certificates.edit_template", on=today)
    query = select(Unit.code, Unit.name).order_by(Unit.name, Unit.code)
    return tuple((code, name) for code, name in session.execute(
        query if scope is None else query.where(Unit.id.in_(scope))))


def create_template(
    session: Session, actor: Actor, *, unit: str, code: str, name: str, kind: CertificateKind, text: TemplateText,
    today: date, now: datetime,
) -> int:
    """Begin a template with its first version, a draft; return the template's id.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If the actor is not of the unit's training centre.
    InvalidInput
        If the code is none (capitals, digits, dashes), the name has not 1 to 120 characters, or as `save_version`.
    Conflict
        If the unit has a template of that code.
    """
    owner = unit_by_code(session, unit)
    require(session, actor, "certificates.edit_template", on=today, unit_id=owner.id)
    if not _CODE.match(code):
        raise InvalidInput(say("Kode templat terdiri atas huruf besar, angka, dan tanda hubung, misalnya STTPP-2026."),
                           where="code")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidInput(say("Nama templat harus 1 sampai 120 huruf."), where="name")
    if session.scalars(select(CertificateTemplate.id).filter_by(unit_id=owner.id, code=code)).first() is not None:
        raise Conflict(say("Templat %(code)s sudah ada pada unit ini.", code=code), where="code")
    template = CertificateTemplate(unit_id=owner.id, code=code, name=name.strip(), kind=kind.value)
    session.add(template)
    session.flush()
    _write_version(session, actor, template, text, "", now)
    record(session, actor, "certificates.edit_template:create", "certificate_template", code, now=now,
           detail={"unit": owner.code, "kind": kind.value})
    session.flush()
    return template.id


def save_version(
    session: Session, actor: Actor, template_id: int, text: TemplateText, *, note: str = "", today: date, now: datetime
) -> int:
    """Save a further version as a draft and return its number; what is wrong with it is no reason to refuse.

    Raises
    ------
    NotFound, NotAllowed
        If there is no such template, or the actor is not of its centre.
    InvalidInput
        If the languages are not one or two of ours, there are more than 20 fields or two of one name, or the note has
        more than 500 characters.
    """
    template = _template(session, actor, template_id, today)
    number = _write_version(session, actor, template, text, note, now)
    record(session, actor, "certificates.edit_template:save", "certificate_template", template.code, now=now,
           detail={"version": number, "note": note})
    session.flush()
    return number


def _write_version(
    session: Session, actor: Actor, template: CertificateTemplate, text: TemplateText, note: str, now: datetime
) -> int:
    if text.languages not in LANGUAGE_CHOICES or not set(text.languages) <= set(LANGUAGES):
        raise InvalidInput(say("Bahasa ini tidak ada dalam daftar."), where="languages")
    names = [field.name for field in text.fields]
    if len(names) > _MOST_FIELDS or len(set(names)) < len(names):
        raise InvalidInput(say("Paling banyak %(most)s isian, masing-masing dengan nama sendiri.", most=_MOST_FIELDS),
                           where="fields")
    if len(note.strip()) > 500:
        raise InvalidInput(say("Catatan paling panjang 500 huruf."), where="note")
    number = (session.scalar(select(func.max(CertificateTemplateVersion.number)).where(
        CertificateTemplateVersion.template_id == template.id)) or 0) + 1
    session.add(CertificateTemplateVersion(
        template_id=template.id, number=number, front=text.front, back=text.back, css=text.css,
        languages=list(text.languages), fields=[_stored(field) for field in text.fields], note=note.strip(),
        author=stored_actor(actor), saved_at=now))
    session.flush()
    return number


def _stored(field: DesignField) -> dict[str, Any]:
    stored = asdict(field)
    return stored | {"value": field.value.isoformat()} if isinstance(field.value, date) else stored


def view_template(
    session: Session, actor: Actor, template_id: int, *, number: int | None = None, renderer: Renderer, today: date
) -> TemplateView:
    """Open a template at one of its versions (default: the newest).

    Raises
    ------
    NotFound, NotAllowed
        If there is no such template or version, or the actor is not of its centre.
    """
    template = _template(session, actor, template_id, today)
    rows = session.scalars(
        select(CertificateTemplateVersion).where(CertificateTemplateVersion.template_id == template.id)
        .order_by(CertificateTemplateVersion.number.desc())).all()
    issued = dict(session.execute(
        select(Certificate.template_version_id, func.count()).where(
            Certificate.template_version_id.in_([row.id for row in rows])).group_by(Certificate.template_version_id)).all())
    shown = next((row for row in rows if row.number == (number or rows[0].number)), None)
    if shown is None:
        raise NotFound(say("Templat ini tidak mempunyai versi %(number)s.", number=str(number)), where="version")
    [item] = _items(session, [(template, session.get_one(Unit, template.unit_id))], today)
    text = text_of(shown)
    return TemplateView(
        item, tuple(TemplateVersion(row.number, row.note, split_actor(row.author)[1] or row.author, row.saved_at,
                                    row.published_at, issued.get(row.id, 0)) for row in rows),
        shown.number, text, check_text(text),
        _look_under_stamp(session, template, text, renderer, today) if shown.published_at is None else ())


def check_text(text: TemplateText) -> tuple[DesignProblem, ...]:
    """Return everything that keeps a text from being published; see `adapters.certificate_sandbox.check_design`."""
    return check_design(text.design())


def publish_version(
    session: Session, actor: Actor, template_id: int, number: int, *, renderer: Renderer, today: date, now: datetime
) -> None:
    """Make certificates with this version from now on; those that were issued keep theirs.

    A former version can be published again by saving it anew. Publishing the one that is in use changes nothing.

    Raises
    ------
    NotFound, NotAllowed
        If there is no such template or version, or the actor is not of its centre.
    Conflict
        If the template is retired, the version is older than the one in use, something is wrong with it, or it prints
        in the place of the signature's stamp; the message says what.
    Unavailable
        If the version must be laid out to see that, and this installation cannot make PDFs.
    """
    template = _template(session, actor, template_id, today)
    version = _version(session, template, number)
    if template.retired_on is not None:
        raise Conflict(say("Templat ini tidak dipakai lagi."))
    newer = session.scalars(select(CertificateTemplateVersion.number).where(
        CertificateTemplateVersion.template_id == template.id, CertificateTemplateVersion.number > number,
        CertificateTemplateVersion.published_at.is_not(None))).first()
    if newer is not None:
        raise Conflict(say("Versi %(newer)s sudah dipakai. Untuk kembali, simpan isi versi ini sebagai versi baru.",
                           newer=newer))
    problems = check_text(text_of(version))
    if problems:
        raise Conflict(say("Versi ini belum dapat dipakai: %(count)s hal perlu dibetulkan, mulai dari baris %(line)s.",
                           count=len(problems), line=problems[0].line))
    if version.published_at is None:
        covering = _under_stamp(session, template, text_of(version), renderer, today)
        if covering:
            raise Conflict(say("Versi ini belum dapat dipakai: tempat stempel tanda tangan tertutup oleh %(things)s.",
                               things=list(covering)))
        version.published_at = now
        record(session, actor, "certificates.edit_template:publish", "certificate_template", template.code, now=now,
               detail={"version": number})
    session.flush()


def _under_stamp(
    session: Session, template: CertificateTemplate, text: TemplateText, renderer: Renderer, today: date
) -> tuple[Message, ...]:
    """Return what a text prints in the place of the stamp, seen on an invented certificate; our own sides leave it free."""
    if not text.front and not text.css:
        return ()
    return renderer.find_under_stamp(_trial(session, template, today), text.design())


def _look_under_stamp(
    session: Session, template: CertificateTemplate, text: TemplateText, renderer: Renderer, today: date
) -> tuple[Message, ...]:
    """Return what `_under_stamp` does, and nothing where it cannot be seen: of a draft that is a warning only."""
    if check_text(text):
        return ()
    try:
        return _under_stamp(session, template, text, renderer, today)
    except (Unavailable, InvalidInput):
        return ()


def _trial(session: Session, template: CertificateTemplate, today: date) -> CertificateFacts:
    """Return an invented certificate of the template's unit, with a rather long name."""
    unit = session.get_one(Unit, template.unit_id)
    signer = Signatory(f"Kepala {unit.name}", "Dr. Nama Penanda Tangan, S.E., M.Si.", "Pembina Utama Muda, IV/c", "0" * 18)
    return CertificateFacts(
        kind=CertificateKind(template.kind), number="0000/DRAF", token=_PREVIEW_TOKEN, verify_url=_PREVIEW_TOKEN,
        issued_on=today, issued_place=unit.government.name.partition(" ")[2], government=f"Pemerintah {unit.government.name}",
        institution=unit.name, holder_name="Dr. Nama Pemegang Sertifikat, S.Kom., M.Si.", nip="0" * 18,
        birth_place="Gorontalo", birth_date=today, rank="Penata Muda Tingkat I", golongan="III/b",
        position="Analis Sumber Daya Manusia Aparatur Ahli Muda", unit=unit.name, status_phrase="LULUS",
        predicate="sangat memuaskan", training_code="", training_name="Pelatihan Kepemimpinan Administrator",
        batch_label="Angkatan I", organiser=unit.name, first_day=today, last_day=today, jp=20,
        subjects=(Subject("Mata pelatihan", 20),), signer=signer, signed=True)


def retire_template(session: Session, actor: Actor, template_id: int, *, today: date, now: datetime) -> None:
    """Offer a template no longer; certificates made with it stay as they are. Refused as `view_template`."""
    template = _template(session, actor, template_id, today)
    if template.retired_on is None:
        template.retired_on = today
        record(session, actor, "certificates.edit_template:retire", "certificate_template", template.code, now=now)
    session.flush()


def preview_template(
    session: Session, actor: Actor, template_id: int, text: TemplateText, *, batch_code: str, verify_base: str,
    renderer: Renderer, today: date,
) -> tuple[Preview, ...]:
    """Try a text on real participants of a batch, longest names first, at most five; nothing is stored.

    Raises
    ------
    NotFound, NotAllowed
        If template or batch is none, or the actor is not of both centres.
    Conflict
        If the batch has no participant, or the text has problems that keep it from being filled at all.
    Unavailable
        If this installation cannot make PDFs.
    """
    template = _template(session, actor, template_id, today)
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.view_participants", on=today, unit_id=batch.organiser_id)
    problems = check_text(text)
    if problems:
        raise Conflict(say("Pratinjau menunggu %(count)s hal dibetulkan, mulai dari baris %(line)s.",
                           count=len(problems), line=problems[0].line))
    facts = _sample(session, batch, CertificateKind(template.kind), verify_base, today)
    if not facts:
        raise Conflict(say("Angkatan %(code)s belum mempunyai peserta untuk dicoba.", code=batch.code), where="batch")
    design = text.design()
    shown = renderer.render_many(facts, design)
    return tuple(Preview(
        one.holder_name, made.pdf, made.problem.message if made.problem is not None else None,
        renderer.find_under_stamp(replace(one, signed=True), design) if made.pdf is not None else ())
        for one, made in zip(facts, shown, strict=True))


def _sample(
    session: Session, batch: Batch, kind: CertificateKind, verify_base: str, today: date
) -> list[CertificateFacts]:
    course = replace(course_facts(session, batch, today=today), kind=kind)
    rows = session.execute(
        select(Enrolment, Person).join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status.in_(LIVE))
        .order_by(func.length(Person.name).desc(), Person.nip).limit(_SHOWN)).all()
    kept = preparations_of(session, [enrolment.id for enrolment, _ in rows]) if kind is not CertificateKind.AWARD else {}
    return list(with_photos(session, [replace(
        facts_for(session, course, person, enrolment, preparation=kept.get(enrolment.id), number="0000/DRAF", token=_PREVIEW_TOKEN,
                  verify_url=f"{verify_base}{_PREVIEW_TOKEN}", issued_on=today, valid_until=None, signed=False),
        draft=True) for enrolment, person in rows]))


def _template(session: Session, actor: Actor, template_id: int, today: date) -> CertificateTemplate:
    template = session.get(CertificateTemplate, template_id)
    if template is None:
        raise NotFound(say("Tidak ada templat sertifikat nomor %(number)s.", number=str(template_id)), where="template")
    require(session, actor, "certificates.edit_template", on=today, unit_id=template.unit_id)
    return template


def _version(session: Session, template: CertificateTemplate, number: int) -> CertificateTemplateVersion:
    found = session.scalars(select(CertificateTemplateVersion).filter_by(
        template_id=template.id, number=number)).one_or_none()
    if found is None:
        raise NotFound(say("Templat ini tidak mempunyai versi %(number)s.", number=str(number)), where="version")
    return found
