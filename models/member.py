"""The models inside a stacked ensemble, by their names or with settings of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Member:
    """One of them: its name in the ensemble, its kind and settings, and what is random in it."""

    name: str
    kind: str
    task: str
    seed: int
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> Pipeline:
        """Return it, unfitted."""
        from matsluice.models.catalogue import make_model

        return make_model(self.kind, self.parameters, self.seed, self.task)


def members_of(given: Sequence[str | Mapping[str, Any]], task: str, seed: int) -> list[Member]:
    """Return the members of an ensemble.

    Parameters
    ----------
    given
        Kinds of model, or tables ``{"name": …, "kind": …, "params": {…}}``.
    task, seed
        The ensemble's.

    Raises
    ------
    ValueError
        There are fewer than two, one is named twice, or one is itself an ensemble of this kind.

    Examples
    --------
    >>> [member.name for member in members_of(["ridge", {"name": "deep", "kind": "xgboost"}], "regression", 0)]
    ['ridge', 'deep']
    """
    tables: list[Mapping[str, Any]] = [
        {"name": one, "kind": one} if isinstance(one, str) else one for one in given
    ]
    names = [str(table["name"]) for table in tables]
    if len(set(names)) < len(names) or len(names) < 2:
        raise ValueError(f"a stack is made of two or more different models, got {', '.join(names) or 'none'}")
    if any(table["kind"] == "stacking" for table in tables):
        raise ValueError("a stack cannot be a member of a stack; name the models in it")
    return [
        Member(name, str(table["kind"]), task, seed, table.get("params", {}))
        for name, table in zip(names, tables, strict=True)
    ]
