"""The graph as a tool for HR: services and commands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from factories import NOW, TODAY, make_person, make_post, occupy, prove

from kompetensi.cli import cli
from kompetensi.errors import InvalidInput, NotAllowed, NotFound
from kompetensi.exchange.graph_json import read_graph
from kompetensi.graph.career import Limits
from kompetensi.messages import format_number
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services import catalogue_analysis as analysis
from kompetensi.services.catalogue_analysis import NewTraining
from kompetensi.services.catalogue_check import export_graph
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.snapshot import load_graph
from kompetensi.services.standard_changes import edit_position_standard, latest_standard
from kompetensi.services.training_changes import edit_training, training_content

READER = Actor("account:1", "Pegawai")
ASET, STAFF, CHIEF = "ADM-KABID-ASET", "PLK-BENDAHARA", "JPTP-KABAN-BKAD"
DAY = {"on": TODAY}
DAYS = {"on": TODAY, "today": TODAY}


def as_role(session, role, unit="75"):
    return Actor("account:2", "Pengelola", grants=(Grant(role, unit_by_code(session, unit).id),))


ASKED = {
    "home": lambda session, actor: analysis.analysis_home(session, actor, **DAY),
    "bottlenecks": lambda session, actor: analysis.find_bottlenecks(session, actor, **DAYS),
    "impact": lambda session, actor: analysis.training_impact(session, actor, "PKA", **DAY),
    "career": lambda session, actor: analysis.map_career(session, actor, STAFF, CHIEF, limits=Limits(), **DAY),
    "similar": lambda session, actor: analysis.similar_positions(session, actor, ASET, **DAY),
    "days": lambda session, actor: analysis.compare_days(session, actor, TODAY, TODAY, today=TODAY)}


@pytest.mark.parametrize("name", ASKED)
def test_hr_centre_and_admin_may_ask_and_others_may_not(session, name):
    for role in Role:
        assert ASKED[name](session, as_role(session, role)) is not None
    with pytest.raises(NotAllowed):
        ASKED[name](session, READER)


def test_people_are_counted_by_hr_alone_and_only_its_own(session):
    person = make_person(session, unit="75-BKPSDM")
    for role in (Role.TRAINING_CENTRE, Role.ADMIN):
        with pytest.raises(NotAllowed):
            analysis.find_bottlenecks(session, as_role(session, role), basis="proven", **DAYS)
        with pytest.raises(NotAllowed):
            analysis.training_needs(session, as_role(session, role), **DAYS)
    here = analysis.find_bottlenecks(session, as_role(session, Role.HR, "75-BKPSDM"), basis="proven", **DAYS)
    elsewhere = analysis.find_bottlenecks(session, as_role(session, Role.HR, "75-DPMPTSP"), basis="proven", **DAYS)
    assert (here.people, elsewhere.people) == (1, 0)
    assert person.id


def test_somebody_who_lacks_one_competency_opens_by_it(session):
    person = make_person(session)
    standard = load_graph(session, TODAY).positions[ASET]
    for item in standard.requirements:
        prove(session, person, item.competency, item.level - (item.competency == "TEK-BMD"))
    found = analysis.find_bottlenecks(session, SYSTEM, basis="proven", size=1, **DAYS)
    assert found.found.pairs == found.people * found.positions == len(load_graph(session, TODAY).positions)
    assert {item.competency: item.alone for item in found.found.singles}["TEK-BMD"] >= 1
    assert found.found.openings[0].is_proven


def test_between_standards_every_position_is_a_holder(session):
    found = analysis.find_bottlenecks(session, SYSTEM, size=2, **DAYS)
    count = len(load_graph(session, TODAY).positions)
    assert (found.people, found.found.pairs) == (count, count * (count - 1))
    assert [opening.size for opening in found.found.openings] == [1, 2]


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 9}, {"basis": "perasaan"}])
def test_a_question_out_of_bounds_is_refused(session, wrong):
    with pytest.raises(InvalidInput):
        analysis.find_bottlenecks(session, SYSTEM, **DAYS, **wrong)


def test_needs_look_at_the_wished_position_first_and_else_at_the_held_one(session):
    holder, dreamer, nobody = (make_person(session) for _ in range(3))
    occupy(session, holder, make_post(session, ASET))
    occupy(session, dreamer, make_post(session, ASET))
    dreamer.target_position_id = position_by_code(session, "JF-GURU-MADYA").id
    session.flush()
    found = analysis.training_needs(session, SYSTEM, **DAYS)
    by_code = {item.training: item for item in found.trainings}
    assert (found.asked, found.without) == (2, 1)
    assert by_code["BMD-DASAR"].gaps + by_code["BMD-DASAR"].on_the_way == 1
    assert by_code["PKA"].gaps == 2  # it raises levels that both standards ask for
    assert nobody.id
    with pytest.raises(InvalidInput):
        analysis.training_needs(session, SYSTEM, basis="catalogue", **DAYS)


def test_the_impact_of_a_training_that_others_build_on(session):
    found = analysis.training_impact(session, SYSTEM, "keuda-penata", **DAY)
    assert found.impact.entries == ("KEUDA-KEBIJAKAN", "KEUDA-LAPOR")
    assert {item.item for item in found.impact.taught} >= {"TEK-KEUDA"}
    assert found.training_name == found.names.trainings["KEUDA-PENATA"]


def test_the_impact_of_a_new_training(session):
    new = NewTraining("BMD-AHLI", (("TEK-BMD", 4),), 40, after=("BMD-LANJUT",), min_grade="III/d")
    found = analysis.training_impact(session, SYSTEM, "", new=new, **DAY)
    assert [(item.position, item.item, item.before, item.after) for item in found.impact.taught] == [(CHIEF, "TEK-BMD", 3, 4)]
    (path,) = found.impact.paths
    assert (path.before.open_steps, path.after.open_steps, path.after.jp - path.before.jp) == (1, 0, 40)


@pytest.mark.parametrize(("new", "where"), [
    (NewTraining("", (("TEK-BMD", 4),), 1), "code"), (NewTraining("PKA", (("TEK-BMD", 4),), 1), "code"),
    (NewTraining("N", (), 1), "raises"), (NewTraining("N", (("TIDAK", 4),), 1), "raises"),
    (NewTraining("N", (("TEK-BMD", 6),), 1), "raises"), (NewTraining("N", (("TEK-BMD", 4),), -1), "jp"),
    (NewTraining("N", (("TEK-BMD", 4),), 1, after=("TIDAK",)), "after"),
    (NewTraining("N", (("TEK-BMD", 4),), 1, min_grade="V/z"), "min_grade")])
def test_a_new_training_that_cannot_be_is_refused_with_its_field(session, new, where):
    with pytest.raises(InvalidInput) as refused:
        analysis.training_impact(session, SYSTEM, "", new=new, **DAY)
    assert refused.value.where == where


def test_a_career_is_a_map_of_moves_that_are_drawn(session):
    found = analysis.map_career(session, SYSTEM, STAFF, CHIEF, limits=Limits(), **DAY)
    best = found.map.chains[0]
    assert (best.moves[0].source, best.moves[-1].target) == (STAFF, CHIEF)
    assert all(move.shortfall <= 30_000 for chain in found.map.chains for move in chain.moves)
    drawn = {box.code: box.role for box in found.drawing.boxes}
    assert {code for code, role in drawn.items() if role == "end"} == {STAFF, CHIEF}
    assert {move.target for chain in found.map.chains for move in chain.moves} <= drawn.keys()
    assert f"{format_number(best.jp)} JP" in str(analysis.career_sentence(found))


def test_without_a_chain_the_reasons_say_what_would_give_one(session):
    found = analysis.map_career(session, SYSTEM, STAFF, CHIEF, limits=Limits(most_shortfall=6_000), **DAY)
    assert (found.map.chains, found.drawing) == ((), None)
    percent = -(-100 * found.map.needed_shortfall // 60_000)
    assert f"sampai {percent} persen" in " ".join(str(reason) for reason in analysis.career_reasons(found))
    wider = analysis.map_career(session, SYSTEM, STAFF, CHIEF, limits=Limits(found.map.needed_shortfall), **DAY)
    assert wider.map.chains


def test_what_names_nothing_is_refused(session):
    for call in (lambda: analysis.training_impact(session, SYSTEM, "TIDAK", **DAY),
                 lambda: analysis.similar_positions(session, SYSTEM, "TIDAK", **DAY),
                 lambda: analysis.map_career(session, SYSTEM, STAFF, "TIDAK", limits=Limits(), **DAY)):
        with pytest.raises(NotFound):
            call()
    for call in (lambda: analysis.map_career(session, SYSTEM, STAFF, STAFF.lower(), limits=Limits(), **DAY),
                 lambda: analysis.map_career(session, SYSTEM, STAFF, CHIEF, limits=Limits(most_shortfall=60_001), **DAY),
                 lambda: analysis.map_career(session, SYSTEM, STAFF, CHIEF, limits=Limits(), chains=9, **DAY),
                 lambda: analysis.similar_positions(session, SYSTEM, ASET, top=0, **DAY)):
        with pytest.raises(InvalidInput):
            call()


def test_a_standard_of_another_day_is_told_as_harder(session):
    later = TODAY + timedelta(days=30)
    content, _ = latest_standard(session, SYSTEM, ASET, on=TODAY)
    raised = tuple(replace(item, level=item.level + (item.competency == "TEK-BMD")) for item in content.levels)
    edit_position_standard(session, SYSTEM, ASET, replace(content, levels=raised), valid_from=later, reason="uji",
                           today=TODAY, now=NOW)
    found = analysis.compare_days(session, SYSTEM, TODAY, later, today=TODAY).difference
    (shift,) = found.shifts
    assert shift.position == ASET
    assert [(item.item, item.after - item.before) for item in shift.harder] == [("TEK-BMD", 1)]
    assert analysis.compare_days(session, SYSTEM, TODAY, TODAY, today=TODAY).difference.is_empty


def test_an_exported_catalogue_is_compared_with_todays(session):
    content = export_graph(session, SYSTEM, "json", on=TODAY).content
    assert analysis.compare_files(session, SYSTEM, ("lama.json", content), None, today=TODAY).difference.is_empty
    assert set(read_graph(content).positions) == set(load_graph(session, TODAY).positions)
    edit_training(session, SYSTEM, "PKP", replace(training_content(session, SYSTEM, "PKP", on=TODAY), jp=99),
                  today=TODAY, now=NOW)
    found = analysis.compare_files(session, SYSTEM, ("lama.json", content), None, today=TODAY)
    assert [(item.node[1], item.field, item.after) for item in found.difference.changed] == [("PKP", "jp", 99)]
    with pytest.raises(InvalidInput) as refused:
        analysis.compare_files(session, SYSTEM, ("lama.json", content), ("rusak.json", b"{}"), today=TODAY)
    assert refused.value.where == "rusak.json /nodes"


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(databases, reference_url, monkeypatch, tmp_path):
    """Return a function that runs a command on its own copy of the reference tables."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", databases.new(template=reference_url))
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    return lambda *words: CliRunner().invoke(cli, ["graph", *words])


COMMANDS = {
    "bottlenecks": (("bottlenecks", "--size", "2"), {"on", "basis", "people", "positions", "pairs", "open_already", "singles",
                                                     "openings"}),
    "needs": (("needs",), {"on", "basis", "asked", "without", "trainings"}),
    "impact": (("impact", "PKA"), {"on", "training", "removal", "positions", "taught", "entries", "paths"}),
    "impact of a new one": (("impact", "BARU", "--raises", "tek-bmd:4", "--jp", "40", "--after", "BMD-LANJUT"),
                            {"on", "training", "removal", "positions", "taught", "entries", "paths"}),
    "career": (("career", STAFF, CHIEF), {"on", "source", "target", "score_max", "limits", "direct", "barred_by", "chains",
                                          "would_open", "needed_shortfall"}),
    "similar": (("similar", ASET, "--top", "3"), {"on", "position", "rows"}),
    "diff": (("diff", "2020-01-01"), {"old", "new", "added", "removed", "changed", "relations_added", "relations_removed",
                                      "shifts"})}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_analysis_is_a_table_and_one_json_document(run, name):
    words, keys = COMMANDS[name]
    told, document = run(*words), run(*words, "--json")
    assert (told.exit_code, document.exit_code) == (0, 0), told.stderr + document.stderr
    assert len(told.stdout) > 40
    assert json.loads(document.stdout).keys() == keys


def test_two_exported_files_are_compared(run, tmp_path):
    old, new = tmp_path / "lama.json", tmp_path / "baru.json"
    for path in (old, new):
        assert run("export", "--format", "json", "--to", str(path)).exit_code == 0
    new.write_text(new.read_text().replace('"Kepala Bidang Aset"', '"Kepala Bidang Aset Daerah"'))
    found = json.loads(run("diff", str(old), str(new), "--json").stdout)
    assert [(item["code"], item["field"]) for item in found["changed"]] == [(ASET, "name")]
    assert "Kepala Bidang" in run("diff", str(old), str(new)).stdout


@pytest.mark.parametrize("words", [
    ("impact", "TIDAK-ADA"), ("impact", "BARU", "--jp", "3"), ("impact", "BARU", "--raises", "TEK-BMD", "--jp", "3"),
    ("impact", "PKA", "--raises", "TEK-BMD:4", "--jp", "3"), ("career", STAFF, "TIDAK-ADA"), ("career", STAFF, STAFF),
    ("career", STAFF, CHIEF, "--shortfall", "101"), ("similar", "TIDAK-ADA"), ("similar", ASET, "--top", "0"),
    ("bottlenecks", "--size", "0"), ("bottlenecks", "--basis", "perasaan"), ("diff", "tidak-ada.json"),
    ("diff", "2026-01-01", "tidak-ada.json"), ("diff", "2026-13-01"), ("needs", "--basis", "catalogue")])
def test_wrong_input_ends_with_status_two_and_a_sentence(run, words):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr) > 20
    assert "Traceback" not in result.stderr


def test_a_day_without_standards_has_nothing_to_compare(run):
    found = json.loads(run("bottlenecks", "--on", str(date(1990, 1, 1)), "--json").stdout)
    assert (found["positions"], found["pairs"], found["openings"][0]["members"]) == (0, 0, [])
