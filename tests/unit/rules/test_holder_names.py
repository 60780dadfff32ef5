"""A name is the same name however its titles, capitals and blanks are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.holder_names import bare_name

PRINTED = "Dr. Hj. Siti Rahmatia Ma'ruf, S.Kep., M.Kes."


@pytest.mark.parametrize("typed", [
    PRINTED, "siti rahmatia ma'ruf", "  SITI\tRAHMATIA   MA'RUF ", "Hj. Siti Rahmatia Ma’ruf", "Dr.Siti Rahmatia Ma'ruf",
    "Siti Rahmatia Ma'ruf S.Kep. M.Kes", "Siti Rahmatia Ma'ruf,"])
def test_case_blanks_and_titles_do_not_matter(typed):
    assert bare_name(typed) == bare_name(PRINTED) == "siti rahmatia ma'ruf"


@pytest.mark.parametrize("typed", ["Siti Rahmatia", "Siti Rahmatia Maruf", "Siti R. Ma'ruf", "Rahmatia Siti Ma'ruf", "Siti", ""])
def test_everything_else_does(typed):
    assert bare_name(typed) != bare_name(PRINTED)


@pytest.mark.parametrize("titles", ["", " ", "Dr.", "Prof. Dr. Ir.", ", S.Kep.", "S.Kep.", "."])
def test_titles_alone_are_no_name(titles):
    assert bare_name(titles) == ""


def test_an_initial_is_part_of_the_name():
    assert bare_name("M. Yusuf Pakaya") == "m yusuf pakaya"


@given(st.text(max_size=60))
def test_a_bare_name_stays_as_it_is(text):
    assert bare_name(bare_name(text)) == bare_name(text)
