"""Finished batches with participants who passed, and the ports of a press that needs no PDF library."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from datetime import date

from factories import NOW, make_batch, make_person
from sqlalchemy.orm import Session

from kompetensi.adapters.null import NullSigner
from kompetensi.errors import InvalidInput
from kompetensi.models import Batch, BatchSubject, Enrolment, Person
from kompetensi.ports import Rendering
from kompetensi.rules.certificates import CertificateFacts, canonical_json

_tokens = itertools.count(1)


class OneByOne:
    """A renderer whose `render_many` makes one after the other; who cannot be printed does not stop the others."""

    def in_bulk(self, count):
        return nullcontext(self)

    def find_under_stamp(self, facts, design):
        return ()

    def render_many(self, facts, design=None):
        for one in facts:
            try:
                yield Rendering(self.render_certificate(one, design))
            except InvalidInput as problem:
                yield Rendering(None, problem)


class PlainRenderer(OneByOne):
    """Writes the facts as bytes; quick, and different for every certificate."""

    def render_certificate(self, facts: CertificateFacts, design=None) -> bytes:
        return b"%PDF-1.7\n" + canonical_json(facts) + f"\n/ID [({facts.token}) (x)]\nstartxref\n%%EOF\n".encode()


class CountingRandomness:
    """Bytes that are never the same twice, and the same in every run."""

    def __call__(self, count: int, /) -> bytes:
        return (next(_tokens) * 0x9E3779B97F4A7C15 % 2 ** 64).to_bytes(8, "big")[:count]


def press() -> dict[str, object]:
    """Return the ports of `issue_certificate`."""
    return {"renderer": PlainRenderer(), "signer": NullSigner(), "randomness": CountingRandomness(),
            "verify_base": "https://sertifikat.example/cek/"}


def make_finished_batch(
    session: Session, training: str = "YANLIK-PRIMA", *, subjects: tuple[tuple[str, int], ...] | None = None,
    **fields: object,
) -> Batch:
    """Make a batch of three days in October 2026; without `subjects` it has two that add up to the training's JP."""
    batch = make_batch(session, training, **({"first_day": date(2026, 10, 5), "status": "FINISHED"} | fields))
    jp = batch.subjects[0].jp
    if subjects is None:
        subjects = (("Kebijakan", jp // 2), ("Praktik", jp - jp // 2))
    batch.subjects.clear()
    session.flush()
    batch.subjects.extend(BatchSubject(seq=seq, name=name, jp=hours) for seq, (name, hours) in enumerate(subjects, 1))
    session.flush()
    return batch


def make_graduate(
    session: Session, batch: Batch, *, outcome: str | None = "PASSED", score: int | None = 9280,
    person: Person | None = None, **fields: object,
) -> Enrolment:
    """Make a participant of a batch who has a result; `fields` are those of the person."""
    person = person or make_person(session, **fields)
    enrolment = Enrolment(
        person_id=person.id, batch_id=batch.id, status="COMPLETED" if outcome else "APPROVED", requested_at=NOW,
        outcome=outcome, score_hundredths=score, result_on=batch.last_day if outcome else None)
    session.add(enrolment)
    session.flush()
    return enrolment
