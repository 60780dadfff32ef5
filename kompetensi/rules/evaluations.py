"""Evaluation forms: what can be asked, what an answer must be, and what many answers say without telling whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kompetensi.errors import InvalidInput
from kompetensi.messages import say

__all__ = ["BEST", "LONGEST_TEXT", "SUGGESTED", "About", "Kind", "Question", "Tally", "answer_key", "check_answers",
           "check_questions", "tally", "texts_of"]

BEST = 5
LONGEST_TEXT = 1000
_LONGEST_QUESTION = 300
_MOST_QUESTIONS = 40


class Kind(StrEnum):
    """How a question is answered."""

    SCALE = "SCALE"
    TEXT = "TEXT"


class About(StrEnum):
    """What a question is about; one about trainers is asked for each of them."""

    BATCH = "BATCH"
    TRAINER = "TRAINER"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; its code stays the same through the versions of a form."""

    code: str
    text: str
    kind: Kind
    about: About


# What a new form begins with.
SUGGESTED: tuple[Question, ...] = (
    Question("P1", "Materi sesuai dengan kebutuhan pekerjaan saya", Kind.SCALE, About.BATCH),
    Question("P2", "Waktu dan jadwal diatur dengan baik", Kind.SCALE, About.BATCH),
    Question("P3", "Sarana dan layanan penyelenggara memadai", Kind.SCALE, About.BATCH),
    Question("P4", "Pengajar menguasai materinya", Kind.SCALE, About.TRAINER),
    Question("P5", "Pengajar menjelaskan dengan jelas dan memberi kesempatan bertanya", Kind.SCALE, About.TRAINER),
    Question("P6", "Apa yang sebaiknya dipertahankan atau diperbaiki?", Kind.TEXT, About.BATCH),
    Question("P7", "Pesan untuk pengajar ini", Kind.TEXT, About.TRAINER))


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each answer of a scale was given.

    Attributes
    ----------
    counts : tuple of int
        Of the answers 1 to 5.
    """

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many answered."""
        return sum(self.counts)

    @property
    def mean_hundredths(self) -> int:
        """The mean times 100, rounded to the nearest, halves up; 0 when nobody answered."""
        total = self.total
        return 0 if not total else (200 * sum(place * count for place, count in enumerate(self.counts, 1)) + total) // (2 * total)


def check_questions(questions: Sequence[Question]) -> None:
    """Refuse a form that asks nothing, too much, or the same code twice.

    Raises
    ------
    InvalidInput
        Naming the first question that is wrong.
    """
    if not questions:
        raise InvalidInput(say("Formulir perlu paling sedikit satu pertanyaan."), where="questions")
    if len(questions) > _MOST_QUESTIONS:
        raise InvalidInput(say("Formulir paling banyak berisi %(most)s pertanyaan.", most=_MOST_QUESTIONS), where="questions")
    codes = [question.code for question in questions]
    for number, question in enumerate(questions, 1):
        if not question.text.strip() or len(question.text) > _LONGEST_QUESTION:
            raise InvalidInput(say("Pertanyaan %(number)s kosong atau melebihi %(most)s huruf.", number=number,
                                   most=_LONGEST_QUESTION), where="questions")
        if codes.index(question.code) != number - 1:
            raise InvalidInput(say("Kode %(code)s dipakai dua pertanyaan.", code=question.code), where="questions")


def answer_key(question: Question, trainer: str = "") -> str:
    """Return under what an answer is kept: the question's code, with the trainer's where it is about one."""
    return f"{question.code}@{trainer}" if question.about is About.TRAINER else question.code


def _keys(questions: Sequence[Question], trainers: Sequence[str]) -> dict[str, Question]:
    return {answer_key(question, trainer): question for question in questions
            for trainer in (trainers if question.about is About.TRAINER else ("",))}


def check_answers(
    questions: Sequence[Question], trainers: Sequence[str], answers: Mapping[str, str]
) -> dict[str, int | str]:
    """Return what is kept of the answers that were sent.

    Scales about the batch must all be answered; what is about trainers, and texts, may be left out.

    Parameters
    ----------
    trainers : sequence of str
        Codes of those who taught.
    answers : mapping of str to str
        By `answer_key`; empty = not answered.

    Raises
    ------
    InvalidInput
        If a scale is not 1 to 5, a text too long, a scale about the batch missing, or a key none of the form's.
    """
    keys = _keys(questions, trainers)
    unknown = sorted(set(answers) - set(keys))
    if unknown:
        raise InvalidInput(say("Jawaban “%(key)s” bukan bagian formulir ini. Muat ulang halaman, lalu isi lagi.",
                               key=unknown[0][:60]), where="answers")
    kept: dict[str, int | str] = {}
    for key, question in keys.items():
        text = answers.get(key, "").strip()
        if question.kind is Kind.TEXT:
            if len(text) > LONGEST_TEXT:
                raise InvalidInput(say("Jawaban paling panjang %(most)s huruf: %(question)s", most=LONGEST_TEXT,
                                       question=question.text), where=key)
            if text:
                kept[key] = text
        elif text in ("1", "2", "3", "4", "5"):
            kept[key] = int(text)
        elif text:
            raise InvalidInput(say("Pilih 1 sampai %(best)s: %(question)s", best=BEST, question=question.text), where=key)
        elif question.about is About.BATCH:
            raise InvalidInput(say("Belum dijawab: %(question)s", question=question.text), where=key)
    return kept


def tally(answers: Sequence[Mapping[str, int | str]], key: str) -> Tally:
    """Count the answers to a scale."""
    given = [found[key] for found in answers if isinstance(found.get(key), int)]
    return Tally(tuple(given.count(place) for place in range(1, BEST + 1)))


def texts_of(answers: Sequence[Mapping[str, int | str]], key: str) -> tuple[str, ...]:
    """Return the texts that were written, shuffled: in the order of their SHA-256, which tells nothing of who came when."""
    given = [text for found in answers if isinstance(text := found.get(key), str)]
    return tuple(sorted(given, key=lambda text: hashlib.sha256(text.encode()).digest()))
