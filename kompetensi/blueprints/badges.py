"""Badges at the web edge: files for the holder, and the public addresses by which anybody checks one without asking us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kompetensi.blueprints import public
from kompetensi.context import actor, clock, public_url, seal_keys, session, state
from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.services import badge_files, certificate_badges, competency_framework
from kompetensi.services.badge_files import BadgeFile, BadgeForm
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("badges", __name__)

_DAY_S = 24 * 3600


def _form(word: str) -> BadgeForm:
    if word not in set(BadgeForm):
        raise NotFound(say("Lencana ada sebagai json, png atau svg, bukan “%(form)s”.", form=word))
    return BadgeForm(word)


def _download(found: BadgeFile) -> Response:
    return Response(found.content, mimetype=found.media_type, headers={
        "Content-Disposition": f'attachment; filename="{found.name}"', "Cache-Control": "private, no-store"})


def _published(content: str | bytes, media_type: str, *, max_age_s: int) -> Response:
    """Return what anybody may read and keep for a while, from pages of other sites too."""
    response = Response(content, mimetype=media_type, headers={"Access-Control-Allow-Origin": "*"})
    response.cache_control.public, response.cache_control.max_age = True, max_age_s
    response.add_etag()
    return response.make_conditional(request)


def _json(document: Mapping[str, Any]) -> Response:
    return _published(json.dumps(document, ensure_ascii=False), "application/json", max_age_s=_DAY_S)


@blueprint.get("/sertifikat/<token>/lencana.<form>")
def file(token: str, form: str) -> ResponseReturnValue:
    """Hand out the badge of a certificate."""
    with transaction(session()):
        return _download(badge_files.read_badge(
            session(), actor(), token, _form(form), today=clock().today(), now=clock().now()))


file.writes = True  # type: ignore[attr-defined]  # notes who took somebody else's badge


@blueprint.get("/berbagi/<key>/lencana.<form>")
@public
def shared_file(key: str, form: str) -> ResponseReturnValue:
    """Hand out the badge to whoever has the link to a certificate."""
    return _download(badge_files.read_shared_badge(session(), key, _form(form), today=clock().today()))


@blueprint.get("/lencana/status/<name>")
@public
def status_list(name: str) -> ResponseReturnValue:
    """Publish which badges of a list no longer count."""
    text = certificate_badges.publish_status_list(session(), name, seal=state().seal, today=clock().today())
    return _published(text, "application/vc", max_age_s=int(certificate_badges.STATUS_LIST_LIVES_FOR.total_seconds()))


@blueprint.get("/lencana/gambar/<kind>.svg")
@public
def picture(kind: str) -> ResponseReturnValue:
    """Publish the picture of all badges of a kind."""
    return _published(certificate_badges.publish_picture(session(), kind, today=clock().today()), "image/svg+xml",
                      max_age_s=_DAY_S)


@blueprint.get("/.well-known/did.json")
@blueprint.get("/did.json")
@public
def did() -> ResponseReturnValue:
    """Publish the keys of our did:web: below ``/.well-known`` for a public address without a path, else below the path."""
    return _json(certificate_badges.publish_did(
        session(), seal=state().seal, earlier_keys=[key.public_key for key in seal_keys()], public_url=public_url(),
        today=clock().today()))


@blueprint.get("/kerangka")
@public
def framework() -> ResponseReturnValue:
    """Publish the dictionary of competencies as a CASE package."""
    return _json(competency_framework.publish_framework(session(), public_url=public_url(), today=clock().today()))


@blueprint.get("/kerangka/<code>")
@public
def competency(code: str) -> ResponseReturnValue:
    """Publish one competency as a CASE item."""
    return _json(competency_framework.publish_competency(
        session(), code, public_url=public_url(), today=clock().today()))
