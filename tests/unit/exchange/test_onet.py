"""Tables of occupations: both spellings, blanks, and every refusal with file, row and column."""

from __future__ import annotations

import pytest
from onet_sample import long_tables, short_tables

from kompetensi.errors import InvalidInput, InvalidRows
from kompetensi.exchange.onet import Rating, read_onet


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    """Return the short tables with one text of a file replaced."""
    tables = short_tables()
    assert old.encode() in tables[name]
    return tables | {name: tables[name].replace(old.encode(), new.encode(), 1)}


def test_both_spellings_hold_the_same():
    assert read_onet(short_tables()) == read_onet(long_tables())


def test_what_is_read_is_sorted_and_in_hundredths():
    found = read_onet(dict(reversed(short_tables().items())))
    assert [item.code[-4] for item in found.occupations] == list("123456")
    assert found.ratings[0] == Rating("99-0001.00", "2.A.1.a", 300, 500)
    assert len(found.related) == 12
    assert (found.unrated, found.outside, found.left_alone) == (0, 0, ())


def test_a_level_that_is_not_relevant_counts_as_none():
    found = read_onet(changed("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,5,Y"))
    assert found.ratings[0] == Rating("99-0001.00", "2.A.1.a", 300, 0)


@pytest.mark.parametrize("cells", [",,N", "4,,N", ",5,Y", "4,,"])
def test_a_rating_with_a_blank_is_left_out_and_counted(cells):
    found = read_onet(changed("ratings.csv", "2.A.1.a,4,5,N", f"2.A.1.a,{cells}"))
    assert (len(found.ratings), found.unrated) == (23, 1)


def test_a_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm():
    tables = {name: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") + b"\r\n\r\n" for name, content in short_tables().items()}
    assert read_onet(tables) == read_onet(short_tables())


def test_other_files_are_left_alone_and_named():
    found = read_onet(short_tables() | {"README.md": b"# O*NET\n", "scan.pdf": b"%PDF-1.7\n\xff\xfe\x00", "empty.csv": b""})
    assert found.left_alone == ("README.md", "empty.csv", "scan.pdf")


def test_related_occupations_outside_of_the_folder_are_counted():
    found = read_onet(changed("related.csv", "99-0001.00,99-0002.00", "99-0001.00,11-1011.00"))
    assert (len(found.related), found.outside) == (11, 1)


@pytest.mark.parametrize("missing", sorted(short_tables()))
def test_a_folder_without_one_of_the_tables_says_which_columns_are_missing(missing):
    tables = short_tables()
    del tables[missing]
    with pytest.raises(InvalidInput) as refused:
        read_onet(tables)
    assert refused.value.where == missing.removesuffix(".csv")
    assert "di antara 2 berkas" in str(refused.value)


def test_a_table_that_has_only_its_header_is_missing():
    tables = short_tables()
    with pytest.raises(InvalidInput) as refused:
        read_onet(tables | {"related.csv": tables["related.csv"].split(b"\n")[0]})
    assert refused.value.where == "related"


def test_nothing_at_all_is_refused():
    with pytest.raises(InvalidInput):
        read_onet({})


@pytest.mark.parametrize(("name", "old", "new", "row", "column"), [
    ("occupations.csv", "99-0002.00,", "99-2,", 3, "soc"),
    ("occupations.csv", "99-0002.00,", "99-0001.00,", 3, "soc"),
    ("ratings.csv", "99-0001.00,2.B.1.a", "99-0009.00,2.B.1.a", 3, "soc"),
    ("ratings.csv", "99-0001.00,2.B.1.a", "99-0001.00,menulis", 3, "element_id"),
    ("ratings.csv", "99-0001.00,2.B.1.a", "99-0001.00,2.A.1.a", 3, "element_id"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,6,5,N", 2, "importance_1_5"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,0.5,5,N", 2, "importance_1_5"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,7.01,N", 2, "level_0_7"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,lima,N", 2, "level_0_7"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,NaN,N", 2, "level_0_7"),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,5,mungkin", 2, "not_relevant"),
    ("ratings.csv", "2.A.1.a,4,5,N,", "2.A.1.a,4,5", 2, ""),
    ("ratings.csv", "2.A.1.a,4,5,N", '2.A.1.a,"4,5,N', 2, ""),
    ("ratings.csv", "2.A.1.a,4,5,N", "2.A.1.a,4,\x005,N", 2, ""),
    ("related.csv", "99-0001.00,99-0002.00,Primary-Short", "99-0001.00,maize,Primary-Short", 2, "related_soc"),
    ("related.csv", "99-0001.00,99-0002.00,Primary-Short", "99-0001.00,99-0002.00,", 2, "tier"),
    ("related.csv", "99-0001.00,99-0003.00", "99-0001.00,99-0002.00", 3, "related_soc")])
def test_a_refusal_names_file_row_and_column(name, old, new, row, column):
    with pytest.raises(InvalidRows) as refused:
        read_onet(changed(name, old, new))
    assert refused.value.where == name
    assert (refused.value.rows[0].row, refused.value.rows[0].column) == (row, column)


def test_the_column_is_called_as_its_file_calls_it():
    tables = long_tables()
    for old, new, column in (("IM\t4\t", "IM\tx\t", "Data Value"), ("\tIM\t", "\tXX\t", "Scale ID"), ("\tn/a", "\t?", "Not Relevant")):
        with pytest.raises(InvalidRows) as refused:
            read_onet(tables | {"Skills.txt": tables["Skills.txt"].replace(old.encode(), new.encode(), 1)})
        assert (refused.value.where, refused.value.rows[0].row, refused.value.rows[0].column) == ("Skills.txt", 2, column)


def test_bytes_that_are_no_text_are_refused_with_their_line():
    tables = short_tables()
    with pytest.raises(InvalidRows) as refused:
        read_onet(tables | {"ratings.csv": tables["ratings.csv"].replace(b"2.B.1.a", b"2.B\xff", 1)})
    assert (refused.value.where, refused.value.rows[0].row) == ("ratings.csv", 3)


def test_a_file_that_is_far_too_large_is_refused_before_it_is_read():
    with pytest.raises(InvalidInput) as refused:
        read_onet(short_tables() | {"ratings.csv": b"\0" * 64_000_001})
    assert refused.value.where == "ratings.csv"


def test_a_damaged_file_is_told_by_its_first_faults():
    tables = short_tables()
    with pytest.raises(InvalidRows) as refused:
        read_onet(tables | {"ratings.csv": tables["ratings.csv"].replace(b",N,", b",?,")})
    assert len(refused.value.rows) == 20
