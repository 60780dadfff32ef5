"""Pages of the area results: a form of all participants, filled by hand, by proposal or from a table."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, press, session, state
from kompetensi.errors import InvalidRows, NotFound, RowError
from kompetensi.exchange.result_sheet import read_results
from kompetensi.exchange.siasn_results import to_json_lines, to_workbook
from kompetensi.forms import results as forms
from kompetensi.jobs import order_batch
from kompetensi.messages import Message, say
from kompetensi.services import results as service
from kompetensi.services.certificates import Press
from kompetensi.services.results import ResultEntry, ResultsView
from kompetensi.services.siasn_results import collect_results
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("results", __name__)

_MEDIA_TYPES = {"jsonl": "application/jsonl",
                "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _view(code: str, scores: dict[str, int | None] | None = None) -> ResultsView:
    with transaction(session()):
        return service.view_results(session(), actor(), code, scores=scores, **_on())


def _show(
    code: str, found: ResultsView, form: forms.ResultsForm, *, problem: Message | None = None, status: int = 200,
    refused: tuple[RowError, ...] = (), file_form: forms.ResultsFileForm | None = None, is_filled: bool = False,
) -> ResponseReturnValue:
    return page("results/results.html", status=status, found=found, form=form, problem=problem, refused=refused,
                file_form=file_form or forms.ResultsFileForm(formdata=None), is_filled=is_filled,
                lines={line.participant.nip: line for line in found.lines})


def _form(found: ResultsView, filled: dict[str, dict[str, Any]] | None = None) -> forms.ResultsForm:
    """Return the form with what is recorded, and over that what fills it in."""
    rows = []
    for line in found.lines:
        one = line.participant
        rows.append({"nip": one.nip, "outcome": one.outcome or "", "score": one.score_hundredths, "note": ""}
                    | (filled or {}).get(one.nip, {}))
    return forms.ResultsForm(formdata=None, data={"on": clock().today(), "results": rows})


@blueprint.route("/angkatan/<code>/hasil", methods=["GET", "POST"])
def results(code: str) -> ResponseReturnValue:
    """Show the results of all participants as one form, and keep what was filled in."""
    if request.method == "GET":
        found = _view(code)
        return _show(code, found, _form(found))
    form = forms.ResultsForm()
    if request.form.get("isi") == "usulan":
        return _propose(code, form)
    orders: list[str | None] = []
    problem = submit(form, lambda: orders.append(_keep(code, form)))
    if orders:
        if orders[0] is not None:
            flash(translate("Hasil tersimpan; sertifikatnya sedang diterbitkan."), "success")
            return redirect(url_for("kompetensi.jobs.job", job_id=orders[0]), 303)
        flash(translate("Hasil tersimpan. Sertifikat terbit dari halaman ini setelah hasilnya lengkap."), "success")
        return redirect(url_for("kompetensi.courses.batch", code=code, _anchor="peserta"), 303)
    return _show(code, _view(code), form, problem=problem, status=status_of(form, problem))


def _keep(code: str, form: forms.ResultsForm) -> str | None:
    """Record what was filled in; return the id of the job that issues the certificates, if one was asked for."""
    service.record_results(
        session(), actor(), code,
        [ResultEntry(row.nip.data or "", row.outcome.data, row.score.data, bool(row.remedial.data), row.note.data or "")
         for row in form.results if row.outcome.data],
        on=form.on.data, early=form.early.data, **_on())
    if not form.issue.data:
        return None
    return order_batch(session(), actor(), code, press=Press(**press()), engine=state().jobs, **_on())


def _propose(code: str, form: forms.ResultsForm) -> ResponseReturnValue:
    """Show the form anew, with the outcomes that attendance and the typed scores speak for; nothing is kept."""
    form.validate()
    found = _view(code, {row.nip.data or "": row.score.data for row in form.results})
    proposed = {line.participant.nip: line.proposal.outcome for line in found.lines
                if line.participant.certificate_number is None}
    for row in form.results:
        outcome = proposed.get(row.nip.data or "")
        if outcome is not None:
            row.outcome.data = outcome
            if outcome == "ABSENT":
                row.score.data, row.score.raw_data = None, []
        row.outcome.errors = []
    form.results.errors = []
    return _show(code, found, form, is_filled=True, status=status_of(form, None))


@blueprint.post("/angkatan/<code>/hasil/berkas")
def fill_in(code: str) -> ResponseReturnValue:
    """Fill the form in from a table, for the centre to look at and keep; nothing is kept by that."""
    found, form = _view(code), forms.ResultsFileForm()
    if not form.validate():
        return _show(code, found, _form(found), file_form=form, status=400)
    try:
        read = read_results(form.file.data.read())
    except InvalidRows as error:
        return _show(code, found, _form(found), file_form=form, refused=error.rows, status=400)
    filled, refused = service.match_rows(found, read.rows)
    return _show(
        code, _view(code, {nip: row.score_hundredths for nip, row in filled.items()}),
        _form(found, {nip: {"outcome": row.outcome, "score": row.score_hundredths, "remedial": row.remedial, "note": row.note}
                      for nip, row in filled.items()}),
        refused=tuple(sorted((*read.errors, *refused), key=lambda error: error.row)), is_filled=True)


@blueprint.get("/angkatan/<code>/hasil/siasn")
def siasn(code: str) -> ResponseReturnValue:
    """Show what of a batch can be reported to SIASN, and why the rest cannot."""
    with transaction(session()):
        found = collect_results(session(), actor(), batch_code=code, **_on())
    return page("results/siasn.html", code=code.strip().upper(), found=found)


@blueprint.get("/angkatan/<code>/hasil/siasn.<form>")
def siasn_file(code: str, form: str) -> ResponseReturnValue:
    """Hand out the results of a batch in the shape of SIASN."""
    if form not in ("jsonl", "xlsx"):
        raise NotFound(say("Ekspor SIASN ada sebagai jsonl atau xlsx, bukan “%(form)s”.", form=form))
    with transaction(session()):
        found = collect_results(session(), actor(), batch_code=code, **_on())
    agency_id = current_app.config["KOMPETENSI_SIASN_AGENCY_ID"]
    content: str | bytes = (
        to_json_lines(found.results, agency_id=agency_id) if form == "jsonl" else
        to_workbook(found.results, found.refused, agency_id=agency_id, translate=translate))
    return Response(content, mimetype=_MEDIA_TYPES[form], headers={
        "Content-Disposition": f'attachment; filename="siasn-{code.strip().upper()}.{form}"',
        "Cache-Control": "private, no-store"})


# These note who looked at the participants.
for _view_function in (results, fill_in, siasn, siasn_file):
    _view_function.writes = True  # type: ignore[attr-defined]
