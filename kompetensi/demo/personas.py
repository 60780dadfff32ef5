"""The people of the printed logins: who they are, and the gap that the guided walk closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from kompetensi.demo.careers import Character, Invented
from kompetensi.demo.catalogue import Catalogue
from kompetensi.demo.days import DAY, plus_months, plus_years
from kompetensi.demo.evidence import Book
from kompetensi.demo.posts_before import Step
from kompetensi.models import Interest, Person
from kompetensi.rules.access import SYSTEM, Role
from kompetensi.services.accounts import create_account, grant_role

__all__ = ["LOGINS", "TARGET", "Login", "characters", "give_accounts", "give_evidence"]

TARGET = "ADM-KABID-ASET"
"""The vacant position that the login ``asn`` is on the way to."""


@dataclass(frozen=True, slots=True)
class Login:
    """One printed login.

    Attributes
    ----------
    label : str
        Who it is, for the list that the command prints.
    post : str
        Code of the post.
    role : Role or None
        Granted for `unit` and everything below it.
    """

    username: str
    password: str
    label: str
    post: str
    role: Role | None = None
    unit: str = ""


LOGINS: tuple[Login, ...] = (
    Login("asn", "karawo-ningsih-2026", "ASN: Ningsih R. Pakaya, Kasubag Keuangan Dinas Dikbud", "PWS-KASUBAG-KEU-01"),
    Login("atasan", "karawo-yusran-2026", "Atasan: Yusran Botutihe, Sekretaris Dinas Dikbud",
          "75-DIKBUD-SEKRETARIS-01"),
    Login("balai", "karawo-hasan-2026", "Balai pelatihan: Hasan Dj. Lamusu, BKPSDM Provinsi",
          "ADM-KABID-BANGKOM-01", Role.TRAINING_CENTRE, "75-BKPSDM"),
    Login("hr", "karawo-fitria-2026", "Kepegawaian: Fitria Monoarfa, BKPSDM Provinsi", "ADM-KABID-MUTASI-01",
          Role.HR, "75"),
    Login("admin", "karawo-ramla-2026", "Admin: Ramla Hunowu, Kominfotik", "JF-PRAKOM-PERTAMA-01", Role.ADMIN, "75"),
)


def characters(catalogue: Catalogue, *, today: date) -> Mapping[str, Character]:
    """Return the people of the logins by code of their post; their days count back from today."""
    return {login.post: _CAST[login.username](catalogue, login, today) for login in LOGINS}


def _ago(today: date, years: int, months: int = 0) -> date:
    return plus_months(today, -12 * years - months)


def _first(day: date) -> date:
    return day.replace(day=1)


def _ningsih(catalogue: Catalogue, login: Login, today: date) -> Character:
    joined, since = date(2012, 3, 1), _ago(today, 5, 10)
    moved = _ago(today, 9)
    return Character(
        "asn", login.post, "Ningsih R. Pakaya", "S.E.", "P", date(1988, 7, 14), "Limboto", joined, 4,
        ((9, joined), (10, date(2016, 4, 1)), (11, _first(_ago(today, 6, 7))), (12, _first(_ago(today, 3, 7)))),
        (("S1", "Akuntansi", date(2011, 8, 20)),),
        (Step("75-BAKEU", "PELAKSANA", "Pengelola Keuangan", "KEUANGAN", joined, moved - DAY),
         Step("75-DIKBUD", "PELAKSANA", "Analis Laporan Keuangan", "KEUANGAN", moved, since - DAY),
         Step("75-DIKBUD", "PENGAWAS", "Kepala Subbagian Keuangan", "KEUANGAN", since, None)),
        (2, 1, 2, 2, 2), 8)


def _yusran(catalogue: Catalogue, login: Login, today: date) -> Character:
    joined, since = date(2003, 12, 1), _ago(today, 4, 2)
    return Character(
        "atasan", login.post, "Yusran Botutihe", "S.Pd., M.Si.", "L", date(1977, 2, 9), "Gorontalo", joined, 2,
        ((9, joined), (10, date(2008, 4, 1)), (11, date(2012, 4, 1)), (12, date(2016, 4, 1)),
         (13, _first(_ago(today, 4, 7)))),
        (("S1", "Pendidikan", date(2001, 9, 5)), ("S2", "Manajemen Pendidikan", date(2013, 5, 18))),
        (Step("75-DIKBUD", "PELAKSANA", "Penyusun Program dan Anggaran", "PENDIDIKAN", joined, date(2011, 1, 9)),
         Step("75-DIKBUD", "PENGAWAS", "Kepala Seksi Kurikulum SMA", "PENDIDIKAN", date(2011, 1, 10), since - DAY),
         Step("75-DIKBUD", "ADMINISTRATOR", "Sekretaris Dinas Dikbud", "PENDIDIKAN", since, None)),
        (2, 2, 1, 2, 2), 9)


def _hasan(catalogue: Catalogue, login: Login, today: date) -> Character:
    return _of_bkpsdm(login, today, "75-BPSDM", "Hasan Dj. Lamusu", "S.Sos., M.Si.", "L", date(1979, 11, 23), 3,
                      "Kepala Bidang Pengembangan Kompetensi Manajerial dan Fungsional", "Administrasi Publik")


def _fitria(catalogue: Catalogue, login: Login, today: date) -> Character:
    return _of_bkpsdm(login, today, "75-BKD", "Fitria Monoarfa", "S.H., M.H.", "P", date(1981, 5, 6), 5,
                      "Kepala Bidang Mutasi dan Promosi", "Hukum")


def _of_bkpsdm(
    login: Login, today: date, former: str, name: str, titles: str, sex: str, born: date, serial: int, post: str,
    field: str,
) -> Character:
    joined = date(2006, 4, 1)
    since = max(date(2021, 3, 15), _ago(today, 6))
    steps = [Step(former, "PELAKSANA", "Pengelola Kepegawaian", "KEPEGAWAIAN", joined, date(2013, 6, 30)),
             Step(former, "PENGAWAS", "Kepala Subbidang Pengembangan", "KEPEGAWAIAN", date(2013, 7, 1), since - DAY)]
    # The two agencies became one on the first day of 2026.
    merged = date(2026, 1, 1)
    if since < merged <= today:
        steps.append(Step(former, "ADMINISTRATOR", post, "KEPEGAWAIAN", since, merged - DAY))
        since = merged
    steps.append(Step("75-BKPSDM", "ADMINISTRATOR", post, "KEPEGAWAIAN", since, None))
    return Character(
        login.username, login.post, name, titles, sex, born, "Gorontalo", joined, serial,
        ((9, joined), (10, date(2010, 4, 1)), (11, date(2014, 4, 1)), (12, date(2018, 4, 1)),
         (13, _first(_ago(today, 2, 7)))),
        (("S1", field, date(born.year + 23, 8, 15)), ("S2", field, date(born.year + 34, 9, 3))), tuple(steps),
        (1, 2, 2, 2, 2), 8)


def _ramla(catalogue: Catalogue, login: Login, today: date) -> Character:
    joined = date(2019, 3, 1)
    return Character(
        "admin", login.post, "Ramla Hunowu", "S.Kom.", "P", date(1994, 9, 30), "Suwawa", joined, 1,
        ((9, joined), (10, _first(_ago(today, 3, 1)))), (("S1", "Informatika", date(2017, 8, 12)),),
        (Step("75-KOMINFOTIK", "JF-PERTAMA", "Pranata Komputer Ahli Pertama", "KOMUNIKASI-INFORMATIKA", joined, None),),
        (2, 2, 2, 2), None)


_CAST = {"asn": _ningsih, "atasan": _yusran, "balai": _hasan, "hr": _fitria, "admin": _ramla}


def give_evidence(book: Book, people: Mapping[str, Invented]) -> None:
    """Enter what the people of the logins have shown.

    The login ``asn`` lacks exactly two things for `TARGET`: one level of TEK-BMD and the training BMD-LANJUT, whose
    entry she has.
    """
    today, courses = book.today, book.catalogue.courses
    general = book.catalogue.general
    asn = people["asn"]
    on = _ago(today, 1, 9)
    book.assess(asn.id, on, {code: 4 if code in ("MAN-INT", "MAN-KOM") else 3 for code in general},
                target_class="ADMINISTRATOR", provider="Puspenkom ASN BKN", accredited=True,
                method="assessment center sedang")
    book.observe(asn.id, "TEK-BMD", 2, "COMPETENCY_TEST", _ago(today, 1, 1), "Uji kompetensi BKPSDM")
    book.observe(asn.id, "TEK-KEUDA", 3, "COMPETENCY_TEST", _ago(today, 1, 1), "Uji kompetensi BKPSDM")
    book.observe(asn.id, "TEK-BENDA", 2, "COMPETENCY_TEST", _ago(today, 2), "Uji kompetensi BKPSDM")
    book.observe(asn.id, "TEK-BMD", 2, "SUPERVISOR", today - timedelta(days=146), "Penilaian atasan")
    for code, on in (
        ("LATSAR", date(2013, 3, 28)), ("KEUDA-PENATA", _ago(today, 8, 2)), ("BENDAHARA", _ago(today, 4, 10)),
        ("KEUDA-LAPOR", _ago(today, 3, 5)), ("PKP", _ago(today, 4, 3)), ("PKA", _ago(today, 2, 5)),
        ("BMD-DASAR", _ago(today, 1, 7)), ("YANLIK-STANDAR", _ago(today, 1)), ("ANTIKORUPSI", _ago(today, 0, 3)),
    ):
        if code == "BENDAHARA":
            book.pass_training(asn.id, courses[code], on, ends=today + timedelta(days=68))
        else:
            if code == "YANLIK-STANDAR":
                book.pass_training(asn.id, courses["YANLIK-PRIMA"], _ago(today, 2))
            book.pass_training(asn.id, courses[code], on)
    for username, level in (("atasan", 3), ("balai", 3), ("hr", 4)):
        person = people[username]
        book.assess(person.id, _ago(today, 1, 2), dict.fromkeys(general, level), target_class="ADMINISTRATOR",
                    provider="Puspenkom ASN BKN", accredited=True, method="assessment center kompleks")
        for code, wanted in person.seat.technical:
            book.observe(person.id, code, wanted, "COMPETENCY_TEST", _ago(today, 1), "Uji kompetensi teknis")
        book.pass_training(person.id, courses["PKA"], _ago(today, 3))
    book.pass_training(people["balai"].id, courses["AKPK"], _ago(today, 2))
    book.pass_training(people["hr"].id, courses["ADPEG-DASAR"], _ago(today, 5))
    book.pass_training(people["hr"].id, courses["ADPEG-LANJUT"], _ago(today, 4))
    admin = people["admin"]
    book.assess(admin.id, _ago(today, 2), dict.fromkeys(general, 2), target_class="JF-PERTAMA",
                provider="UPT BKN Gorontalo", accredited=True, method="CACT")
    book.pass_training(admin.id, courses["TIK-APLIKASI"], _ago(today, 2, 2))


def give_accounts(
    session: Session, people: Mapping[str, Invented], target_id: int, *, today: date, now: datetime
) -> dict[str, int]:
    """Open the printed logins with their roles, let ``asn`` name her target and interests, and return the accounts' numbers."""
    accounts = {}
    for login in LOGINS:
        account_id = accounts[login.username] = create_account(
            session, SYSTEM, nip=people[login.username].nip, username=login.username, password=login.password,
            today=today, now=now)
        if login.role is not None:
            grant_role(session, SYSTEM, account_id, role=login.role, unit_code=login.unit,
                       valid_from=plus_years(today, -1), valid_to=None, today=today, now=now)
    session.execute(update(Person).where(Person.id == people["asn"].id).values(target_position_id=target_id))
    session.add_all([
        Interest(person_id=people["asn"].id, place=place, kind=kind, subject=subject, stated_on=_ago(today, 0, 4))
        for place, (kind, subject) in enumerate((("URUSAN", "KEUANGAN"), ("CLASS", "ADMINISTRATOR")), 1)])
    return accounts
