"""How ready a person is for a position on a day: levels against the standard, gates, JPM, score and verdict.

All arithmetic is exact: bands compare whole numbers, shares and scores are whole numbers, percentages are fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from kompetensi.graph.elements import Competency, CompetencyKind, Importance, Position, Requirement
from kompetensi.graph.evidence import Level, Profile
from kompetensi.messages import Message, say

__all__ = ["SCORE_MAX", "BandOnScale", "DemandRow", "Gate", "GateState", "HeldTraining", "Purpose", "Qualification",
           "Readiness", "RequirementRow", "Scale", "Verdict", "assess", "band_of", "shares_of", "weights_of"]

# The weights of all requirements add up to this.
_SHARES = 1000
# Points of a share at full level: the least common multiple of the levels 1..5, so that every level gives whole ones.
_POINTS = 60
SCORE_MAX = _SHARES * _POINTS


class Verdict(StrEnum):
    """What the readiness comes to."""

    PERLU_ASESMEN = "PERLU_ASESMEN"
    TIDAK_LAYAK = "TIDAK_LAYAK"
    BELUM_SIAP = "BELUM_SIAP"
    SIAP_BERSYARAT = "SIAP_BERSYARAT"
    SIAP = "SIAP"


class Purpose(StrEnum):
    """What the JPM is asked for; each purpose has its own scale, and the two are never mixed."""

    FILLING = "filling"
    MAPPING = "mapping"


class GateState(StrEnum):
    """Whether something mandatory is there; `UNKNOWN` when the record does not say."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


# Names of the bands of each scale, best first (Peraturan BKN 26/2019).
_BANDS: Mapping[Purpose, tuple[str, str, str]] = {
    Purpose.FILLING: ("MS", "MMS", "KMS"), Purpose.MAPPING: ("O", "CO", "KO")}


@dataclass(frozen=True, slots=True)
class Scale:
    """The two bounds of a JPM scale, per cent; each belongs to the band above it.

    Attributes
    ----------
    upper, lower : int
        ``0 < lower < upper <= 100``.
    """

    purpose: Purpose
    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class BandOnScale:
    """Where a JPM stands on one scale.

    Attributes
    ----------
    band, band_per_item : str or None
        Of the JPM and of its per-item variant; None when there is no JPM.
    """

    scale: Scale
    band: str | None
    band_per_item: str | None


class HeldTraining(Protocol):
    """A passed training by the certificate that records it, valid on the day."""

    @property
    def through(self) -> str:
        """Code of the training that the certificate names; another one when it is an equivalent."""

    @property
    def certificate_id(self) -> int:
        """Id of the certificate."""

    @property
    def number(self) -> str:
        """Number of the certificate."""

    @property
    def finished_on(self) -> date:
        """Last day of the training."""

    @property
    def valid_until(self) -> date | None:
        """Last valid day, inclusive; None = without end."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """Rank and education of a person on a day.

    Attributes
    ----------
    golongan, education : int or None
        Rank order; None when nothing is recorded.
    golongan_code, education_code : str
        What people read; empty when nothing is recorded.
    education_fields : tuple of str
        Fields of study of all finished educations.
    """

    golongan: int | None = None
    golongan_code: str = ""
    education: int | None = None
    education_code: str = ""
    education_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One required level against what the person has.

    Attributes
    ----------
    share : int
        Weight; all rows together have 1,000.
    level : Level
        Proven and expected level with the evidence behind them and the evidence that lost.
    counted : int or None
        The level that this requirement is judged by: proven, or expected for a technical one by policy; None = not
        assessed, which is judged as not reached but never shown as level 0.
    by_training : bool
        Whether `counted` is more than what is proven.
    gate : GateState or None
        None unless the requirement is `MUTLAK`.
    """

    competency: str
    name: str
    kind: CompetencyKind
    required: int
    importance: Importance
    share: int
    level: Level
    counted: int | None
    by_training: bool
    gate: GateState | None

    @property
    def proven(self) -> int | None:
        """The proven level; None = not assessed."""
        return self.level.proven

    @property
    def expected(self) -> int | None:
        """The expected level; None when neither proof nor training speaks of it."""
        return self.level.expected

    @property
    def is_met(self) -> bool:
        """Whether the counted level reaches the required one."""
        return self.counted is not None and self.counted >= self.required

    @property
    def gap(self) -> int | None:
        """Levels short of what is required, at least 0; None when the competency is not assessed."""
        return None if self.counted is None else max(0, self.required - self.counted)

    @property
    def points_missing(self) -> int:
        """What proving the required level would add to the score, at least 0."""
        return self.share * _POINTS // self.required * (self.required - min(self.proven or 0, self.required))

    @property
    def valid_until(self) -> date | None:
        """Last day of the evidence that `counted` rests on; None = without end, or no evidence."""
        evidence = self.level.expected_by if self.by_training else self.level.proven_by
        return evidence.valid_until if evidence is not None else None


@dataclass(frozen=True, slots=True)
class DemandRow:
    """One training that the position demands.

    Attributes
    ----------
    held : HeldTraining or None
        None = no valid certificate on the day.
    gate : GateState or None
        None unless the training is `MUTLAK`.
    """

    training: str
    name: str
    importance: Importance
    held: HeldTraining | None
    gate: GateState | None

    @property
    def is_met(self) -> bool:
        """Whether a valid certificate is there."""
        return self.held is not None


@dataclass(frozen=True, slots=True)
class Gate:
    """Something mandatory, apart from the score.

    Attributes
    ----------
    kind : str
        ``requirement``, ``training``, ``golongan`` or ``education``.
    code : str
        Code of the competency or training; otherwise the code that is asked for.
    title, fact : Message
        What is asked, and what is there.
    """

    kind: str
    code: str
    title: Message
    fact: Message
    state: GateState


@dataclass(frozen=True, slots=True)
class Readiness:
    """The whole answer; every number can be traced to its rows.

    Attributes
    ----------
    rows : tuple of RequirementRow
        Managerial, sociocultural, technical; inside a kind by code.
    trainings : tuple of DemandRow
        By code.
    gates : tuple of Gate
        Requirements, trainings, golongan, education.
    required_sum, proven_sum, capped_sum : int
        Sums of the managerial and sociocultural levels: required, proven, and min(proven, required) of each.
    assessed, assessable : int
        How many of those competencies have a proven level, and how many there are.
    jpm_raw : Fraction or None
        ``100 * proven_sum / required_sum``; None while one of them is not assessed or the standard names none.
    jpm : Fraction or None
        ``min(100, jpm_raw)``; decides the band.
    jpm_per_item : Fraction or None
        ``100 * capped_sum / required_sum``; stands beside the JPM, decides nothing.
    bands : tuple of BandOnScale
        In the order of the scales given.
    band : str or None
        On the scale of `purpose`.
    score, score_expected : int
        0..`score_max`, from proven and from expected levels.
    score_max : int
        60,000; 0 for a standard without requirements.
    reasons : tuple of Message
        What decided the verdict.
    remarks : tuple of Message
        What else must be known; it did not decide.
    unassessed : tuple of str
        Codes of the requirements without any proof, in the order of the rows.
    """

    position: Position
    on: date
    purpose: Purpose
    rows: tuple[RequirementRow, ...]
    trainings: tuple[DemandRow, ...]
    gates: tuple[Gate, ...]
    required_sum: int
    proven_sum: int
    capped_sum: int
    assessed: int
    assessable: int
    jpm_raw: Fraction | None
    jpm: Fraction | None
    jpm_per_item: Fraction | None
    bands: tuple[BandOnScale, ...]
    band: str | None
    score: int
    score_expected: int
    score_max: int
    verdict: Verdict
    reasons: tuple[Message, ...]
    remarks: tuple[Message, ...]
    unassessed: tuple[str, ...]

    @property
    def open_rows(self) -> tuple[RequirementRow, ...]:
        """Requirements that are not reached, mandatory ones first, then in the order of the rows."""
        return tuple(sorted((row for row in self.rows if not row.is_met),
                            key=lambda row: row.importance is not Importance.MUTLAK))

    @property
    def open_trainings(self) -> tuple[DemandRow, ...]:
        """Demanded trainings without a valid certificate, mandatory ones first, then by code."""
        return tuple(sorted((row for row in self.trainings if not row.is_met),
                            key=lambda row: row.importance is not Importance.MUTLAK))


def shares_of(weights: Mapping[str, int | None], total: int = _SHARES) -> dict[str, int]:
    """Divide a total among codes in proportion to their weights, in whole numbers that add up to it.

    Parameters
    ----------
    weights : mapping of str to int or None
        None = the mean of those that are given; when none is given, or all are 0, the shares are equal.
    total : int

    Returns
    -------
    dict
        By code. What rounding down leaves goes to the largest remainders, among equals by order of code; empty for
        no codes.

    Examples
    --------
    >>> shares_of({"A": None, "B": None, "C": None})
    {'A': 334, 'B': 333, 'C': 333}
    """
    given = [weight for weight in weights.values() if weight is not None]
    mean = Fraction(sum(given), len(given)) if sum(given) else Fraction(1)
    exact = {code: mean if weight is None or not sum(given) else Fraction(weight)
             for code, weight in sorted(weights.items())}
    whole = sum(exact.values())
    parts = {code: Fraction(total) * value / whole for code, value in exact.items()}
    shares = {code: int(part) for code, part in parts.items()}
    left = total - sum(shares.values()) if shares else 0
    for code in sorted(parts, key=lambda code: (shares[code] - parts[code], code))[:left]:
        shares[code] += 1
    return shares


def weights_of(position: Position) -> dict[str, int]:
    """Return each requirement's share of 1,000, by competency code; empty for a standard without requirements."""
    return shares_of({item.competency: item.weight for item in position.requirements})


def band_of(achieved: int, required: int, scale: Scale) -> str:
    """Return the band of ``achieved / required`` on a scale; a bound belongs to the band above it.

    Parameters
    ----------
    achieved, required : int
        Sums of levels, `required` above 0. More than is required counts as all of it.

    Examples
    --------
    >>> band_of(4, 5, Scale(Purpose.FILLING, 80, 68))
    'MS'
    """
    best, middle, lowest = _BANDS[scale.purpose]
    percent_of_required = 100 * min(achieved, required)
    if percent_of_required >= scale.upper * required:
        return best
    return middle if percent_of_required >= scale.lower * required else lowest


def assess(
    position: Position, competencies: Mapping[str, Competency], training_names: Mapping[str, str], profile: Profile,
    holdings: Mapping[str, HeldTraining], qualification: Qualification, *, scales: Sequence[Scale],
    training_proves_technical: bool, purpose: Purpose = Purpose.FILLING,
) -> Readiness:
    """Hold a person against a position's standard.

    Parameters
    ----------
    position : Position
        With the standard in force on the day of the profile.
    competencies : mapping of str to Competency
        Dictionary; a requirement that it lacks counts as technical and is called by its code.
    training_names : mapping of str to str
        A training that it lacks is called by its code.
    profile : Profile
        The person's levels on the day asked.
    holdings : mapping of str to HeldTraining
        Trainings held on that day, by code.
    scales : sequence of Scale
        One for each purpose; the verdict always uses the one for filling.
    training_proves_technical : bool
        Whether a technical requirement is judged by the expected level.
    purpose : Purpose
        Whose scale gives `Readiness.band`.

    Returns
    -------
    Readiness
    """
    shares = weights_of(position)
    rows = tuple(sorted(
        (_row(item, competencies.get(item.competency), shares[item.competency], profile, training_proves_technical)
         for item in position.requirements),
        key=lambda row: (list(CompetencyKind).index(row.kind), row.competency)))
    trainings = tuple(
        DemandRow(item.training, training_names.get(item.training, item.training), item.importance,
                  holdings.get(item.training),
                  _state(item.training in holdings) if item.importance is Importance.MUTLAK else None)
        for item in sorted(position.trainings, key=lambda item: item.training))
    gates = _gates(position, rows, trainings, qualification)

    measured = [row for row in rows if row.kind is not CompetencyKind.TEKNIS]
    required = sum(row.required for row in measured)
    proven = sum(row.proven or 0 for row in measured)
    capped = sum(min(row.proven or 0, row.required) for row in measured)
    assessed = sum(row.proven is not None for row in measured)
    has_jpm = bool(measured) and assessed == len(measured)
    raw = Fraction(100 * proven, required) if has_jpm else None
    bands = tuple(
        BandOnScale(scale, band_of(proven, required, scale), band_of(capped, required, scale)) if has_jpm
        else BandOnScale(scale, None, None) for scale in scales)
    band_by_purpose = {item.scale.purpose: item for item in bands}
    verdict, reasons, remarks = _judge(
        measured, rows, trainings, gates, bands, band_by_purpose.get(Purpose.FILLING), position,
        qualification)
    return Readiness(
        position, profile.on, purpose, rows, trainings, gates, required, proven, capped, assessed, len(measured),
        raw, min(Fraction(100), raw) if raw is not None else None,
        Fraction(100 * capped, required) if has_jpm else None, bands, band_by_purpose[purpose].band,
        _score(rows, [row.proven for row in rows]), _score(rows, [row.expected for row in rows]),
        SCORE_MAX if rows else 0, verdict, reasons, remarks,
        tuple(row.competency for row in rows if row.proven is None))


def _row(
    item: Requirement, competency: Competency | None, share: int, profile: Profile, training_proves_technical: bool
) -> RequirementRow:
    kind = competency.kind if competency is not None else CompetencyKind.TEKNIS
    level = profile.of(item.competency)
    judged_by_expected = kind is CompetencyKind.TEKNIS and training_proves_technical
    counted = level.expected if judged_by_expected else level.proven
    reached = counted is not None and counted >= item.level
    return RequirementRow(
        item.competency, competency.name if competency is not None else item.competency, kind, item.level,
        item.importance, share, level, counted, counted != level.proven,
        _state(reached) if item.importance is Importance.MUTLAK else None)


def _score(rows: Sequence[RequirementRow], levels: Iterable[int | None]) -> int:
    return sum(row.share * _POINTS // row.required * min(level or 0, row.required)
               for row, level in zip(rows, levels, strict=True))


def _state(met: bool) -> GateState:
    return GateState.MET if met else GateState.NOT_MET


def _gates(
    position: Position, rows: Iterable[RequirementRow], trainings: Iterable[DemandRow], have: Qualification
) -> tuple[Gate, ...]:
    gates = [
        Gate("requirement", row.competency,
             say("%(name)s tingkat %(level)s", name=row.name, level=row.required), _level_fact(row), row.gate)
        for row in rows if row.gate is not None]
    gates += [
        Gate("training", row.training, say("%(name)s", name=row.name), _training_fact(row), row.gate)
        for row in trainings if row.gate is not None]
    if position.min_golongan is not None:
        gates.append(Gate(
            "golongan", position.min_golongan_code,
            say("Golongan paling rendah %(need)s", need=position.min_golongan_code),
            say("Golongan belum tercatat.") if have.golongan is None
            else say("Golongan %(have)s.", have=have.golongan_code),
            GateState.UNKNOWN if have.golongan is None else _state(have.golongan >= position.min_golongan)))
    if position.min_education is not None:
        gates.append(Gate(
            "education", position.min_education_code,
            say("Pendidikan paling rendah %(need)s", need=position.min_education_code),
            say("Pendidikan belum tercatat.") if have.education is None
            else say("Pendidikan %(have)s.", have=have.education_code),
            GateState.UNKNOWN if have.education is None else _state(have.education >= position.min_education)))
    return tuple(gates)


def _level_fact(row: RequirementRow) -> Message:
    if row.counted is None:
        return say("Belum dinilai.")
    if row.by_training:
        return say("Tingkat %(have)s diperkirakan dari pelatihan.", have=row.counted)
    return say("Tingkat %(have)s terbukti.", have=row.counted)


def _training_fact(row: DemandRow) -> Message:
    if row.held is None:
        return say("Belum ada sertifikat yang berlaku.")
    if row.held.valid_until is None:
        return say("Lulus %(day)s.", day=row.held.finished_on)
    return say("Lulus %(day)s, berlaku sampai %(until)s.", day=row.held.finished_on, until=row.held.valid_until)


def _judge(
    measured: Sequence[RequirementRow], rows: Sequence[RequirementRow], trainings: Sequence[DemandRow],
    gates: Sequence[Gate], bands: Sequence[BandOnScale], filling: BandOnScale | None, position: Position,
    have: Qualification,
) -> tuple[Verdict, tuple[Message, ...], tuple[Message, ...]]:
    """Decide in the order of the handbook; what a later step would have said becomes a remark."""
    missing = [say("%(name)s belum dinilai.", name=row.name) for row in measured if row.proven is None]
    closed = [_closed(gate) for gate in gates if gate.state is GateState.NOT_MET]
    to_plan = _technical_gaps(rows) + [
        say("%(name)s penting bagi jabatan ini dan belum dipegang.", name=row.name)
        for row in trainings if row.importance is Importance.PENTING and not row.is_met] + [
        say("Syarat mutlak belum dapat diperiksa: %(gate)s. %(fact)s", gate=gate.title, fact=gate.fact)
        for gate in gates if gate.state is GateState.UNKNOWN]
    too_low, between = _band_sentences(
        filling, sum(row.proven or 0 for row in measured), sum(row.required for row in measured))
    advice = _advice(rows, trainings, bands, position, have)
    if not measured:
        advice = [say("Standar jabatan ini belum menyebut kompetensi manajerial, jadi JPM tidak ada."), *advice]

    steps: list[tuple[Verdict, list[Message], bool]] = [
        (Verdict.PERLU_ASESMEN, missing, bool(missing)),
        (Verdict.TIDAK_LAYAK, closed, bool(closed)),
        (Verdict.BELUM_SIAP, too_low, bool(too_low)),
        (Verdict.SIAP_BERSYARAT, between + to_plan, bool(between or to_plan))]
    for at, (verdict, reasons, holds) in enumerate(steps):
        if holds:
            later = [message for _, messages, _ in steps[at + 1:] for message in messages]
            return verdict, tuple(reasons), (*later, *advice)
    return Verdict.SIAP, (say("Semua yang diminta jabatan ini terpenuhi."),), tuple(advice)


def _closed(gate: Gate) -> Message:
    return say("Syarat mutlak belum terpenuhi: %(gate)s. %(fact)s", gate=gate.title, fact=gate.fact)


def _band_sentences(
    filling: BandOnScale | None, proven: int, required: int
) -> tuple[list[Message], list[Message]]:
    """Return what a band below the lower and below the upper bound says; the exact sums, never a rounded figure."""
    if filling is None or filling.band is None:
        return [], []
    best, middle, _ = _BANDS[filling.scale.purpose]
    if filling.band == best:
        return [], []
    if filling.band == middle:
        return [], [say("Terbukti %(have)s dari %(all)s tingkat, di bawah %(upper)s %%: masih memenuhi syarat (MMS).",
                        have=proven, all=required, upper=filling.scale.upper)]
    return [say("Terbukti %(have)s dari %(all)s tingkat, di bawah %(lower)s %%: kurang memenuhi syarat (KMS).",
                have=proven, all=required, lower=filling.scale.lower)], []


def _technical_gaps(rows: Iterable[RequirementRow]) -> list[Message]:
    gaps = []
    for row in rows:
        if row.kind is not CompetencyKind.TEKNIS or row.importance is Importance.MUTLAK or row.is_met:
            continue
        if row.counted is None:
            gaps.append(say("%(name)s belum dinilai, jadi tingkat %(need)s dianggap belum dicapai.",
                            name=row.name, need=row.required))
        else:
            gaps.append(say("%(name)s tingkat %(have)s, perlu %(need)s.",
                            name=row.name, have=row.counted, need=row.required))
    return gaps


def _advice(
    rows: Iterable[RequirementRow], trainings: Iterable[DemandRow], bands: Iterable[BandOnScale], position: Position,
    have: Qualification,
) -> list[Message]:
    advice = [
        say("JPM per kompetensi masuk %(per_item)s, bukan %(band)s: kelebihan pada satu kompetensi menutupi "
            "kekurangan pada yang lain.", per_item=item.band_per_item, band=item.band)
        for item in bands if item.band != item.band_per_item]
    advice += [
        say("%(name)s tingkat %(have)s diperkirakan dari pelatihan, belum diuji.", name=row.name, have=row.counted)
        for row in rows if row.by_training]
    advice += [
        say("%(name)s disarankan, tidak diwajibkan.", name=row.name)
        for row in trainings if row.importance is Importance.PERLU and not row.is_met]
    wanted = {field.casefold() for field in position.education_fields}
    if wanted and have.education_fields and not wanted & {field.casefold() for field in have.education_fields}:
        advice.append(say("Bidang pendidikan %(have)s tidak termasuk yang dicari: %(wanted)s.",
                          have=have.education_fields, wanted=position.education_fields))
    return advice
