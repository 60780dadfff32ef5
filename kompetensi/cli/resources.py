"""``kompetensi rooms``, ``trainers``, ``holidays``, ``travel`` and ``outside``: what the training centre has to work with."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kompetensi.cli.edge import DAY, JSON, Edge, edge, print_json, print_table
from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.rules.resources import FEATURES
from kompetensi.rules.working_time import ClosureKind, read_week
from kompetensi.services import outside_participants, rooms, trainers, travels, working_days
from kompetensi.services.bookings import Booking, told
from kompetensi.services.outside_participants import OutsideFacts
from kompetensi.services.policies import CONFIDENCES
from kompetensi.services.rooms import RoomContent, RoomItem, RoomState
from kompetensi.services.trainers import AbsenceView, QualificationContent, TrainerContent, TrainerItem
from kompetensi.services.working_days import REOPENED, SpecialDay, WeekContent, WorkingYear

__all__ = ["COMMANDS"]

_STATE_WORDS = {RoomState.FREE: say("bebas"), RoomState.TAKEN: say("dipakai"), RoomState.CLOSED: say("ditutup"),
                RoomState.RETIRED: say("tidak dipakai lagi")}
_KIND_WORDS = {ClosureKind.NATIONAL.value: say("libur nasional"), ClosureKind.JOINT_LEAVE.value: say("cuti bersama"),
               ClosureKind.LOCAL.value: say("ditutup setempat"), REOPENED: say("tetap bekerja")}
_UNIT = click.option("--unit", default="", metavar="UNIT", help="Unit kerja; bawaan: pemda yang pertama.")
_CONFIDENCE = click.option("--confidence", type=click.Choice(CONFIDENCES), default="verified", show_default=True,
                           help="Seberapa yakin.")


# --- rooms -----------------------------------------------------------------------------------------------------------


@click.group("rooms")
def rooms_group() -> None:
    """Ruang balai pelatihan."""


@rooms_group.command("list")
@click.option("--place", default="", help="Hanya di tempat ini.")
@click.option("--seats", type=click.IntRange(0, 999), default=0, help="Paling sedikit sekian kursi.")
@click.option("--feature", "features", multiple=True, metavar="CODE", help="Dengan fasilitas ini; boleh diulang.")
@click.option("--free-from", "free_from", type=DAY, default=None, help="Bebas mulai hari ini ...")
@click.option("--free-until", "free_until", type=DAY, default=None, help="... sampai hari ini.")
@click.option("--retired", is_flag=True, help="Juga yang tidak dipakai lagi.")
@JSON
@edge()
def list_rooms(here: Edge, place: str, seats: int, features: tuple[str, ...], free_from: date | None,
               free_until: date | None, retired: bool, as_json: bool) -> None:
    """Daftar ruang menurut tempat dan nama, dengan hari bebasnya."""
    first = free_from or free_until
    free = (first, free_until or first) if first is not None else None
    found = rooms.list_rooms(here.session, here.actor, today=here.clock.today(), place=place, seats=seats,
                             features=[code.upper() for code in features], free=free, retired=retired).rooms
    if as_json:
        print_json([_room(item) for item in found])
        return
    print_table("", ["Nomor", "Ruang", "Tempat", "Kursi", "Fasilitas", "Hari ini", "Bebas mulai"], [
        (item.id, item.name, item.place, item.seats, ", ".join(str(FEATURES[code]) for code in item.features),
         _STATE_WORDS[item.state], item.free[0][0][0] if item.free else "") for item in found])
    click.echo(str(say("%(count)s ruang.", count=len(found))))


def _room(item: RoomItem) -> dict[str, Any]:
    return {
        "id": item.id, "name": item.name, "place": item.place, "seats": item.seats, "features": list(item.features),
        "unit": item.unit_code or None, "retired_on": item.retired_on, "state": item.state.value,
        "taken_by": item.taken_by.batch if item.taken_by else None,
        "free": [{"first_day": first, "last_day": last, "working_days": count} for (first, last), count in item.free]}


@rooms_group.command("show")
@click.argument("room", type=int)
@JSON
@edge()
def show_room(here: Edge, room: int, as_json: bool) -> None:
    """Tunjukkan ruang nomor ROOM: penutupan, dan angkatan yang memakainya."""
    found = rooms.view_room(here.session, here.actor, room, today=here.clock.today())
    if as_json:
        print_json(_room(found.item) | {
            "closures": [{"id": closure.id, "first_day": closure.first_day, "last_day": closure.last_day,
                          "reason": closure.reason, "touched": list(closure.touched)} for closure in found.closures],
            "bookings": [_booking(booking) for booking in found.bookings]})
        return
    print_table(f"{found.item.name}, {found.item.place}", ["Mulai", "Sampai", "Apa"], [
        *((closure.first_day, closure.last_day, say("ditutup: %(reason)s", reason=closure.reason))
          for closure in found.closures),
        *((first, last, f"{booking.batch} {booking.training}") for booking in found.bookings
          for first, last in booking.spans)])


def _booking(booking: Booking) -> dict[str, Any]:
    return {"batch": booking.batch, "training": booking.training, "by_meetings": booking.by_meetings,
            "days": [{"first_day": first, "last_day": last} for first, last in booking.spans]}


@rooms_group.command("close")
@click.argument("room", type=int)
@click.option("--from", "first", type=DAY, required=True, help="Hari pertama.")
@click.option("--until", "last", type=DAY, required=True, help="Hari terakhir.")
@click.option("--reason", required=True, help="Alasan.")
@click.option("--despite", is_flag=True, help="Meskipun dipakai angkatan.")
@JSON
@edge(writes=True)
def close_room(here: Edge, room: int, first: date, last: date, reason: str, despite: bool, as_json: bool) -> None:
    """Tutup ruang nomor ROOM untuk beberapa hari; ditolak bila dipakai angkatan, dan angkatannya disebut."""
    touched = rooms.close_room(here.session, here.actor, room, first, last, reason, today=here.clock.today(),
                               now=here.clock.now(), despite=despite)
    _say_touched(say("Ruang ditutup."), touched, as_json)


@rooms_group.command("add")
@click.argument("name")
@click.option("--place", required=True, help="Gedung dan kota.")
@click.option("--seats", type=int, required=True, help="Kursi.")
@click.option("--feature", "features", multiple=True, metavar="CODE", help="Fasilitas; boleh diulang.")
@click.option("--unit", required=True, metavar="UNIT", help="Balai yang mengelola.")
@JSON
@edge(writes=True)
def add_room(here: Edge, name: str, place: str, seats: int, features: tuple[str, ...], unit: str, as_json: bool) -> None:
    """Tambahkan ruang bernama NAME."""
    content = RoomContent(name, place, seats, tuple(code.upper() for code in features), unit)
    room = rooms.create_room(here.session, here.actor, content, today=here.clock.today(), now=here.clock.now())
    if as_json:
        print_json({"id": room})
        return
    click.echo(str(say("Ruang nomor %(id)s tersimpan.", id=room)))


@rooms_group.command("retire")
@click.argument("room", type=int)
@click.option("--on", type=DAY, default=None, help="Tidak dipakai lagi mulai hari ini; bawaan: tetap dipakai.")
@edge(writes=True)
def retire_room(here: Edge, room: int, on: date | None) -> None:
    """Akhiri pemakaian ruang nomor ROOM, atau tanpa --on pakai lagi."""
    rooms.retire_room(here.session, here.actor, room, on, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Ruang ini tidak dipakai lagi mulai %(day)s.", day=on) if on else say("Ruang ini tetap dipakai.")))


def _say_touched(done: Any, touched: tuple[Booking, ...], as_json: bool) -> None:
    if as_json:
        print_json({"touched": [_booking(booking) for booking in touched]})
        return
    click.echo(str(done))
    for words in told(touched):
        click.echo(str(say("Tersentuh: %(batch)s.", batch=words)))


# --- trainers --------------------------------------------------------------------------------------------------------


@click.group("trainers")
def trainers_group() -> None:
    """Pengajar balai pelatihan."""


@trainers_group.command("list")
@click.option("--training", default=None, metavar="CODE", help="Hanya yang boleh mengajar pelatihan ini.")
@click.option("--year", type=click.IntRange(2000, 2099), default=None, help="Tahun bebannya; bawaan: tahun ini.")
@click.option("--retired", is_flag=True, help="Juga yang tidak mengajar lagi.")
@JSON
@edge()
def list_trainers(here: Edge, training: str | None, year: int | None, retired: bool, as_json: bool) -> None:
    """Daftar pengajar menurut nama, dengan beban setahun.

    Seseorang boleh mengajar sebuah pelatihan bila pelatihan itu disebut namanya, atau bila setiap kompetensi yang
    dinaikkannya tercakup sekurang-kurangnya sampai level yang diberikan.
    """
    found = trainers.list_trainers(here.session, here.actor, today=here.clock.today(), year=year, training=training,
                                   retired=retired).trainers
    if as_json:
        print_json([_trainer(item) for item in found])
        return
    print_table("", ["Kode", "Nama", "Instansi", "Pelatihan", "JP", "Batas", "Tidak hadir"], [
        (item.code, item.name, item.agency, item.trainings, item.load.used, item.load.limit,
         f"{item.away.first_day} – {item.away.last_day}" if item.away else "") for item in found])
    click.echo(str(say("%(count)s pengajar.", count=len(found))))


def _trainer(item: TrainerItem) -> dict[str, Any]:
    return {
        "code": item.code, "name": item.name, "agency": item.agency, "external": item.external,
        "home_place": item.home_place or None, "retired_on": item.retired_on, "trainings": item.trainings,
        "year": item.load.year, "jp": item.load.used, "jp_limit": item.load.limit, "batches_without_meetings": item.load.unplanned,
        "away": _absence(item.away) if item.away else None}


def _absence(absence: AbsenceView) -> dict[str, Any]:
    return {"id": absence.id, "first_day": absence.first_day, "last_day": absence.last_day, "reason": absence.reason}


@trainers_group.command("show")
@click.argument("trainer")
@JSON
@edge()
def show_trainer(here: Edge, trainer: str, as_json: bool) -> None:
    """Tunjukkan pengajar TRAINER: apa yang boleh ia ajarkan dan karena apa, kapan ia tidak hadir."""
    found = trainers.view_trainer(here.session, here.actor, trainer, today=here.clock.today())
    if as_json:
        print_json(_trainer(found.item) | {
            "qualifications": [{"training": one.training or None, "competency": one.competency or None, "level": one.level,
                                "valid_until": one.valid_until, "source": one.source}
                               for one in found.content.qualifications],
            "teaches": [{"code": line.code, "name": line.name, "by": list(line.by)} for line in found.teaches],
            "absences": [_absence(one) | {"touched": list(one.touched)} for one in found.absences],
            "bookings": [_booking(booking) for booking in found.bookings]})
        return
    print_table(f"{found.item.code} {found.item.name}", ["Pelatihan", "Karena"], [
        (line.name, ", ".join(str(by) for by in line.by)) for line in found.teaches])


@trainers_group.command("add")
@click.argument("trainer")
@click.argument("name")
@click.option("--agency", default="", help="Instansi.")
@click.option("--unit", required=True, metavar="UNIT", help="Balai yang mengelola.")
@click.option("--teaches", multiple=True, metavar="TRAINING|COMPETENCY:LEVEL",
              help="Pelatihan yang boleh diajarkan, atau kompetensi sampai level; boleh diulang.")
@click.option("--home", default="", help="Tempat asal.")
@click.option("--jp", type=int, default=None, help="Batas JP setahun; bawaan: tanpa batas.")
@click.option("--external", is_flag=True, help="Dari luar balai.")
@JSON
@edge(writes=True)
def add_trainer(here: Edge, trainer: str, name: str, agency: str, unit: str, teaches: tuple[str, ...], home: str,
                jp: int | None, external: bool, as_json: bool) -> None:
    """Tambahkan pengajar berkode TRAINER dan bernama NAME."""
    content = TrainerContent(name, agency, unit, external=external, home_place=home, yearly_jp=jp,
                             qualifications=tuple(_qualification(text) for text in teaches))
    code = trainers.create_trainer(here.session, here.actor, trainer, content, today=here.clock.today(),
                                   now=here.clock.now())
    if as_json:
        print_json({"code": code})
        return
    click.echo(str(say("Pengajar %(code)s tersimpan.", code=code)))


def _qualification(text: str) -> QualificationContent:
    code, colon, level = text.rpartition(":")
    if not colon:
        return QualificationContent(text.upper(), "", None)
    if not (level.isascii() and level.isdigit() and len(level) == 1):
        raise InvalidInput(say("“%(text)s” bukan kewenangan; tulis kode pelatihan, atau kompetensi seperti TEK-BMD:3.",
                               text=text), where="teaches")
    return QualificationContent("", code.upper(), int(level))


@trainers_group.command("away")
@click.argument("trainer")
@click.option("--from", "first", type=DAY, required=True, help="Hari pertama.")
@click.option("--until", "last", type=DAY, required=True, help="Hari terakhir.")
@click.option("--reason", required=True, help="Alasan.")
@JSON
@edge(writes=True)
def note_absence(here: Edge, trainer: str, first: date, last: date, reason: str, as_json: bool) -> None:
    """Catat bahwa pengajar TRAINER tidak hadir; angkatan yang tersentuh disebut."""
    touched = trainers.note_absence(here.session, here.actor, trainer, first, last, reason, today=here.clock.today(),
                                    now=here.clock.now())
    _say_touched(say("Ketidakhadiran dicatat."), touched, as_json)


# --- working days ----------------------------------------------------------------------------------------------------


@click.group("holidays", invoke_without_command=True)
@click.option("--year", type=click.IntRange(2000, 2099), default=None, help="Tahun; bawaan: tahun ini.")
@_UNIT
@JSON
@click.pass_context
def holidays(ctx: click.Context, year: int | None, unit: str, as_json: bool) -> None:
    """Hari kerja sebuah unit dalam setahun: libur nasional, cuti bersama, keputusan setempat, jam kerja."""
    if ctx.invoked_subcommand is None:
        _show_year(year, unit, as_json)


@edge()
def _show_year(here: Edge, year: int | None, unit: str, as_json: bool) -> None:
    today = here.clock.today()
    found = working_days.view_year(here.session, here.actor, year or today.year, unit, today=today)
    if as_json:
        print_json(_year(found))
        return
    print_table(f"{found.unit}, {found.year}", ["Hari", "Apa", "Nama", "Dasar", "Keyakinan"], [
        (day.day, _KIND_WORDS[day.kind], day.name, day.source, day.confidence) for day in found.special])
    click.echo(str(say("%(days)s hari kerja, %(hours)s jam.", days=found.working_days, hours=found.minutes / 60)))
    if not found.joint_leave_known:
        click.echo(str(say("Cuti bersama %(year)s belum diketahui; hari kerjanya masih akan berkurang.", year=found.year)), err=True)


def _year(found: WorkingYear) -> dict[str, Any]:
    return {
        "year": found.year, "unit": found.unit_code, "working_days": found.working_days, "minutes": found.minutes,
        "joint_leave_known": found.joint_leave_known, "days": [_day(day) for day in found.special],
        "weeks": [{"valid_from": None if week.valid_from == date.min else week.valid_from,
                   "hours": {str(weekday): working_days.spans_text(hours) for weekday, hours in sorted(week.days.items())},
                   "unit": week.unit or None, "source": week.source, "confidence": week.confidence}
                  for week in found.weeks]}


def _day(day: SpecialDay) -> dict[str, Any]:
    return {"day": day.day, "kind": day.kind, "name": day.name, "source": day.source, "confidence": day.confidence,
            "decided_by": day.decided_by or None, "instead_of": day.instead_of or None, "decision": day.decision}


@holidays.command("set")
@click.argument("day", type=DAY)
@click.argument("kind", type=click.Choice(["closed", "working"]))
@click.argument("name")
@click.option("--unit", required=True, metavar="UNIT", help="Berlaku untuk unit ini dan semua di bawahnya.")
@click.option("--source", required=True, help="Dasarnya, misalnya nomor surat keputusan.")
@_CONFIDENCE
@edge(writes=True)
def set_day(here: Edge, day: date, kind: str, name: str, unit: str, source: str, confidence: str) -> None:
    """Tutup hari DAY, atau biarkan tetap bekerja, dengan nama NAME."""
    touched = working_days.set_day(here.session, here.actor, unit, day, kind.upper(), name, source=source,
                                   confidence=confidence, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Keputusan tersimpan.")))
    for batch in touched:
        click.echo(str(say("Tersentuh: %(batch)s.", batch=batch)))


@holidays.command("hours")
@click.argument("unit")
@click.argument("week")
@click.option("--from", "valid_from", type=DAY, required=True, help="Berlaku mulai hari ini.")
@click.option("--source", required=True, help="Dasarnya, misalnya nomor surat edaran.")
@_CONFIDENCE
@edge(writes=True)
def set_hours(here: Edge, unit: str, week: str, valid_from: date, source: str, confidence: str) -> None:
    """Tetapkan jam kerja WEEK bagi UNIT, misalnya "1-4 07.30-12.00 13.00-16.00; 5 07.30-11.30"."""
    try:
        days = {weekday: working_days.spans_text(hours) for weekday, hours in read_week(week).items()}
    except ValueError:
        raise InvalidInput(say(
            "“%(text)s” bukan jam kerja; tulis seperti 1-4 07.30-12.00 13.00-16.00; 5 07.30-11.30 13.00-16.30.",
            text=week), where="WEEK") from None
    working_days.set_hours(here.session, here.actor, unit, WeekContent(days, valid_from, source, confidence),
                           today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Jam kerja tersimpan.")))


@holidays.command("forget")
@click.argument("decision", type=int)
@edge(writes=True)
def forget_day(here: Edge, decision: int) -> None:
    """Tarik kembali keputusan nomor DECISION; nomornya ada pada --json."""
    unit, day = working_days.forget_day(here.session, here.actor, decision, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Keputusan %(unit)s untuk %(day)s ditarik kembali.", unit=unit, day=day)))


# --- ways ------------------------------------------------------------------------------------------------------------


@click.group("travel")
def travel() -> None:
    """Waktu tempuh antar tempat."""


@travel.command("list")
@JSON
@edge()
def list_travels(here: Edge, as_json: bool) -> None:
    """Daftar waktu tempuh menurut tempat."""
    table = travels.travel_table(here.session, here.actor, today=here.clock.today())
    ways = sorted(table.times.known.items())
    if as_json:
        print_json({"ways": [{"place": place, "other_place": other, "minutes": minutes}
                             for (place, other), minutes in ways],
                    "unknown": [{"place": place, "other_place": other} for place, other in table.unknown]})
        return
    print_table("", ["Dari", "Ke", "Menit"], [(place, other, minutes) for (place, other), minutes in ways])


@travel.command("set")
@click.argument("place")
@click.argument("other_place")
@click.argument("minutes")
@edge(writes=True)
def set_travel(here: Edge, place: str, other_place: str, minutes: str) -> None:
    """Catat MINUTES di jalan antara dua tempat; - menghapusnya."""
    if minutes != "-" and not (minutes.isascii() and minutes.isdigit() and len(minutes) < 9):
        raise InvalidInput(say("“%(text)s” bukan menit; tulis bilangan bulat, atau - untuk menghapus.", text=minutes),
                           where="minutes")
    travels.set_travel(here.session, here.actor, place, other_place, None if minutes == "-" else int(minutes),
                       today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Waktu tempuh tersimpan.")))


# --- participants from outside ---------------------------------------------------------------------------------------


@click.group("outside")
def outside() -> None:
    """Peserta luar: pegawai instansi lain tanpa data di sini."""


@outside.command("list")
@click.option("--text", default="", help="Bagian dari nama, NIP, atau instansi.")
@JSON
@edge()
def list_outside(here: Edge, text: str, as_json: bool) -> None:
    """Daftar peserta luar menurut nama."""
    found = outside_participants.list_outside_participants(
        here.session, here.actor, today=here.clock.today(), text=text, size=None).items
    if as_json:
        print_json([{"nip": item.nip, "name": item.name, "agency": item.agency, "centre": item.centre,
                     "seats": item.seats, "certificates": item.certificates} for item in found])
        return
    print_table("", ["NIP", "Nama", "Instansi asal", "Pendaftaran", "Sertifikat"], [
        (item.nip, item.name, item.agency, item.seats, item.certificates) for item in found])


@outside.command("add")
@click.argument("nip")
@click.option("--unit", required=True, metavar="UNIT", help="Balai yang mencatatnya.")
@click.option("--name", required=True, help="Nama tanpa gelar.")
@click.option("--agency", required=True, help="Instansi asal, seperti pada sertifikat.")
@click.option("--birth", type=DAY, default=None, help="Tanggal lahir; bawaan: seperti dalam NIP.")
@click.option("--birth-differs", is_flag=True, help="Tanggal lahirnya memang berbeda dari NIP.")
@click.option("--type", "employee_type", type=click.Choice(["PNS", "CPNS", "PPPK"]), default="PNS", show_default=True,
              help="Jenis pegawai.")
@click.option("--grade", default="", help="Golongan, misalnya III/c.")
@JSON
@edge(writes=True)
def add_outside(here: Edge, nip: str, unit: str, name: str, agency: str, birth: date | None, birth_differs: bool,
                employee_type: str, grade: str, as_json: bool) -> None:
    """Catat peserta luar NIP; sesudah itu ia didaftarkan dengan `kompetensi enrol`."""
    kept = outside_participants.add_outside_participant(
        here.session, here.actor, nip, unit,
        OutsideFacts(name, agency, birth, employee_type=employee_type, grade_code=grade), today=here.clock.today(),
        now=here.clock.now(), birth_differs=birth_differs)
    if as_json:
        print_json({"nip": kept})
        return
    click.echo(str(say("Peserta luar %(name)s tercatat dengan NIP %(nip)s.", name=name, nip=kept)))


COMMANDS = {"rooms": rooms_group, "trainers": trainers_group, "holidays": holidays, "travel": travel, "outside": outside}
