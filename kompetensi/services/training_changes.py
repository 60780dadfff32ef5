"""Changes to trainings: what they give, ask for and consist of. Each is in the audit log, with before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import networkx as nx
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.graph.conditions import ConditionError, HasTraining, leaves, parse_condition
from kompetensi.graph.elements import NodeKind, Offered
from kompetensi.messages import say
from kompetensi.models import Competency, Grade, JobClass, Training, TrainingRaise, TrainingSubject
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.lookup import training_by_code
from kompetensi.services.position_changes import CODE

__all__ = ["TrainingContent", "create_training", "edit_training", "require_edit", "training_content"]

_MOST_JP = 9999
_MOST_IDR = 999_999_999


@dataclass(frozen=True, slots=True)
class TrainingContent:
    """What can be said about a training.

    Attributes
    ----------
    jp : int
        Lesson hours, 0..9999.
    cost_idr : int
        Rupiah a participant.
    entry : dict
        Condition in the form of ``docs/formats/plan.md``; empty = open to all.
    raises : tuple of (str, int)
        Competency and the level that passing is expected to give.
    subjects : tuple of (str, int)
        Subject and JP in order; their sum is `jp`. Empty = not yet known.
    validity_years : int or None
        None = certificates hold without end.
    lan_programme : bool
        Of LAN: certificates need each participant's photo and LAN's registration code.
    """

    name: str
    kind: str
    jp: int
    provider: str
    cost_idr: int
    prerequisites: str
    entry: dict[str, Any]
    min_grade_code: str | None
    target_classes: tuple[str, ...]
    offered: str
    equivalent_code: str | None
    validity_years: int | None
    raises: tuple[tuple[str, int], ...]
    subjects: tuple[tuple[str, int], ...]
    lan_programme: bool = False


def require_edit(session: Session, actor: Actor, *, on: date) -> None:
    """Refuse who may not change trainings, before a form is shown."""
    require(session, actor, "catalogue.edit_training", on=on)


def training_content(session: Session, actor: Actor, code: str, *, on: date) -> TrainingContent:
    """Return what a training says now, to start a change from."""
    require(session, actor, "catalogue.edit_training", on=on)
    return _content_of(session, training_by_code(session, code))


def create_training(
    session: Session, actor: Actor, code: str, content: TrainingContent, *, today: date, now: datetime
) -> str:
    """Add a training and return its code as it is kept, in capitals.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If the code is no code or taken, or the content is refused as in `edit_training`.
    """
    require(session, actor, "catalogue.edit_training", on=today)
    code = code.strip().upper()
    if not CODE.match(code) or len(code) > 40:
        raise InvalidInput(say("“%(code)s” bukan kode; pakai huruf, angka, titik, garis miring atau tanda hubung.",
                               code=code), where="code")
    if session.scalar(select(Training.id).where(Training.code == code)) is not None:
        raise InvalidInput(say("Kode “%(code)s” sudah dipakai pelatihan lain.", code=code), where="code")
    _check(session, code, content, frozenset())
    _write(session, Training(code=code), content)
    bump_catalogue_version(session, (NodeKind.TRAINING, code))
    record(session, actor, "catalogue.edit_training:create", "training", code, now=now,
           detail={"after": _plain(content)})
    session.flush()
    return code


def edit_training(
    session: Session, actor: Actor, code: str, content: TrainingContent, *, today: date, now: datetime
) -> None:
    """Change a training. Certificates already issued keep what they say.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If something is unknown, doubled or out of bounds, the JP of the subjects do not add up to the training's, or
        its entry would in the end ask for the training itself. Codes that its entry names already may stay unknown.
    """
    require(session, actor, "catalogue.edit_training", on=today)
    training = training_by_code(session, code)
    before = _content_of(session, training)
    if before == content:
        return
    _check(session, training.code, content, _codes_in(before.entry))
    _write(session, training, content)
    bump_catalogue_version(session, (NodeKind.TRAINING, training.code))
    old, new = _plain(before), _plain(content)
    changed = [name for name in new if old[name] != new[name]]
    record(session, actor, "catalogue.edit_training", "training", training.code, now=now, detail={
        "before": {name: old[name] for name in changed}, "after": {name: new[name] for name in changed}})
    session.flush()


def _content_of(session: Session, training: Training) -> TrainingContent:
    codes = dict(session.execute(select(Competency.id, Competency.code)).all())
    return TrainingContent(
        training.name, training.kind, training.jp, training.provider, training.cost_idr, training.prerequisites,
        dict(training.entry), training.min_grade_code, tuple(training.target_classes), training.offered,
        training.equivalent_code, training.validity_years,
        tuple(sorted((codes[item.competency_id], item.level) for item in training.raises)),
        tuple((item.name, item.jp) for item in training.subjects), training.lan_programme)


def _plain(content: TrainingContent) -> dict[str, Any]:
    plain = {name: getattr(content, name) for name in TrainingContent.__slots__}
    return plain | {"raises": dict(content.raises), "target_classes": list(content.target_classes),
                    "subjects": [list(pair) for pair in content.subjects]}


def _codes_in(entry: dict[str, Any]) -> frozenset[str]:
    return frozenset(leaf.code if isinstance(leaf, HasTraining) else leaf.competency
                     for leaf in leaves(parse_condition(entry)))


def _write(session: Session, training: Training, content: TrainingContent) -> None:
    ids = dict(session.execute(select(Competency.code, Competency.id)).all())
    for name in TrainingContent.__slots__:
        if name not in ("raises", "subjects", "target_classes"):
            setattr(training, name, getattr(content, name))
    training.target_classes = list(content.target_classes)
    session.add(training)
    with session.no_autoflush:
        training.raises.clear()
        training.subjects.clear()
    session.flush()  # the old rows must be gone before the new ones claim their places
    training.raises = [TrainingRaise(competency_id=ids[code], level=level) for code, level in content.raises]
    training.subjects = [TrainingSubject(seq=seq, name=name, jp=jp)
                         for seq, (name, jp) in enumerate(content.subjects, start=1)]
    session.flush()


def _check(session: Session, code: str, content: TrainingContent, tolerated: frozenset[str]) -> None:
    _check_numbers(content)
    trainings = set(session.scalars(select(Training.code)))
    competencies = set(session.scalars(select(Competency.code)))
    _require_known([content.min_grade_code], set(session.scalars(select(Grade.code))), "min_grade_code")
    _require_known(content.target_classes, set(session.scalars(select(JobClass.code))), "target_classes")
    _require_known([content.equivalent_code], trainings - {code}, "equivalent_code")
    _require_known([competency for competency, _ in content.raises], competencies, "raises")
    raised = [competency for competency, _ in content.raises]
    if len(set(raised)) < len(raised) or not all(1 <= level <= 5 for _, level in content.raises):
        raise InvalidInput(say("Setiap kompetensi ditulis sekali, dengan level 1 sampai 5."), where="raises")
    try:
        condition = parse_condition(content.entry)
    except ConditionError as error:
        raise InvalidInput(say("Syarat masuk tidak dapat dibaca pada “%(path)s”.", path=error.path or "/"),
                           where="entry") from error
    for leaf in leaves(condition):
        known, named = (trainings | {code}, leaf.code) if isinstance(leaf, HasTraining) else (
            competencies, leaf.competency)
        if named not in tolerated:
            _require_known([named], known, "entry")
        if not isinstance(leaf, HasTraining) and not 1 <= leaf.level <= 5:
            raise InvalidInput(say("Level %(code)s harus 1 sampai 5.", code=leaf.competency), where="entry")
    _refuse_cycle(session, code, content.entry)


def _check_numbers(content: TrainingContent) -> None:
    if not content.name.strip() or len(content.name) > 200:
        raise InvalidInput(say("Nama harus 1 sampai 200 huruf."), where="name")
    if not content.kind.strip():
        raise InvalidInput(say("Pilih jenis pelatihan."), where="kind")
    if not 0 <= content.jp <= _MOST_JP:
        raise InvalidInput(say("JP harus 0 sampai %(most)s.", most=_MOST_JP), where="jp")
    if not 0 <= content.cost_idr <= _MOST_IDR:
        raise InvalidInput(say("Biaya harus 0 sampai %(most)s rupiah.", most=_MOST_IDR), where="cost_idr")
    if content.validity_years is not None and not 1 <= content.validity_years <= 50:
        raise InvalidInput(say("Masa berlaku harus 1 sampai 50 tahun, atau kosong."), where="validity_years")
    if content.offered not in {item.value for item in Offered}:
        raise InvalidInput(say("“%(word)s” tidak dikenal.", word=content.offered), where="offered")
    for name, jp in content.subjects:
        if not name.strip() or len(name) > 200 or jp < 1:
            raise InvalidInput(say("Setiap mata pelatihan perlu nama dan paling sedikit 1 JP."), where="subjects")
    total = sum(jp for _, jp in content.subjects)
    if content.subjects and total != content.jp:
        off = say("Tambahkan %(jp)s JP", jp=content.jp - total) if total < content.jp else say(
            "Kurangi %(jp)s JP", jp=total - content.jp)
        raise InvalidInput(say("Jumlah mata pelatihan %(total)s JP. %(off)s supaya sama dengan %(jp)s JP pelatihan "
                               "ini.", total=total, off=off, jp=content.jp), where="subjects")


def _require_known(codes: Any, known: set[str], where: str) -> None:
    for code in codes:
        if code is not None and code not in known:
            raise InvalidInput(say("Tidak ada kode “%(code)s”.", code=code), where=where)


def _refuse_cycle(session: Session, code: str, entry: dict[str, Any]) -> None:
    """Refuse an entry that leads back to the training over the entries of others, whatever their AND and OR."""
    network = nx.DiGraph()
    network.add_node(code)
    for other, condition in session.execute(select(Training.code, Training.entry)):
        for named in _codes_in(condition if other != code else {}):
            network.add_edge(other, named)
    for named in sorted(_codes_in(entry)):
        if named == code or (named in network and nx.has_path(network, named, code)):
            raise InvalidInput(say("Syarat masuk berputar: %(named)s pada akhirnya meminta %(code)s lagi.",
                                   named=named, code=code), where="entry")
