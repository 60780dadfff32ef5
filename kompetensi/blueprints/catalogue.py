"""Pages of the area catalogue: positions, trainings, competencies, the graph, its check, and imports."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints import catalogue_analysis, catalogue_changes
from kompetensi.blueprints.asked import page_number
from kompetensi.blueprints.kept_upload import pack, uploaded
from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput, InvalidRows
from kompetensi.forms.base import offer
from kompetensi.forms.catalogue import IMPORTANCE_WORDS, OFFERED_WORDS, ImportForm
from kompetensi.messages import Message, say
from kompetensi.services import catalogue, catalogue_check, catalogue_graph, catalogue_training, imports
from kompetensi.services.catalogue_position import view_position
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("catalogue", __name__)
catalogue_changes.register(blueprint)
catalogue_analysis.register(blueprint)

TABLE_WORDS = {
    "governments": say("Pemerintah daerah"), "units": say("Unit kerja"), "grades": say("Golongan"),
    "education-levels": say("Jenjang pendidikan"), "competencies": say("Kompetensi manajerial dan sosial kultural"),
    "technical-competencies": say("Kompetensi teknis"), "technical-ladder": say("Skala level teknis"),
    "job-classes": say("Jenjang jabatan"), "job-class-levels": say("Level bawaan per jenjang"),
    "trainings": say("Pelatihan"), "positions": say("Jabatan"), "mutasi-kinds": say("Jenis mutasi"),
    "mutasi-rules": say("Aturan mutasi"), "policies": say("Kebijakan")}


@blueprint.get("/jabatan")
def positions() -> ResponseReturnValue:
    """Show or search the positions."""
    text, vacant = request.args.get("q", "").strip()[:200], request.args.get("lowong") == "1"
    found = catalogue.find_positions(
        session(), actor(), text, on=clock().today(), vacant_only=vacant, number=page_number())
    return page("catalogue/positions.html", found=found, text=text, vacant=vacant,
                may_create=catalogue_changes.may_create_position())


@blueprint.get("/jabatan/<path:code>")
def position(code: str) -> ResponseReturnValue:
    """Show a position with its standards and posts."""
    return page("catalogue/position.html", position=view_position(session(), actor(), code, on=clock().today()),
                importance_words=IMPORTANCE_WORDS)


@blueprint.get("/pelatihan")
def trainings() -> ResponseReturnValue:
    """Show or search the trainings."""
    text = request.args.get("q", "").strip()[:200]
    found = catalogue.find_trainings(session(), actor(), text, on=clock().today(), number=page_number())
    return page("catalogue/trainings.html", found=found, text=text, offered_words=OFFERED_WORDS,
                may_create=catalogue_changes.may_edit_trainings())


@blueprint.get("/pelatihan/<path:code>")
def training(code: str) -> ResponseReturnValue:
    """Show a training with what it gives, asks for, and when it is held."""
    shown = catalogue_training.view_training(session(), actor(), code, on=clock().today())
    return page("catalogue/training.html", training=shown,
                offered_words=OFFERED_WORDS, importance_words=IMPORTANCE_WORDS)


@blueprint.get("/kompetensi/<path:code>")
def competency(code: str) -> ResponseReturnValue:
    """Show a competency with its levels and what reaches and asks for them."""
    return page("catalogue/competency.html",
                competency=catalogue_training.view_competency(session(), actor(), code, on=clock().today()))


# --- the graph -----------------------------------------------------------------------------------------------------


@blueprint.get("/graf")
def graph() -> ResponseReturnValue:
    """Draw the graph around a node, and list the same."""
    text, focus = request.args.get("q", "").strip()[:200], request.args.get("focus", "").strip()
    radius = request.args.get("radius", "1")
    if radius not in ("1", "2"):
        raise InvalidInput(say("Jarak harus 1 sampai %(most)s langkah.", most=catalogue_graph.MOST_STEPS), where="radius")
    hits = catalogue_graph.find_nodes(session(), actor(), text, on=clock().today())
    if text and len(hits) == 1 and not focus:
        focus = hits[0].key
    shown = catalogue_graph.graph_page(session(), actor(), focus, int(radius), on=clock().today())
    return page("catalogue/graph.html", shown=shown, text=text, hits=hits, formats=catalogue_check.EXPORT_FORMATS,
                may_analyse=catalogue_analysis.may_analyse())


@blueprint.get("/graf/pemeriksaan")
def check() -> ResponseReturnValue:
    """Show what is wrong with the catalogue, or worth knowing about it."""
    found = catalogue_check.check_catalogue(session(), actor(), on=clock().today())
    return page("catalogue/check.html", found=found.check, names=found.names, grades=found.grades,
                blocked_words=catalogue_check.BLOCKED_WORDS, contradiction_words=catalogue_check.CONTRADICTION_WORDS)


@blueprint.get("/graf/unduh/<name>")
def export(name: str) -> ResponseReturnValue:
    """Send the whole graph as a file."""
    exported = catalogue_check.export_graph(session(), actor(), name, on=clock().today())
    return _attachment(exported.content, exported.media_type, exported.file_name)


def _attachment(content: bytes, media_type: str, file_name: str) -> Response:
    return Response(content, mimetype=media_type, headers={
        "Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "private, no-store"})


# --- imports -------------------------------------------------------------------------------------------------------


@blueprint.get("/impor")
def import_page() -> ResponseReturnValue:
    """Show the form for a table to import."""
    return _import_page(_import_form(fresh=True))


@blueprint.post("/impor")
def import_table() -> ResponseReturnValue:
    """Rehearse a table, or write one that was rehearsed."""
    form, writes = _import_form(), request.form.get("tulis") == "ya"
    if not form.validate():
        return _import_page(form, status=400)
    try:
        content = uploaded(form.file, form.kept.data, say("Pilih berkas CSV."))
        with transaction(session()):
            report = imports.import_table(session(), actor(), form.kind.data, content, dry_run=not writes,
                                          today=clock().today(), now=clock().now())
    except InvalidRows as error:
        return _import_page(form, status=400, rows=error.rows, problem=error.message)
    except InvalidInput as error:
        if not form.blame(error.where, error.message):
            raise
        return _import_page(form, status=400)
    if not writes:
        form.kept.data = pack(content)
        return _import_page(form, report=report)
    flash(translate("Impor selesai: %(created)s baru, %(updated)s berubah, %(unchanged)s tetap.",
                    created=report.created, updated=report.updated, unchanged=report.unchanged), "success")
    return redirect(url_for("kompetensi.catalogue.import_page"), 303)


@blueprint.get("/impor/templat/<kind>")
def import_template(kind: str) -> ResponseReturnValue:
    """Send the header of a table as a CSV to fill in."""
    template = imports.table_template(session(), actor(), kind, on=clock().today())
    return _attachment(template.content, "text/csv", template.file_name)


def _import_form(*, fresh: bool = False) -> ImportForm:
    form = ImportForm(formdata=None) if fresh else ImportForm()
    form.file.flags.required = True  # a rehearsed table is the exception, and asks for no file
    form.kind.choices = offer(((kind, TABLE_WORDS[kind]) for kind in imports.KINDS), empty=say("pilih tabel"))
    return form


def _import_page(
    form: ImportForm, *, status: int = 200, report: imports.ImportReport | None = None, rows: object = (),
    problem: Message | None = None,
) -> Response:
    imports.require_import(session(), actor(), on=clock().today())
    return page("catalogue/import.html", status=status, form=form, report=report, rows=rows, problem=problem,
                tables=TABLE_WORDS)


