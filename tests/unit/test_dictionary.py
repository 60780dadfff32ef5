"""The English dictionary says everything that the code and the templates say, with the same values in it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
from pathlib import Path

import pytest

from kompetensi import wording
from kompetensi.messages import say

SCRIPT = Path(__file__).parents[2] / "scripts" / "dictionary"


@pytest.fixture(scope="module")
def dictionary():
    loader = importlib.machinery.SourceFileLoader("dictionary", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dictionary", loader))
    loader.exec_module(module)
    return module


def test_nothing_is_missing_and_nothing_is_left_over(dictionary):
    assert dictionary.compare() == ([], [])


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_every_translation_takes_the_values_of_its_sentence(dictionary):
    entries = [entry for entry in dictionary.known() if entry.id]
    assert len(entries) > 2000
    for entry in entries:
        sources = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        for text in entry.string if isinstance(entry.string, tuple) else (entry.string,):
            assert _places(text) == set().union(*map(_places, sources)), entry.id


def test_bold_words_stay_bold(dictionary):
    for entry in dictionary.known():
        if isinstance(entry.id, str):
            assert entry.id.count("**") == entry.string.count("**"), entry.id


def test_the_reader_gets_his_language():
    message = say("Kursi %(name)s dilepas; ia diberi tahu beserta alasannya.", name="Rahma")
    assert wording.render(message, "id") == "Kursi Rahma dilepas; ia diberi tahu beserta alasannya."
    assert wording.render(message, "en") == "The seat of Rahma has been released, with the reason told."
