"""What a refusal says: what was asked for, who may do it, and whether asking an admin helps."""

from __future__ import annotations

import pytest

from kompetensi import wording
from kompetensi.rules.access import ACTIONS, Actor, Grant, Role
from kompetensi.rules.access_words import DEEDS, can_be_granted, holder_words, refusal

SOMEBODY = Actor("account:1", "A", 1)


def test_every_action_has_words_of_its_own():
    assert set(DEEDS) == set(ACTIONS)
    assert len({str(deed) for deed in DEEDS.values()}) == len(ACTIONS)


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("locale", ["id", "en"])
def test_a_refusal_says_what_and_who_and_no_name_of_an_action(action, locale):
    sentence = wording.render(refusal(SOMEBODY, action), locale)
    assert sentence.startswith(wording.render(DEEDS[action], locale))
    assert wording.render(holder_words(action), locale) in sentence
    assert action not in sentence


def test_everybody_who_may_is_named_in_the_order_of_the_table():
    assert str(holder_words("readiness.view")) == (
        "pegawai itu sendiri, atasannya atau pengelola kepegawaian unit kerja yang bersangkutan")
    assert str(holder_words("matching.rank")) == "pengelola kepegawaian"


def test_who_holds_the_role_elsewhere_is_told_so():
    officer = Actor("account:2", "B", 2, (Grant(Role.HR, 30),))
    assert str(refusal(officer, "people.edit")).endswith(
        "Wewenang Anda sebagai pengelola kepegawaian berlaku untuk unit kerja lain.")
    assert "Wewenang Anda" not in str(refusal(officer, "courses.enrol"))


def test_no_admin_can_help_where_only_the_person_may():
    assert not can_be_granted("moves.state_interest")
    assert can_be_granted("readiness.view")
