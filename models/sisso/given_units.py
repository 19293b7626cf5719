"""The units a person gave for the columns, in the order of the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from matsluice.models.sisso.units import DIMENSIONLESS, Unit, parse_unit


def units_of_columns(units: Sequence[str] | Mapping[str, str] | None, names: Sequence[str]) -> list[Unit]:
    """Return the unit of every column.

    Parameters
    ----------
    units
        One text for each column, or column name to text; None where no unit is to be checked, so that every feature
        counts as a pure number.
    names
        Of the columns.

    Raises
    ------
    ValueError
        A unit is unknown; a column has none; or a name is not that of a column.

    Examples
    --------
    >>> [str(unit) for unit in units_of_columns({"r": "Å", "n": ""}, ["n", "r"])]
    ['', 'angstrom']
    >>> units_of_columns({"r_a": "angstrom"}, ["r_A"])
    Traceback (most recent call last):
        ...
    ValueError: units= names "r_a", which is no feature: did you mean "r_A"? There are: r_A
    """
    if units is None:
        return [DIMENSIONLESS] * len(names)
    if isinstance(units, str):
        raise ValueError(  # noqa: TRY004 - scikit-learn's estimators answer wrong parameters with ValueError
            f'units= is one text for each of {len(names)} features, as a list or by name, and not "{units}"'
        )
    if not isinstance(units, Mapping):
        given = list(units)
        if len(given) != len(names):
            raise ValueError(f"units= has {len(given)} units for {len(names)} features; give one for each")
        return [_parsed(text, name) for text, name in zip(given, names, strict=True)]
    for name in units:
        if name not in names:
            like = get_close_matches(str(name), names, n=1)
            hint = f': did you mean "{like[0]}"? There are' if like else "; there are"
            raise ValueError(f'units= names "{name}", which is no feature{hint}: {_listed(names)}')
    missing = [name for name in names if name not in units]
    if missing:
        raise ValueError(
            f'units= has no unit for "{missing[0]}"; give one for every feature, "" for those without dimension'
        )
    return [_parsed(units[name], name) for name in names]


def _parsed(text: str, name: str) -> Unit:
    try:
        return parse_unit(text or "")
    except ValueError as error:
        raise ValueError(f'feature "{name}": {error}') from None


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
