"""JSON read strictly and at any depth: the standard decoder, asked for the same, is the oracle."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.exchange.deep_json import FieldTwice, decode, decode_object

# Deeper than the standard decoder goes.
DEPTH = 12_000

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-10**30, 10**30), st.floats(allow_nan=False, allow_infinity=False),
              st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
    max_leaves=12)
PIECES = st.lists(st.sampled_from(["{", "}", "[", "]", ",", ":", '"a"', '"b"', "1", "-0", "1.5e3", "01", "true", "tru", "null",
                                   " ", "\t", "\u00a0", '"', "\\", '"\\ud800"', '"\t"']), max_size=9).map("".join)


def expected(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_pairs)
    except ValueError:
        return ValueError


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def found(text: str) -> object:
    try:
        value = decode(text)
    except ValueError:
        return ValueError
    assert decode_object(text, {})[0] == value
    return value


def found_deep_inside(text: str) -> object:
    try:
        value = decode("[" * DEPTH + text + "]" * DEPTH)
    except ValueError:
        return ValueError
    for _ in range(DEPTH):
        (value,) = value
    return value


@given(st.one_of(PIECES, VALUES.map(json.dumps), VALUES.map(lambda value: json.dumps(value, indent=1, ensure_ascii=False))))
def test_text_is_read_as_the_standard_decoder_reads_it(text):
    assert repr(found(text)) == repr(expected(text))


@settings(max_examples=25, deadline=None)
@given(st.one_of(PIECES.filter(lambda text: expected(text) is not ValueError), VALUES.map(json.dumps)))
def test_it_is_read_the_same_where_the_standard_decoder_does_not_reach(text):
    assert repr(found_deep_inside(text)) == repr(expected(text))


@pytest.mark.parametrize("text", ["1,", "{,}", '{"a"}', '{"a" 1}', '{"a": 1,}', '{"a": 1 "b": 2}', "{1: 2}", '{"a": 1, "a": 2}',
                                  "[1,]", "[1 2]", "[1}", '{"a": 1]', "NaN", "-Infinity", "[", '"\t"'])
def test_what_is_not_json_is_refused_at_every_depth(text):
    assert found(text) is ValueError
    assert found_deep_inside(text) is ValueError


def test_an_error_says_where_it_is():
    for text, place in (("[1, x]", 4), ("", 0), ("{} {}", 3), ('{"a": 1,}', 8), ("[" * DEPTH + "x", DEPTH), ("[" * DEPTH, DEPTH)):
        with pytest.raises(json.JSONDecodeError) as error:
            decode_object(text, {})
        assert error.value.pos == place
    with pytest.raises(FieldTwice) as twice:
        decode('{"a": {"b": 1, "c": 2, "b": 1}}')
    assert twice.value.name == "b"


@pytest.mark.parametrize("digits", [1, 3_999, 4_000, 4_001, 8_000, 8_001, 20_000])
def test_numbers_have_as_many_digits_as_they_like(digits):
    assert decode("9" * digits) == 10**digits - 1
    assert decode("[-1" + "0" * digits + "]") == [-10**digits]


def test_known_words_are_taken_over_only_where_they_are_the_whole_field():
    value = object()
    known = {"a": ("[1, 2]", value)}
    document, places = decode_object('{"b": [1, 2], "a": [1, 2] }', known)
    assert document == {"b": [1, 2], "a": value}
    assert places == {"b": slice(6, 12), "a": slice(19, 25)}
    assert decode_object('{"a": [1, 2, 3]}', known)[0] == {"a": [1, 2, 3]}
    assert decode_object('{"c": {"a": [1, 2]}}', known)[0] == {"c": {"a": [1, 2]}}
    assert decode_object('[{"a": [1, 2]}]', known) == ([{"a": [1, 2]}], {})
    with pytest.raises(FieldTwice):
        decode_object('{"a": [1, 2], "a": [1, 2]}', known)
    with pytest.raises(json.JSONDecodeError):
        decode_object('{"a": [1, 2]]}', known)
