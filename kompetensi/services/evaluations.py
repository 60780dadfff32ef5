"""Evaluations: forms in versions, answers without a name, what they say together.

That somebody has answered and what was answered are two tables without anything in common but the batch: no name, no
hour. Results are shown once nobody can answer any more, and only of so many answers that nobody is told by them: who
looked before and after a single answer would know it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import WITA, Message, say
from kompetensi.models import (
    Attendance,
    Batch,
    BatchTrainer,
    Enrolment,
    EvaluationAnswer,
    EvaluationForm,
    EvaluationReceipt,
    Meeting,
    MeetingAttendance,
    MeetingTrainer,
    Person,
    Trainer,
    Unit,
)
from kompetensi.ports import Randomness
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.evaluations import (
    SUGGESTED,
    About,
    Kind,
    Question,
    Tally,
    answer_key,
    check_answers,
    check_questions,
    tally,
    texts_of,
)
from kompetensi.services.access import is_allowed, require, scope_unit_ids, unit_path
from kompetensi.services.audit import record
from kompetensi.services.course_policies import EvaluationRules, evaluation_rules
from kompetensi.services.lookup import batch_by_code, unit_by_code
from kompetensi.services.meeting_attendance import attended_anything

__all__ = ["AnswerSheet", "FormLine", "FormView", "QuestionResult", "Summary", "TrainerBatch", "TrainerView", "answer",
           "draft_form", "list_forms", "own_trainer_view", "publish_form", "retire_form", "view_answer_sheet", "view_form",
           "view_summary", "view_trainer"]

_SEATED = ("APPROVED", "COMPLETED")
_ANSWER_BYTES = 16


# --- forms -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form in its newest version; `answers` counts those of all versions."""

    id: int
    name: str
    unit: str
    version: int
    questions: int
    retired_on: date | None
    answers: int


@dataclass(frozen=True, slots=True)
class FormView:
    """A version of a form, or a draft: `id` None."""

    id: int | None
    name: str
    unit_code: str
    version: int
    questions: tuple[Question, ...]
    is_newest: bool
    units: tuple[tuple[str, str], ...] = ()


def _questions(form: EvaluationForm) -> tuple[Question, ...]:
    return tuple(Question(item["code"], item["text"], Kind(item["kind"]), About(item["about"])) for item in form.questions)


def _centre_units(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return the units for which the actor keeps forms: those that a role as training centre was granted for."""
    query = select(Unit.code, Unit.name).order_by(Unit.name, Unit.code)
    if actor.is_system:
        return tuple((row.code, row.name) for row in session.execute(query.where(Unit.parent_id.is_(None))))
    ids = [grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE]
    return tuple((row.code, row.name) for row in session.execute(query.where(Unit.id.in_(ids))))


def list_forms(session: Session, actor: Actor, *, today: date) -> tuple[FormLine, ...]:
    """Return the forms of the actor's training centres in their newest version, those in use first, by name.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    if scope is not None and not scope:
        require(session, actor, "evaluations.edit_form", on=today)  # refused, with the sentence that says why
    rows = session.execute(
        select(EvaluationForm, Unit.name).join(Unit, EvaluationForm.unit_id == Unit.id)
        .where(True if scope is None else EvaluationForm.unit_id.in_(scope)).order_by(EvaluationForm.version)).all()
    counts = dict(session.execute(
        select(EvaluationAnswer.form_id, func.count()).group_by(EvaluationAnswer.form_id)).all())
    newest: dict[tuple[int, str], tuple[EvaluationForm, str]] = {}
    answers: dict[tuple[int, str], int] = defaultdict(int)
    for form, unit in rows:
        newest[form.unit_id, form.code] = (form, unit)
        answers[form.unit_id, form.code] += counts.get(form.id, 0)
    lines = [FormLine(form.id, form.name, unit, form.version, len(form.questions), form.retired_on, answers[key])
             for key, (form, unit) in newest.items()]
    return tuple(sorted(lines, key=lambda line: (line.retired_on is not None, line.name, line.id)))


def draft_form(session: Session, actor: Actor, *, today: date) -> FormView:
    """Return what a new form begins with.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre.
    """
    units = _centre_units(session, actor)
    if not units:
        require(session, actor, "evaluations.edit_form", on=today)  # refused, with the sentence that says why
    return FormView(None, "", units[0][0] if units else "", 0, SUGGESTED, True, units)


def _form(session: Session, actor: Actor, form_id: int, today: date) -> EvaluationForm:
    form = session.get(EvaluationForm, form_id)
    if form is None:
        raise NotFound(say("Tidak ada formulir evaluasi nomor %(id)s.", id=form_id), where="FORM")
    require(session, actor, "evaluations.edit_form", on=today, unit_id=form.unit_id)
    return form


def _is_newest(session: Session, form: EvaluationForm) -> bool:
    return session.scalar(select(func.max(EvaluationForm.version)).where(
        EvaluationForm.unit_id == form.unit_id, EvaluationForm.code == form.code)) == form.version


def view_form(session: Session, actor: Actor, form_id: int, *, today: date) -> FormView:
    """Open a version of a form.

    Raises
    ------
    NotFound
        If there is none of that number.
    NotAllowed
        If it is not the actor's training centre's.
    """
    form = _form(session, actor, form_id, today)
    unit = session.get_one(Unit, form.unit_id)
    return FormView(form.id, form.name, unit.code, form.version, _questions(form), _is_newest(session, form),
                    ((unit.code, unit.name),))


def publish_form(
    session: Session, actor: Actor, *, name: str, questions: Sequence[Question], unit_code: str = "",
    follows: int | None = None, today: date, now: datetime,
) -> int:
    """Publish a form, or the next version of one; answers that were given to an earlier one stay with it.

    Parameters
    ----------
    questions : sequence of Question
        In the order asked; one without a code gets the next free one.
    unit_code : str
        For which unit, and everything below it, a new form is.
    follows : int, optional
        Version that this one follows; None = a new form.

    Returns
    -------
    int
        Its id; that of the version it follows when nothing was changed.

    Raises
    ------
    NotFound
        If unit or version names nothing.
    NotAllowed
        If it is not the actor's training centre's.
    InvalidInput
        If the name is missing or the questions cannot be asked.
    Conflict
        If somebody has published a newer version meanwhile.
    """
    name = name.strip()
    if not name or len(name) > 120:
        raise InvalidInput(say("Beri formulir ini nama, paling panjang 120 huruf."), where="name")
    asked = _with_codes(questions)
    check_questions(asked)
    content = [{"code": one.code, "text": one.text.strip(), "kind": one.kind.value, "about": one.about.value}
               for one in asked]
    if follows is None:
        unit_id = unit_by_code(session, unit_code).id
        require(session, actor, "evaluations.edit_form", on=today, unit_id=unit_id)
        count = session.scalar(select(func.count(func.distinct(EvaluationForm.code))).where(
            EvaluationForm.unit_id == unit_id)) or 0
        form = EvaluationForm(unit_id=unit_id, code=f"F{count + 1}", version=1, name=name, questions=content,
                              created_at=now)
    else:
        before = _form(session, actor, follows, today)
        if not _is_newest(session, before):
            raise Conflict(say("Formulir ini sudah diganti versi yang lebih baru. Buka versi itu, lalu ubah lagi."))
        if (before.name, before.questions) == (name, content) and before.retired_on is None:
            return before.id
        form = EvaluationForm(unit_id=before.unit_id, code=before.code, version=before.version + 1, name=name,
                              questions=content, created_at=now)
    session.add(form)
    session.flush()
    record(session, actor, "evaluations.edit_form", "evaluation_form", form.id, now=now, detail={
        "name": name, "version": form.version, "questions": len(content)})
    session.flush()
    return form.id


def _with_codes(questions: Iterable[Question]) -> list[Question]:
    asked = list(questions)
    numbers = [int(one.code[1:]) for one in asked if one.code[:1] == "P" and one.code[1:].isdecimal()]
    following = max(numbers, default=0)
    found = []
    for one in asked:
        if not one.code:
            following += 1
            one = Question(f"P{following}", one.text, one.kind, one.about)
        found.append(one)
    return found


def retire_form(session: Session, actor: Actor, form_id: int, *, today: date, now: datetime) -> None:
    """Use a form no longer from today on; batches that have answers keep it.

    Raises
    ------
    NotFound, NotAllowed
        As `view_form`.
    """
    form = _form(session, actor, form_id, today)
    for version in session.scalars(select(EvaluationForm).where(
            EvaluationForm.unit_id == form.unit_id, EvaluationForm.code == form.code,
            EvaluationForm.retired_on.is_(None))):
        version.retired_on = today
    record(session, actor, "evaluations.edit_form:retire", "evaluation_form", form.id, now=now)
    session.flush()


def _form_for(session: Session, batch: Batch, on: date) -> EvaluationForm | None:
    """Return the form that a batch is asked: the one it has answers to, else the newest of its organiser, else of above."""
    used = session.scalars(select(EvaluationForm).join(EvaluationAnswer, EvaluationAnswer.form_id == EvaluationForm.id)
                           .where(EvaluationAnswer.batch_id == batch.id).order_by(EvaluationForm.id).limit(1)).first()
    if used is not None:
        return used
    forms = session.scalars(select(EvaluationForm).where(
        EvaluationForm.unit_id.in_(unit_path(session, batch.organiser_id)),
        (EvaluationForm.retired_on.is_(None)) | (EvaluationForm.retired_on > on)))
    return max(forms, key=lambda form: (form.unit_id == batch.organiser_id, form.created_at, form.version, form.id),
               default=None)


# --- answering ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """What the actor is asked about a batch.

    Attributes
    ----------
    questions : tuple of Question
        Empty when he cannot answer.
    trainers : tuple of (str, str)
        Code and name of those who taught, by name.
    until : date
        Last day, inclusive.
    answered : bool
        Whether he has answered.
    refusal : Message or None
        Why he cannot answer now; None = he can.
    """

    batch: str
    training_name: str
    questions: tuple[Question, ...]
    trainers: tuple[tuple[str, str], ...]
    until: date
    answered: bool
    refusal: Message | None


@dataclass(frozen=True, slots=True)
class _Span:
    """From when, and until which day inclusive, a batch is evaluated."""

    opens_at: datetime
    until: date

    def is_over(self, today: date) -> bool:
        """Whether nobody can answer any more."""
        return today > self.until


def _span(session: Session, batch: Batch, rules: EvaluationRules) -> _Span:
    last = session.execute(
        select(Meeting.day, Meeting.ends).where(Meeting.batch_id == batch.id, Meeting.cancelled.is_(False))
        .order_by(Meeting.day.desc(), Meeting.ends.desc()).limit(1)).first()
    day, minute = (last.day, last.ends) if last is not None else (batch.last_day, 0)
    opens = datetime(day.year, day.month, day.day, tzinfo=WITA) + timedelta(minutes=minute)
    return _Span(opens, day + timedelta(days=rules.days))


def _trainers(session: Session, batch_id: int) -> tuple[tuple[str, str], ...]:
    of_batch = select(Trainer.code, Trainer.name).join(BatchTrainer, BatchTrainer.trainer_id == Trainer.id).where(
        BatchTrainer.batch_id == batch_id)
    of_meetings = (select(Trainer.code, Trainer.name).join(MeetingTrainer, MeetingTrainer.trainer_id == Trainer.id)
                   .join(Meeting, MeetingTrainer.meeting_id == Meeting.id)
                   .where(Meeting.batch_id == batch_id, Meeting.cancelled.is_(False)))
    found = {(row.code, row.name) for query in (of_batch, of_meetings) for row in session.execute(query)}
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def view_answer_sheet(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime
) -> AnswerSheet:
    """Show the actor what he is asked about a batch, or why he is not.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If nobody has signed in.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.view", on=today)
    sheet, _, _ = _sheet(session, actor, batch, today, now)
    return sheet


def _sheet(
    session: Session, actor: Actor, batch: Batch, today: date, now: datetime
) -> tuple[AnswerSheet, Enrolment | None, EvaluationForm | None]:
    rules = evaluation_rules(session, today)
    span, form = _span(session, batch, rules), _form_for(session, batch, today)
    enrolment = None
    if actor.person_id is not None:
        require(session, actor, "evaluations.answer", on=today, person=session.get_one(Person, actor.person_id))
        enrolment = session.scalars(select(Enrolment).where(
            Enrolment.person_id == actor.person_id, Enrolment.batch_id == batch.id, Enrolment.status.in_(_SEATED))
            .with_for_update()).first()
    answered = enrolment is not None and session.scalar(
        select(EvaluationReceipt.id).where(EvaluationReceipt.enrolment_id == enrolment.id)) is not None
    refusal = None
    if enrolment is None:
        refusal = say("Evaluasi hanya diisi peserta angkatan %(code)s.", code=batch.code)
    elif batch.status == "CANCELLED":
        refusal = say("Angkatan %(code)s dibatalkan; tidak ada yang dievaluasi.", code=batch.code)
    elif answered:
        refusal = say("Anda sudah mengisi evaluasi angkatan %(code)s. Terima kasih.", code=batch.code)
    elif now < span.opens_at:
        refusal = say("Evaluasi dibuka setelah pertemuan terakhir, %(at)s.", at=span.opens_at)
    elif span.is_over(today):
        refusal = say("Evaluasi ditutup %(until)s.", until=span.until)
    elif not attended_anything(session, enrolment.id):
        refusal = say("Evaluasi hanya diisi peserta yang tercatat hadir. Minta penyelenggara memeriksa daftar hadir bila "
                      "Anda hadir.")
    elif form is None:
        refusal = say("Penyelenggara belum menyiapkan formulir evaluasi.")
    sheet = AnswerSheet(batch.code, batch.training.name, _questions(form) if form is not None and refusal is None else (),
                        _trainers(session, batch.id), span.until, answered, refusal)
    return sheet, enrolment, form


def answer(
    session: Session, actor: Actor, batch_code: str, answers: Mapping[str, str], *, randomness: Randomness, today: date,
    now: datetime,
) -> None:
    """Keep the actor's answers, once, apart from his name.

    Nothing is written to the audit log: its hour would tell which answers came then.

    Parameters
    ----------
    answers : mapping of str to str
        By `rules.evaluations.answer_key`.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    InvalidInput
        As `rules.evaluations.check_answers`.
    Conflict
        If he cannot answer now; the sentence says why.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.view", on=today)
    sheet, enrolment, form = _sheet(session, actor, batch, today, now)
    if sheet.refusal is not None or enrolment is None or form is None:
        raise Conflict(sheet.refusal or say("Evaluasi ini tidak dapat diisi."))
    kept = check_answers(sheet.questions, [code for code, _ in sheet.trainers], answers)
    session.add(EvaluationReceipt(enrolment_id=enrolment.id))
    session.add(EvaluationAnswer(id=randomness(_ANSWER_BYTES).hex(), batch_id=batch.id, form_id=form.id, answers=kept))
    session.flush()


# --- what they say -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to a question.

    Attributes
    ----------
    tally : Tally or None
        Of a scale.
    texts : tuple of str
        Of a text, shuffled.
    """

    text: str
    tally: Tally | None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the participants of a batch said.

    Attributes
    ----------
    eligible, answered : int
        Who attended anything, and how many of them have answered.
    hidden : Message or None
        Why nothing is shown; None = it is.
    about_batch : tuple of QuestionResult
    by_trainer : tuple of (str, str, tuple of QuestionResult)
        Code and name of each trainer of whom enough was said.
    """

    batch: str
    training_name: str
    form_name: str
    eligible: int
    answered: int
    opens_on: date
    until: date
    hidden: Message | None
    about_batch: tuple[QuestionResult, ...] = ()
    by_trainer: tuple[tuple[str, str, tuple[QuestionResult, ...]], ...] = ()


def view_summary(session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime) -> Summary:
    """Show what the participants of a batch said together.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "evaluations.view", on=today, unit_id=batch.organiser_id)
    record(session, actor, "evaluations.view", "batch", batch.code, now=now)
    session.flush()
    rules = evaluation_rules(session, today)
    span, form = _span(session, batch, rules), _form_for(session, batch, today)
    answers = _answers(session, batch.id)
    eligible, hidden = _eligible(session, batch.id), _hidden(session, batch, len(answers), rules, today)
    head = (batch.code, batch.training.name, form.name if form is not None else "", eligible, len(answers),
            span.opens_at.astimezone(WITA).date(), span.until)
    if hidden is not None or form is None:
        return Summary(*head, hidden or say("Penyelenggara belum menyiapkan formulir evaluasi."))
    questions = _questions(form)
    by_trainer = tuple((code, name, found) for code, name in _trainers(session, batch.id)
                       if (found := _results(questions, answers, About.TRAINER, rules, code)))
    return Summary(*head, None, _results(questions, answers, About.BATCH, rules), by_trainer)


def _answers(session: Session, batch_id: int) -> list[dict[str, int | str]]:
    return list(session.scalars(select(EvaluationAnswer.answers).where(EvaluationAnswer.batch_id == batch_id)
                                .order_by(EvaluationAnswer.id)))


def _eligible(session: Session, batch_id: int) -> int:
    seated = select(Enrolment.id).where(Enrolment.batch_id == batch_id, Enrolment.status.in_(_SEATED))
    there = set(session.scalars(select(MeetingAttendance.enrolment_id).where(
        MeetingAttendance.enrolment_id.in_(seated), MeetingAttendance.state.in_(("PRESENT", "LATE")))))
    return len(there | set(session.scalars(select(Attendance.enrolment_id).where(
        Attendance.enrolment_id.in_(seated), Attendance.present.is_(True)))))


def _hidden(session: Session, batch: Batch, answered: int, rules: EvaluationRules, today: date) -> Message | None:
    """Return why the answers of a batch are not shown; None = they are."""
    span = _span(session, batch, rules)
    if not span.is_over(today) and answered < _eligible(session, batch.id):
        return say("Hasil tampil setelah evaluasi ditutup %(until)s, atau setelah semua peserta mengisinya, agar jawaban "
                   "seorang peserta tidak terbaca dari perubahan angkanya.", until=span.until)
    if answered < rules.min_answers:
        return say("Hasil tampil bila paling sedikit %(least)s peserta mengisi; yang mengisi %(answered)s.",
                   least=rules.min_answers, answered=answered)
    return None


def _results(
    questions: Sequence[Question], answers: Sequence[Mapping[str, int | str]], about: About, rules: EvaluationRules,
    trainer: str = "",
) -> tuple[QuestionResult, ...]:
    """Return what was said about the batch or a trainer; scales that too few answered, and their texts, are left out."""
    found = []
    for question in questions:
        if question.about is not about:
            continue
        key = answer_key(question, trainer)
        if question.kind is Kind.SCALE:
            counted = tally(answers, key)
            if counted.total >= rules.min_answers:
                found.append(QuestionResult(question.text, counted))
        else:
            found.append(QuestionResult(question.text, None, texts_of(answers, key)))
    if about is About.TRAINER and not any(one.tally is not None for one in found):
        return ()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class TrainerBatch:
    """What was said of a trainer in one batch."""

    batch: str
    training_name: str
    last_day: date
    answered: int
    results: tuple[QuestionResult, ...]


@dataclass(frozen=True, slots=True)
class TrainerView:
    """What was said of a trainer.

    Attributes
    ----------
    totals : tuple of QuestionResult
        Scales over all batches that are shown, by question.
    batches : tuple of TrainerBatch
        Newest first; those that are still open, or that too few answered, are left out.
    waiting : int
        How many are left out.
    """

    code: str
    name: str
    totals: tuple[QuestionResult, ...]
    batches: tuple[TrainerBatch, ...]
    waiting: int


def own_trainer_view(session: Session, actor: Actor, *, today: date, now: datetime) -> TrainerView:
    """Show a trainer what was said of himself.

    Raises
    ------
    Conflict
        If the actor is no trainer.
    """
    trainer = None if actor.person_id is None else session.scalars(
        select(Trainer).where(Trainer.person_id == actor.person_id).order_by(Trainer.id)).first()
    if trainer is None:
        raise Conflict(say("Halaman ini untuk pengajar; akun Anda tidak tercatat sebagai pengajar."))
    return view_trainer(session, actor, trainer.code, today=today, now=now)


def view_trainer(session: Session, actor: Actor, code: str, *, today: date, now: datetime) -> TrainerView:
    """Show what was said of a trainer: to himself of all batches, to a training centre of its own.

    Raises
    ------
    NotFound
        If there is no trainer of that code.
    NotAllowed
        If the actor is neither the trainer nor of a training centre.
    """
    trainer = session.scalars(select(Trainer).where(Trainer.code == code)).one_or_none()
    if trainer is None:
        raise NotFound(say("Tidak ada pengajar dengan kode “%(code)s”.", code=code), where="TRAINER")
    person = session.get(Person, trainer.person_id) if trainer.person_id is not None else None
    own = person is not None and actor.person_id == person.id and is_allowed(
        session, actor, "evaluations.view_own", on=today, person=person)
    scope = None if own else scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    if not own:
        if scope is not None and not scope:
            require(session, actor, "evaluations.view", on=today)  # refused, with the sentence that says why
        record(session, actor, "evaluations.view_own", "trainer", trainer.code, now=now, person_id=trainer.person_id)
        session.flush()
    rules = evaluation_rules(session, today)
    batches = list(session.scalars(
        select(Batch).where(
            Batch.id.in_(select(EvaluationAnswer.batch_id)),
            Batch.id.in_(select(BatchTrainer.batch_id).where(BatchTrainer.trainer_id == trainer.id))
            | Batch.id.in_(select(Meeting.batch_id).join(MeetingTrainer, MeetingTrainer.meeting_id == Meeting.id)
                           .where(MeetingTrainer.trainer_id == trainer.id)),
            True if scope is None else Batch.organiser_id.in_(scope))
        .order_by(Batch.last_day.desc(), Batch.code)))
    shown: list[TrainerBatch] = []
    totals: dict[str, list[int]] = {}
    for batch in batches:
        answers, form = _answers(session, batch.id), _form_for(session, batch, today)
        if form is None or _hidden(session, batch, len(answers), rules, today) is not None:
            continue
        results = _results(_questions(form), answers, About.TRAINER, rules, trainer.code)
        if not results:
            continue
        shown.append(TrainerBatch(batch.code, batch.training.name, batch.last_day, len(answers), results))
        for one in results:
            if one.tally is not None:
                totals[one.text] = [sum(pair) for pair in zip(totals.get(one.text, [0] * 5), one.tally.counts, strict=True)]
    return TrainerView(trainer.code, trainer.name,
                       tuple(QuestionResult(text, Tally(tuple(counts))) for text, counts in totals.items()), tuple(shown),
                       len(batches) - len(shown))
