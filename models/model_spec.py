"""What the catalogue says of a kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matsluice.models.search_space import Range

TASKS = ("regression", "classification")
# What a regression makes small, and so what it predicts: the squared error the mean of what a material's value may be,
# the absolute error its median.
OBJECTIVES = ("mse", "mae")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One kind of model.

    Attributes
    ----------
    name
        The word in the campaign file.
    maker
        "module:function" of ``make(task, parameters, seed) -> sklearn.pipeline.Pipeline``.
    tasks
        What it learns: "regression", "classification".
    summary
        One line for `matsluice models`.
    cost
        How the time of a fit grows, in n rows and p columns.
    source
        Where the method comes from (DOI).
    parameters
        What a campaign file may set for every task, with the defaults.
    by_task
        Task → what it may set for that task alone, or with another default there.
    by_objective
        Objective of a regression → what is another default there. A model that is not named predicts a median already,
        or takes values to be spread evenly about its prediction, which then is both.
    space
        Parameter → what a search tries; not every parameter is worth searching.
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    maker: str
    tasks: tuple[str, ...]
    summary: str
    cost: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    by_task: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    by_objective: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    space: Mapping[str, Range] = field(default_factory=dict)
    extra: str = ""

    def parameters_for(self, task: str, objective: str = "mse") -> dict[str, Any]:
        """Return every parameter of a task with its default under an objective, "mse" or "mae".

        Examples
        --------
        >>> spec = ModelSpec("a", "", ("regression",), "", "", "", {"C": 1.0}, {"regression": {"epsilon": 0.1}})
        >>> spec.parameters_for("regression"), spec.parameters_for("classification")
        ({'C': 1.0, 'epsilon': 0.1}, {'C': 1.0})
        """
        of_objective = self.by_objective.get(objective, {}) if task == "regression" else {}
        return {**self.parameters, **self.by_task.get(task, {}), **of_objective}

    def space_for(self, task: str) -> dict[str, Range]:
        """Return the search space of a task's parameters."""
        known = self.parameters_for(task)
        return {name: values for name, values in self.space.items() if name in known}

    @property
    def known_parameters(self) -> dict[str, Any]:
        """Every parameter with a default, those of all its tasks; where tasks differ, the first one's default."""
        return {**{k: v for task in reversed(self.tasks) for k, v in self.parameters_for(task).items()}}
