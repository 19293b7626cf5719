"""Units are products of words, and say what may be added or put into a logarithm."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.models.sisso.given_units import units_of_columns
from matsluice.models.sisso.operators import OPERATORS, chosen_operators
from matsluice.models.sisso.units import DIMENSIONLESS, UNIT_WORDS, Unit, parse_unit

WORDS = [word for word, (latex, _) in UNIT_WORDS.items() if latex]
POWERS = st.fractions(-4, 4, max_denominator=3).filter(bool)
UNITS = st.dictionaries(st.sampled_from(WORDS), POWERS, max_size=4).map(
    lambda d: Unit(tuple(sorted(d.items())))
)

# A busy machine is no failure of the units.
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(UNITS)
def test_what_a_unit_is_written_as_is_read_as_the_same_unit(unit: Unit) -> None:
    assert parse_unit(str(unit)) == unit


@PATIENT
@given(UNITS, UNITS)
def test_algebra(a: Unit, b: Unit) -> None:
    assert a * b == b * a
    assert (a * b) / b == a
    assert (a / a) == DIMENSIONLESS
    assert (a**2) ** Fraction(1, 2) == a
    assert a**0 == DIMENSIONLESS


@pytest.mark.parametrize("word", UNIT_WORDS)
def test_every_spelling_is_read(word: str) -> None:
    for spelling in (word, *UNIT_WORDS[word][1]):
        assert parse_unit(spelling) == parse_unit(word), spelling


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("eV/Å³", "eV*angstrom^-3"),
        ("kJ mol⁻¹", "kJ/mol"),
        ("J/(mol K)", "J/mol/K"),
        ("eV/atom", "eV"),
        ("cm^(3/2)", "cm^(3/2)"),
        ("angstrom3", "angstrom^3"),
        ("m**2", "m^2"),
        ("1/GPa", "GPa^-1"),
        (" ", ""),
        ("%", ""),
    ],
)
def test_ways_of_writing(text: str, same: str) -> None:
    assert parse_unit(text) == parse_unit(same)


@pytest.mark.parametrize("text", ["eV/", "eV^", "(eV", "eV)", "2", "eV^x", "*eV", "eV//K", "eV+K"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|unknown unit"):
        parse_unit(text)


@pytest.mark.parametrize(
    ("word", "meant"), [("ev", "eV"), ("angstrm", "angstrom"), ("Gpa", "GPa"), ("kelvn", "kelvin")]
)
def test_a_misspelt_unit_is_answered_with_the_nearest(word: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'unknown unit "{word}": did you mean "{meant}"'):
        parse_unit(word)


def test_what_operators_do_to_units() -> None:
    energy, length, number = parse_unit("eV"), parse_unit("angstrom"), DIMENSIONLESS
    for name in ("+", "-", "|-|"):
        assert OPERATORS[name].unit(energy, length) is None
        assert OPERATORS[name].unit(energy, energy) == energy
    for name in ("exp", "exp-", "log"):
        assert OPERATORS[name].unit(energy) is None
        assert OPERATORS[name].unit(number) == number
    assert OPERATORS["*"].unit(energy, length) == parse_unit("eV angstrom")
    assert OPERATORS["/"].unit(energy, length) == parse_unit("eV/angstrom")
    assert OPERATORS["sqrt"].unit(energy) == parse_unit("eV^(1/2)")
    assert OPERATORS["cbrt"].unit(length) == parse_unit("angstrom^(1/3)")
    assert OPERATORS["^-1"].unit(length) == parse_unit("1/angstrom")
    assert OPERATORS["^3"].unit(length) == parse_unit("angstrom^3")


def test_every_operator_has_a_number_of_its_own_and_no_word_means_two() -> None:
    assert len({one.code for one in OPERATORS.values()}) == len(OPERATORS)
    words = [word for one in OPERATORS.values() for word in (one.name, *one.aliases)]
    assert len(words) == len(set(words))
    for one in OPERATORS.values():
        assert {chosen_operators([word]) for word in (one.name, *one.aliases)} == {(one,)}


def test_units_are_given_for_every_column_and_no_other() -> None:
    with pytest.raises(ValueError, match="2 units for 3 features"):
        units_of_columns(["eV", "K"], ["a", "b", "c"])
    with pytest.raises(ValueError, match='no unit for "b"'):
        units_of_columns({"a": "eV"}, ["a", "b"])
    with pytest.raises(ValueError, match='feature "a": unknown unit "electron_volts"'):
        units_of_columns({"a": "electron_volts"}, ["a"])
