"""What waits for a superior's word: the requests of those below him, each with the reasons for the training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Path, Person, Position
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.lookup import current_positions
from kompetensi.services.no_shows import NoShows, no_shows_of
from kompetensi.services.readiness import Assessor, full_name, load_assessors
from kompetensi.services.superiors import subordinates_of

__all__ = ["RequestToEndorse", "RequestsToEndorse", "list_requests_to_endorse"]


@dataclass(frozen=True, slots=True)
class RequestToEndorse:
    """A request that awaits the superior's word.

    Attributes
    ----------
    position : str
        What the person holds now; empty when nothing is recorded.
    reasons : tuple of Message
        Why this training: what the person is on the way to, which gap it closes, which path it is a step of; at least one.
    no_shows : NoShows or None
    """

    enrolment_id: int
    nip: str
    name: str
    position: str
    batch: str
    training: str
    training_name: str
    jp: int
    first_day: date
    last_day: date
    place: str
    asked_at: datetime
    reasons: tuple[Message, ...]
    no_shows: NoShows | None


@dataclass(frozen=True, slots=True)
class RequestsToEndorse:
    """All that waits for a superior, by first day of the batch; `subordinates` is how many people are below him."""

    requests: tuple[RequestToEndorse, ...]
    subordinates: int


def list_requests_to_endorse(session: Session, actor: Actor, *, today: date) -> RequestsToEndorse:
    """Return the requests of those whose superior the actor is today; none for who holds no post above another.

    The number of queries does not grow with requests.
    """
    require(session, actor, "inbox.view", on=today)
    below = subordinates_of(session, actor.person_id, today) if actor.person_id is not None else ()
    target, path_position = aliased(Position), aliased(Position)
    rows = session.execute(
        select(Enrolment, Person, Batch, Path.ready_by, path_position.code.label("path_code"),
               target.code.label("target_code"))
        .join(Person, Enrolment.person_id == Person.id).join(Batch, Enrolment.batch_id == Batch.id)
        .outerjoin(Path, Enrolment.path_id == Path.id).outerjoin(path_position, Path.position_id == path_position.id)
        .outerjoin(target, Person.target_position_id == target.id)
        .where(Enrolment.person_id.in_(below), Enrolment.status == "REQUESTED", Batch.last_day >= today)
        .options(joinedload(Batch.training)).order_by(Batch.first_day, Enrolment.requested_at, Enrolment.id)).all()
    ids = sorted({row.Person.id for row in rows})
    assessors = load_assessors(session, ids, today) if ids else {}
    positions, marked = current_positions(session, ids, today), no_shows_of(session, ids, today)
    return RequestsToEndorse(tuple(
        RequestToEndorse(
            row.Enrolment.id, row.Person.nip, full_name(row.Person), positions.get(row.Person.id, ""), row.Batch.code,
            row.Batch.training.code, row.Batch.training.name, row.Batch.training.jp, row.Batch.first_day, row.Batch.last_day,
            row.Batch.place, row.Enrolment.requested_at,
            reasons_for(assessors[row.Person.id], row.Batch.training.code, row.path_code or row.target_code,
                        row.ready_by or row.Person.target_ready_by, is_step=row.path_code is not None),
            marked.get(row.Person.id)) for row in rows), len(below))


def reasons_for(
    assessor: Assessor, training_code: str, position_code: str | None, ready_by: date | None, *, is_step: bool
) -> tuple[Message, ...]:
    """Say why somebody asks for a training: what he is on the way to, and what of it the training gives.

    Parameters
    ----------
    position_code : str or None
        What he is on the way to; None = he has named nothing.
    is_step : bool
        Whether the training is a step of a path that he took.
    """
    training = assessor.graph.trainings[training_code]
    readiness = assessor(position_code) if position_code is not None else None
    if readiness is None:
        names = _gains(assessor, training_code)
        return (say("Belum menyatakan jabatan yang dituju."),
                *((say("Pelatihan ini mengembangkan %(names)s.", names=names),) if names else ()))
    position = readiness.position.name
    reasons = [say("Menuju %(position)s, siap paling lambat %(day)s.", position=position, day=ready_by) if ready_by else
               say("Menuju %(position)s.", position=position)]
    if is_step:
        reasons.append(say("Satu langkah dari jalur pelatihan yang diambil."))
    if any(row.training == training_code for row in readiness.open_trainings):
        reasons.append(say("Diminta langsung oleh jabatan itu."))
    gaps = {row.competency: row for row in readiness.open_rows}
    for gain in training.raises:
        row = gaps.get(gain.competency)
        if row is not None:
            have = assessor.profile.of(gain.competency).expected
            reasons.append(say("Menutup kesenjangan %(name)s: punya %(have)s, perlu %(need)s, sesudah pelatihan %(level)s.",
                               name=row.name, have=have, need=row.required, level=gain.level) if have is not None else
                           say("Menutup kesenjangan %(name)s: belum dinilai, perlu %(need)s, sesudah pelatihan %(level)s.",
                               name=row.name, need=row.required, level=gain.level))
    if len(reasons) == 1:
        reasons.append(say("Pelatihan ini tidak menutup kesenjangan yang tercatat menuju jabatan itu."))
    return tuple(reasons)


def _gains(assessor: Assessor, training_code: str) -> Sequence[str]:
    return tuple(assessor.graph.competencies[gain.competency].name
                 for gain in assessor.graph.trainings[training_code].raises)
