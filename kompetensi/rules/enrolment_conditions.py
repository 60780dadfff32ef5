"""What a batch demands of its participants beside its training: demands joined by all, any and not, each with its words.

A fact that nobody has recorded makes a demand neither hold nor fail; a batch is open only to those for whom the whole holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from kompetensi.messages import Message, say

__all__ = ["EMPLOYEE_TYPES", "MOST_DEMANDS", "NO_DEMANDS", "NO_FACTS", "NO_WORDS", "AllOf", "AnyOf", "Condition", "ConditionFault", "Demand", "Facts",
           "Judgement", "Kind", "Not", "Vocabulary", "condition_words", "demand_words", "demands", "is_flat", "judge",
           "parse_conditions", "speaks_of", "write_conditions"]

EMPLOYEE_TYPES = ("PNS", "CPNS", "PPPK")
MOST_DEMANDS = 40
_DEEPEST = 6
_LONGEST_WHY = 200
_MOST_MONTHS = 600
_BEST_LEVEL = 5


class Kind(StrEnum):
    """What a demand is about; the value is its key in the stored form."""

    COMPETENCY = "competency"
    TRAINING = "training"
    GOLONGAN_FROM = "golongan_from"
    GOLONGAN_TO = "golongan_to"
    JOB_CLASSES = "job_classes"
    UNITS = "units"
    EMPLOYEE_TYPES = "employee_types"
    TENURE = "tenure_months"
    NO_CLASH = "no_clash"
    JP_OPEN = "jp_open"


_ONE_CODE = frozenset({Kind.COMPETENCY, Kind.TRAINING, Kind.GOLONGAN_FROM, Kind.GOLONGAN_TO})
_CODES = frozenset({Kind.JOB_CLASSES, Kind.UNITS, Kind.EMPLOYEE_TYPES})
_FLAGS = frozenset({Kind.NO_CLASH, Kind.JP_OPEN})


class ConditionFault(ValueError):
    """A value is no condition.

    Attributes
    ----------
    path : str
        JSON Pointer to the part that is wrong; empty for the whole.
    message : Message
        What was wrong and what would be right.
    """

    def __init__(self, path: str, message: Message) -> None:
        super().__init__(f"{path or '/'}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand.

    Attributes
    ----------
    kind : Kind
    codes : tuple of str
        One for a competency, training or golongan, at least one for classes, units and employee types, else none.
    number : int or None
        Level 1..5 of a competency, months of tenure from 1; else None.
    why : str
        What the batch demands it for, as its organiser wrote it; may be empty.
    """

    kind: Kind
    codes: tuple[str, ...] = ()
    number: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds; with no part it holds."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds; it has at least one."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition


Condition: TypeAlias = Demand | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person on the day.

    Attributes
    ----------
    levels : mapping of str to int
        Expected level by competency; absent = 0.
    completed : frozenset of str
        Trainings held, or passed before the batch begins.
    golongan : int or None
        Rank order; None = not recorded.
    golongan_code : str
    job_class : str or None
        Code of the class of the position held definitively; None = holds none.
    units : frozenset of str
        Codes of the own unit and of all units above it.
    employee_type : str
        PNS, CPNS or PPPK; empty = not known, as for participants from outside.
    tenure_months : int or None
        Full months in service; None = not recorded.
    jp_year : int
        Lesson hours finished this year.
    jp_min : int or None
        Lesson hours that the year owes; None = none are owed.
    clash : Message or None
        The seat that takes the same time, in words; None = the time is free.
    """

    levels: Mapping[str, int] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()
    golongan: int | None = None
    golongan_code: str = ""
    job_class: str | None = None
    units: frozenset[str] = frozenset()
    employee_type: str = ""
    tenure_months: int | None = None
    jp_year: int = 0
    jp_min: int | None = None
    clash: Message | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What codes mean.

    Attributes
    ----------
    names : mapping of (Kind, str) to str
        Name of what a code of a kind stands for; a code without one stands for itself.
    ranks : mapping of str to int
        Rank order by code of a golongan.
    """

    names: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)

    def name(self, kind: Kind, code: str) -> str:
        """Return the name of a code."""
        return self.names.get((kind, code), code)


NO_WORDS = Vocabulary()
NO_DEMANDS = AllOf()
NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A condition against the facts of a person.

    Attributes
    ----------
    condition : Condition
    holds : bool or None
        None = a fact that decides is not recorded.
    fact : Message or None
        What is known, for a demand; None for a whole.
    change : Message or None
        What would make it hold, for a demand that does not.
    parts : tuple of Judgement
        Of a whole, in its order.
    """

    condition: Condition
    holds: bool | None
    fact: Message | None = None
    change: Message | None = None
    parts: tuple[Judgement, ...] = ()


# --- stored form -------------------------------------------------------------------------------------------------------


def parse_conditions(value: Any, *, known: Mapping[Kind, Collection[str]] | None = None) -> Condition:
    """Read a condition from its stored form.

    Parameters
    ----------
    value : object
        ``{}`` or None (nothing is demanded), ``{"all": [...]}``, ``{"any": [...]}``, ``{"not": {...}}``, or one demand:
        ``{"competency": CODE, "level": 1..5}``, ``{"training": CODE}``, ``{"golongan_from": CODE}``,
        ``{"golongan_to": CODE}``, ``{"job_classes": [CODE, ...]}``, ``{"units": [CODE, ...]}``,
        ``{"employee_types": ["PNS", ...]}``, ``{"tenure_months": N}``, ``{"no_clash": true}``, ``{"jp_open": true}``;
        each demand may carry ``"why"``, a text.
    known : mapping of Kind to collection of str, optional
        Codes that exist, for the kinds that are to be checked.

    Raises
    ------
    ConditionFault
        With the JSON Pointer of the part that is none of these or names nothing.
    """
    found = _read(value, "", 0, known or {})
    if sum(1 for _ in demands(found)) > MOST_DEMANDS:
        raise ConditionFault("", say("Paling banyak %(most)s syarat.", most=MOST_DEMANDS))
    return found


def _read(value: Any, path: str, depth: int, known: Mapping[Kind, Collection[str]]) -> Condition:
    if value is None or value == {}:
        return AllOf()
    if not isinstance(value, dict):
        raise ConditionFault(path, say("Syarat ditulis sebagai objek, misalnya {\"training\": \"PKP\"}."))
    if depth > _DEEPEST:
        raise ConditionFault(path, say("Syarat bersusun paling dalam %(most)s tingkat.", most=_DEEPEST))
    keys = set(value)
    for key, whole in (("all", AllOf), ("any", AnyOf)):
        if keys == {key}:
            parts = value[key]
            if not isinstance(parts, list) or (key == "any" and not parts):
                raise ConditionFault(f"{path}/{key}", say("Isi “%(key)s” dengan daftar syarat.", key=key))
            return whole(tuple(_read(part, f"{path}/{key}/{place}", depth + 1, known)
                               for place, part in enumerate(parts)))
    if keys == {"not"}:
        if not isinstance(value["not"], dict) or not value["not"]:
            raise ConditionFault(f"{path}/not", say("Isi “not” dengan satu syarat."))
        return Not(_read(value["not"], f"{path}/not", depth + 1, known))
    return _read_demand(value, path, known)


def _read_demand(value: Mapping[str, Any], path: str, known: Mapping[Kind, Collection[str]]) -> Demand:
    kind = next((kind for kind in Kind if kind in value), None)
    if kind is None:
        raise ConditionFault(path, say("Syarat harus salah satu dari: %(kinds)s.",
                                       kinds=("all", "any", "not", *(kind.value for kind in Kind))))
    unknown = set(value) - {kind.value, "why"} - ({"level"} if kind is Kind.COMPETENCY else set())
    if unknown:
        raise ConditionFault(f"{path}/{min(unknown)}", say("“%(key)s” tidak dikenal di sini.", key=min(unknown)))
    why = value.get("why", "")
    if not isinstance(why, str) or len(why) > _LONGEST_WHY:
        raise ConditionFault(f"{path}/why", say("Alasan berupa teks, paling panjang %(most)s huruf.", most=_LONGEST_WHY))
    given, at = value[kind], f"{path}/{kind.value}"
    codes: tuple[str, ...] = ()
    number: int | None = None
    if kind in _ONE_CODE:
        if not isinstance(given, str) or not given:
            raise ConditionFault(at, say("Isi dengan satu kode."))
        codes = (given,)
    elif kind in _CODES:
        if not isinstance(given, list) or not given or not all(isinstance(code, str) and code for code in given):
            raise ConditionFault(at, say("Isi dengan daftar kode, paling sedikit satu."))
        codes = tuple(dict.fromkeys(given))
    elif kind in _FLAGS:
        if given is not True:
            raise ConditionFault(at, say("Isi dengan true."))
    else:
        number = _whole(given, 1, _MOST_MONTHS, at)
    if kind is Kind.COMPETENCY:
        number = _whole(value.get("level"), 1, _BEST_LEVEL, f"{path}/level")
    exist = EMPLOYEE_TYPES if kind is Kind.EMPLOYEE_TYPES else known.get(kind)
    for place, code in enumerate(codes):
        if exist is not None and code not in exist:
            raise ConditionFault(at if kind in _ONE_CODE else f"{at}/{place}",
                                 say("Tidak ada “%(code)s”.", code=code))
    return Demand(kind, codes, number, why.strip())


def _whole(value: Any, least: int, most: int, at: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ConditionFault(at, say("Isi dengan bilangan bulat %(least)s sampai %(most)s.", least=least, most=most))
    return value


def write_conditions(condition: Condition) -> dict[str, Any]:
    """Return the stored form of a condition; `parse_conditions` gives it back, no demand as ``{}``."""
    match condition:
        case AllOf(parts):
            return {"all": [write_conditions(part) for part in parts]} if parts else {}
        case AnyOf(parts):
            return {"any": [write_conditions(part) for part in parts]}
        case Not(part):
            return {"not": write_conditions(part)}
        case Demand(kind, codes, number, why):
            value: Any = codes[0] if kind in _ONE_CODE else list(codes) if kind in _CODES else \
                True if kind in _FLAGS else number
            return {kind.value: value} | ({"level": number} if kind is Kind.COMPETENCY else {}) | (
                {"why": why} if why else {})


def demands(condition: Condition) -> Iterator[Demand]:
    """Yield the demands of a condition, left to right, repeated ones repeated."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from demands(part)
        case Not(part):
            yield from demands(part)
        case Demand():
            yield condition


def speaks_of(condition: Condition, kind: Kind) -> bool:
    """Whether a condition has a demand of a kind anywhere."""
    return any(demand.kind is kind for demand in demands(condition))


def is_flat(condition: Condition) -> bool:
    """Whether a condition is one list of demands, each perhaps reversed, as the simple form can show it."""
    parts = condition.parts if isinstance(condition, AllOf | AnyOf) else (condition,)
    return all(isinstance(part.part if isinstance(part, Not) else part, Demand) for part in parts)


# --- words ---------------------------------------------------------------------------------------------------------------


def demand_words(demand: Demand, words: Vocabulary = NO_WORDS) -> Message:
    """Say what one demand asks for, as a clause without capital and full stop."""
    names = tuple(words.name(demand.kind, code) for code in demand.codes)
    match demand.kind:
        case Kind.COMPETENCY:
            return say("level paling rendah %(level)s pada %(name)s", level=demand.number, name=names[0])
        case Kind.TRAINING:
            return say("lulus %(name)s", name=names[0])
        case Kind.GOLONGAN_FROM:
            return say("golongan paling rendah %(code)s", code=names[0])
        case Kind.GOLONGAN_TO:
            return say("golongan paling tinggi %(code)s", code=names[0])
        case Kind.JOB_CLASSES:
            return say("jenjang %(names)s", names=_either(names))
        case Kind.UNITS:
            return say("bekerja pada %(names)s", names=_either(names))
        case Kind.EMPLOYEE_TYPES:
            return say("berstatus %(names)s", names=_either(names))
        case Kind.TENURE:
            return say("masa kerja paling sedikit %(months)s bulan", months=demand.number)
        case Kind.NO_CLASH:
            return say("tidak berbenturan dengan angkatan lain yang diikuti")
        case Kind.JP_OPEN:
            return say("JP tahun ini belum mencukupi")


def _either(names: tuple[str, ...]) -> Message | str:
    return names[0] if len(names) == 1 else say("%(others)s atau %(last)s", others=names[:-1], last=names[-1])


def condition_words(condition: Condition, words: Vocabulary = NO_WORDS) -> Message:
    """Say what a condition asks for in one clause; parts of a whole inside a whole stand in brackets."""
    match condition:
        case Demand():
            return demand_words(condition, words)
        case Not(part):
            return say("bukan: %(demand)s", demand=_inner(part, words))
        case AllOf(()):
            return say("tidak ada syarat tambahan")
        case AllOf(parts) | AnyOf(parts):
            clauses = [_inner(part, words) for part in parts]
            sentence = clauses[0]
            for clause in clauses[1:]:
                sentence = say("%(first)s, dan %(second)s", first=sentence, second=clause) \
                    if isinstance(condition, AllOf) else \
                    say("%(first)s, atau %(second)s", first=sentence, second=clause)
            return sentence


def _inner(part: Condition, words: Vocabulary) -> Message:
    said = condition_words(part, words)
    return say("(%(clause)s)", clause=said) if isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 else said


# --- judging -------------------------------------------------------------------------------------------------------------


def judge(condition: Condition, facts: Facts, words: Vocabulary = NO_WORDS) -> Judgement:
    """Hold a condition against the facts of a person.

    Unknown facts are carried through (Kleene's three values): of "all" one part that fails decides, of "any" one that
    holds; the opposite of unknown is unknown.
    """
    match condition:
        case Demand():
            return _judge_demand(condition, facts, words)
        case Not(part):
            inner = judge(part, facts, words)
            holds = None if inner.holds is None else not inner.holds
            change = None if holds else inner.change if holds is None else say(
                "Angkatan ini bukan untuk yang memenuhi: %(demand)s.", demand=condition_words(part, words))
            return Judgement(condition, holds, inner.fact, change, (inner,))
        case AllOf(parts) | AnyOf(parts):
            judged = tuple(judge(part, facts, words) for part in parts)
            decisive = isinstance(condition, AnyOf)
            values = {one.holds for one in judged}
            whole = decisive if decisive in values else None if None in values else not decisive
            return Judgement(condition, whole, parts=judged)


def _judge_demand(demand: Demand, facts: Facts, words: Vocabulary) -> Judgement:
    holds, fact, change = _judged(demand, facts, words)
    return Judgement(demand, holds, fact, None if holds else change)


def _judged(demand: Demand, facts: Facts, words: Vocabulary) -> tuple[bool | None, Message, Message]:
    code = demand.codes[0] if demand.codes else ""
    name = words.name(demand.kind, code)
    match demand.kind:
        case Kind.COMPETENCY:
            level = facts.levels.get(code, 0)
            return (level >= (demand.number or 0), say("Level pada %(name)s: %(level)s.", name=name, level=level),
                    say("Naikkan level itu dengan pelatihan, uji kompetensi, atau asesmen."))
        case Kind.TRAINING:
            held = code in facts.completed
            return (held, say("%(name)s sudah lulus.", name=name) if held else
                    say("%(name)s belum lulus.", name=name),
                    say("Ikuti dahulu %(name)s, atau minta sertifikat luarnya diakui.", name=name))
        case Kind.GOLONGAN_FROM | Kind.GOLONGAN_TO:
            return _judged_golongan(demand.kind, code, facts, words)
        case Kind.JOB_CLASSES:
            if facts.job_class is None:
                return (None, say("Jabatan definitif belum tercatat."),
                        say("Minta pengelola kepegawaian mencatat jabatannya."))
            return (facts.job_class in demand.codes,
                    say("Jenjang sekarang: %(name)s.", name=words.name(demand.kind, facts.job_class)),
                    say("Terbuka setelah menduduki jenjang itu; cari angkatan untuk jenjang sekarang."))
        case Kind.UNITS:
            return (bool(facts.units & set(demand.codes)), say("Unit kerja berada di luar itu.")
                    if not facts.units & set(demand.codes) else say("Unit kerja termasuk di dalamnya."),
                    say("Cari angkatan lain yang terbuka bagi unit kerja ini."))
        case Kind.EMPLOYEE_TYPES:
            if not facts.employee_type:
                return None, say("Status kepegawaian belum tercatat."), say(
                    "Minta pengelola kepegawaian mencatat statusnya.")
            return (facts.employee_type in demand.codes, say("Status kepegawaian: %(name)s.", name=facts.employee_type),
                    say("Cari angkatan lain yang terbuka bagi status kepegawaian ini."))
        case Kind.TENURE:
            if facts.tenure_months is None:
                return None, say("Awal masa kerja belum tercatat."), say(
                    "Minta pengelola kepegawaian mencatat TMT CPNS atau awal kontrak.")
            return (facts.tenure_months >= (demand.number or 0),
                    say("Masa kerja: %(months)s bulan.", months=facts.tenure_months),
                    say("Terbuka %(months)s bulan lagi.", months=max(0, (demand.number or 0) - facts.tenure_months)))
        case Kind.NO_CLASH:
            return (facts.clash is None, facts.clash or say("Waktunya bebas."),
                    say("Pilih angkatan lain, atau batalkan pendaftaran yang berbenturan."))
        case Kind.JP_OPEN:
            if facts.jp_min is None:
                return (True, say("JP tahun ini: %(jp)s; tidak ada kewajiban JP yang berlaku.", jp=facts.jp_year),
                        say("Tahun berikutnya terbuka lagi."))
            return (facts.jp_year < facts.jp_min,
                    say("JP tahun ini: %(jp)s dari %(least)s yang diwajibkan.", jp=facts.jp_year, least=facts.jp_min),
                    say("JP tahun ini sudah cukup; tahun berikutnya terbuka lagi."))


def _judged_golongan(
    kind: Kind, code: str, facts: Facts, words: Vocabulary
) -> tuple[bool | None, Message, Message]:
    bound = words.ranks.get(code)
    if facts.golongan is None or bound is None:
        return None, say("Golongan belum tercatat."), say("Minta pengelola kepegawaian mencatat golongan.")
    fact = say("Golongan sekarang: %(code)s.", code=facts.golongan_code)
    if kind is Kind.GOLONGAN_FROM:
        return facts.golongan >= bound, fact, say("Terbuka setelah kenaikan pangkat.")
    return facts.golongan <= bound, fact, say("Cari angkatan lain yang terbuka bagi golongan ini.")
