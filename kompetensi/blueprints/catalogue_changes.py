"""Pages that change the catalogue: positions, their standards and posts, trainings. Part of the area catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms.base import Form
from kompetensi.forms.catalogue import (
    NewPositionForm,
    NewTrainingForm,
    PositionForm,
    PostForm,
    PostsForm,
    StandardForm,
    TrainingForm,
    entry_of_form,
    lines_of_entry,
    offer,
)
from kompetensi.messages import Message, say
from kompetensi.rules.access import Role
from kompetensi.services import position_changes, standard_changes, training_changes
from kompetensi.services.catalogue_position import view_position
from kompetensi.services.position_changes import Choices, list_choices
from kompetensi.services.standard_changes import RequiredLevel, StandardContent
from kompetensi.services.training_changes import TrainingContent

__all__ = ["may_create_position", "may_edit_trainings", "register"]

_NONE = say("tidak ada")
# Empty rows that a form offers beyond those that are filled.
_SPARE_ROWS = 3


def register(blueprint: Blueprint) -> None:
    """Add the pages to the area's blueprint."""
    for rule, view in (
        ("/jabatan/baru", new_position), ("/jabatan/<path:code>/ubah", edit_position),
        ("/jabatan/<path:code>/standar", edit_standard), ("/formasi/<path:code>", edit_post),
        ("/pelatihan/baru", new_training), ("/pelatihan/<path:code>/ubah", edit_training),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=["GET", "POST"])
    blueprint.add_url_rule("/jabatan/<path:code>/formasi", view_func=add_posts, methods=["POST"])


def may_create_position() -> bool:
    """Whether to offer a new position; the service decides by the unit that is chosen."""
    return actor().has_role(Role.HR)


def may_edit_trainings() -> bool:
    """Whether to offer a new training; the service decides."""
    return actor().has_role(Role.TRAINING_CENTRE)


def _is_sent(form: Form) -> bool:
    """Whether the form was sent to be kept, and not only for more rows."""
    return request.method == "POST" and "rows" not in request.form


def _choices() -> Choices:
    return list_choices(session(), actor(), on=clock().today())


def _with_codes(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((code, f"{code} · {name}") for code, name in pairs)


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


# --- positions -----------------------------------------------------------------------------------------------------


def new_position() -> ResponseReturnValue:
    """Ask for a new position, and make it."""
    position_changes.require_edit(session(), actor(), None, on=clock().today())
    form, offered = NewPositionForm(), _choices()
    form.unit_code.choices, form.class_code.choices = offer(offered.units), offer(offered.classes)
    made: list[str] = []
    problem = None
    if request.method == "POST":
        problem = submit(form, lambda: made.append(position_changes.create_position(
            session(), actor(), form.code.data or "", name=form.name.data or "", unit_code=form.unit_code.data,
            class_code=form.class_code.data, urusan=form.urusan.data or "", posts=form.posts.data, **_on())))
    if made:
        flash(translate("Jabatan %(code)s dibuat dengan level bawaan jenjangnya.", code=made[0]), "success")
        return redirect(url_for("kompetensi.catalogue.position", code=made[0]), 303)
    return page("catalogue/new_position.html", status=status_of(form, problem), form=form, problem=problem)


def edit_position(code: str) -> ResponseReturnValue:
    """Ask for a position's name, class and urusan, and change them."""
    position_changes.require_edit(session(), actor(), code, on=clock().today())
    now = view_position(session(), actor(), code, on=clock().today())
    form = PositionForm(data={"name": now.name, "class_code": now.class_code, "urusan": now.urusan})
    form.class_code.choices = offer(_choices().classes)
    problem = None
    if request.method == "POST":
        problem = submit(form, lambda: position_changes.edit_position(
            session(), actor(), code, name=form.name.data or "", class_code=form.class_code.data,
            urusan=form.urusan.data or "", **_on()))
        if not problem and not form.bad_fields():
            flash(translate("Jabatan %(code)s tersimpan.", code=now.code), "success")
            return redirect(url_for("kompetensi.catalogue.position", code=now.code), 303)
    return page("catalogue/edit_position.html", status=status_of(form, problem), form=form, problem=problem, position=now)


def edit_standard(code: str) -> ResponseReturnValue:
    """Ask for a new dated standard of a position, and keep it."""
    content, first = standard_changes.latest_standard(session(), actor(), code, on=clock().today())
    now, offered = view_position(session(), actor(), code, on=clock().today()), _choices()
    form = StandardForm(data=_standard_fields(content, first, offered))
    form.min_grade_code.choices = offer(offered.grades, empty=_NONE)
    form.min_education_code.choices = offer(offered.education, empty=_NONE)
    if request.method == "POST" and not _is_sent(form):
        _add_rows(form.trainings)
    trainings = offer(_with_codes(offered.trainings), empty=_NONE)
    for entry in form.trainings:
        entry.form.training.choices = trainings
    problem = None
    if _is_sent(form):
        problem = submit(form, lambda: standard_changes.edit_position_standard(
            session(), actor(), code, _standard_content(form), valid_from=form.valid_from.data,
            reason=form.reason.data or "", **_on()))
        if not problem and not form.bad_fields():
            flash(translate("Standar baru tersimpan; versi sebelumnya tetap dapat dibaca."), "success")
            return redirect(url_for("kompetensi.catalogue.position", code=now.code), 303)
    return page("catalogue/edit_standard.html", status=status_of(form, problem), form=form, problem=problem, position=now,
                first=first, competencies={key: (name, kind) for key, name, kind in offered.competencies})


def _standard_fields(content: StandardContent | None, first: date | None, offered: Choices) -> dict[str, Any]:
    """Return what the form shows first: every competency, those that are asked for with their level."""
    known = {item.competency: item for item in content.levels} if content else {}
    order = sorted(offered.competencies, key=lambda one: (one[2] == "TEKNIS", one[0] not in known, one[0]))
    rows = [{"competency": key, "level": known[key].level, "importance": known[key].importance,
             "weight": known[key].weight} if key in known else {"competency": key} for key, _, _ in order]
    demands = [{"training": key, "importance": word} for key, word in content.trainings] if content else []
    return {
        "valid_from": clock().today() if first is None else max(clock().today(), first + timedelta(days=1)),
        "levels": rows, "trainings": [*demands, *({} for _ in range(_SPARE_ROWS))],
        "min_grade_code": content.min_grade_code if content else None,
        "min_education_code": content.min_education_code if content else None,
        "education_fields": "\n".join(content.education_fields) if content else "",
        "min_experience_years": content.min_experience_years if content else 0}


def _standard_content(form: StandardForm) -> StandardContent:
    fields = tuple(line.strip() for line in (form.education_fields.data or "").splitlines() if line.strip())
    return StandardContent(
        form.min_grade_code.data or None, form.min_education_code.data or None, fields,
        form.min_experience_years.data,
        tuple(RequiredLevel(row.competency.data, row.level.data, row.importance.data, row.weight.data)
              for row in form.levels if row.level.data),
        tuple((row.training.data, row.importance.data) for row in form.trainings if row.training.data))


def _add_rows(rows: Any) -> None:
    for _ in range(_SPARE_ROWS):
        rows.append_entry({})


# --- posts ---------------------------------------------------------------------------------------------------------


def add_posts(code: str) -> ResponseReturnValue:
    """Add posts to a position."""
    form = PostsForm()
    made: list[tuple[str, ...]] = []
    problem = submit(form, lambda: made.append(position_changes.create_posts(
        session(), actor(), code, form.count.data, **_on())))
    if made:
        flash(translate("%(count)s formasi ditambahkan.", count=len(made[0])), "success")
    else:
        bad = form.bad_fields()
        raise InvalidInput(problem or bad[0].errors[0], where=bad[0].name if bad else "")
    return redirect(url_for("kompetensi.catalogue.position", code=code), 303)


def edit_post(code: str) -> ResponseReturnValue:
    """Ask for the post above a post and its last day, and keep them."""
    now = position_changes.view_post(session(), actor(), code, on=clock().today())
    form = PostForm(data={"superior_code": now.superior_code, "valid_to": now.valid_to})
    problem = None
    if request.method == "POST":
        problem = submit(form, lambda: position_changes.edit_post(
            session(), actor(), code, superior_code=form.superior_code.data or None, valid_to=form.valid_to.data, **_on()))
        if not problem and not form.bad_fields():
            flash(translate("Formasi %(code)s tersimpan.", code=now.code), "success")
            return redirect(url_for("kompetensi.catalogue.position", code=now.position_code), 303)
    return page("catalogue/edit_post.html", status=status_of(form, problem), form=form, problem=problem, post=now)


# --- trainings -----------------------------------------------------------------------------------------------------


def new_training() -> ResponseReturnValue:
    """Ask for a new training, and make it."""
    training_changes.require_edit(session(), actor(), on=clock().today())
    return _training_page(None, {"raises": [{}] * _SPARE_ROWS, "subjects": [{}] * _SPARE_ROWS})


def edit_training(code: str) -> ResponseReturnValue:
    """Ask for what a training says, and change it."""
    return _training_page(code, _training_fields(
        training_changes.training_content(session(), actor(), code, on=clock().today())))


def _training_page(code: str | None, fields: dict[str, Any]) -> ResponseReturnValue:
    form, offered = (TrainingForm if code else NewTrainingForm)(data=fields), _choices()
    if request.method == "POST" and not _is_sent(form):
        _add_rows(form.raises if request.form["rows"] == "raises" else form.subjects)
    _offer(form, offered, code)
    kept: list[str] = []
    problem = None
    if _is_sent(form):
        problem = submit(form, lambda: kept.append(_keep_training(code, form)))
    if kept:
        flash(translate("Pelatihan %(code)s tersimpan.", code=kept[0]), "success")
        return redirect(url_for("kompetensi.catalogue.training", code=kept[0]), 303)
    return _training_form(form, code, problem)


def _training_form(form: TrainingForm, code: str | None, problem: Message | None) -> Response:
    return page("catalogue/edit_training.html", status=status_of(form, problem), form=form, problem=problem, code=code,
                total=sum(row.jp.data or 0 for row in form.subjects if row.form["name"].data))


def _offer(form: TrainingForm, offered: Choices, code: str | None) -> None:
    form.kind.choices = offer((kind, kind) for kind in offered.training_kinds)
    form.min_grade_code.choices = offer(offered.grades, empty=_NONE)
    form.target_classes.choices = offer(offered.classes)
    form.equivalent_code.choices = offer(
        _with_codes(pair for pair in offered.trainings if pair[0] != code), empty=_NONE)
    competencies = offer(_with_codes((key, name) for key, name, _ in offered.competencies), empty=_NONE)
    for entry in form.raises:
        entry.form.competency.choices = competencies


def _training_fields(content: TrainingContent) -> dict[str, Any]:
    lines = lines_of_entry(content.entry)
    spare: list[dict[str, Any]] = [{}] * _SPARE_ROWS
    return {name: getattr(content, name) for name in (
        "name", "kind", "jp", "provider", "cost_idr", "prerequisites", "min_grade_code", "offered", "equivalent_code",
        "validity_years", "lan_programme")} | {
        "target_classes": list(content.target_classes),
        "entry_mode": "json" if lines is None else "lines", "entry_all": lines[0] if lines else "",
        "entry_any": lines[1] if lines else "", "entry_json": json.dumps(content.entry, ensure_ascii=False),
        "raises": [*({"competency": key, "level": level} for key, level in content.raises), *spare],
        "subjects": [*({"name": name, "jp": jp} for name, jp in content.subjects), *spare]}


def _keep_training(code: str | None, form: TrainingForm) -> str:
    content = _training_content(form)
    if code is None:
        return training_changes.create_training(session(), actor(), form.code.data or "", content, **_on())
    training_changes.edit_training(session(), actor(), code, content, **_on())
    return code.strip().upper()


def _training_content(form: TrainingForm) -> TrainingContent:
    try:
        entry = entry_of_form(form)
    except ValueError:
        where = "entry_json" if form.entry_mode.data == "json" else "entry_all"
        raise InvalidInput(say("Syarat masuk tidak dapat dibaca; periksa tanda baca dan angkanya."), where=where) from None
    return TrainingContent(
        form.name.data or "", form.kind.data or "", form.jp.data, form.provider.data or "", form.cost_idr.data,
        form.prerequisites.data or "", entry, form.min_grade_code.data or None, tuple(form.target_classes.data or ()),
        form.offered.data, form.equivalent_code.data or None, form.validity_years.data,
        tuple(sorted((row.competency.data, row.level.data or 0) for row in form.raises if row.competency.data)),
        tuple((row.form["name"].data, row.jp.data or 0) for row in form.subjects if row.form["name"].data),
        form.lan_programme.data)
