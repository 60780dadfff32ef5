"""Roman numerals and number words, as certificates print them."""

from __future__ import annotations

from kompetensi.errors import InvalidInput
from kompetensi.messages import say

__all__ = ["english_words", "parse_roman", "roman", "words"]

_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
          (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_UNITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")


def roman(number: int) -> str:
    """Write a number in Roman numerals.

    Parameters
    ----------
    number : int
        1 to 3999, both inclusive.

    Raises
    ------
    InvalidInput
        If `number` is outside that range.

    Examples
    --------
    >>> roman(10), roman(2026)
    ('X', 'MMXXVI')
    """
    if not 1 <= number <= 3999:
        raise InvalidInput(say("Angka Romawi hanya ada untuk 1 sampai 3999, bukan %(number)s.", number=number))
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def parse_roman(text: str) -> int:
    """Return the number that `roman` writes so.

    Raises
    ------
    InvalidInput
        If `roman` writes no number so.

    Examples
    --------
    >>> parse_roman("XLII")
    42
    """
    number, rest = 0, text
    for value, letters in _ROMAN:
        while rest.startswith(letters):
            number, rest = number + value, rest.removeprefix(letters)
    if rest or not 1 <= number <= 3999 or roman(number) != text:
        raise InvalidInput(say("“%(text)s” bukan angka Romawi.", text=text))
    return number


def words(number: int) -> str:
    """Write a number in Indonesian words.

    Parameters
    ----------
    number : int
        0 to 999,999, both inclusive.

    Raises
    ------
    InvalidInput
        If `number` is outside that range.

    Examples
    --------
    >>> words(20), words(118), words(1905)
    ('dua puluh', 'seratus delapan belas', 'seribu sembilan ratus lima')
    """
    if not 0 <= number <= 999_999:
        raise InvalidInput(say("Bilangan %(number)s terlalu besar untuk ditulis dengan huruf.", number=number))
    return _words(number)


def _words(number: int) -> str:
    if number < len(_UNITS):
        return _UNITS[number]
    if number < 20:
        return f"{_UNITS[number - 10]} belas"
    if number < 100:
        return _joined(f"{_UNITS[number // 10]} puluh", number % 10)
    if number < 1000:
        hundreds = "seratus" if number < 200 else f"{_UNITS[number // 100]} ratus"
        return _joined(hundreds, number % 100)
    thousands = "seribu" if number < 2000 else f"{_words(number // 1000)} ribu"
    return _joined(thousands, number % 1000)


def _joined(head: str, rest: int) -> str:
    return f"{head} {_words(rest)}" if rest else head


_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def english_words(number: int) -> str:
    """Write a number in English words; bounds and errors as `words`.

    Examples
    --------
    >>> english_words(20), english_words(118), english_words(1905)
    ('twenty', 'one hundred and eighteen', 'one thousand nine hundred and five')
    """
    if not 0 <= number <= 999_999:
        raise InvalidInput(say("Bilangan %(number)s terlalu besar untuk ditulis dengan huruf.", number=number))
    return _english(number)


def _english(number: int) -> str:
    if number < len(_ENGLISH):
        return _ENGLISH[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ENGLISH[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{_ENGLISH[number // 100]} hundred" + (f" and {_english(number % 100)}" if number % 100 else "")
    rest = number % 1000
    joint = " and " if 0 < rest < 100 else " "
    return f"{_english(number // 1000)} thousand" + (f"{joint}{_english(rest)}" if rest else "")
