"""Pages of the area matching: the readiness map with the people behind it, vacant positions, and who could fill them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import page_number
from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session
from kompetensi.exchange.readiness_map import map_to_csv
from kompetensi.messages import say
from kompetensi.services import matching
from kompetensi.services import readiness_map as maps
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("matching", __name__)


def _asked() -> dict[str, Any]:
    today = clock().today()
    return {"target": request.args.get("jabatan", "").strip() or None, "group": request.args.get("kelompok", "").strip() or None,
            "on": today, "today": today}


@blueprint.get("/peta-kesiapan")
def readiness_map() -> ResponseReturnValue:
    """Show which competencies are missing, agency by agency."""
    asked = _asked()
    found = maps.readiness_map(session(), actor(), **asked)
    choices = [{"href": url_for("kompetensi.matching.readiness_map", jabatan=found.target, kelompok=key),
                "text": words, "current": found.group == key}
               for key, words in ((None, say("Semua jabatan")), *maps.GROUPS.items())]
    return page("matching/readiness_map.html", map=found, choices=choices)


@blueprint.get("/peta-kesiapan/unduh.csv")
def download() -> ResponseReturnValue:
    """Send the numbers of the map as a table."""
    content = map_to_csv(maps.readiness_map(session(), actor(), **_asked()), translate)
    return Response(content, mimetype="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="peta-kesiapan.csv"', "Cache-Control": "private, no-store"})


@blueprint.get("/peta-kesiapan/<unit>")
def agency(unit: str) -> ResponseReturnValue:
    """Show one agency with all its competencies."""
    found = maps.agency_map(session(), actor(), unit, **_asked())
    return page("matching/agency.html", map=found.map, unit=found.code, unit_name=found.name)


@blueprint.get("/peta-kesiapan/<unit>/<path:code>")
def people(unit: str, code: str) -> ResponseReturnValue:
    """Show the people behind a number of the map."""
    with transaction(session()):
        found = maps.cell_people(session(), actor(), unit, code, number=page_number(), now=clock().now(), **_asked())
    return page("matching/people.html", found=found)


people.writes = True  # type: ignore[attr-defined]  # it notes whose levels were shown


@blueprint.get("/suksesi")
def vacancies() -> ResponseReturnValue:
    """Show the vacant positions and who could fill them."""
    return page("matching/vacancies.html",
                found=matching.vacant_positions(session(), actor(), today=clock().today(), number=page_number()))


@blueprint.get("/suksesi/<path:code>")
def succession(code: str) -> ResponseReturnValue:
    """Show the people nearest to a position."""
    with transaction(session()):
        found = matching.view_succession(session(), actor(), code, today=clock().today(), now=clock().now())
    return page("matching/succession.html", view_of=found)


succession.writes = True  # type: ignore[attr-defined]  # it notes whose readiness was shown
