"""Training paths in words: the answer, why a gap stays open, and what would close it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.conditions import HasLevel
from kompetensi.graph.elements import Position
from kompetensi.graph.paths import Demand, Open, PlanResult, Reason, Requirement, Status
from kompetensi.graph.paths.changes import AlsoTake, Change, Deadline, GiveUp, Hold, Move, NewBatch, RankUp, Seat
from kompetensi.graph.paths.remedies import OpenRemedies, Remedy, Scope
from kompetensi.messages import Message, say
from kompetensi.services.path_catalogue import OpenBatch

__all__ = ["OpenItem", "RemedyGroup", "RemedyWords", "Words", "answer_of", "words_of"]

_SENTENCES: Mapping[Reason, tuple[Message, Message]] = {
    Reason.NO_TRAINING: (
        say("Tidak ada pelatihan yang mencapainya."),
        say("Ikuti uji kompetensi, atau ajukan pengakuan pembelajaran lampau.")),
    Reason.ENTRY: (
        say("Syarat masuk pelatihannya tidak dapat dipenuhi."),
        say("Tanyakan kepada balai pelatihan apakah ada jalan lain memenuhi syarat masuk.")),
    Reason.GOLONGAN: (
        say("Golongan belum mencukupi untuk pelatihan yang diperlukan."),
        say("Pelatihan terbuka setelah kenaikan pangkat.")),
    Reason.CLASH: (
        say("Bisa dicapai sendiri, tetapi harinya berbenturan dengan pelatihan yang lebih penting."),
        say("Mundurkan tanggal, atau pilih angkatan lain sesudahnya.")),
    Reason.NO_SEAT: (
        say("Angkatan yang cocok penuh."),
        say("Minta kursi tambahan atau angkatan tambahan kepada balai pelatihan.")),
    Reason.TOO_LATE: (
        say("Angkatan yang ada selesai sesudah batas."),
        say("Mundurkan tanggal.")),
    Reason.NO_BATCH: (
        say("Tidak ada angkatan yang direncanakan untuk pelatihan yang diperlukan."),
        say("Usulkan angkatan kepada balai pelatihan.")),
}

# What stands above changes, any one of which is enough for so much.
_SCOPES: Mapping[Scope, Message] = {
    Scope.WITH_ALL: say("Menutup kesenjangan ini tanpa melepas yang lain, bila:"),
    Scope.ALONE: say("Menutup kesenjangan ini, tetapi tidak semua yang dicapai jalur ini dapat dipertahankan, bila:"),
    Scope.IN_ORDER: say("Membuka jalan ke sana, sedangkan golongan, tanggal dan kursinya masih harus dicari, bila:"),
}


@dataclass(frozen=True, slots=True)
class RemedyWords:
    """The smallest change of a kind, in words that follow "if".

    Attributes
    ----------
    kind : str
        Word of `kompetensi.graph.paths.remedies.RemedyKind`.
    proven : bool
        False when time ran out before everything smaller was ruled out.
    ready_by : date or None
        The other deadline, if that is all that is changed.
    batch : str or None
        The batch that is meant, if it is one.
    training : str or None
        The training that is meant, if it is one.
    golongan : str or None
        Code of the golongan, if that is all that is changed.
    """

    kind: str
    proven: bool
    change: Message
    ready_by: date | None = None
    batch: str | None = None
    training: str | None = None
    golongan: str | None = None


@dataclass(frozen=True, slots=True)
class RemedyGroup:
    """Changes of which any one is enough for the same.

    Attributes
    ----------
    scope : str
        Word of `kompetensi.graph.paths.remedies.Scope`.
    heading : Message
        What each of them does.
    """

    scope: str
    heading: Message
    remedies: tuple[RemedyWords, ...]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A gap that no plan closes by the date, why, and what would close it.

    Attributes
    ----------
    required, reached : int or None
        Levels; None for a demanded training.
    remedies : tuple of RemedyGroup
        In the order of the scopes, each not empty; none when no single change is enough.
    advice : Message
        What can be done where no single change is enough.
    complete : bool
        False when time ran out before all kinds of change were tried.
    """

    code: str
    name: str
    required: int | None
    reached: int | None
    importance: str
    reason: str
    sentence: Message
    advice: Message
    earliest: date | None
    remedies: tuple[RemedyGroup, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """Names by code, for the sentences about one question.

    Attributes
    ----------
    names : mapping of str to str
        Of competencies and trainings.
    batches : mapping of str to OpenBatch
    grades : mapping of int to str
        Codes of the golongan by rank order.
    """

    names: Mapping[str, str]
    batches: Mapping[str, OpenBatch]
    grades: Mapping[int, str]

    def item(self, item: Requirement | Demand) -> str:
        """Name what an item asks for."""
        if isinstance(item, Requirement):
            return f"{self.name(item.competency)} {item.level}"
        return self.name(item.training)

    def name(self, code: str) -> str:
        """Return the name of a competency or training, or its code where it has none."""
        return self.names.get(code, code)

    def open_items(
        self, result: PlanResult, ready_by: date | None, found: Sequence[OpenRemedies] = ()
    ) -> tuple[OpenItem, ...]:
        """Tell of everything that a plan leaves open; `found` are its remedies in the same order, if they were sought."""
        return tuple(self._open_item(entry, ready_by, found[place] if found else None)
                     for place, entry in enumerate(result.open))

    def _open_item(self, entry: Open, ready_by: date | None, found: OpenRemedies | None) -> OpenItem:
        sentence, advice = _SENTENCES[entry.reason]
        if entry.reason is Reason.TOO_LATE:
            sentence = say("Yang tercepat selesai %(earliest)s, sesudah batas %(ready_by)s.", earliest=entry.earliest,
                           ready_by=ready_by)
            advice = say("Mundurkan tanggal ke %(earliest)s.", earliest=entry.earliest)
        needed = entry.item
        code = needed.competency if isinstance(needed, Requirement) else needed.training
        is_level = isinstance(needed, Requirement)
        return OpenItem(
            code, self.name(code), needed.level if is_level else None, entry.reached if is_level else None,
            needed.importance.value, entry.reason.value, sentence, advice, entry.earliest,
            self._groups(found.remedies) if found else (), found.complete if found else True)

    def _groups(self, found: Sequence[Remedy]) -> tuple[RemedyGroup, ...]:
        return tuple(RemedyGroup(scope.value, _SCOPES[scope], tuple(self._remedy(remedy) for remedy in remedies))
                     for scope, remedies in groupby(found, key=lambda remedy: remedy.scope))

    def _remedy(self, remedy: Remedy) -> RemedyWords:
        parts = [self._change(change) for change in self._gathered(remedy.changes)]
        condition = parts[0]
        for part in parts[1:]:
            condition = say("%(first)s, dan %(second)s", first=condition, second=part)
        only = remedy.changes[0] if len(remedy.changes) == 1 else None
        return RemedyWords(
            remedy.kind.value, remedy.proven, condition,
            only.day if isinstance(only, Deadline) else None, only.batch if isinstance(only, Seat | Move) else None,
            only.training if isinstance(only, NewBatch) else None,
            self.grades.get(only.golongan) if isinstance(only, RankUp) else None)

    @staticmethod
    def _gathered(changes: Sequence[Change]) -> list[Change | list[Seat]]:
        """Put the seats together, which one sentence asks for."""
        seats = [change for change in changes if isinstance(change, Seat)]
        rest: list[Change | list[Seat]] = [change for change in changes if not isinstance(change, Seat)]
        return [*rest, seats if len(seats) > 1 else seats[0]] if seats else rest

    def _change(self, change: Change | list[Seat]) -> Message:
        match change:
            case list():
                return say("%(batches)s masing-masing mendapat satu kursi lagi",
                           batches=[self._batch(seat.batch) for seat in change])
            case Seat(_, batch):
                return say("%(batch)s mendapat satu kursi lagi", batch=self._batch(batch))
            case Move(_, batch, days):
                run = self.batches[batch]
                first, last = run.first_day + timedelta(days=days), run.last_day + timedelta(days=days)
                if days < 0:
                    return say("%(batch)s dimajukan %(days)s hari, menjadi %(first)s sampai %(last)s",
                               batch=self._batch(batch), days=-days, first=first, last=last)
                return say("%(batch)s dimundurkan %(days)s hari, menjadi %(first)s sampai %(last)s",
                           batch=self._batch(batch), days=days, first=first, last=last)
            case Deadline(None):
                return say("tidak ada batas tanggal")
            case Deadline(day):
                return say("batas tanggal menjadi %(day)s", day=day)
            case NewBatch(code, _, first, None):
                return say("ada satu angkatan lagi %(training)s yang mulai %(first)s atau sesudahnya",
                           training=self.name(code), first=first)
            case NewBatch(code, _, first, last):
                return say("ada satu angkatan lagi %(training)s antara %(first)s dan %(last)s",
                           training=self.name(code), first=first, last=last)
            case RankUp(golongan):
                return say("golongan sudah %(golongan)s", golongan=self.grades.get(golongan, str(golongan)))
            case GiveUp(item):
                return say("%(item)s tidak dikejar", item=self.item(item))
            case Hold(HasLevel(competency, level)):
                return say("%(name)s tingkat %(level)s terbukti lewat uji kompetensi atau pengakuan pembelajaran lampau",
                           name=self.name(competency), level=level)
            case Hold(training):
                return say("%(training)s sudah dipegang", training=self.name(training.code))
            case AlsoTake(code):
                return say("%(training)s juga diambil", training=self.name(code))

    def _batch(self, code: str) -> Message:
        batch = self.batches[code]
        return say("%(training)s angkatan %(number)s (%(first)s sampai %(last)s)", training=batch.training.name,
                   number=batch.number, first=batch.first_day, last=batch.last_day)


def words_of(
    graph: CompetencyGraph, standard: Position, batches: Mapping[str, OpenBatch], grades: Mapping[int, str]
) -> Words:
    """Gather the names that the sentences about a position need."""
    names = {code: item.name for code, item in graph.competencies.items()}
    names |= {code: item.name for code, item in graph.trainings.items()}
    for demand in standard.trainings:
        names.setdefault(demand.training, demand.training)
    return Words(names, batches, grades)


def answer_of(result: PlanResult, ready_by: date | None) -> Message:
    """State a plan in one sentence."""
    if result.status is Status.NOTHING_NEEDED:
        return say("Tidak ada pelatihan yang perlu diambil: semua yang diminta jabatan ini sudah terpenuhi.")
    count, finish = result.plan.count, result.plan.finish
    if result.status is Status.READY:
        if ready_by is None or finish is None:
            return say("%(count)s pelatihan menutup semua kesenjangan pada %(finish)s.", count=count, finish=finish)
        return say("%(count)s pelatihan menutup semua kesenjangan pada %(finish)s, %(days)s hari sebelum batas.",
                   count=count, finish=finish, days=(ready_by - finish).days)
    if not count:
        return say("Tidak ada pelatihan yang dapat menutup kesenjangan pada waktunya; %(count)s tetap terbuka.",
                   count=len(result.open))
    return say("%(count)s pelatihan membawa sejauh mungkin pada %(finish)s; %(open)s kesenjangan tetap terbuka.",
               count=count, finish=finish, open=len(result.open))
