"""Physical units as products of unit words: what may be added, multiplied, or put into a logarithm.

A unit word stands for itself: eV is neither J nor meV, for the sum of a number in eV and one in J means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType
from typing import Final

# Unit word -> (LaTeX, other spellings). Words with LaTeX "" count things and have no dimension.
UNIT_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "eV": ("eV", ("electronvolt", "electronvolts")),
        "meV": ("meV", ()),
        "keV": ("keV", ()),
        "Ry": ("Ry", ("rydberg",)),
        "hartree": (r"E_{h}", ("Ha", "Hartree")),
        "J": ("J", ("joule",)),
        "kJ": ("kJ", ()),
        "cal": ("cal", ()),
        "kcal": ("kcal", ()),
        "angstrom": (r"\mathring{A}", ("Å", "\u212b", "Angstrom", "ang", "Ang", "angstroms")),
        "pm": ("pm", ("picometre", "picometer")),
        "nm": ("nm", ("nanometre", "nanometer")),
        "um": (r"\mu m", ("µm", "μm", "micrometre", "micrometer")),
        "mm": ("mm", ()),
        "cm": ("cm", ()),
        "m": ("m", ("metre", "meter")),
        "bohr": (r"a_{0}", ("Bohr", "a0")),
        "K": ("K", ("kelvin", "Kelvin")),
        "degC": (r"{}^{\circ}C", ("°C", "celsius")),
        "u": ("u", ("amu", "Da", "dalton")),
        "kg": ("kg", ()),
        "g": ("g", ("gram",)),
        "mg": ("mg", ()),
        "me": (r"m_{e}", ("m_e", "electron_mass", "mₑ")),
        "s": ("s", ("second",)),
        "ms": ("ms", ()),
        "ns": ("ns", ()),
        "ps": ("ps", ()),
        "fs": ("fs", ()),
        "h": ("h", ("hour",)),
        "Hz": ("Hz", ()),
        "GHz": ("GHz", ()),
        "THz": ("THz", ()),
        "Pa": ("Pa", ("pascal",)),
        "kPa": ("kPa", ()),
        "MPa": ("MPa", ()),
        "GPa": ("GPa", ()),
        "bar": ("bar", ()),
        "kbar": ("kbar", ()),
        "atm": ("atm", ()),
        "N": ("N", ("newton",)),
        "W": ("W", ("watt",)),
        "mol": ("mol", ("mole",)),
        "C": ("C", ("coulomb",)),
        "e": ("e", ("elementary_charge",)),
        "V": ("V", ("volt",)),
        "mV": ("mV", ()),
        "A": ("A", ("ampere",)),
        "mA": ("mA", ()),
        "ohm": (r"\Omega", ("Ω", "\u2126", "Ohm")),
        "S": ("S", ("siemens",)),
        "F": ("F", ("farad",)),
        "T": ("T", ("tesla",)),
        "D": ("D", ("debye",)),
        "muB": (r"\mu_{B}", ("mu_B", "μB", "µB", "bohr_magneton")),
        "cd": ("cd", ()),
        "deg": (r"{}^{\circ}", ("°", "degree", "degrees")),
        # Without dimension: ratios and counts, of which "eV/atom" is made.
        "1": ("", ("dimensionless", "none")),
        "rad": ("", ("radian", "radians")),
        "percent": ("", ("%",)),
        "atom": ("", ("atoms", "site", "sites", "ion", "ions", "fu", "f.u.", "cell", "bond", "bonds")),
        "states": ("", ("state", "electrons", "electron", "electron_count")),
    }
)
_SPELLINGS: Final = {word: word for word in UNIT_WORDS} | {
    other: word for word, (_, others) in UNIT_WORDS.items() for other in others
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_TOKEN = re.compile(
    r"(?P<power>\^|\*\*)?(?P<exponent>\(\s*[-+]?\d+\s*(?:/\s*\d+)?\s*\)|[-+]?\d+(?:\.\d+)?)"
    r"|(?P<sign>[*·⋅×/()])"
    r"|(?P<word>f\.u\.|a0|[^\W\d]+|[%°]C?)"
    r"|(?P<space>\s+)"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers of unit words.

    Attributes
    ----------
    exponents
        (word, exponent) sorted by word, none of them 0; empty where there is no dimension.

    Examples
    --------
    >>> energy, length = parse_unit("eV"), parse_unit("Å")
    >>> str(energy / length**3), (energy * energy) ** Fraction(1, 2) == energy
    ('eV/angstrom^3', True)
    """

    exponents: tuple[tuple[str, Fraction], ...] = ()

    @property
    def dimensionless(self) -> bool:
        """Whether a logarithm or exponential of it has a meaning."""
        return not self.exponents

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.exponents)
        for word, power in other.exponents:
            powers[word] = powers.get(word, Fraction(0)) + power
        return Unit(tuple(sorted((word, power) for word, power in powers.items() if power)))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, power: Fraction | int) -> Unit:
        raised = Fraction(power)
        return Unit(tuple((word, own * raised) for word, own in self.exponents) if raised else ())

    def __str__(self) -> str:
        above = [_raised(word, power) for word, power in self.exponents if power > 0]
        below = [_raised(word, -power) for word, power in self.exponents if power < 0]
        return "/".join(["*".join(above) or "1", *below]) if self.exponents else ""

    def latex(self) -> str:
        r"""Return the unit in upright LaTeX, "" where there is no dimension.

        >>> print(parse_unit("eV/angstrom^3").latex())
        \mathrm{eV}\,\mathrm{\mathring{A}}^{-3}
        """
        ordered = sorted(self.exponents, key=lambda pair: (pair[1] < 0, pair[0]))
        return r"\,".join(
            rf"\mathrm{{{UNIT_WORDS[word][0]}}}" + ("" if power == 1 else f"^{{{power}}}")
            for word, power in ordered
        )


DIMENSIONLESS: Final = Unit()


def parse_unit(text: str) -> Unit:
    """Return the unit that a text such as "eV/angstrom^3", "kJ mol^-1", "cm²" or "" means.

    Parameters
    ----------
    text
        Words with ``*``, ``/`` or spaces between; an exponent is a whole number, a fraction in brackets, or raised
        digits. Each ``/`` divides by the one factor that follows; ``eV/(angstrom K)`` divides by both.

    Raises
    ------
    ValueError
        A word is not a unit that is known, or the text cannot be read.

    Examples
    --------
    >>> str(parse_unit("J/(mol K)")), str(parse_unit("eV^(1/2)")), parse_unit("1").dimensionless
    ('J/K/mol', 'eV^(1/2)', True)
    >>> parse_unit("angstrm")
    Traceback (most recent call last):
        ...
    ValueError: unknown unit "angstrm": did you mean "angstrom"? Write "" for a feature without dimension
    """
    tokens = list(_tokens(text))
    unit, rest = _product(tokens, text)
    if rest:
        raise ValueError(_unreadable(text))
    return unit


def _tokens(text: str) -> list[tuple[str, str]]:
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda match: "^" + match[0].translate(_SUPERSCRIPTS), text).replace(
        "−", "-"
    )
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(plain):
        match = _TOKEN.match(plain, place)
        if match is None:
            raise ValueError(_unreadable(text))
        place = match.end()
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "exponent" and match["power"] is None and not (found and found[-1][0] in {"word", ")"}):
            if match["exponent"] != "1":
                raise ValueError(_unreadable(text))
            kind = "word"
        if kind != "space":
            found.append((value if kind == "sign" else kind, value))
    return found


def _product(tokens: list[tuple[str, str]], text: str) -> tuple[Unit, list[tuple[str, str]]]:
    """Return the product at the head of the tokens, and the tokens behind it."""
    unit, divide, expected, first = DIMENSIONLESS, False, False, True
    while tokens and tokens[0][0] != ")":
        kind, value = tokens[0]
        if kind in {"*", "·", "⋅", "×", "/"}:
            if expected or first:
                raise ValueError(_unreadable(text))
            divide, expected, tokens = kind == "/", True, tokens[1:]
            continue
        if kind == "(":
            factor, tokens = _product(tokens[1:], text)
            if not tokens:
                raise ValueError(_unreadable(text))
            tokens = tokens[1:]
        elif kind == "word":
            factor, tokens = _word(value), tokens[1:]
        else:
            raise ValueError(_unreadable(text))
        if tokens and tokens[0][0] == "exponent":
            factor, tokens = factor ** Fraction(tokens[0][1].strip("() ").replace(" ", "")), tokens[1:]
        unit = unit / factor if divide else unit * factor
        divide, expected, first = False, False, False
    if expected:
        raise ValueError(_unreadable(text))
    return unit, tokens


def _word(word: str) -> Unit:
    known = _SPELLINGS.get(word)
    if known is None:
        folded = {spelling.lower(): spelling for spelling in reversed(_SPELLINGS)}
        like = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
        hint = (
            f': did you mean "{folded[like[0]]}"? Write'
            if like
            else "; write for example eV, angstrom, K, GPa, or"
        )
        raise ValueError(f'unknown unit "{word}"{hint} "" for a feature without dimension')
    return Unit(((known, Fraction(1)),)) if UNIT_WORDS[known][0] else DIMENSIONLESS


def _raised(word: str, power: Fraction) -> str:
    if power == 1:
        return word
    return f"{word}^{power}" if power.denominator == 1 else f"{word}^({power})"


def _unreadable(text: str) -> str:
    return (
        f'the unit "{text}" cannot be read; write words with *, / and whole or bracketed exponents between, '
        'such as "eV/angstrom^3" or "eV^(1/2)"'
    )
