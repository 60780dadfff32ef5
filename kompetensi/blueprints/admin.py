"""Pages of the area admin: accounts, the audit log, policies, the inbox, help, and a person's own record."""

from __future__ import annotations

import json
from datetime import date

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields import SelectChoice

from kompetensi.blueprints import public
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.forms.admin import ROLE_WORDS, AccountForm, GrantForm, OwnPasswordForm, PasswordForm, PolicyForm
from kompetensi.messages import Message, say
from kompetensi.rules.access import Role
from kompetensi.services import accounts as account_service
from kompetensi.services import audit, own_record
from kompetensi.services import inbox as inbox_service
from kompetensi.services import policies as policy_service
from kompetensi.services.admin import describe_installation
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("admin", __name__)


# --- the installation ------------------------------------------------------------------------------------------------


@blueprint.get("/admin")
def home() -> ResponseReturnValue:
    """Show the state of the installation."""
    now = describe_installation(session(), actor(), today=clock().today())
    recent = audit.list_entries(session(), actor(), today=clock().today(), limit=8)
    return page("admin/home.html", now=now, recent=recent.rows)


@blueprint.get("/admin/jejak")
def audit_log() -> ResponseReturnValue:
    """Show who did or saw what, by area, text and days."""
    asked = {name: request.args.get(name, "").strip() for name in ("area", "q", "dari", "sampai")}
    found = audit.list_entries(
        session(), actor(), today=clock().today(), area=asked["area"], text=asked["q"], since=_day("dari"),
        until=_day("sampai"), before=_number("sebelum"))
    return page("admin/audit_log.html", found=found, asked=asked, areas=audit.action_areas())


@blueprint.get("/admin/kebijakan")
def policies() -> ResponseReturnValue:
    """Show the policies in force."""
    return page("admin/policies.html", rows=policy_service.view_policies(session(), actor(), today=clock().today()))


@blueprint.get("/admin/kebijakan/<key>")
def policy(key: str) -> ResponseReturnValue:
    """Show one policy with its history, and the form for a new value."""
    return _policy_page(key, PolicyForm(formdata=None, valid_from=clock().today()))


@blueprint.post("/admin/kebijakan/<key>")
def change_policy(key: str) -> ResponseReturnValue:
    """Set a policy from a day on."""
    form = PolicyForm()
    problem = submit(form, lambda: policy_service.change_policy(
        session(), actor(), key, text=form.value.data or "", valid_from=form.valid_from.data,
        source=form.source.data, confidence=form.confidence.data, reason=form.reason.data, today=clock().today(),
        now=clock().now()))
    if form.bad_fields() or problem:
        return _policy_page(key, form, problem, 400)
    flash(translate("Kebijakan %(key)s tersimpan.", key=key))
    return redirect(url_for("kompetensi.admin.policy", key=key), 303)


def _policy_page(key: str, form: PolicyForm, problem: Message | None = None, status: int = 200) -> Response:
    rows = policy_service.policy_history(session(), actor(), key, today=clock().today())
    return page("admin/policy.html", status=status, key=key, rows=rows, form=form, problem=problem,
                now=policy_service.find_policy(session(), key, clock().today()))


# --- accounts --------------------------------------------------------------------------------------------------------


@blueprint.get("/admin/akun")
def accounts() -> ResponseReturnValue:
    """Show the accounts of the admin's units."""
    _own_accounts_only()
    role = request.args.get("role", "")
    if role and role not in ROLE_WORDS:
        raise InvalidInput(say("Tidak ada wewenang dengan nama “%(role)s”.", role=role), where="role")
    text, after = request.args.get("q", "").strip(), request.args.get("sesudah", "")
    found = account_service.list_accounts(
        session(), actor(), today=clock().today(), text=text, role=Role(role) if role else None, after=after)
    return page("admin/accounts.html", found=found, text=text, role=role, after=after, role_words=ROLE_WORDS)


@blueprint.get("/admin/akun/baru")
def new_account() -> ResponseReturnValue:
    """Show the form for a new account."""
    _own_accounts_only()
    account_service.list_accounts(session(), actor(), today=clock().today(), limit=1)  # refuses who is no admin
    return page("admin/new_account.html", form=AccountForm(formdata=None, nip=request.args.get("nip")), problem=None)


@blueprint.post("/admin/akun/baru")
def create_account() -> ResponseReturnValue:
    """Make an account for a person."""
    _own_accounts_only()
    form = AccountForm()
    made: list[int] = []
    problem = submit(form, lambda: made.append(account_service.create_account(
        session(), actor(), nip=form.nip.data, username=form.username.data or "", password=form.password.data or "",
        today=clock().today(), now=clock().now())))
    if not made:
        return page("admin/new_account.html", status=400, form=form, problem=problem)
    flash(translate("Akun dibuat. Beri wewenang bila perlu; pegawai biasa tidak memerlukannya."))
    return redirect(url_for("kompetensi.admin.account", account_id=made[0]), 303)


@blueprint.get("/admin/akun/<int(max=2147483647):account_id>")
def account(account_id: int) -> ResponseReturnValue:
    """Show one account with its roles."""
    return _account_page(account_id)


def _account_page(
    account_id: int, grant_form: GrantForm | None = None, password_form: PasswordForm | None = None,
    problem: Message | None = None,
) -> Response:
    _own_accounts_only()
    found = account_service.find_account(session(), actor(), account_id, today=clock().today())
    status = 400 if grant_form or password_form else 200
    if grant_form is None:
        grant_form = _with_units(GrantForm(formdata=None, valid_from=clock().today()))
    return page("admin/account.html", status=status, account=found, grant_form=grant_form, role_words=ROLE_WORDS,
                password_form=password_form or PasswordForm(formdata=None), problem=problem)


def _with_units(form: GrantForm) -> GrantForm:
    form.unit_code.choices = [
        SelectChoice(unit.code, f"{unit.name} ({unit.code})")
        for unit in account_service.grantable_units(session(), actor(), today=clock().today())]
    return form


@blueprint.post("/admin/akun/<int(max=2147483647):account_id>/wewenang")
def grant_role(account_id: int) -> ResponseReturnValue:
    """Grant a role for a unit subtree and a period."""
    form = _with_units(GrantForm())
    problem = submit(form, lambda: account_service.grant_role(
        session(), actor(), account_id, role=Role(form.role.data), unit_code=form.unit_code.data,
        valid_from=form.valid_from.data, valid_to=form.valid_to.data, today=clock().today(), now=clock().now()))
    if form.bad_fields() or problem:
        return _account_page(account_id, grant_form=form, problem=problem)
    flash(translate("Wewenang diberikan."))
    return redirect(url_for("kompetensi.admin.account", account_id=account_id), 303)


@blueprint.post("/admin/wewenang/<int(max=2147483647):grant_id>/akhiri")
def end_grant(grant_id: int) -> ResponseReturnValue:
    """End a role as of today."""
    with transaction(session()):
        account_id = account_service.end_grant(
            session(), actor(), grant_id, today=clock().today(), now=clock().now())
    flash(translate("Wewenang diakhiri."))
    return redirect(url_for("kompetensi.admin.account", account_id=account_id), 303)


@blueprint.post("/admin/akun/<int(max=2147483647):account_id>/sandi")
def set_password(account_id: int) -> ResponseReturnValue:
    """Give an account a new password."""
    form = PasswordForm()
    problem = submit(form, lambda: account_service.set_password(
        session(), actor(), account_id, form.password.data, today=clock().today(), now=clock().now()))
    if form.bad_fields() or problem:
        return _account_page(account_id, password_form=form, problem=problem)
    flash(translate("Kata sandi diganti. Sampaikan langsung kepada pemiliknya."))
    return redirect(url_for("kompetensi.admin.account", account_id=account_id), 303)


@blueprint.post("/admin/akun/<int(max=2147483647):account_id>/aktif")
def set_active(account_id: int) -> ResponseReturnValue:
    """Switch an account on or off."""
    active = request.form.get("aktif") == "ya"
    with transaction(session()):
        account_service.set_active(
            session(), actor(), account_id, active, today=clock().today(), now=clock().now())
    flash(translate("Akun diaktifkan.") if active else translate("Akun dinonaktifkan; semua sesinya berakhir."))
    return redirect(url_for("kompetensi.admin.account", account_id=account_id), 303)


def _own_accounts_only() -> None:
    """Refuse the pages of accounts inside a host, whose users and roles are its own."""
    if not state().standalone:
        raise Unavailable(say("Akun dan wewenang dikelola oleh aplikasi tempat kompetensi dipasang."))


# --- the reader himself ----------------------------------------------------------------------------------------------


@blueprint.get("/pesan")
def inbox() -> ResponseReturnValue:
    """Show the reader's messages."""
    items = inbox_service.list_inbox(session(), actor())
    return page("admin/inbox.html", items=items, base=url_for("kompetensi.home").rstrip("/"))


@blueprint.post("/pesan/dibaca")
def mark_read() -> ResponseReturnValue:
    """Mark all messages as read."""
    with transaction(session()):
        inbox_service.mark_read(session(), actor(), now=clock().now())
    return redirect(url_for("kompetensi.admin.inbox"), 303)


@blueprint.get("/akun")
def own_account() -> ResponseReturnValue:
    """Show the reader's own account."""
    return own_account_page()


def own_account_page(form: OwnPasswordForm | None = None, problem: Message | None = None) -> Response:
    """Render the reader's own account, with the form of a password that was refused, if one was."""
    found = account_service.own_account(session(), actor(), today=clock().today())
    return page("admin/own_account.html", status=400 if form else 200, account=found, role_words=ROLE_WORDS,
                form=form or OwnPasswordForm(formdata=None), problem=problem)


@blueprint.get("/data-saya")
def my_data() -> ResponseReturnValue:
    """Show which data are stored about the reader."""
    return page("admin/my_data.html", own=own_record.export_own_record(
        session(), actor(), today=clock().today()))


@blueprint.get("/data-saya/unduh")
def download_my_data() -> ResponseReturnValue:
    """Give out all that is stored about the reader, with who has seen it, as one JSON file."""
    own = own_record.export_own_record(session(), actor(), today=clock().today())
    text = json.dumps({"nip": own.nip, "name": own.name, "on": clock().today().isoformat(), "tables": own.tables},
                      ensure_ascii=False, indent=2)
    response = Response(text + "\n", mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"data-saya-{own.nip}.json")
    return response


@blueprint.get("/data-saya/dilihat")
def seen() -> ResponseReturnValue:
    """Show who has seen or changed the reader's record."""
    found = own_record.who_saw(session(), actor(), today=clock().today(), before=_number("sebelum"))
    return page("admin/seen.html", found=found)


@blueprint.get("/bantuan")
@public
def help() -> ResponseReturnValue:
    """Explain how the pages are read and used."""
    return page("admin/help.html")


@blueprint.get("/pelindungan-data")
@public
def privacy() -> ResponseReturnValue:
    """Say what is stored about people, why, and who sees it."""
    return page("admin/privacy.html")


# --- shared ----------------------------------------------------------------------------------------------------------


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(say("“%(text)s” bukan tanggal. Isi dengan tanggal, misalnya 2026-11-23.", text=text),
                           where=name) from None


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput(say("“%(text)s” bukan nomor halaman daftar.", text=text), where=name)
    return int(text)
