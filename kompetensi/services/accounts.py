"""Accounts of the standalone app: who signs in, which roles an account holds where and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.messages import say
from kompetensi.models import Account, Person, RoleGrant, Unit
from kompetensi.rules.access import Actor, Grant, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record

__all__ = [
    "MIN_PASSWORD_LENGTH", "AccountDetail", "AccountPage", "AccountRow", "GrantRow", "OpenedAccount", "UnitChoice",
    "authenticate", "change_own_password", "create_account", "end_grant", "find_account", "grant_role",
    "grantable_units", "list_accounts", "load_actor", "normal_username", "own_account", "resume", "save_preference",
    "set_active", "set_password",
]

# Length is what makes a password hard to guess; rules about its composition only make it hard to remember.
MIN_PASSWORD_LENGTH = 12
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """An account that has just been opened with its password.

    Attributes
    ----------
    actor : Actor
    session_key : str
        For the session: names the account and its present password.
    locale, theme : str
        The account's choices.
    """

    actor: Actor
    session_key: str
    locale: str
    theme: str


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One role of an account.

    Attributes
    ----------
    in_force : bool
        Whether it holds on the day asked.
    may_end : bool
        Whether the actor may end it: it has not ended yet, and its unit is his.
    """

    id: int
    role: Role
    unit_code: str
    unit_name: str
    valid_from: date
    valid_to: date | None
    in_force: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list."""

    id: int
    username: str
    name: str
    nip: str
    unit_name: str
    active: bool
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts by username, at most `PAGE_SIZE` of them.

    Attributes
    ----------
    total : int
        How many match in all.
    after : str or None
        Username after which the next page begins; None on the last page.
    """

    rows: tuple[AccountRow, ...]
    total: int
    after: str | None


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account with all its roles, past ones included, newest first.

    Attributes
    ----------
    has_password : bool
        Without one nobody can sign in with it.
    is_own : bool
        Whether it is the actor's.
    """

    id: int
    username: str
    name: str
    nip: str
    unit_name: str
    active: bool
    has_password: bool
    is_own: bool
    grants: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit for which the actor may grant roles."""

    code: str
    name: str


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _hash_of_nobody() -> str:
    """Return a hash to compare with when the name is unknown, so that an unknown name takes as long as a known one."""
    return _hasher().hash("nobody has this password")


def normal_username(text: str) -> str:
    """Return a login name as it is stored: lower case, and a number without the blanks it is often written with."""
    joined = "".join(text.split())
    return joined if joined.isdigit() else text.strip().casefold()


def authenticate(
    session: Session, username: str, password: str, *, today: date, now: datetime
) -> OpenedAccount | None:
    """Open an account by name, or by its person's NIP, and password.

    Returns
    -------
    OpenedAccount or None
        None for an unknown name, a wrong password, an account without password and one that is not active; the
        caller cannot tell which, not even by the time it takes.
    """
    name = normal_username(username)
    account = session.scalars(
        select(Account).outerjoin(Account.person).where(or_(Account.username == name, Person.nip == name))
        .order_by(Account.username == name, Account.id).limit(1)).first()
    known = account is not None and account.active and account.password_hash is not None
    matches, renewed = _hasher().verify_and_update(password, account.password_hash if known else _hash_of_nobody())
    if not known or not matches:
        return None
    if renewed is not None:
        account.password_hash = renewed
    actor = load_actor(session, account.id, today=today)
    record(session, actor, "admin.accounts:sign_in", "account", account.username, now=now, person_id=account.person_id)
    session.flush()
    return OpenedAccount(actor, _session_key(account), account.locale, account.theme)


def _session_key(account: Account) -> str:
    return f"{account.id}.{hashlib.sha256((account.password_hash or '').encode()).hexdigest()[:20]}"


def resume(session: Session, session_key: str, *, today: date) -> Actor | None:
    """Return the actor of a session that was opened before.

    Returns
    -------
    Actor or None
        None when the account is gone or not active, or when its password has changed since.
    """
    account_id, _, _ = session_key.partition(".")
    account = session.get(Account, int(account_id)) if account_id.isdecimal() else None
    if account is None or _session_key(account) != session_key:
        return None
    return load_actor(session, account.id, today=today)


def load_actor(session: Session, account_id: int, *, today: date) -> Actor | None:
    """Make the actor of an account: its person, and the roles in force on the day.

    Returns
    -------
    Actor or None
        None for an account that does not exist or is not active.
    """
    account = session.get(Account, account_id)
    if account is None or not account.active:
        return None
    grants = session.execute(
        select(RoleGrant.role, RoleGrant.unit_id).where(RoleGrant.account_id == account_id, _in_force(today))
        .order_by(RoleGrant.id))
    label = account.person.name if account.person is not None else account.username
    return Actor(f"account:{account.id}", label, account.person_id,
                 tuple(Grant(Role(role), unit_id) for role, unit_id in grants))


def _in_force(today: date) -> ColumnElement[bool]:
    return (RoleGrant.valid_from <= today) & or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)


def _not_ended(today: date) -> ColumnElement[bool]:
    return or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)


def _account_id(actor: Actor) -> int | None:
    kind, _, number = actor.id.partition(":")
    return int(number) if kind == "account" and number.isdecimal() else None


def _require_reach(session: Session, actor: Actor, account: Account, *, today: date) -> None:
    """Refuse an admin whose subtree does not hold the account's person and every unit that the account acts for.

    Otherwise the admin of a small unit could set the password of a person there who is admin of the whole agency.
    """
    unit_ids = set(session.scalars(
        select(RoleGrant.unit_id).where(RoleGrant.account_id == account.id, _not_ended(today))))
    if account.person is not None:
        unit_ids.add(account.person.unit_id)
    for unit_id in unit_ids or {None}:
        require(session, actor, "admin.accounts", on=today, unit_id=unit_id)


def _load(session: Session, actor: Actor, account_id: int, *, today: date) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        require(session, actor, "admin.policies", on=today)  # only an admin learns which accounts there are
        raise NotFound(say("Tidak ada akun dengan nomor %(id)s.", id=account_id), where="account")
    _require_reach(session, actor, account, today=today)
    return account


def _scope(session: Session, actor: Actor, today: date) -> ColumnElement[bool] | None:
    """Return the condition that an account lies, by person or by role, in the actor's units; None = no limit."""
    unit_ids = scope_unit_ids(session, actor, Role.ADMIN)
    if unit_ids is None:
        return None
    granted = select(RoleGrant.account_id).where(RoleGrant.unit_id.in_(unit_ids), _not_ended(today))
    return or_(Person.unit_id.in_(unit_ids), Account.id.in_(granted))


def list_accounts(
    session: Session, actor: Actor, *, today: date, text: str = "", role: Role | None = None, after: str = "",
    limit: int = PAGE_SIZE,
) -> AccountPage:
    """Return accounts of the actor's units, by username.

    Parameters
    ----------
    text : str
        Part of the username, the name or the NIP, in any case; empty = all.
    role : Role, optional
        Only accounts that hold it on the day.
    after : str
        Username after which to begin.

    Raises
    ------
    NotAllowed
        If the actor is no admin.
    """
    require(session, actor, "admin.policies", on=today)
    where = [] if (scope := _scope(session, actor, today)) is None else [scope]
    if text := text.strip():
        pattern = f"%{text.casefold()}%"
        where.append(or_(
            func.lower(Account.username).like(pattern), func.lower(Person.name).like(pattern),
            Person.nip.like(f"{''.join(text.split())}%")))
    if role is not None:
        where.append(Account.id.in_(
            select(RoleGrant.account_id).where(RoleGrant.role == role, _in_force(today))))
    home = aliased(Unit)
    query: Select = (
        select(Account.id, Account.username, Person.name, Person.nip, home.name, Account.active)
        .outerjoin(Account.person).outerjoin(home, home.id == Person.unit_id).where(*where))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.execute(
        query.where(Account.username > after).order_by(Account.username).limit(limit + 1)).all()
    roles = _roles(session, [row[0] for row in found[:limit]], today)
    rows = tuple(
        AccountRow(id_, username, name or "", nip or "", unit or "", active, roles.get(id_, ()))
        for id_, username, name, nip, unit, active in found[:limit])
    return AccountPage(rows, total, rows[-1].username if len(found) > limit else None)


def _roles(session: Session, account_ids: list[int], today: date) -> dict[int, tuple[Role, ...]]:
    held: dict[int, tuple[Role, ...]] = {}
    for account_id, role in session.execute(
            select(RoleGrant.account_id, RoleGrant.role).where(
                RoleGrant.account_id.in_(account_ids), _in_force(today)).order_by(RoleGrant.id)):
        if Role(role) not in held.get(account_id, ()):
            held[account_id] = (*held.get(account_id, ()), Role(role))
    return held


def find_account(session: Session, actor: Actor, account_id: int, *, today: date) -> AccountDetail:
    """Return one account with its roles.

    Raises
    ------
    NotFound
        If there is none with this number.
    NotAllowed
        If the account is not wholly within the actor's units.
    """
    account = _load(session, actor, account_id, today=today)
    return _detail(session, actor, account, today=today)


def own_account(session: Session, actor: Actor, *, today: date) -> AccountDetail | None:
    """Return the actor's own account with its roles, or None when it is kept elsewhere (a host's user)."""
    account = session.get(Account, _account_id(actor) or 0)
    return None if account is None else _detail(session, actor, account, today=today)


def _detail(session: Session, actor: Actor, account: Account, *, today: date) -> AccountDetail:
    mine = scope_unit_ids(session, actor, Role.ADMIN)
    grants = tuple(
        GrantRow(
            grant.id, Role(grant.role), grant.unit.code, grant.unit.name, grant.valid_from, grant.valid_to,
            in_force=grant.valid_from <= today and (grant.valid_to is None or grant.valid_to >= today),
            may_end=(grant.valid_to is None or grant.valid_to >= today) and (mine is None or grant.unit_id in mine))
        for grant in reversed(account.grants))
    person = account.person
    return AccountDetail(
        account.id, account.username, person.name if person else "", person.nip if person else "",
        person.unit.name if person else "", account.active, account.password_hash is not None,
        account.id == _account_id(actor), grants)


def grantable_units(session: Session, actor: Actor, *, today: date) -> tuple[UnitChoice, ...]:
    """Return the living units for which the actor may grant roles, by code; empty for who is no admin."""
    mine = scope_unit_ids(session, actor, Role.ADMIN)
    query = select(Unit.code, Unit.name).where(
        or_(Unit.valid_to.is_(None), Unit.valid_to >= today)).order_by(Unit.code)
    if mine is not None:
        query = query.where(Unit.id.in_(mine))
    return tuple(UnitChoice(code, name) for code, name in session.execute(query))


def create_account(
    session: Session, actor: Actor, *, nip: str, username: str, password: str, today: date, now: datetime
) -> int:
    """Make an account for a person and return its number.

    Parameters
    ----------
    username : str
        Name to sign in with; empty = the NIP.
    password : str
        At least `MIN_PASSWORD_LENGTH` characters; empty = none yet, and nobody can sign in.

    Raises
    ------
    NotFound
        If no person has this NIP.
    NotAllowed
        If the person's unit is not the actor's.
    Conflict
        If the person has an account, or the name is taken.
    InvalidInput
        If the password is too short.
    """
    require(session, actor, "admin.policies", on=today)
    number = "".join(nip.split())
    person = session.scalars(select(Person).where(Person.nip == number)).first()
    if person is None:
        raise NotFound(say("Tidak ada pegawai dengan NIP %(nip)s.", nip=number), where="nip")
    require(session, actor, "admin.accounts", on=today, unit_id=person.unit_id)
    name = normal_username(username) or person.nip
    taken = session.scalars(
        select(Account).where(or_(Account.username == name, Account.person_id == person.id))).first()
    if taken is not None and taken.person_id == person.id:
        raise Conflict(say("%(name)s sudah punya akun: %(username)s.", name=person.name, username=taken.username),
                       where="nip")
    if taken is not None:
        raise Conflict(say("Nama pengguna “%(username)s” sudah dipakai.", username=name), where="username")
    account = Account(username=name, person_id=person.id, active=True,
                      password_hash=_hash_new(password, name, person) if password else None)
    session.add(account)
    session.flush()
    record(session, actor, "admin.accounts:create", "account", name, now=now, person_id=person.id,
           detail={"after": {"username": name, "active": True, "password": bool(password)}})
    return account.id


def _hash_new(password: str, username: str, person: Person | None) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(
            say("Kata sandi paling sedikit %(min)s huruf; yang ini %(have)s. Kalimat pendek lebih mudah diingat "
                "daripada kata yang rumit.", min=MIN_PASSWORD_LENGTH, have=len(password)), where="password")
    if password.casefold() in {username.casefold(), *({person.nip, person.name.casefold()} if person else ())}:
        raise InvalidInput(say("Kata sandi tidak boleh sama dengan nama atau NIP."), where="password")
    return _hasher().hash(password)


def set_password(
    session: Session, actor: Actor, account_id: int, password: str, *, today: date, now: datetime
) -> None:
    """Give an account a new password; its open sessions end.

    Raises
    ------
    InvalidInput
        If the password is too short, or is the name or NIP itself.
    """
    account = _load(session, actor, account_id, today=today)
    had = account.password_hash is not None
    account.password_hash = _hash_new(password, account.username, account.person)
    record(session, actor, "admin.accounts:set_password", "account", account.username, now=now,
           person_id=account.person_id, detail={"before": {"password": had}, "after": {"password": True}})
    session.flush()


def change_own_password(
    session: Session, actor: Actor, *, present: str, password: str, now: datetime
) -> str:
    """Change the actor's own password and return the new session key.

    Raises
    ------
    NotAllowed
        If the actor has no account here.
    InvalidInput
        If the present password is wrong, or the new one too short.
    """
    account = session.get(Account, _account_id(actor) or 0)
    if account is None or account.password_hash is None:
        raise NotAllowed(say("Kata sandi Anda tidak disimpan di sini."))
    if not _hasher().verify(present, account.password_hash):
        raise InvalidInput(say("Kata sandi sekarang tidak cocok."), where="present")
    account.password_hash = _hash_new(password, account.username, account.person)
    record(session, actor, "admin.accounts:change_own_password", "account", account.username, now=now,
           person_id=account.person_id)
    session.flush()
    return _session_key(account)


def set_active(
    session: Session, actor: Actor, account_id: int, active: bool, *, today: date, now: datetime
) -> None:
    """Switch an account off or on again; an account that is off cannot sign in, and its sessions end.

    Raises
    ------
    Conflict
        If the actor would switch off his own account, or the last one with the role ADMIN.
    """
    account = _load(session, actor, account_id, today=today)
    if account.active is active:
        return
    if not active and account.id == _account_id(actor):
        raise Conflict(say("Akun Anda sendiri tidak dapat Anda nonaktifkan; minta admin lain."), where="account")
    account.active = active
    session.flush()
    _keep_an_admin(session, today)
    record(session, actor, "admin.accounts:activate" if active else "admin.accounts:deactivate", "account",
           account.username, now=now, person_id=account.person_id,
           detail={"before": {"active": not active}, "after": {"active": active}})


def _keep_an_admin(session: Session, today: date) -> None:
    """Refuse a change after which nobody could manage accounts any more.

    Raises
    ------
    Conflict
        If no active account holds the role ADMIN, today or without end, for a unit at the top.
    """
    left = session.scalar(
        select(func.count()).select_from(RoleGrant).join(RoleGrant.account).where(
            RoleGrant.role == Role.ADMIN, Account.active, _in_force(today)))
    if not left:
        raise Conflict(say(
            "Ini wewenang ADMIN terakhir yang berlaku. Beri dahulu wewenang ADMIN kepada akun lain."), where="grant")


def grant_role(
    session: Session, actor: Actor, account_id: int, *, role: Role, unit_code: str, valid_from: date,
    valid_to: date | None, today: date, now: datetime,
) -> int:
    """Grant a role for a unit and everything below it, and return the grant's number.

    Parameters
    ----------
    valid_from, valid_to : datetime.date
        First and last day, both inclusive; no last day = until it is ended.

    Raises
    ------
    NotFound
        If there is no unit with this code.
    NotAllowed
        If the unit is not the actor's, or the account is not wholly within his units.
    InvalidInput
        If the last day is before the first, or is past.
    Conflict
        If the account holds this role for this unit already on one of these days.
    """
    account = _load(session, actor, account_id, today=today)
    unit = session.scalars(select(Unit).where(Unit.code == unit_code)).first()
    if unit is None:
        raise NotFound(say("Tidak ada unit kerja dengan kode %(code)s.", code=unit_code), where="unit_code")
    require(session, actor, "admin.accounts", on=today, unit_id=unit.id)
    if valid_to is not None and valid_to < max(valid_from, today):
        raise InvalidInput(
            say("Hari terakhir %(until)s sudah lewat atau sebelum hari pertama %(since)s.", until=valid_to,
                since=valid_from), where="valid_to")
    same = session.scalars(select(RoleGrant).where(
        RoleGrant.account_id == account.id, RoleGrant.role == role, RoleGrant.unit_id == unit.id,
        *(() if valid_to is None else (RoleGrant.valid_from <= valid_to,)), _not_ended(valid_from))).first()
    if same is not None:
        raise Conflict(say(
            "Akun ini sudah memegang wewenang itu untuk %(unit)s sejak %(since)s.", unit=unit.name,
            since=same.valid_from), where="unit_code")
    grant = RoleGrant(account_id=account.id, role=role, unit_id=unit.id, valid_from=valid_from, valid_to=valid_to)
    session.add(grant)
    session.flush()
    session.expire(account, ["grants"])
    record(session, actor, "admin.accounts:grant", "account", account.username, now=now, person_id=account.person_id,
           detail={"after": {"role": role, "unit": unit.code, "valid_from": valid_from.isoformat(),
                             "valid_to": valid_to.isoformat() if valid_to else None}})
    return grant.id


def end_grant(
    session: Session, actor: Actor, grant_id: int, *, today: date, now: datetime
) -> int:
    """End a role as of today, and return the number of its account; one that has not begun never begins.

    Raises
    ------
    NotFound
        If there is no such grant.
    Conflict
        If it has ended already, or is the last ADMIN in force.
    """
    require(session, actor, "admin.policies", on=today)
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise NotFound(say("Tidak ada wewenang dengan nomor %(id)s.", id=grant_id), where="grant")
    account = _load(session, actor, grant.account_id, today=today)
    require(session, actor, "admin.accounts", on=today, unit_id=grant.unit_id)
    if grant.valid_to is not None and grant.valid_to < today:
        raise Conflict(say("Wewenang ini sudah berakhir pada %(day)s.", day=grant.valid_to), where="grant")
    before = grant.valid_to
    # The last day is inclusive, so what shall no longer hold today ended yesterday.
    grant.valid_to = today - timedelta(days=1)
    session.flush()
    _keep_an_admin(session, today)
    record(session, actor, "admin.accounts:end_grant", "account", account.username, now=now,
           person_id=account.person_id,
           detail={"role": grant.role, "unit": grant.unit.code,
                   "before": {"valid_to": before.isoformat() if before else None},
                   "after": {"valid_to": grant.valid_to.isoformat()}})
    return account.id


def save_preference(session: Session, actor: Actor, name: str, value: str) -> None:
    """Keep a choice of language (``lang``) or ``theme`` with the actor's account, if he has one here."""
    account = session.get(Account, _account_id(actor) or 0)
    if account is not None:
        setattr(account, "locale" if name == "lang" else name, value)
        session.flush()
