"""Our own template environment: a host's filters, globals and templates stay its own, ours stay ours.

A host overrides a page by putting ``kompetensi/<area>/<page>.html`` into its own template folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import jinja2
from flask import Flask, current_app, g, get_flashed_messages, make_response, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from kompetensi import wording
from kompetensi.context import EXTENSION, actor, clock, session, state
from kompetensi.messages import Rupiah, format_date, format_number
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificates import group_nip
from kompetensi.services.inbox import count_unread
from kompetensi.services.settings import read_demo

__all__ = ["MenuItem", "View", "current_view", "page", "translate"]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the masthead."""

    label: str
    href: str
    icon: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What every page knows about its reader.

    Attributes
    ----------
    locale, theme : str
        ``id`` or ``en``; ``light`` or ``dark``.
    demo : bool
        Whether the people are invented.
    today : date
        The day that the data belong to.
    actor : Actor or None
        Who has signed in.
    menu : tuple of MenuItem
        At most six.
    """

    locale: str
    theme: str
    demo: bool
    today: date
    now: datetime
    actor: Actor | None
    menu: tuple[MenuItem, ...]
    agency_name: str
    standalone: bool
    csrf: Callable[[], str]


_MENUS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "ASN": (
        ("Kesiapan saya", "kompetensi.readiness.home", "compass"),
        ("Jabatan", "kompetensi.catalogue.positions", "diagram-3"),
        ("Jalur pelatihan", "kompetensi.paths.mine", "signpost-split"),
        ("Sertifikat", "kompetensi.certificates.wallet", "award"),
        ("Pesan", "kompetensi.admin.inbox", "chat-left-text"),
    ),
    Role.TRAINING_CENTRE: (
        ("Hari ini", "kompetensi.courses.home", "sun"),
        ("Angkatan", "kompetensi.courses.batches", "people"),
        ("Pelatihan", "kompetensi.catalogue.trainings", "journal-text"),
        ("Sertifikat", "kompetensi.certificates.register", "award"),
        ("Graf", "kompetensi.catalogue.graph", "share"),
    ),
    Role.HR: (
        ("Perkara", "kompetensi.mutasi.home", "inbox"),
        ("Pegawai", "kompetensi.people.search", "people"),
        ("Jabatan", "kompetensi.catalogue.positions", "diagram-3"),
        ("Graf", "kompetensi.catalogue.graph", "share"),
        ("Pesan", "kompetensi.admin.inbox", "chat-left-text"),
    ),
    Role.ADMIN: (
        ("Ringkasan", "kompetensi.admin.home", "speedometer2"),
        ("Akun", "kompetensi.admin.accounts", "person-gear"),
        ("Jejak audit", "kompetensi.admin.audit_log", "clock-history"),
        ("Impor", "kompetensi.catalogue.import_page", "upload"),
        ("Pemeriksaan graf", "kompetensi.catalogue.check", "share"),
    ),
}


def _menu_of(who: Actor) -> str:
    for role in (Role.HR, Role.TRAINING_CENTRE, Role.ADMIN):
        if who.has_role(role):
            return role
    return "ASN"


def _menu(who: Actor, locale: str) -> tuple[MenuItem, ...]:
    if who.is_anonymous:
        return ()
    unread = count_unread(session(), who)
    known = current_app.view_functions
    return tuple(
        MenuItem(wording.gettext(label, locale), url_for(endpoint), icon, request.endpoint == endpoint,
                 (unread or None) if endpoint == "kompetensi.admin.inbox" else None)
        for label, endpoint, icon in _MENUS[_menu_of(who)] if endpoint in known)


def preference(name: str, allowed: Sequence[str]) -> str:
    """Return a reader's choice kept in a cookie, or the first allowed value."""
    value = request.cookies.get(f"kompetensi_{name}", "")
    return value if value in allowed else allowed[0]


def current_view() -> View:
    """Return what the current request's reader sees everywhere; made once a request."""
    if "kompetensi_view" not in g:
        locale = preference("lang", tuple(wording.LOCALES))
        who = actor()
        g.kompetensi_view = View(
            locale=locale, theme=preference("theme", ("light", "dark")), demo=read_demo(session()) is not None,
            today=clock().today(), now=clock().now(), actor=None if who.is_anonymous else who,
            menu=_menu(who, locale), agency_name=current_app.config["KOMPETENSI_AGENCY_NAME"],
            standalone=state().standalone, csrf=generate_csrf)
    return g.kompetensi_view


def _locale() -> str:
    return current_view().locale


def translate(template: str, **params: object) -> str:
    """Return a template in the reader's language with its values filled in (``_`` in templates)."""
    text = wording.gettext(template, _locale())
    return text % params if params else text.replace("%%", "%")


def _translate_count(singular: str, plural: str, count: int, **params: object) -> str:
    return wording.ngettext(singular, plural, count, _locale()) % {"num": count, **params}


def format_range(first: date, last: date, locale: str) -> str:
    """Write two days as one range: ``11–19 Januari 2027``."""
    if first == last:
        return format_date(first, locale=locale)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_date(last, locale=locale)}"
    if first.year == last.year:
        return f"{format_date(first, locale=locale).rsplit(' ', 1)[0]} – {format_date(last, locale=locale)}"
    return f"{format_date(first, locale=locale)} – {format_date(last, locale=locale)}"


def make_environment(app: Flask) -> jinja2.Environment:
    """Build the template environment of kompetensi for one application."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([
            jinja2.FunctionLoader(lambda name: _host_template(app, name)),
            jinja2.PackageLoader("kompetensi", "templates"),
        ]),
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.do"])
    environment.globals.update(
        _=translate, _n=_translate_count, url_for=url_for, get_flashed_messages=get_flashed_messages,
        view=_CurrentView(), request=request)
    environment.filters.update(
        tanggal=lambda value: format_date(value, locale=_locale()),
        rentang=lambda days, last=None: format_range(*(days if last is None else (days, last)), _locale()),
        waktu=lambda value: f"{format_date(value, locale=_locale())}, {value:%H.%M} WITA",
        angka=lambda value, digits=0: format_number(value, locale=_locale(), digits=digits),
        persen=lambda value, digits=1: f"{format_number(value, locale=_locale(), digits=digits)}\N{NO-BREAK SPACE}%",
        rupiah=lambda value: (Rupiah(value) and f"Rp\N{NO-BREAK SPACE}{format_number(value, locale=_locale())}") or "Rp\N{NO-BREAK SPACE}0",
        teks=lambda value: wording.render(value, _locale()),
        nip=group_nip)
    return environment


def _host_template(app: Flask, name: str) -> str | None:
    if app.jinja_loader is None:
        return None
    try:
        return app.jinja_loader.get_source(app.jinja_env, name)[0]
    except jinja2.TemplateNotFound:
        return None


class _CurrentView:
    """Lets macros that are imported without context read the reader's view."""

    def __getattr__(self, name: str) -> Any:
        return getattr(current_view(), name)


def page(template: str, /, *, status: int = 200, **context: Any):
    """Render one of our templates as a response."""
    environment = current_app.extensions[f"{EXTENSION}_templates"]
    return make_response(Markup(environment.get_template(f"kompetensi/{template}").render(**context)), status)
