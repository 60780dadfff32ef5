"""Pages of the area catalogue that answer HR's questions from the graph: bottlenecks, needs, impact, careers, likeness, versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import asked_day
from kompetensi.blueprints.rendering import page
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput, NotFound
from kompetensi.graph.career import Limits
from kompetensi.graph.difference import Value
from kompetensi.messages import format_value, say
from kompetensi.rules.access import allow
from kompetensi.services import catalogue_analysis as service
from kompetensi.services.catalogue_analysis import NewTraining

__all__ = ["may_analyse", "register"]

_LARGEST = 1_000_000_000
_BASIS_WORDS = {"catalogue": say("Dari standar ke standar"), "proven": say("Pegawai, level terbukti"),
                "expected": say("Pegawai, level diperkirakan")}
_FIELD_WORDS = {
    "name": say("nama"), "kind": say("jenis"), "urusan": say("urusan"), "jp": say("JP"), "cost_idr": say("biaya"),
    "min_golongan": say("golongan terendah"), "entry": say("syarat masuk"), "offered": say("penyelenggaraan"),
    "equivalent": say("diakui sebagai"), "target_classes": say("jenjang sasaran"), "validity_years": say("masa berlaku, tahun"),
    "raises": say("menaikkan"), "unit": say("kode unit kerja"), "unit_name": say("unit kerja"), "job_class": say("jenjang"),
    "min_education": say("pendidikan terendah"), "education_fields": say("bidang pendidikan"),
    "min_experience_years": say("pengalaman, tahun"), "standard_version": say("versi standar"),
    "valid_from": say("berlaku sejak"), "requirements.level": say("level"), "requirements.importance": say("kepentingan"),
    "requirements.weight": say("bobot"), "trainings": say("pelatihan yang diminta")}


def register(blueprint: Blueprint) -> None:
    """Add the pages to the area's blueprint."""
    for rule, view in (("", home), ("/penghambat", bottlenecks), ("/kebutuhan", needs), ("/dampak", impact),
                       ("/karier", career), ("/serupa", similar), ("/perbedaan", difference)):
        blueprint.add_url_rule(f"/graf/analisis{rule}", f"analysis_{view.__name__}", view, methods=["GET"])
    blueprint.add_url_rule("/graf/analisis/perbedaan", "analysis_files", compared_files, methods=["POST"])


def may_analyse() -> bool:
    """Whether to offer these pages; the services decide."""
    return allow(actor(), "catalogue.analyse")


def home() -> ResponseReturnValue:
    """Show what can be asked of the graph."""
    return page("catalogue/analysis.html", home=service.analysis_home(session(), actor(), on=clock().today()))


def bottlenecks() -> ResponseReturnValue:
    """Show the competencies that open the most positions."""
    today = clock().today()
    return _answered("bottlenecks", lambda: service.find_bottlenecks(
        session(), actor(), on=today, today=today, size=_whole("banyak", 3, 1, service.MOST_COMPETENCIES),
        basis=request.args.get("dasar") or "catalogue"), basis_words=_BASIS_WORDS, most=service.MOST_COMPETENCIES)


def needs() -> ResponseReturnValue:
    """Show whose gaps each training serves."""
    today = clock().today()
    return _answered("needs", lambda: service.training_needs(
        session(), actor(), on=today, today=today, basis=request.args.get("dasar") or "expected"), basis_words=_BASIS_WORDS)


def impact() -> ResponseReturnValue:
    """Show what changes when a training goes, or a further one comes."""
    code, competency = _text("pelatihan"), _text("kompetensi").upper()

    def ask() -> Any:
        today = clock().today()
        if competency:
            after = _text("sesudah").upper()
            new = NewTraining("PELATIHAN-BARU", ((competency, _whole("level", 1, 1, 5)),), _whole("jp", 0, 0, _LARGEST), 0,
                              (after,) if after else ())
            return service.training_impact(session(), actor(), new.code, on=today, new=new)
        return service.training_impact(session(), actor(), code, on=today) if code else None

    return _answered("impact", ask, asked=request.args)


def career() -> ResponseReturnValue:
    """Show the cheapest chains of moves between two positions."""
    source, target = _text("dari"), _text("ke")

    def ask() -> Any:
        if not (source or target):
            return None
        if not (source and target):
            raise InvalidInput(say("Sebutkan jabatan asal dan jabatan tujuan."), where="ke" if source else "dari")
        rise = _text("naik")
        limits = Limits(_whole("kekurangan", 50, 0, 100) * service.SCORE_MAX // 100,
                        _whole("naik", 0, 0, 16) if rise else None, request.args.get("turun") == "1",
                        request.args.get("urusan") == "1", request.args.get("bidang") != "bebas")
        return service.map_career(session(), actor(), source, target, on=clock().today(), limits=limits)

    return _answered("career", ask, asked=request.args, sentence=service.career_sentence, reasons=service.career_reasons)


def similar() -> ResponseReturnValue:
    """Show the positions most like one."""
    code = _text("jabatan")
    return _answered("similar", lambda: service.similar_positions(session(), actor(), code, on=clock().today(), top=20)
                     if code else None, asked=request.args)


def difference() -> ResponseReturnValue:
    """Show what differs between the catalogues of two days."""

    def ask() -> Any:
        today = clock().today()
        if not _text("dari"):
            return None
        return service.compare_days(session(), actor(), asked_day("dari", today), asked_day("ke", today), today=today)

    return _answered("difference", ask, **_difference_words())


def compared_files() -> ResponseReturnValue:
    """Show what differs between two exported graphs, or one and the catalogue of today."""

    def ask() -> Any:
        old, new = (request.files.get(name) for name in ("lama", "baru"))
        if old is None or not old.filename:
            raise InvalidInput(say("Pilih berkas graf yang lama."), where="lama")
        later = (new.filename, new.read()) if new is not None and new.filename else None
        return service.compare_files(session(), actor(), (old.filename, old.read()), later, today=clock().today())

    return _answered("difference", ask, **_difference_words())


def _difference_words() -> dict[str, Any]:
    return {"asked": request.args, "sentence": service.difference_sentence, "field_words": _FIELD_WORDS, "value": _value,
            "today": clock().today()}


def _value(value: Value) -> str | int | date:
    """Return what stands in the table for a value; numbers and days are written there, in the reader's language."""
    if value is None or value in ("", ()):
        return "–"
    return format_value(value) if isinstance(value, tuple) else value


def _answered(name: str, ask: Callable[[], Any], **context: Any) -> Response:
    """Render an answer, or the same page with what was wrong in the question."""
    found, problem, status = None, None, 200
    try:
        found = ask()
    except InvalidInput as error:
        problem, status = error.message, 404 if isinstance(error, NotFound) else 400
    # Without an answer the page still offers what can be asked about.
    names = found.names if found is not None else service.analysis_home(session(), actor(), on=clock().today()).names
    return page(f"catalogue/analysis_{name}.html", status=status, found=found, problem=problem, names=names, **context)


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:200]


def _whole(name: str, default: int, lowest: int, highest: int) -> int:
    text = _text(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and lowest <= int(text) <= highest):
        raise InvalidInput(say("“%(text)s”: isi dengan bilangan bulat %(lowest)s sampai %(highest)s.", text=text, lowest=lowest,
                               highest=highest), where=name)
    return int(text)
