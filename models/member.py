"""The models inside a stacked ensemble, by their names or with settings of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

# Kinds that are made of other models.
COMPOSITE = ("stacking", "hurdle")


def member_lists(kind: str, task: str) -> dict[str, str]:
    """Return which parameters of a kind name other models, and what each of these lists learns.

    Examples
    --------
    >>> member_lists("hurdle", "regression"), member_lists("ridge", "regression")
    ({'classifiers': 'classification', 'regressors': 'regression'}, {})
    """
    if kind == "hurdle":
        return {"classifiers": "classification", "regressors": "regression"}
    return {"members": task} if kind == "stacking" else {}


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


def members_of(
    given: Sequence[str | Mapping[str, Any]], task: str, seed: int, objective: str = "mse"
) -> list[Member]:
    """Return the members of an ensemble.

    Parameters
    ----------
    given
        Kinds of model, or tables ``{"name": …, "kind": …, "params": {…}}``.
    task, seed, objective
        The ensemble's; the objective decides the defaults of members that are named by their kind.

    Raises
    ------
    ValueError
        There are fewer than two, one is named twice, or one is itself made of others.

    Examples
    --------
    >>> [member.name for member in members_of(["ridge", {"name": "deep", "kind": "xgboost"}], "regression", 0)]
    ['ridge', 'deep']
    """
    from matsluice.models.catalogue import MODELS

    tables: list[Mapping[str, Any]] = [
        {"name": one, "kind": one, "params": MODELS[one].by_objective.get(objective, {})}
        if isinstance(one, str)
        else one
        for one in given
    ]
    names = [str(table["name"]) for table in tables]
    if len(set(names)) < len(names) or len(names) < 2:
        raise ValueError(f"a stack is made of two or more different models, got {', '.join(names) or 'none'}")
    composite = next((table["kind"] for table in tables if table["kind"] in COMPOSITE), None)
    if composite:
        raise ValueError(f"{composite} cannot be a member of a stack; name the models in it")
    return [
        Member(name, str(table["kind"]), task, seed, table.get("params", {}))
        for name, table in zip(names, tables, strict=True)
    ]
