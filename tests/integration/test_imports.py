"""Tables in: what is refused and where, what is written, and that it is all or nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_person, make_post, occupy
from sqlalchemy import func, select

from kompetensi.errors import InvalidRows, NotAllowed, NotFound
from kompetensi.exchange.reference_tables import FORMATS
from kompetensi.models import AuditEntry, EducationLevel, Position, PositionStandard, Post, Training
from kompetensi.reference import __name__ as reference_package
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.catalogue_version import catalogue_version
from kompetensi.services.imports import KINDS, import_table, table_template
from kompetensi.services.lookup import position_by_code
from kompetensi.services.snapshot import load_graph

LATER = TODAY + timedelta(days=40)


def reference(kind: str) -> str:
    from importlib.resources import files

    return files(reference_package).joinpath(FORMATS[kind].file_name).read_text()


def bring(session, kind, content, *, dry_run=False, today=TODAY):
    return import_table(session, SYSTEM, kind, content if isinstance(content, bytes) else content.encode(),
                        dry_run=dry_run, today=today, now=NOW)


def refusals(session, kind, content):
    with pytest.raises(InvalidRows) as refused:
        bring(session, kind, content)
    return [(row.row, row.column) for row in refused.value.rows]


def position_row(session, code="ADM-KABID-ASET", **changes: str) -> str:
    """Return a table with the row of one position, some of its cells replaced."""
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO(reference("positions"))))
    row = next(row for row in rows if row["code"] == code) | changes
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_import_of_a_reference_table_changes_nothing(session, kind):
    before = catalogue_version(session)
    report = bring(session, kind, reference(kind))
    assert (report.created, report.updated, report.unchanged) == (0, 0, report.rows)
    assert catalogue_version(session) == before


def test_each_error_is_told_with_its_row_and_column(session):
    content = ("code,name,rank_order,confidence\n"
               "S1,Sarjana,enam,verified\n"
               ",Tanpa kode,3,verified\n"
               "S1,Sarjana lagi,6,verified\n"
               "D3,Diploma\n")
    assert refusals(session, "education-levels", content) == [
        (2, "rank_order"), (3, "code"), (4, "code"), (5, "")]


def test_an_unknown_reference_is_told_with_its_row_and_column(session):
    content = position_row(session, opd_code="75-TIDAK-ADA", technical_requirements="TEK-XXX:2", min_golongan="IX/z")
    assert refusals(session, "positions", content) == [
        (2, "opd_code"), (2, "min_golongan"), (2, "technical_requirements")]


@pytest.mark.parametrize(("content", "row"), [
    (b"", 1), (b"code,name\n", 1), (b"code;name;rank_order;confidence\nA;B;1;c\n", 1), (b"\xff\xfe", 1),
    (b'code,name,rank_order,confidence\nA,"B,1,c\n', 2), (b"code,name,rank_order,confidence\nA,\xe9,1,c\n", 2)])
def test_a_file_that_is_no_table_is_refused_as_a_whole(session, content, row):
    assert {line for line, _ in refusals(session, "education-levels", content)} == {row}


def test_one_bad_row_keeps_all_good_ones_out(session):
    content = ("code,name,rank_order,confidence\n"
               "SATU,Baik,3,verified\n"
               "DUA,Buruk,banyak,verified\n")
    assert refusals(session, "education-levels", content) == [(3, "rank_order")]
    assert session.scalar(select(EducationLevel.id).where(EducationLevel.code == "SATU")) is None


def test_a_rehearsal_tells_what_would_change_and_writes_nothing(session):
    entries = session.scalar(select(func.count()).select_from(AuditEntry))
    report = bring(session, "positions", position_row(session, min_pengalaman_tahun="7"), dry_run=True, today=LATER)
    assert (report.created, report.updated, report.dry_run) == (0, 1, True)
    assert [dict(change) for change in report.changes] == [
        {"key": "ADM-KABID-ASET", "min_experience_years": [3, 7]}]
    session.expire_all()
    assert len(position_by_code(session, "ADM-KABID-ASET").standards) == 1
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_a_changed_standard_becomes_a_new_version_and_the_old_one_ends_the_day_before(session):
    bring(session, "positions", position_row(session, technical_requirements="TEK-BMD:4;TEK-KEUDA:2"), today=LATER)
    old, new = position_by_code(session, "ADM-KABID-ASET").standards
    assert (old.valid_to, new.valid_from, new.valid_to) == (LATER - timedelta(days=1), LATER, None)
    levels = {item.competency: item.level for item in load_graph(session, LATER).positions["ADM-KABID-ASET"].requirements}
    assert (levels["TEK-BMD"], levels["TEK-KEUDA"]) == (4, 2)
    before = {item.competency: item.level for item in load_graph(session, TODAY).positions["ADM-KABID-ASET"].requirements}
    assert before["TEK-BMD"] == 3


def test_the_audit_log_names_the_competencies_whose_level_changed(session):
    bring(session, "positions", position_row(session, technical_requirements="TEK-BMD:4"), today=LATER)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.detail["changes"][0]["levels"][1] == {"TEK-BMD": 4}


def test_a_standard_that_begins_today_is_rewritten_instead(session):
    bring(session, "positions", position_row(session, min_pengalaman_tahun="7"))
    assert [one.min_experience_years for one in position_by_code(session, "ADM-KABID-ASET").standards] == [7]


def test_fewer_posts_than_are_held_are_refused(session):
    posts = session.scalars(select(Post).join(Position).where(Position.code == "ADM-KABID-ASET")).all()
    posts += [make_post(session, "ADM-KABID-ASET")] if not posts else []
    for post in posts:
        occupy(session, make_person(session), post)
    assert refusals(session, "positions", position_row(session, formasi="0", terisi="0")) == [(2, "formasi")]


def test_a_training_that_in_the_end_asks_for_itself_is_refused(session):
    lines = reference("trainings").splitlines()
    heads = lines[0].split(",")
    loop = ["UJI-A,A,TEKNIS,,10,,UJI-B,,,,,memory,yes,,no", "UJI-B,B,TEKNIS,,10,,UJI-A,,,,,memory,yes,,no"]
    assert len(loop[0].split(",")) == len(heads)
    assert {column for _, column in refusals(session, "trainings", "\n".join([lines[0], *loop]))} == {"prereq_training"}


def test_what_the_file_does_not_name_stays(session):
    count = session.scalar(select(func.count()).select_from(Training))
    bring(session, "positions", position_row(session))
    assert session.scalar(select(func.count()).select_from(Training)) == count
    assert session.scalar(select(func.count()).select_from(PositionStandard)) == 45


def test_only_who_may_import_imports(session):
    with pytest.raises(NotAllowed):
        import_table(session, Actor("account:1", "Pegawai"), "grades", b"", dry_run=True, today=TODAY, now=NOW)


def test_an_unknown_table_is_not_found(session):
    with pytest.raises(NotFound):
        bring(session, "nix", b"")
    with pytest.raises(NotFound):
        table_template(session, SYSTEM, "nix", on=date(2026, 1, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_has_the_header_that_its_table_reads(session, kind):
    header = table_template(session, SYSTEM, kind, on=TODAY).content.decode().strip()
    assert set(reference(kind).splitlines()[0].lstrip("\ufeff").split(",")) <= set(header.split(","))
