"""Identifiers for features: short where that is enough, never a word that means something else."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Sequence


def symbols_of(columns: Sequence[str]) -> list[str]:
    """Return an identifier for each full name of a feature, all different.

    It is the name without its block where no two blocks have it, and has an underscore behind it where sympy or Python
    mean something by it, such as N, which is nitrogen here.

    Examples
    --------
    >>> symbols_of(["a.elemental.mean_mass", "a.magpie.mean Number", "a.fractions.N", "b.x", "c.x"])
    ['mean_mass', 'mean_Number', 'N_', 'b_x', 'c_x']
    """
    short = [_identifier(name.rpartition(".")[2]) for name in columns]
    counts = Counter(short)
    found: list[str] = []
    taken: set[str] = set()
    for name, tried in zip(columns, short, strict=True):
        one = tried if counts[tried] == 1 else _identifier(name)
        while one in taken or _means_something(one):
            one += "_"
        taken.add(one)
        found.append(one)
    return found


def _identifier(name: str) -> str:
    one = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "x"
    return f"x{one}" if one[0].isdigit() else one


def _means_something(name: str) -> bool:
    import sympy

    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(sympy, name)
