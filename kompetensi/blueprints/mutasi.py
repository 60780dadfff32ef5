"""Pages of the area mutasi: HR's cases, the rules of one move, its dossier, decisions, the calendar of elections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms import mutasi as forms
from kompetensi.forms.base import Form, offer
from kompetensi.forms.people import flag_of, flag_text
from kompetensi.messages import Message, say
from kompetensi.services import mutasi
from kompetensi.services.mutasi import EligibilityView
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("mutasi", __name__)

# Headings of the page and the categories of rules below each; what is in none stands under the last.
_GROUPS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (say("Kompetensi dan pengembangan"), ("kompetensi", "bangkom", "talenta")),
    (say("Masa, pangkat, pendidikan, dan usia"), ("masa", "pangkat", "jabatan", "jf", "usia", "pendidikan")),
    (say("Status, kinerja, dan disiplin"), ("status", "kinerja", "disiplin", "etika")),
    (say("Formasi dan waktu"), ("formasi", "waktu")),
    (say("Berkas dan tata kelola"), ("dokumen", "keuangan", "tata-kelola")),
)


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _grouped(answers) -> list[tuple[Message, list]]:
    groups: list[tuple[Message, list]] = [(title, []) for title, _ in _GROUPS]
    for answer in answers:
        number = next((number for number, (_, names) in enumerate(_GROUPS) if answer.rule.category in names), -1)
        groups[number][1].append(answer)
    return [(title, rows) for title, rows in groups if rows]


@blueprint.get("/mutasi")
def home() -> ResponseReturnValue:
    """Show HR's cases."""
    number = request.args.get("halaman", "1")
    table = mutasi.list_cases(session(), actor(), today=clock().today(),
                              page=int(number) if number.isdecimal() and len(number) < 7 else 1)
    return page("mutasi/home.html", table=table, outcomes=mutasi.OUTCOMES)


@blueprint.get("/mutasi/<nip>/<code>")
def eligibility(nip: str, code: str) -> ResponseReturnValue:
    """Show what the rules say of a move on a day."""
    form = forms.OnForm(request.args)
    if not form.validate():
        raise InvalidInput(say("“%(value)s” bukan tanggal; tulis seperti 2026-11-23.",
                               value=request.args.get("on", "")), where="on")
    with transaction(session()):
        found = mutasi.view_eligibility(session(), actor(), nip, code, on=form.on.data or clock().today(), **_on())
    answers = found.result.answers
    return page(
        "mutasi/eligibility.html", found=found, outcomes=mutasi.OUTCOMES,
        acting=_grouped(row for row in answers if row.verdict not in ("met", "not_applicable")),
        met=_grouped(row for row in answers if row.verdict == "met"),
        idle=[row for row in answers if row.verdict == "not_applicable"])


eligibility.writes = True  # type: ignore[attr-defined]  # it notes who looked at somebody else's case


def _found(nip: str, code: str) -> EligibilityView:
    today = clock().today()
    return mutasi.eligibility_of(session(), actor(), nip, code, on=today, today=today)


def _to_case(nip: str, code: str) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.mutasi.eligibility", nip=nip, code=code), 303)


def _answer(
    nip: str, code: str, form: Form, act: Callable[[], object], title: Message, button: Message, done: Message,
    *, text: str = "",
) -> ResponseReturnValue:
    """Show a form about a case, or act on it in one transaction and go back to the case."""
    problem = submit(form, act) if request.method == "POST" else None
    if request.method == "POST" and status_of(form, problem) == 200:
        flash(translate(done), "success")
        return _to_case(nip, code)
    return page("mutasi/form.html", status=status_of(form, problem), form=form, problem=problem, title=title,
                button=button, text=text, found=_found(nip, code))


@blueprint.route("/mutasi/<nip>/<code>/berkas", methods=["GET", "POST"])
def dossier(nip: str, code: str) -> ResponseReturnValue:
    """Open the dossier of a move, or change what it says."""
    known = _found(nip, code).dossier if request.method == "GET" else None
    form = forms.DossierForm(data={"own_request": flag_text(known.own_request), "planned_on": known.planned_on}
                             if known else None)
    return _answer(
        nip, code, form, lambda: mutasi.open_dossier(
            session(), actor(), nip, code, own_request=flag_of(form.own_request.data),
            planned_on=form.planned_on.data, **_on()),
        say("Berkas perkara"), say("Simpan berkas perkara"), say("Berkas perkara disimpan."))


def _text_of(nip: str, code: str, rule_id: str) -> str:
    return next((row.rule.text for row in _found(nip, code).result.answers if row.rule.rule_id == rule_id), "")


@blueprint.route("/mutasi/<nip>/<code>/<rule_id>/berkas", methods=["GET", "POST"])
def document(nip: str, code: str, rule_id: str) -> ResponseReturnValue:
    """Record the document that answers a rule."""
    form = forms.DocumentForm()
    return _answer(
        nip, code, form, lambda: mutasi.add_document(
            session(), actor(), nip, code, rule_id, number=form.number.data or "", dated=_day(form.dated.data),
            issued_by=form.issued_by.data or "", **_on()),
        say("Berkas untuk aturan %(rule)s", rule=rule_id), say("Catat berkas"),
        say("Berkas dicatat; berlaku sesudah diperiksa."), text=_text_of(nip, code, rule_id))


def _day(value: date | None) -> date:
    if value is None:  # the form demands it; a request without it never comes here
        raise InvalidInput(say("Tanggal wajib diisi."), where="dated")
    return value


@blueprint.post("/mutasi/<nip>/<code>/<rule_id>/periksa")
def verify(nip: str, code: str, rule_id: str) -> ResponseReturnValue:
    """Confirm that a document was seen and is in order."""
    with transaction(session()):
        mutasi.verify_document(session(), actor(), nip, code, rule_id, **_on())
    flash(translate("Berkas dinyatakan sesuai."), "success")
    return _to_case(nip, code)


@blueprint.route("/mutasi/<nip>/<code>/<rule_id>/penilaian", methods=["GET", "POST"])
def judgement(nip: str, code: str, rule_id: str) -> ResponseReturnValue:
    """Record a person's judgement on a rule."""
    form = forms.JudgementForm()
    return _answer(
        nip, code, form, lambda: mutasi.judge(
            session(), actor(), nip, code, rule_id, met=form.met.data == "yes", reason=form.reason.data or "", **_on()),
        say("Penilaian aturan %(rule)s", rule=rule_id), say("Catat penilaian"), say("Penilaian dicatat."),
        text=_text_of(nip, code, rule_id))


@blueprint.route("/mutasi/<nip>/<code>/keputusan", methods=["GET", "POST"])
def decide(nip: str, code: str) -> ResponseReturnValue:
    """Freeze the rules, facts and result of today with what HR decides."""
    form = forms.DecisionForm()
    return _answer(
        nip, code, form, lambda: mutasi.decide(
            session(), actor(), nip, code, outcome=form.outcome.data or "", reason=form.reason.data or "", **_on()),
        say("Keputusan perkara"), say("Bekukan dan putuskan"), say("Keputusan dibekukan."))


@blueprint.get("/mutasi/keputusan/<int:number>")
def decision(number: int) -> ResponseReturnValue:
    """Show a frozen decision."""
    found = mutasi.view_decision(session(), actor(), number, today=clock().today())
    return page("mutasi/decision.html", found=found, outcomes=mutasi.OUTCOMES)


@blueprint.get("/mutasi/keputusan/<int:number>.json")
def frozen(number: int) -> ResponseReturnValue:
    """Hand out the canonical text that the hash belongs to."""
    found = mutasi.view_decision(session(), actor(), number, today=clock().today())
    return Response(found.frozen, mimetype="application/json", headers={
        "Content-Disposition": f'attachment; filename="keputusan-{found.id}.json"'})


@blueprint.route("/mutasi/pilkada", methods=["GET", "POST"])
def elections() -> ResponseReturnValue:
    """Show the calendar of elections and add to it."""
    rows, governments = mutasi.list_elections(session(), actor())
    form, problem = forms.ElectionForm(), None
    form.government.choices = offer(governments)
    if request.method == "POST":
        problem = submit(form, lambda: mutasi.add_election(
            session(), actor(), government=form.government.data, name=form.name.data or "",
            candidates_set_on=_day(form.candidates_set_on.data), source=form.source.data or "", now=clock().now()))
        if status_of(form, problem) == 200:
            flash(translate("Kalender pilkada disimpan."), "success")
            return redirect(url_for("kompetensi.mutasi.elections"), 303)
    return page("mutasi/elections.html", status=status_of(form, problem), rows=rows, form=form, problem=problem)


@blueprint.post("/mutasi/pilkada/<int:number>/hapus")
def remove_election(number: int) -> ResponseReturnValue:
    """Take an entry out of the calendar."""
    with transaction(session()):
        mutasi.remove_election(session(), actor(), number, now=clock().now())
    flash(translate("Dihapus dari kalender."), "success")
    return redirect(url_for("kompetensi.mutasi.elections"), 303)
