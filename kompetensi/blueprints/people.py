"""Pages of the area people: search, the record of a person, and HR's forms about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.forms import people as forms
from kompetensi.forms.base import Form, offer
from kompetensi.messages import Message, say
from kompetensi.rules.access import Role
from kompetensi.services import assessments, catalogue, occupancies, outside_certificates, people, people_edits
from kompetensi.services.outside_certificates import OutsideCertificate
from kompetensi.services.people import PersonFacts, PersonRecord
from kompetensi.services.readiness import trail_of
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("people", __name__)

_FLAGS = ("service_bond", "on_study_assignment", "no_discipline_record")


@blueprint.get("/pegawai")
def search() -> ResponseReturnValue:
    """Search people by name or NIP."""
    text, after = request.args.get("q", "").strip()[:200], request.args.get("after")
    found = people.find_people(session(), actor(), text, today=clock().today(), after=after)
    return page("people/search.html", found=found, text=text, after=after, may_add=actor().has_role(Role.HR))


@blueprint.get("/pegawai/<nip>")
def person(nip: str) -> ResponseReturnValue:
    """Show the record of a person."""
    return page("people/person.html", record=_record(nip), trail_of=trail_of, words=forms)


person.writes = True  # type: ignore[attr-defined]  # it notes who looked at somebody else's record


@blueprint.get("/pegawai/<nip>/sasaran")
def targets(nip: str) -> ResponseReturnValue:
    """Search the positions that a person could be held against."""
    text = request.args.get("jabatan", "").strip()[:200]
    record = _record(nip)
    found = catalogue.find_positions(session(), actor(), text, on=clock().today())
    return page("people/targets.html", record=record, found=found, text=text)


def _record(nip: str, action: str = "people.view") -> PersonRecord:
    with transaction(session()):
        return people.view_person(session(), actor(), nip, action=action, **_on())


def _choices() -> people.PersonChoices:
    return people.list_choices(session(), actor(), today=clock().today())


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _answer(
    nip: str, form: Form, act: Callable[[], object], title: Message, done: Message, button: Message,
    template: str = "people/form.html", record: PersonRecord | None = None, action: str = "people.edit",
    **context: Any,
) -> ResponseReturnValue:
    """Show a form about a person, or act on it in one transaction and go back to the record."""
    problem = None
    if request.method == "POST" and form.validate():
        try:
            with transaction(session()):
                act()
            flash(translate(done), "success")
            return redirect(url_for("kompetensi.people.person", nip=nip), 303)
        except (InvalidInput, Conflict) as error:
            if isinstance(error, NotFound) and error.where == "NIP":
                raise
            problem = None if form.blame(error.where, error.message) else error.message
    return page(template, status=400 if problem or form.bad_fields() else 200, form=form, problem=problem,
                title=title, button=button, record=record or _record(nip, action), **context)


def _facts(form: forms.FactsForm) -> PersonFacts:
    values = {field.name: form[field.name].data for field in fields(PersonFacts)}
    for name in ("title_before", "title_after", "birth_place"):
        values[name] = values[name] or ""
    for name in _FLAGS:
        values[name] = forms.flag_of(values[name])
    values["legal_status"] = values["legal_status"] or None
    return PersonFacts(**values)


@blueprint.route("/pegawai/baru", methods=["GET", "POST"])
def new_person() -> ResponseReturnValue:
    """Ask for a person who is not in the register yet, and add him."""
    form = forms.NewPersonForm()
    form.unit.choices = offer(_choices().units)
    problem = None
    if request.method == "POST" and form.validate():
        try:
            with transaction(session()):
                nip = people_edits.add_person(session(), actor(), form.nip.data or "", form.unit.data, _facts(form),
                                              **_on())
            flash(translate("Pegawai baru tersimpan."), "success")
            return redirect(url_for("kompetensi.people.person", nip=nip), 303)
        except (InvalidInput, Conflict) as error:
            problem = None if form.blame(error.where, error.message) else error.message
    return page("people/new_person.html", status=400 if problem or form.bad_fields() else 200, form=form,
                problem=problem)


@blueprint.route("/pegawai/<nip>/ubah", methods=["GET", "POST"])
def edit_facts(nip: str) -> ResponseReturnValue:
    """Ask for the facts of a person, and keep them."""
    record = _record(nip, "people.edit")
    data = {field.name: getattr(record.facts, field.name) for field in fields(PersonFacts)}
    form = forms.FactsForm(data=data | {name: forms.flag_text(data[name]) for name in _FLAGS})
    return _answer(
        nip, form, lambda: people_edits.edit_person(session(), actor(), nip, _facts(form), **_on()),
        say("Ubah data pegawai"), say("Data pegawai tersimpan."), say("Simpan data"), record=record)


@blueprint.route("/pegawai/<nip>/pangkat", methods=["GET", "POST"])
def add_rank(nip: str) -> ResponseReturnValue:
    """Ask for a new grade, and record it."""
    form = forms.RankForm()
    form.grade.choices = offer(_choices().grades)
    return _answer(
        nip, form, lambda: people_edits.add_rank(
            session(), actor(), nip, form.grade.data, form.effective_from.data, **_on()),
        say("Catat golongan"), say("Golongan tercatat."), say("Catat golongan"))


@blueprint.route("/pegawai/<nip>/pendidikan", methods=["GET", "POST"])
def add_education(nip: str) -> ResponseReturnValue:
    """Ask for a finished education, and record it."""
    form = forms.EducationForm()
    form.level.choices = offer(_choices().education)
    return _answer(
        nip, form, lambda: people_edits.add_education(
            session(), actor(), nip, form.level.data, form.field.data or "", form.graduated_on.data, **_on()),
        say("Catat pendidikan"), say("Pendidikan tercatat."), say("Catat pendidikan"))


@blueprint.route("/pegawai/<nip>/kinerja", methods=["GET", "POST"])
def rate_performance(nip: str) -> ResponseReturnValue:
    """Ask for the SKP rating of a year, and record or correct it."""
    form = forms.RatingForm()
    return _answer(
        nip, form, lambda: people_edits.rate_performance(
            session(), actor(), nip, form.year.data, form.rating.data, **_on()),
        say("Catat predikat kinerja"), say("Predikat kinerja tercatat."), say("Catat predikat"))


@blueprint.route("/pegawai/<nip>/angka-kredit", methods=["GET", "POST"])
def record_credit_points(nip: str) -> ResponseReturnValue:
    """Ask for the cumulative credit points of a day, and record or correct them."""
    form = forms.CreditForm()
    return _answer(
        nip, form, lambda: people_edits.record_credit_points(
            session(), actor(), nip, form.recorded_on.data, form.points.data, **_on()),
        say("Catat angka kredit"), say("Angka kredit tercatat."), say("Catat angka kredit"))


@blueprint.route("/pegawai/<nip>/sertifikat-luar", methods=["GET", "POST"])
def record_outside_certificate(nip: str) -> ResponseReturnValue:
    """Ask for a certificate of an outside issuer, and enter it into the register."""
    form = forms.OutsideCertificateForm()
    form.training.choices = offer(_choices().trainings)
    return _answer(
        nip, form, lambda: outside_certificates.record_outside_certificate(
            session(), actor(), nip, OutsideCertificate(
                form.training.data, form.issuer.data or "", form.number.data or "", form.finished_on.data,
                form.jp.data, form.valid_until.data), randomness=state().randomness, **_on()),
        say("Catat sertifikat luar"), say("Sertifikat luar tercatat."), say("Catat sertifikat"))


def _discipline(form: forms.DisciplineForm) -> people_edits.DisciplineFacts:
    return people_edits.DisciplineFacts(
        form.severity.data, form.sanction.data or "", form.opened_on.data, form.decided_on.data,
        form.served_from.data, form.served_until.data)


@blueprint.route("/pegawai/<nip>/disiplin", methods=["GET", "POST"])
def add_discipline_case(nip: str) -> ResponseReturnValue:
    """Ask for a disciplinary case, and record it."""
    form = forms.DisciplineForm()
    return _answer(
        nip, form, lambda: people_edits.add_discipline_case(session(), actor(), nip, _discipline(form), **_on()),
        say("Catat perkara disiplin"), say("Perkara disiplin tercatat."), say("Catat perkara"))


@blueprint.route("/pegawai/<nip>/disiplin/<int:case>", methods=["GET", "POST"])
def edit_discipline_case(nip: str, case: int) -> ResponseReturnValue:
    """Ask for the facts of a disciplinary case, and keep them."""
    record = _record(nip, "people.edit")
    known = next((line for line in record.discipline or () if line.id == case), None)
    if known is None:
        raise NotFound(say("Tidak ada perkara disiplin dengan nomor %(number)s.", number=case), where="case")
    form = forms.DisciplineForm(obj=known)
    return _answer(
        nip, form, lambda: people_edits.edit_discipline_case(
            session(), actor(), nip, case, _discipline(form), **_on()),
        say("Ubah perkara disiplin"), say("Perkara disiplin tersimpan."), say("Simpan perkara"), record=record)


@blueprint.route("/pegawai/<nip>/jabatan", methods=["GET", "POST"])
def start_occupancy(nip: str) -> ResponseReturnValue:
    """Ask for a post, and put the person into it."""
    form = forms.OccupancyForm()
    return _answer(
        nip, form, lambda: occupancies.start_occupancy(
            session(), actor(), nip, form.post.data or "", since=form.since.data, kind=form.kind.data,
            decree_no=form.decree_no.data or "", **_on()),
        say("Angkat dalam jabatan"), say("Riwayat jabatan tercatat."), say("Catat jabatan"))


@blueprint.route("/pegawai/<nip>/jabatan/<int:occupancy>/akhir", methods=["GET", "POST"])
def end_occupancy(nip: str, occupancy: int) -> ResponseReturnValue:
    """Ask for the last day of an occupancy, and end it."""
    form = forms.EndForm()
    return _answer(
        nip, form, lambda: occupancies.end_occupancy(
            session(), actor(), nip, occupancy, form.until.data, **_on()),
        say("Akhiri jabatan"), say("Riwayat jabatan tercatat."), say("Akhiri jabatan"))


@blueprint.route("/pegawai/<nip>/asesmen", methods=["GET", "POST"])
def record_assessment(nip: str) -> ResponseReturnValue:
    """Ask for the levels of an assessment, and record them as evidence."""
    offered = _choices()
    form = forms.assessment_form(offered.competencies)()
    form.target_class.choices = offer(offered.classes, empty=say("tidak disebut"))
    return _answer(
        nip, form, lambda: assessments.record_assessment(session(), actor(), nip, assessments.AssessmentFacts(
            form.kind.data, form.observed_on.data, form.provider.data or "", forms.levels_of(form),
            form.target_class.data or None, forms.flag_of(form.accredited.data), form.method.data or ""), **_on()),
        say("Catat hasil penilaian"), say("Hasil penilaian tercatat."), say("Catat hasil penilaian"),
        template="people/assessment.html", action="people.assess", competencies=offered.competencies)


@blueprint.route("/pegawai/<nip>/bukti/<int:evidence>/tarik", methods=["GET", "POST"])
def withdraw_evidence(nip: str, evidence: int) -> ResponseReturnValue:
    """Ask why a piece of evidence no longer counts, and withdraw it."""
    form = forms.WithdrawForm()
    return _answer(
        nip, form, lambda: assessments.withdraw_evidence(
            session(), actor(), evidence, form.reason.data or "", **_on()),
        say("Tarik bukti"), say("Bukti ditarik; tetap tersimpan dalam catatan."), say("Tarik bukti"),
        action="people.assess")


# A form about a person shows the record, and that is noted too.
for _view in (targets, edit_facts, add_rank, add_education, rate_performance, add_discipline_case, edit_discipline_case,
              start_occupancy, end_occupancy, record_assessment, withdraw_evidence):
    _view.writes = True  # type: ignore[attr-defined]
