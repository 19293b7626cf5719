"""What a table must hold for a model to predict it, and how a program asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from matsluice.tasks.material.materials import Needs

# Rock salt, as short as a structure can be written: what MLflow's page shows of the table a model takes.
_POSCAR: Final = (
    "NaCl\n1.0\n0.0 2.82 2.82\n2.82 0.0 2.82\n2.82 2.82 0.0\nNa Cl\n1 1\ndirect\n0 0 0\n0.5 0.5 0.5\n"
)


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One column of a table.

    Attributes
    ----------
    columns
        Its names, in the order in which they are looked for: the campaign's own, then the usual one.
    examples
        What may stand in it.
    python
        A list of materials as a Python program would give it, as source text.
    """

    columns: tuple[str, ...]
    examples: tuple[str, ...]
    python: str


_KINDS: Final[Mapping[str, ModelInput]] = MappingProxyType(
    {
        "composition": ModelInput(("formula",), ("CuInSe2", "BaZrS3"), '["CuInSe2", "BaZrS3"]'),
        "structure": ModelInput(("structure",), (_POSCAR,), '[open("new.cif").read()]'),
        "electronic": ModelInput(("electronic",), ("calculations/Si/vasprun.xml",), '["Si/vasprun.xml"]'),
    }
)


# What is computed from, and how to hand it over on the command line.
_WAYS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "composition": ("formulas", "name the column that has them with --formula"),
        "structure": (
            "crystal structures",
            "give CIF, POSCAR, extxyz or JSON files, or a table with their column named by --structure",
        ),
        "electronic": (
            "electronic structures",
            "give their files, or a table with the column of their paths named by --electronic",
        ),
    }
)


def check_given(needs: Collection[Needs], gives: Collection[str], table: Path) -> None:
    """Raise InvalidInput where a model needs what a table or a file does not give.

    Examples
    --------
    >>> check_given({"composition"}, {"composition", "structure"}, Path("new.cif"))
    """
    for need, (what, way) in _WAYS.items():
        if need in needs and need not in gives:
            given = " and ".join(words for kind, (words, _) in _WAYS.items() if kind in gives)
            raise InvalidInput(f"the model needs {what}, and {table} gives {given} only: {way}")


def model_input(needs: Collection[Needs], columns: Mapping[Needs, str | None]) -> ModelInput:
    """Return what a model takes.

    Parameters
    ----------
    needs
        What its blocks compute from: an electronic structure if any does, else a crystal if any does.
    columns
        What the campaign's own columns are called.

    Examples
    --------
    >>> model_input({"composition"}, {"composition": "alloy"}).columns
    ('alloy', 'formula')
    >>> model_input({"composition", "structure"}, {"structure": "cif"}).columns
    ('cif', 'structure')
    """
    kind: Needs = next(word for word in ("electronic", "structure", "composition") if word in needs)
    usual = _KINDS[kind]
    own = columns.get(kind) or usual.columns[0]
    return ModelInput(tuple(dict.fromkeys((own, *usual.columns))), usual.examples, usual.python)
