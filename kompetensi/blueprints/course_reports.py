"""Pages of the area course_reports: each report as words, drawing, table, workbook and comma-separated values."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput, NotFound
from kompetensi.exchange.spreadsheets import write_csv, write_workbook
from kompetensi.messages import say
from kompetensi.services.course_reports import TITLES, Report, ReportName, course_report, report_choices

blueprint = Blueprint("course_reports", __name__)

# Words of the address, by report.
_WORDS = {ReportName.FILL: "keterisian", ReportName.PASS: "kelulusan", ReportName.COST: "biaya", ReportName.HOURS: "jp",
          ReportName.SUPPLY: "kebutuhan", ReportName.WAITING: "daftar-tunggu"}
_NAMES = {word: name for name, word in _WORDS.items()}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _asked() -> dict[str, Any]:
    text = request.args.get("tahun", "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidInput(say("“%(text)s” bukan tahun; tulis seperti 2027.", text=text[:20]), where="tahun")
    return {"year": int(text) if text else None, "training": request.args.get("pelatihan", "").strip()[:60],
            "agency": request.args.get("opd", "").strip()[:60]}


def _report(word: str) -> Report:
    if word not in _NAMES:
        raise NotFound(say("Tidak ada laporan itu."))
    return course_report(session(), actor(), _NAMES[word], today=clock().today(), now=clock().now(), **_asked())


@blueprint.get("/laporan")
def home() -> ResponseReturnValue:
    """List the reports with the question that each answers."""
    report_choices(session(), actor(), today=clock().today())
    return page("course_reports/home.html", reports=[(_WORDS[name], *TITLES[name]) for name in ReportName])


@blueprint.get("/laporan/<word>")
def report(word: str) -> ResponseReturnValue:
    """Show one report."""
    found = _report(word)
    kept = {name: request.args[name] for name in ("pelatihan", "opd") if request.args.get(name)} | {"tahun": found.year}
    return page("course_reports/report.html", found=found, word=word, words=_WORDS, titles=TITLES, kept=kept,
                choices=report_choices(session(), actor(), today=clock().today()))


@blueprint.get("/laporan/<word>.xlsx")
def workbook(word: str) -> ResponseReturnValue:
    """Hand out the table as a workbook."""
    found = _report(word)
    content = write_workbook(TITLES[found.name][0], clock().now(), [found.sheet], translate)
    return Response(content, mimetype=_XLSX, headers=_attachment(f"{word}-{found.year}.xlsx"))


@blueprint.get("/laporan/<word>.csv")
def table(word: str) -> ResponseReturnValue:
    """Hand out the table as comma-separated values."""
    found = _report(word)
    return Response(write_csv(found.sheet, translate), mimetype="text/csv",
                    headers=_attachment(f"{word}-{found.year}.csv"))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
