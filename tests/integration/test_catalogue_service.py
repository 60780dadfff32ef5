"""Finding, opening and changing the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_person, make_post, occupy
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from kompetensi.adapters.graph_layout import Arrow, Box, draw, draw_in_layers
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.forms.catalogue import entry_of_lines, lines_of_entry
from kompetensi.graph.conditions import parse_condition
from kompetensi.models import AuditEntry, Occupancy, Position, Post, Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.catalogue import find_positions, find_trainings, fold
from kompetensi.services.catalogue_check import check_catalogue, export_graph
from kompetensi.services.catalogue_graph import find_nodes, graph_page
from kompetensi.services.catalogue_position import view_position
from kompetensi.services.catalogue_training import condition_in_words, view_competency, view_training
from kompetensi.services.lookup import position_by_code
from kompetensi.services.position_changes import create_position, create_posts, edit_position, edit_post, list_choices
from kompetensi.services.snapshot import load_graph
from kompetensi.services.standard_changes import RequiredLevel, edit_position_standard, latest_standard
from kompetensi.services.training_changes import create_training, edit_training, training_content

READER = Actor("account:1", "Pegawai")
ASET = "ADM-KABID-ASET"
NEXT_YEAR = date(2027, 1, 1)
WHEN = {"today": TODAY, "now": NOW}


def hr_of(session, code):
    return Actor("account:2", "Pengelola", grants=(
        Grant(Role.HR, session.scalars(select(Unit.id).where(Unit.code == code)).one()),))


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()


# --- finding -------------------------------------------------------------------------------------------------------


def test_a_search_finds_words_in_any_order_case_and_accent(session):
    for text in ("aset kepala bidang", "KEPALA  bidang ASET", "képala aset", "adm-kabid-aset"):
        assert ASET in [item.code for item in find_positions(session, READER, text, on=TODAY).items]


def test_an_exact_code_comes_first(session):
    assert find_positions(session, READER, ASET.lower(), on=TODAY).items[0].code == ASET
    assert find_trainings(session, READER, "pkp", on=TODAY).items[0].code == "PKP"


def test_nothing_found_is_one_empty_page(session):
    found = find_positions(session, READER, "tidak ada sama sekali", on=TODAY)
    assert (found.items, found.total, found.pages) == ((), 0, 1)


def test_pages_follow_each_other_without_loss(session):
    pages = [find_positions(session, READER, on=TODAY, number=number, size=20) for number in (1, 2, 3)]
    assert [len(page.items) for page in pages] == [20, 20, 5]
    assert len({item.code for page in pages for item in page.items}) == pages[0].total == 45
    with pytest.raises(InvalidInput):
        find_positions(session, READER, on=TODAY, number=4, size=20)


def test_filled_and_vacant_are_those_of_the_day(session):
    post = make_post(session, ASET)
    before = find_positions(session, READER, ASET, on=TODAY).items[0]
    occupy(session, make_person(session), post, since=TODAY)
    after = find_positions(session, READER, ASET, on=TODAY).items[0]
    assert (after.posts, after.filled) == (before.posts, before.filled + 1)
    assert find_positions(session, READER, ASET, on=TODAY - timedelta(days=1)).items[0].filled == before.filled


def test_an_acting_holder_leaves_the_post_vacant(session):
    before = find_positions(session, READER, ASET, on=TODAY).items[0].filled
    occupy(session, make_person(session), make_post(session, ASET), kind="ACTING")
    assert find_positions(session, READER, ASET, on=TODAY).items[0].filled == before


def test_only_positions_with_a_vacant_post_when_asked(session):
    for post in session.scalars(select(Post).where(Post.position_id == position_by_code(session, ASET).id)):
        occupy(session, make_person(session), post)
    found = find_positions(session, READER, on=TODAY, vacant_only=True, size=100)
    assert all(item.vacant > 0 for item in found.items)
    assert ASET not in {item.code for item in found.items}


def test_a_list_asks_the_database_as_often_for_many_as_for_few(session):
    find_positions(session, READER, on=TODAY)  # what a session reads once is read
    seen: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))
    find_positions(session, READER, on=TODAY, size=1)
    few = len(seen)
    find_positions(session, READER, on=TODAY, size=45)
    assert (few, len(seen)) == (3, 2 * few)


def test_nobody_looks_without_signing_in(session):
    for ask in (find_positions, find_trainings, check_catalogue):
        with pytest.raises(NotAllowed):
            ask(session, Actor("", ""), on=TODAY)


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


# --- opening -------------------------------------------------------------------------------------------------------


def test_a_requirement_names_the_trainings_that_close_it(session):
    view = view_position(session, READER, ASET, on=TODAY)
    bmd = next(line for line in view.standard.requirements if line.code == "TEK-BMD")
    assert (bmd.level, bmd.level_name, bmd.reachable) == (3, "Menengah", True)
    assert all(giver.level >= 3 for giver in bmd.givers if giver.enough)
    head = view_position(session, READER, "JPTP-KABAN-BKAD", on=TODAY)
    assert [line.code for line in head.standard.requirements if not line.reachable] == ["TEK-BMD"]


def test_the_holder_of_a_post_is_told_to_hr_of_that_unit_only(session):
    person = make_person(session, unit="75-BKAD")
    occupy(session, person, make_post(session, ASET))
    def names(actor):
        return {post.holder for post in view_position(session, actor, ASET, on=TODAY).posts if post.filled}

    assert (person.nip, person.name) in names(hr_of(session, "75"))
    assert names(hr_of(session, "75.01")) == {None}
    assert names(READER) == {None}
    assert (person.nip, person.name) in names(Actor("account:5", "Dia", person_id=person.id))


def test_a_training_says_its_entry_in_words_and_what_it_opens(session):
    view = view_training(session, READER, "BMD-DASAR", on=TODAY)
    assert ("TEK-BMD", 2) in [(code, level) for code, _, level, _ in view.gives]
    opened = next(code for code, _ in view.opens)
    assert "Pelatihan Pengurus Barang" in str(view_training(session, READER, opened, on=TODAY).entry_words)


@pytest.mark.parametrize(("entry", "words"), [
    ({}, "terbuka tanpa syarat pelatihan"),
    ({"training": "A"}, "lulus Dasar"),
    ({"all": [{"training": "A"}, {"any": [{"training": "B"}, {"competency": "X", "level": 2}]}]},
     "semua dari: lulus Dasar, (salah satu dari: lulus B, level 2 pada Aset)"),
    ({"any": []}, "tidak ada yang dapat memenuhinya")])
def test_a_condition_is_said_in_words(entry, words):
    assert str(condition_in_words(parse_condition(entry), {"A": "Dasar", "X": "Aset"})) == words


def test_what_nobody_can_follow_is_counted():
    value = {"training": "A"}
    for number in range(50_000):
        value = {("all", "any")[number % 2]: [{"training": "B"}, value]}
    words = str(condition_in_words(parse_condition(value), {}))
    assert words.startswith("salah satu dari: lulus B, (semua dari: lulus B, (salah satu dari: lulus B, ")
    assert words.endswith("lulus B, (49.993 syarat yang bertingkat lebih dalam))))))))")


def test_a_competency_tells_how_far_trainings_lead(session):
    view = view_competency(session, READER, "TEK-BMD", on=TODAY)
    assert (view.highest, view.out_of_reach) == (3, 1)
    assert [line.level for line in view.levels] == [1, 2, 3, 4, 5]
    assert view_competency(session, READER, "MAN-INT", on=TODAY).position_count == 45


@pytest.mark.parametrize("view", [view_position, view_training, view_competency])
def test_what_is_not_there_is_not_found(session, view):
    with pytest.raises(NotFound):
        view(session, READER, "TIDAK-ADA", on=TODAY)


# --- standards -----------------------------------------------------------------------------------------------------


def change(session, *, actor=SYSTEM, valid_from=NEXT_YEAR, reason="Pergub 4/2026", **changes):
    content, _ = latest_standard(session, actor, ASET, on=TODAY)
    return edit_position_standard(session, actor, ASET, replace(content, **changes), valid_from=valid_from,
                                  reason=reason, **WHEN)


def test_a_new_standard_ends_the_old_one_the_day_before_and_rules_from_its_own_day(session):
    assert change(session, min_experience_years=9) == 2
    old, new = position_by_code(session, ASET).standards
    assert (old.valid_to, new.valid_from, new.valid_to) == (date(2026, 12, 31), NEXT_YEAR, None)
    assert load_graph(session, TODAY).positions[ASET].min_experience_years != 9
    assert load_graph(session, NEXT_YEAR).positions[ASET].min_experience_years == 9


def test_the_change_of_a_standard_is_in_the_audit_log_with_before_and_after(session):
    change(session, trainings=(("PKA", "MUTLAK"),))
    detail = last_entry(session).detail
    assert detail["after"]["trainings"] == {"PKA": "MUTLAK"}
    assert detail["before"]["trainings"] != detail["after"]["trainings"]
    assert detail["reason"] == "Pergub 4/2026"


def test_the_history_says_what_each_version_changed(session):
    change(session, min_experience_years=9)
    newest, first = view_position(session, READER, ASET, on=TODAY).standards
    assert (newest.state, first.state, first.changes) == ("coming", "in_force", ())
    assert [str(change) for change in newest.changes] == ["pengalaman (tahun): dari 3 menjadi 9"]


@pytest.mark.parametrize("valid_from", [TODAY, date(2020, 1, 1)])
def test_a_standard_may_not_begin_before_or_with_the_last(session, valid_from):
    with pytest.raises(InvalidInput) as refused:
        change(session, valid_from=valid_from, min_experience_years=9)
    assert refused.value.where == "valid_from"


def test_a_standard_that_differs_in_nothing_is_refused(session):
    with pytest.raises(InvalidInput):
        change(session)


def test_a_change_needs_a_reason(session):
    with pytest.raises(InvalidInput) as refused:
        change(session, reason="  ", min_experience_years=9)
    assert refused.value.where == "reason"


@pytest.mark.parametrize(("field", "value"), [
    ("min_grade_code", "IX/z"), ("min_education_code", "S9"), ("min_experience_years", -1),
    ("trainings", (("TIDAK-ADA", "PERLU"),)), ("trainings", (("PKP", "PENTING"), ("PKP", "PERLU"))),
    ("trainings", (("PKP", "BOLEH"),)), ("levels", ())])
def test_a_standard_with_something_unknown_or_missing_is_refused(session, field, value):
    with pytest.raises(InvalidInput):
        change(session, **{field: value})


@pytest.mark.parametrize("bad", [
    RequiredLevel("TEK-XXX", 2), RequiredLevel("TEK-DATA", 6), RequiredLevel("TEK-DATA", 2, "BOLEH"),
    RequiredLevel("TEK-DATA", 2, weight=500), RequiredLevel("MAN-INT", 2)])
def test_a_level_with_something_wrong_is_refused(session, bad):
    content, _ = latest_standard(session, SYSTEM, ASET, on=TODAY)
    with pytest.raises(InvalidInput) as refused:
        change(session, levels=(*content.levels, bad))
    assert refused.value.where == "levels"


def test_hr_of_another_agency_changes_nothing(session):
    with pytest.raises(NotAllowed):
        change(session, actor=hr_of(session, "75.01"), min_experience_years=9)
    with pytest.raises(NotAllowed):
        create_posts(session, hr_of(session, "75.01"), ASET, 1, **WHEN)


# --- positions and posts -------------------------------------------------------------------------------------------


def make(session, code="ADM-UJI", **values):
    return create_position(session, SYSTEM, code, **({
        "name": "Kepala Bidang Uji", "unit_code": "75-BKPSDM", "class_code": "ADMINISTRATOR", "urusan": "", "posts": 2}
        | values), **WHEN)


def test_a_new_position_asks_for_the_default_levels_of_its_class(session):
    make(session)
    view = view_position(session, READER, "ADM-UJI", on=TODAY)
    assert {line.level for line in view.standard.requirements} == {3}
    assert len(view.standard.requirements) == 9
    assert (view.post_count, view.vacant) == (2, 2)
    assert last_entry(session).action == "catalogue.edit_position:create"


@pytest.mark.parametrize("values", [
    {"code": "ada spasi"}, {"code": ASET}, {"name": " "}, {"class_code": "NIX"}, {"unit_code": "NIX"}, {"posts": -1}])
def test_a_new_position_with_something_wrong_is_refused(session, values):
    with pytest.raises(InvalidInput):
        make(session, **values)


def test_a_renamed_position_keeps_its_standard(session):
    edit_position(session, SYSTEM, ASET, name="Kepala Bidang Aset Daerah", class_code="ADMINISTRATOR",
                  urusan="KEUANGAN", **WHEN)
    assert find_positions(session, READER, "aset daerah kepala bidang", on=TODAY).items[0].code == ASET
    assert len(position_by_code(session, ASET).standards) == 1
    assert last_entry(session).detail["after"]["name"] == "Kepala Bidang Aset Daerah"


def test_new_posts_number_on(session):
    make(session)
    assert create_posts(session, SYSTEM, "ADM-UJI", 2, **WHEN) == ("ADM-UJI-03", "ADM-UJI-04")


def test_a_post_that_is_held_cannot_end(session):
    make(session)
    post = session.scalars(select(Position).where(Position.code == "ADM-UJI")).one()
    held = occupy(session, make_person(session), make_post(session, post))
    code = session.get_one(Occupancy, held.id).post.code
    with pytest.raises(Conflict):
        edit_post(session, SYSTEM, code, superior_code=None, valid_to=TODAY, **WHEN)


def test_a_post_cannot_stand_above_itself(session):
    make(session)
    edit_post(session, SYSTEM, "ADM-UJI-02", superior_code="ADM-UJI-01", valid_to=None, **WHEN)
    for superior in ("ADM-UJI-02", "ADM-UJI-01"):
        with pytest.raises(InvalidInput):
            edit_post(session, SYSTEM, "ADM-UJI-01", superior_code=superior if superior != "ADM-UJI-01" else "ADM-UJI-02",
                      valid_to=None, **WHEN)


def test_hr_is_offered_only_its_own_units(session):
    units = [code for code, _ in list_choices(session, hr_of(session, "75-BKAD"), on=TODAY).units]
    assert units == ["75-BKAD"]
    assert len(list_choices(session, SYSTEM, on=TODAY).units) > 50


# --- trainings -----------------------------------------------------------------------------------------------------


def edit(session, code="BMD-DASAR", **changes):
    content = training_content(session, SYSTEM, code, on=TODAY)
    edit_training(session, SYSTEM, code, replace(content, **changes), **WHEN)
    return training_content(session, SYSTEM, code, on=TODAY)


def test_subjects_must_add_up_to_the_jp_of_the_training(session):
    jp = training_content(session, SYSTEM, "BMD-DASAR", on=TODAY).jp
    with pytest.raises(InvalidInput, match="Tambahkan 2 JP"):
        edit(session, subjects=(("Kebijakan", jp - 2),))
    with pytest.raises(InvalidInput, match="Kurangi 1 JP"):
        edit(session, subjects=(("Kebijakan", jp + 1),))
    assert edit(session, subjects=(("Kebijakan", jp - 2), ("Praktik", 2))).subjects[1] == ("Praktik", 2)


def test_a_changed_training_changes_the_graph_and_the_audit_log(session):
    assert edit(session, raises=(("TEK-BMD", 4),)).raises == (("TEK-BMD", 4),)
    assert "TEK-BMD" not in {item.competency for item in check_catalogue(session, READER, on=TODAY).check.unreachable}
    assert last_entry(session).detail["after"] == {"raises": {"TEK-BMD": 4}}


def test_saving_a_training_as_it_is_leaves_no_trace(session):
    before = last_entry(session).id
    edit(session)
    assert last_entry(session).id == before


@pytest.mark.parametrize(("field", "value"), [
    ("name", " "), ("kind", ""), ("jp", -1), ("cost_idr", -1), ("validity_years", 0), ("offered", "maybe"),
    ("min_grade_code", "IX/z"), ("target_classes", ("NIX",)), ("equivalent_code", "NIX"), ("raises", (("NIX", 1),)),
    ("equivalent_code", "BMD-DASAR"), ("raises", (("TEK-BMD", 6),)), ("raises", (("TEK-BMD", 1), ("TEK-BMD", 2))),
    ("entry", {"training": "NIX"}), ("entry", {"competency": "TEK-BMD", "level": 9}), ("entry", {"none": []}),
    ("entry", {"training": "BMD-DASAR"})])
def test_a_training_with_something_wrong_is_refused_at_its_field(session, field, value):
    with pytest.raises(InvalidInput) as refused:
        edit(session, **{field: value})
    assert refused.value.where == field


def test_an_entry_that_leads_back_to_the_training_over_others_is_refused(session):
    opened = view_training(session, READER, "BMD-DASAR", on=TODAY).opens[0][0]
    with pytest.raises(InvalidInput, match="berputar"):
        edit(session, entry={"any": [{"training": opened}, {"training": "PKP"}]})


def test_a_new_training_can_be_found_and_its_code_is_taken(session):
    content = training_content(session, SYSTEM, "BMD-DASAR", on=TODAY)
    assert create_training(session, SYSTEM, " uji-1 ", replace(content, name="Pelatihan Uji"), **WHEN) == "UJI-1"
    assert find_trainings(session, READER, "pelatihan uji", on=TODAY).items[0].code == "UJI-1"
    with pytest.raises(InvalidInput):
        create_training(session, SYSTEM, "UJI-1", content, **WHEN)


def test_only_a_training_centre_changes_trainings(session):
    with pytest.raises(NotAllowed):
        training_content(session, hr_of(session, "75"), "BMD-DASAR", on=TODAY)


@pytest.mark.parametrize("entry", [
    {}, {"training": "A"}, {"all": [{"training": "A"}, {"competency": "X", "level": 2}]},
    {"any": [{"training": "A"}, {"training": "B"}]}, {"all": [{"training": "A"}, {"any": [{"training": "B"}, {"training": "C"}]}]}])
def test_a_simple_entry_can_be_typed_as_lines(entry):
    assert entry_of_lines(*lines_of_entry(entry)) == entry


@pytest.mark.parametrize("entry", [
    {"any": [{"all": [{"training": "A"}]}]}, {"all": [{"any": []}]}, {"all": [{"all": [{"training": "A"}]}]}])
def test_another_entry_needs_the_free_form(entry):
    assert lines_of_entry(entry) is None


# --- the graph -----------------------------------------------------------------------------------------------------


def test_the_drawing_holds_at_most_sixty_nodes_and_says_what_it_leaves_out(session):
    page = graph_page(session, READER, f"position:{ASET}", 2, on=TODAY)
    assert len(page.nodes) == 60
    assert dict(page.left_out)["position"] > 0
    listed = {node.key for _, members in page.groups for node, _ in members}
    assert listed == {node.key for node in page.nodes} - {page.focus.key}


def test_arrows_run_in_the_direction_of_learning(session):
    page = graph_page(session, READER, "competency:TEK-BMD", 1, on=TODAY)
    places = {node.key: node.x for node in page.nodes}
    assert all(places[line.source] < places[line.target] for line in page.lines)
    assert {line.target.split(":")[0] for line in page.lines if line.kind == "demands"} == {"position"}
    assert {line.target.split(":")[0] for line in page.lines if line.kind == "raises"} == {"competency"}


def test_boxes_never_cover_each_other_whoever_draws(session):
    boxes = tuple(Box(f"b{number}", 200, 50, number % 3) for number in range(30))
    arrows = tuple(Arrow(f"b{number}", f"b{number + 1}") for number in range(29))
    for drawing in (draw(boxes, arrows), draw_in_layers(boxes, arrows)):
        placed = drawing.boxes
        assert [box.key for box in placed] == [box.key for box in boxes]
        assert not any(abs(one.x - other.x) < 200 and abs(one.y - other.y) < 50
                       for at, one in enumerate(placed) for other in placed[at + 1:])
        assert min(box.x for box in placed) >= 0
        assert min(box.y for box in placed) >= 0
        assert max(box.x + 200 for box in placed) <= drawing.width
        assert max(box.y + 50 for box in placed) <= drawing.height


def test_the_layers_of_our_own_draw_a_cycle_and_nothing_at_all():
    boxes = (Box("a", 200, 50), Box("b", 200, 50))
    assert len(draw_in_layers(boxes, (Arrow("a", "b"), Arrow("b", "a"), Arrow("a", "a"))).arrows) == 3
    assert draw_in_layers((), ()).boxes == ()


def test_without_graphviz_the_page_is_drawn_in_layers(monkeypatch):
    monkeypatch.setattr("kompetensi.adapters.graph_layout._find_program", lambda: None)
    boxes = (Box("only", 120, 30),)
    assert draw(boxes, ()) == draw_in_layers(boxes, ())


def test_nodes_are_found_by_words_of_their_names(session):
    hits = find_nodes(session, READER, "barang milik daerah", on=TODAY)
    assert ("competency", "TEK-BMD") in [(hit.kind, hit.code) for hit in hits]
    assert find_nodes(session, READER, " ", on=TODAY) == ()


def test_every_format_of_export_holds_the_graph(session):
    for name in ("graphml", "dot", "json"):
        assert ASET.encode() in export_graph(session, READER, name, on=TODAY).content
    with pytest.raises(InvalidInput):
        export_graph(session, READER, "pdf", on=TODAY)
