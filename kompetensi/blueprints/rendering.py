"""Our own template environment: a host's filters, globals and templates stay its own, ours stay ours.

A host overrides a page by putting ``kompetensi/<area>/<page>.html`` into its own template folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import jinja2
from flask import Flask, current_app, g, get_flashed_messages, make_response, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from kompetensi import wording
from kompetensi.context import EXTENSION, actor, clock, session, state
from kompetensi.messages import MONTHS, Message, format_date, format_number, format_value, say
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificates import group_nip
from kompetensi.services.inbox import count_unread
from kompetensi.services.settings import Demo, read_demo
from kompetensi.services.superiors import count_asked

__all__ = ["PREFERENCES", "MenuItem", "View", "current_view", "page", "translate"]

# What a reader may choose, the default first.
PREFERENCES = {"lang": tuple(wording.LOCALES), "theme": ("light", "dark")}


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
    demo : Demo or None
        What the invented people were made from; None when the people are real.
    today : date
        The day that the data belong to.
    actor : Actor or None
        Who has signed in.
    menu : tuple of MenuItem
        At most six; of a visitor who has not signed in, the public pages.
    here : str
        Address of this page within the site, to come back to; the home after a form was sent.
    """

    locale: str
    theme: str
    demo: Demo | None
    today: date
    now: datetime
    actor: Actor | None
    menu: tuple[MenuItem, ...]
    agency_name: str
    standalone: bool
    here: str
    csrf: Callable[[], str]


_MENUS: dict[str, tuple[tuple[Message, str, str], ...]] = {
    "PUBLIC": (
        (say("Cek sertifikat"), "kompetensi.verify.check", "patch-check"),
        (say("Bantuan"), "kompetensi.admin.help", "question-circle"),
        (say("Masuk"), "kompetensi.auth.login", "box-arrow-in-right"),
    ),
    "ASN": (
        (say("Kesiapan saya"), "kompetensi.readiness.home", "compass"),
        (say("Jabatan"), "kompetensi.catalogue.positions", "diagram-3"),
        (say("Jalur pelatihan"), "kompetensi.paths.mine", "signpost-split"),
        (say("Kalender"), "kompetensi.calendar.home", "calendar3"),
        (say("Sertifikat"), "kompetensi.certificates.wallet", "award"),
        (say("Bawahan"), "kompetensi.enrolments.to_endorse", "person-check"),
        (say("Pesan"), "kompetensi.admin.inbox", "chat-left-text"),
    ),
    Role.TRAINING_CENTRE: (
        (say("Hari ini"), "kompetensi.courses.home", "sun"),
        (say("Angkatan"), "kompetensi.courses.batches", "people"),
        (say("Pelatihan"), "kompetensi.catalogue.trainings", "journal-text"),
        (say("Kebutuhan"), "kompetensi.demand.analyses", "graph-up"),
        (say("Jadwal"), "kompetensi.timetables.list_timetables", "calendar2-week"),
        (say("Peta kesiapan"), "kompetensi.matching.readiness_map", "grid-3x3-gap"),
        (say("Sertifikat"), "kompetensi.certificates.register", "award"),
    ),
    Role.HR: (
        (say("Perkara"), "kompetensi.mutasi.home", "inbox"),
        (say("Pegawai"), "kompetensi.people.search", "people"),
        (say("Peta kesiapan"), "kompetensi.matching.readiness_map", "grid-3x3-gap"),
        (say("Jabatan"), "kompetensi.catalogue.positions", "diagram-3"),
        (say("Graf"), "kompetensi.catalogue.graph", "share"),
        (say("Pesan"), "kompetensi.admin.inbox", "chat-left-text"),
    ),
    Role.ADMIN: (
        (say("Ringkasan"), "kompetensi.admin.home", "speedometer2"),
        (say("Akun"), "kompetensi.admin.accounts", "person-gear"),
        (say("Jejak audit"), "kompetensi.admin.audit_log", "clock-history"),
        (say("Kebijakan"), "kompetensi.admin.policies", "sliders"),
        (say("Impor"), "kompetensi.catalogue.import_page", "upload"),
        (say("Pemeriksaan graf"), "kompetensi.catalogue.check", "share"),
    ),
}


def _menu_of(who: Actor) -> str:
    if who.is_anonymous:
        return "PUBLIC"
    for role in (Role.HR, Role.TRAINING_CENTRE, Role.ADMIN):
        if who.has_role(role):
            return role
    return "ASN"


def _menu(who: Actor, locale: str) -> tuple[MenuItem, ...]:
    known = current_app.view_functions
    entries = [(label, endpoint, url_for(endpoint), icon)
               for label, endpoint, icon in _MENUS[_menu_of(who)] if endpoint in known]
    here = request.script_root + request.path
    # The entry whose address this page's address begins with; of several the longest.
    current = max((href for _, _, href, _ in entries if here == href or here.startswith(f"{href}/")),
                  key=len, default="")
    counts = {"kompetensi.admin.inbox": count_unread(session(), who),
              "kompetensi.enrolments.to_endorse": count_asked(session(), who)}
    # Who has never been asked for his word needs no way to where he gives it.
    return tuple(
        MenuItem(wording.render(label, locale), href, icon, href == current, counts.get(endpoint) or None)
        for label, endpoint, href, icon in entries
        if endpoint != "kompetensi.enrolments.to_endorse" or counts[endpoint] or href == here)


def preference(name: str) -> str:
    """Return a reader's choice kept in a cookie, or the default."""
    value = request.cookies.get(f"kompetensi_{name}", "")
    return value if value in PREFERENCES[name] else PREFERENCES[name][0]


def current_view() -> View:
    """Return what the current request's reader sees everywhere; made once a request."""
    if "kompetensi_view" not in g:
        locale = preference("lang")
        who = actor()
        g.kompetensi_view = View(
            locale=locale, theme=preference("theme"), demo=read_demo(session()), today=clock().today(),
            now=clock().now(), actor=None if who.is_anonymous else who, menu=_menu(who, locale),
            agency_name=current_app.config["KOMPETENSI_AGENCY_NAME"], standalone=state().standalone,
            here=request.full_path.rstrip("?") if request.method == "GET" else "", csrf=generate_csrf)
    return g.kompetensi_view


def _locale() -> str:
    return current_view().locale


def translate(template: str | Message, **params: object) -> str:
    """Return a sentence in the reader's language with its values filled in (``_`` in templates)."""
    if isinstance(template, Message):
        return wording.render(template, _locale())
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


def _text(value: object) -> str:
    """Write a sentence or a plain value in the reader's language."""
    if isinstance(value, Message | str):
        return wording.render(value, _locale())
    return format_value(value, locale=_locale(), translate=translate)


def _bold(text: Message | str) -> Markup:
    """Escape a sentence and turn what stands between two pairs of stars into bold."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(wording.render(text, _locale())))))


def _key(text: str) -> str:
    """Make an HTML id of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _month_starts(first: date, last: date) -> list[date]:
    """Return the first days of the months that a span of days touches, in order."""
    months = [first.replace(day=1)]
    while (month := _next_month(months[-1])) <= last:
        months.append(month)
    return months


def _month_name(day: date, with_year: bool = False) -> str:
    """Write a month in three letters for the axis of a drawing."""
    return MONTHS[_locale()][day.month - 1][:3] + (f" {day.year}" if with_year else "")


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
        waktu=_text,
        angka=lambda value, digits=0: format_number(value, locale=_locale(), digits=digits),
        persen=lambda value, digits=1: f"{format_number(value, locale=_locale(), digits=digits)}\N{NO-BREAK SPACE}%",
        rupiah=lambda value: f"Rp\N{NO-BREAK SPACE}{format_number(value, locale=_locale())}",
        teks=_text,
        tebal=_bold, kunci=_key, awal_bulan=_month_starts, bulan_berikut=_next_month, bulan=_month_name,
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
