"""Positions and posts beyond the 45: leaders, functional officials and staff of every unit, and who is above whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from kompetensi.demo.catalogue import Catalogue, KnownPosition, WorkUnit
from kompetensi.demo.offices import OFFICES, REGENCY_OFFICES, Functional, Office
from kompetensi.demo.rows import Rows
from kompetensi.models import Position, PositionRequirement, PositionStandard, PositionTraining, Post

__all__ = ["Seat", "build_structure"]

PROVINCE = "75"
# Of a hundred posts that many have somebody in them.
_FILLED_OF_100 = 92
_LEAST_IN_A_REGENCY = 12
# The regencies only show that there are other agencies: six people of a thousand each.
_REGENCY_SHARE = 6, 1000
_PEOPLE_OF_THE_PROVINCE = 6000


@dataclass(frozen=True, slots=True)
class Seat:
    """A post with what its position asks for; careers and evidence are drawn to fit it.

    Attributes
    ----------
    role : str
        HEAD, DEPUTY (secretary), DIVISION, SUBDIVISION (of the secretary), SECTION (of a division) or STAFF.
    grade : int
        Lowest rank order.
    vacant : bool
        Whether nobody sits there.
    """

    id: int
    code: str
    position_id: int
    position_code: str
    position_name: str
    unit: str
    job_class: str
    role: str
    urusan: str
    grade: int
    education: str
    fields: tuple[str, ...]
    technical: tuple[tuple[str, int], ...]
    trainings: tuple[str, ...]
    superior: int | None = None
    vacant: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """A position to be made: everything but its numbers."""

    unit: str
    key: str
    name: str
    job_class: str
    role: str
    office: Office
    technical: tuple[str, ...]
    fields: tuple[str, ...]


def build_structure(
    session: Session, rows: Rows, catalogue: Catalogue, *, people: int, today: date, now: datetime
) -> tuple[Seat, ...]:
    """Make positions, standards and posts until there is a post for everybody and about 8 % are left vacant.

    The posts of the 45 positions come first, filled as the table says. With fewer people than the province has fewer
    of them are filled, at least one a position that is filled at all; the others stay, vacant, because they are the
    table's, and are not counted among the 8 %.

    Parameters
    ----------
    people : int
        All of Gorontalo; each regency gets at least twelve of them.

    Returns
    -------
    tuple of Seat
        Leaders before those below them.
    """
    regencies = [code for code in catalogue.governments if code != PROVINCE]
    share = max(_LEAST_IN_A_REGENCY, people * _REGENCY_SHARE[0] // _REGENCY_SHARE[1])
    counts = dict.fromkeys(regencies, share) | {PROVINCE: people - share * len(regencies)}
    known, spare = _known_seats(catalogue, counts[PROVINCE])
    builder = _Builder(rows, catalogue, today, now)
    seats: list[Seat] = []
    for government, count in sorted(counts.items()):
        mine, beyond = (list(known), spare) if government == PROVINCE else ([], 0)
        vacant = max(1, sum(seat.vacant for seat in mine) - beyond)
        posts = max(count + vacant, round(count * 100 / _FILLED_OF_100)) + beyond
        for draft in _wishes(catalogue, government, mine, posts - len(mine)):
            mine.append(builder.seat(draft))
        seats += _with_vacancies(_with_superiors(mine, catalogue), len(mine) - count)
    _write_superiors(session, rows, seats, {seat.id for seat in known})
    return tuple(seats)


# --- the posts of the 45 -------------------------------------------------------------------------------------------


def _role_of(position: KnownPosition) -> str:
    if position.job_class.startswith("JPT"):
        return "HEAD"
    if position.job_class == "ADMINISTRATOR":
        return "DEPUTY" if position.name.startswith("Sekretaris") else "DIVISION"
    if position.job_class == "PENGAWAS":
        return "SUBDIVISION" if "Subbagian" in position.name else "SECTION"
    return "STAFF"


def _known_seats(catalogue: Catalogue, people: int) -> tuple[tuple[Seat, ...], int]:
    """Return all posts of the 45 positions, and how many of them are vacant only because the demo has few people."""
    part = min(1.0, people / _PEOPLE_OF_THE_PROVINCE)
    seats: list[Seat] = []
    spare = 0
    for position in catalogue.positions:
        count = max(1, round(len(position.posts) * part))
        filled = min(count, max(1, round(position.filled * part))) if position.filled else 0
        spare += len(position.posts) - count
        seats += [
            Seat(post_id, code, position.id, position.code, position.name, position.unit, position.job_class,
                 _role_of(position), position.urusan, position.grade, position.education, position.fields,
                 position.technical, position.trainings, vacant=number >= filled)
            for number, (post_id, code) in enumerate(position.posts)]
    return tuple(seats), spare


# --- which further posts -------------------------------------------------------------------------------------------


def _wishes(
    catalogue: Catalogue, government: str, known: Iterable[Seat], wanted: int
) -> Iterator[_Draft]:
    """Name the posts to be made: leaders of all units round by round, then staff by the units' weights."""
    there = {(seat.unit, seat.role) for seat in known} | {(seat.unit, seat.position_name) for seat in known}
    in_use = {seat.unit for seat in known}
    rounds: list[tuple[int, int, _Draft]] = []
    fill: list[tuple[Office, list[_Draft]]] = []
    for at, unit in enumerate(_living_units(catalogue, government)):
        office = _office(unit)
        # With few people the units of the 45 positions come first, so that nobody is without a head; a regency
        # fills one unit after the other.
        later = at if government != PROVINCE else 0 if unit.code in in_use else 2
        if unit.code.endswith("SETDA"):
            later = 0
        for turn, draft in _leaders(unit, office):
            if (unit.code, draft.role) not in there or draft.role not in ("HEAD", "DEPUTY"):
                rounds.append((turn + later, at, draft))
        fill.append((office, list(_staff(unit, office))))
    rounds = [item for item in rounds if (item[2].unit, item[2].name) not in there]
    fill = [(office, [draft for draft in drafts if (draft.unit, draft.name) not in there]) for office, drafts in fill]
    rounds.sort(key=lambda item: item[:2])
    yield from (draft for _, _, draft in rounds[:wanted])
    yield from _spread(fill, wanted - len(rounds))


def _living_units(catalogue: Catalogue, government: str) -> list[WorkUnit]:
    return [unit for unit in catalogue.units.values()
            if unit.government == government and unit.kind != "PEMDA" and unit.valid_to is None]


def _office(unit: WorkUnit) -> Office:
    return OFFICES.get(unit.code) or REGENCY_OFFICES[unit.code.rpartition("-")[2]]


def _leaders(unit: WorkUnit, office: Office) -> Iterator[tuple[int, _Draft]]:
    """Yield the posts every unit wants, each with its turn: 0 = first of all."""
    head_class, head = "JPT-PRATAMA", f"Kepala {office.short}"
    if unit.code.endswith("SETDA"):
        head_class, head = ("JPT-MADYA" if unit.government == PROVINCE else "JPT-PRATAMA"), "Sekretaris Daerah"
    elif unit.code.endswith("SETWAN"):
        head = "Sekretaris DPRD"
    elif unit.kind == "INSPEKTORAT":
        head = "Inspektur Daerah"
    elif unit.kind == "UPTD":
        head_class, head = "ADMINISTRATOR", f"{'Direktur' if 'RSUD' in unit.code else 'Kepala'} {office.short}"
    elif unit.kind == "SATDIK":
        head_class, head = "JF-MADYA", "Kepala Satuan Pendidikan"
    yield 0, _Draft(unit.code, "KEPALA", head, head_class, "HEAD", office, office.technical, office.fields)
    is_large = unit.kind in ("DINAS", "BADAN", "SATUAN", "INSPEKTORAT")
    money = ("TEK-KEUDA", "TEK-BENDA")
    if is_large:
        yield 1, _Draft(unit.code, "SEKRETARIS", f"Sekretaris {office.short}", "ADMINISTRATOR", "DEPUTY", office,
                        ("TEK-KEUDA", "TEK-SAKIP"), office.fields)
    if unit.code == "75-DIKBUD":
        # The person of the guided walk leads a subdivision here; she has somebody to lead.
        yield from ((1, draft) for draft in _staff(unit, office) if draft.key in ("PENGOLAH", "OPERATOR"))
    yield 2, _draft_of(unit, office, office.functional[0], 0)
    for turn, division in enumerate(office.divisions):
        word = "Bagian" if unit.kind in ("BIRO", "SEKRETARIAT") else "Bidang"
        yield 3 + 2 * turn, _Draft(unit.code, f"KABID-{turn + 1}", f"Kepala {word} {division}", (
            "PENGAWAS" if unit.kind == "UPTD" else "ADMINISTRATOR"), "DIVISION", office, office.technical,
            office.fields)
    if unit.kind == "SATDIK":
        return
    yield 4, _Draft(unit.code, "KASUBAG-UMPEG", "Kepala Subbagian Umum dan Kepegawaian", "PENGAWAS", "SUBDIVISION",
                    office, ("TEK-NASDIN", "TEK-ADPEG"), ("Administrasi Publik", "Manajemen SDM"))
    if is_large and unit.code != "75-DIKBUD":
        yield 6, _Draft(unit.code, "KASUBAG-KEU", "Kepala Subbagian Keuangan", "PENGAWAS", "SUBDIVISION", office,
                        money, ("Akuntansi", "Ekonomi", "Manajemen Keuangan"))
    for turn, division in enumerate(office.divisions if is_large else ()):
        yield 8 + turn, _Draft(unit.code, f"KASI-{turn + 1}", f"Kepala Seksi {division}", "PENGAWAS", "SECTION",
                               office, office.technical[:1], office.fields)


_LADDERS = {
    False: (("JF-PERTAMA", "Ahli Pertama"), ("JF-MUDA", "Ahli Muda"), ("JF-MADYA", "Ahli Madya")),
    True: (("JF-TERAMPIL", "Terampil"), ("JF-MAHIR", "Mahir"), ("JF-PENYELIA", "Penyelia")),
}


def _draft_of(unit: WorkUnit, office: Office, family: Functional, step: int) -> _Draft:
    job_class, word = _LADDERS[family.skilled][step]
    short = "".join(letter for letter in family.name.upper() if letter.isalpha() or letter == " ").replace(" ", "-")
    return _Draft(unit.code, f"{short}-{job_class.removeprefix('JF-')}", f"{family.name} {word}", job_class, "STAFF",
                  office, family.technical, family.fields)


def _staff(unit: WorkUnit, office: Office) -> Iterator[_Draft]:
    """Yield the unit's staff positions in the proportion in which its further posts are made."""
    general = [
        _Draft(unit.code, key, name, "PELAKSANA", "STAFF", office, technical, ())
        for key, name, technical in (
            ("PENGADMIN", "Pengadministrasi Perkantoran", ("TEK-NASDIN",)),
            ("OPERATOR", "Operator Layanan Operasional", ("TEK-YANLIK",)),
            ("PENGOLAH", "Pengolah Data dan Informasi", ("TEK-NASDIN",)),
            ("PENATA", "Penata Layanan Operasional", ("TEK-YANLIK",)))]
    families = office.functional
    for step in (0, 1, 0, 2):
        yield from (_draft_of(unit, office, family, step) for family in families)
        if unit.kind == "SATDIK" or "RSUD" in unit.code:
            # Schools and hospitals are mostly teachers and nurses.
            yield from (_draft_of(unit, office, family, 1) for family in families[:2])
            if step != 0:
                yield from general[:1]
        else:
            yield from general


def _spread(fill: list[tuple[Office, list[_Draft]]], wanted: int) -> Iterator[_Draft]:
    """Give each unit its share of the posts by weight, and go round its staff positions."""
    whole = sum(office.weight for office, _ in fill)
    given = done = 0
    for office, drafts in fill:
        done += office.weight
        upto = max(0, wanted) * done // whole
        yield from (drafts[number % len(drafts)] for number in range(upto - given))
        given = upto


# --- making them ---------------------------------------------------------------------------------------------------

_EDUCATION = {"PELAKSANA": "SMA", "PENGAWAS": "D3", "JF-TERAMPIL": "D3", "JF-MAHIR": "D3", "JF-PENYELIA": "D3",
              "JF-MADYA": "S2"}
_EXPERIENCE = {"JPT-PRATAMA": 5, "JPT-MADYA": 7, "ADMINISTRATOR": 3, "PENGAWAS": 4, "JF-MUDA": 2, "JF-MADYA": 2,
               "JF-PENYELIA": 2, "JF-MAHIR": 2}
# Leadership training that the class is meant for (pelatihan.csv, target_jenjang).
_LEADERSHIP = {"JPT-MADYA": "PKN1", "JPT-PRATAMA": "PKN2", "ADMINISTRATOR": "PKA", "PENGAWAS": "PKP"}


class _Builder:
    """Makes invented positions once each, and posts of them as often as asked."""

    def __init__(self, rows: Rows, catalogue: Catalogue, today: date, now: datetime) -> None:
        self._rows, self._catalogue, self._today, self._now = rows, catalogue, today, now
        self._made: dict[tuple[str, str], Seat] = {}
        self._count: dict[int, int] = defaultdict(int)

    def seat(self, draft: _Draft) -> Seat:
        """Make one more post of a position."""
        pattern = self._made.get((draft.unit, draft.key))
        if pattern is None:
            pattern = self._made[draft.unit, draft.key] = self._position(draft)
        self._count[pattern.position_id] += 1
        code = f"{pattern.position_code}-{self._count[pattern.position_id]:02d}"
        post_id = self._rows.add(
            Post, code=code, position_id=pattern.position_id, unit_id=self._catalogue.units[draft.unit].id,
            superior_post_id=None, valid_from=None, valid_to=None, invented=True)
        return replace(pattern, id=post_id, code=code)

    def _position(self, draft: _Draft) -> Seat:
        rows, catalogue = self._rows, self._catalogue
        job = catalogue.classes[draft.job_class]
        code = f"{draft.unit}-{draft.key}".upper()
        position_id = rows.add(
            Position, code=code, name=draft.name, unit_id=catalogue.units[draft.unit].id, job_class_id=job.id,
            urusan=draft.office.urusan, invented=True)
        education = _EDUCATION.get(draft.job_class, "S1")
        standard_id = rows.add(
            PositionStandard, position_id=position_id, version=1, valid_from=self._today, valid_to=None,
            min_grade_code=catalogue.ranks[job.lowest - 1], min_education_code=education,
            education_fields=list(draft.fields), min_experience_years=_EXPERIENCE.get(draft.job_class, 0),
            reason="rekaan untuk demo: level bawaan jenjang dan urusan unit", confidence="invented",
            recorded_at=self._now)
        technical = self._technical(draft.technical, job.level, job.lowest)
        for competency_id, level in (*job.general_levels.items(),
                                     *((catalogue.competencies[key], level) for key, level in technical)):
            rows.add(PositionRequirement, standard_id=standard_id, competency_id=competency_id, level=level,
                     importance="PENTING", weight=None)
        trainings = self._trainings(draft.job_class, technical, job.lowest)
        for training in trainings:
            rows.add(PositionTraining, standard_id=standard_id, training_code=training, importance="PENTING")
        return Seat(0, "", position_id, code, draft.name, draft.unit, draft.job_class, draft.role,
                    draft.office.urusan, job.lowest, education, draft.fields, technical, trainings)

    def _technical(self, codes: Iterable[str], level: int, rank: int) -> tuple[tuple[str, int], ...]:
        """Take the class's level for the first competency and one less for the others, as far as training leads."""
        wanted = ((code, level if at == 0 else max(1, level - 1)) for at, code in enumerate(codes))
        reachable = ((code, self._catalogue.reachable_level(code, level, rank)) for code, level in wanted)
        return tuple(sorted((code, level) for code, level in reachable if level))

    def _trainings(
        self, job_class: str, technical: Iterable[tuple[str, int]], rank: int
    ) -> tuple[str, ...]:
        wanted = [_LEADERSHIP[job_class]] if job_class in _LEADERSHIP else []
        for code, level in list(technical)[:1]:
            wanted += [course.code for course in self._catalogue.courses.values()
                       if course.offered == "yes" and course.rank <= rank and course.kind == "TEKNIS"
                       and (code, level) in course.raises][:1]
        return tuple(sorted(wanted))


# --- who is above whom, who is missing -----------------------------------------------------------------------------

_ABOVE = {
    "DEPUTY": ("HEAD",), "DIVISION": ("HEAD", "DEPUTY"), "SUBDIVISION": ("DEPUTY", "DIVISION", "HEAD"),
    "SECTION": ("DIVISION", "DEPUTY", "HEAD"), "STAFF": ("SUBDIVISION", "SECTION", "DIVISION", "DEPUTY", "HEAD"),
}
# Functional officials of the higher steps answer to a division, not to a subdivision.
_ABOVE_FUNCTIONAL = ("DIVISION", "DEPUTY", "HEAD", "SUBDIVISION", "SECTION")


def _with_superiors(seats: list[Seat], catalogue: Catalogue) -> list[Seat]:
    """Say for each post which one is above it: in its own unit, else the head of the unit above, else the Sekda."""
    by_role: dict[tuple[str, str], list[Seat]] = defaultdict(list)
    for seat in seats:
        by_role[seat.unit, seat.role].append(seat)
    turns: dict[tuple[str, str], int] = defaultdict(int)
    secretary = next((seat for seat in seats if seat.unit.endswith("SETDA") and seat.role == "HEAD"), None)
    found = []
    for seat in sorted(seats, key=lambda seat: (_ORDER.index(seat.role), seat.id)):
        above = _above(seat, by_role, turns, catalogue)
        if above is None and secretary is not None and seat.id != secretary.id:
            above = secretary
        found.append(replace(seat, superior=above.id if above else None))
    return found


_ORDER = ("HEAD", "DEPUTY", "DIVISION", "SUBDIVISION", "SECTION", "STAFF")


def _above(
    seat: Seat, by_role: Mapping[tuple[str, str], list[Seat]], turns: dict[tuple[str, str], int], catalogue: Catalogue
) -> Seat | None:
    roles = _ABOVE.get(seat.role, ())
    if seat.job_class.startswith("JF") and seat.role == "STAFF" and seat.unit != "75-SMAN":
        roles = _ABOVE_FUNCTIONAL
    for role in roles:
        candidates = by_role.get((seat.unit, role))
        if candidates:
            turns[seat.unit, f"{seat.role}>{role}"] += 1
            return candidates[(turns[seat.unit, f"{seat.role}>{role}"] - 1) % len(candidates)]
    parent = catalogue.units[seat.unit].parent
    while parent is not None:
        heads = by_role.get((parent, "HEAD"))
        if heads:
            return heads[0]
        parent = catalogue.units[parent].parent
    return None


def _with_vacancies(seats: list[Seat], wanted: int) -> list[Seat]:
    """Leave further invented posts vacant until `wanted` are, spread evenly over the staff, then over the leaders."""
    missing = wanted - sum(seat.vacant for seat in seats)
    order = [seat.id for seat in seats if not seat.vacant and seat.role == "STAFF"]
    order += [seat.id for seat in reversed(seats) if not seat.vacant and seat.role not in ("STAFF", "HEAD")]
    if missing < 0:
        raise ValueError(f"{-missing} people too many for {len(seats)} posts")
    step = max(1, len(order) // max(1, missing))
    chosen = set(list(dict.fromkeys([*order[step - 1::step], *order]))[:missing])
    return [replace(seat, vacant=True) if seat.id in chosen else seat for seat in seats]


def _write_superiors(session: Session, rows: Rows, seats: Iterable[Seat], known: set[int]) -> None:
    """Order the new posts so that each follows its superior, write them, then link those that were there before."""
    superiors = {seat.id: seat.superior for seat in seats}

    def depth(post_id: int) -> int:
        above = superiors[post_id]
        return 0 if above is None else 1 + depth(above)

    for row in rows.of(Post):
        row["superior_post_id"] = superiors[row["id"]]
    rows.of(Post).sort(key=lambda row: (depth(row["id"]), row["id"]))
    rows.write()
    links = [{"id": seat.id, "superior_post_id": seat.superior} for seat in seats
             if seat.id in known and seat.superior is not None]
    if links:
        session.execute(update(Post), links)
