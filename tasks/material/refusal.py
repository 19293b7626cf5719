"""Why a formula is refused: a short class, a place, and one clear sentence."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

LONGEST_QUOTE: Final = 60  # characters of a formula that a sentence repeats
LONGEST_FORMULA: Final = 1000  # characters; the longest in the literature's tables has some 200

# What tables and programs write where there is no value, in lower case.
_MISSING_WORDS: Final = frozenset(
    {
        "nan",
        "null",
        "none",
        "nil",
        "nat",
        "n/a",
        "#n/a",
        "<na>",
        "missing",
        "unknown",
        "undefined",
        "-",
        "--",
        "?",
    }
)


class FormulaRefused(Exception):  # noqa: N818 - it is said about the formula, which is what is at fault
    """A formula cannot be read: `reason` is a short class, `position` is 1-based in the text, or None."""

    def __init__(self, reason: str, position: int | None, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.position = position
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused formula.

    Attributes
    ----------
    row : int
        Its index among the formulas given.
    position : int or None
        Where in the text it goes wrong, counted in characters from 1; None where no place is to blame.
    reason : str
        A short class, such as "unknown element".
    detail : str
        One sentence: what is wrong, where, and what to write instead.
    """

    row: int
    position: int | None
    reason: str
    detail: str


def quoted(text: str) -> str:
    """Return the text in quotation marks, shortened, with unprintable characters as question marks."""
    short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return '"' + "".join(character if character.isprintable() else "?" for character in short) + '"'


def refuse_missing(text: str) -> None:
    """Raise where the text is empty, or a word that stands for a missing value, or far too long."""
    word = text.strip()
    if not word:
        raise FormulaRefused("empty", None, "the formula is empty")
    if word == "NaN":
        raise FormulaRefused(
            "missing",
            None,
            'the formula is missing: "NaN" marks a missing value (for sodium nitride write Na1N1)',
        )
    # "Na" is sodium, so this one word is told by its case.
    if word.lower() in _MISSING_WORDS or word in ("NA", "na"):
        raise FormulaRefused("missing", None, f"the formula is missing: {quoted(word)} marks a missing value")
    if len(text) > LONGEST_FORMULA:
        raise FormulaRefused(
            "too long", None, f"{quoted(text)}: {len(text)} characters; at most {LONGEST_FORMULA} are read"
        )


def refuse_character(text: str, at: int) -> FormulaRefused:
    """Return the refusal for a character that no formula has at this place."""
    character = text[at]
    if not character.isascii():
        return _not_ascii(text, at)
    if character in "+-^":
        return _sign(text, at)
    if character in "eE" and at > 0 and text[at - 1].isdigit():
        found = "exponent", "an exponent", "write the amount as a decimal, 0.001 for 1e-3"
    elif character.islower():
        found = "unknown element", quoted(character), "an element begins with a capital letter"
    elif character.isdigit():
        found = "misplaced amount", quoted(character), "an amount directly follows its element"
    elif character == ".":
        found = "malformed amount", "a point", "an amount has one point and a digit after it"
    else:
        found = "unexpected character", quoted(character), "a formula has elements, amounts and brackets"
    return _refused(text, at, *found)


def _refused(text: str, at: int, reason: str, what: str, remedy: str) -> FormulaRefused:
    return FormulaRefused(reason, at + 1, f"{quoted(text)}: {what} at position {at + 1}; {remedy}")


def _sign(text: str, at: int) -> FormulaRefused:
    follows = text[at + 1 : at + 2]
    if text[at] == "-" and (follows.isdigit() or follows == ".") and at > 0 and not text[at - 1].isdigit():
        return _refused(text, at, "negative amount", "a negative amount", "amounts are positive")
    return _refused(
        text,
        at,
        "sign",
        f"a sign {quoted(text[at])}",
        "leave out charges and ranges: write elements and amounts only",
    )


def _not_ascii(text: str, at: int) -> FormulaRefused:
    plain = unicodedata.normalize("NFKC", text)
    remedy = (
        f"write {quoted(plain)}" if plain.isascii() and plain.isprintable() else "write plain ASCII letters"
    )
    character = f"the character {quoted(text[at])} (U+{ord(text[at]):04X})"
    return _refused(text, at, "not ASCII", character, remedy)
