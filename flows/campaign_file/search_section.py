"""`search` of a model: the budget of a search for its parameters, and what is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from matsluice.flows.campaign_file.messages import KeyPath, Problem
from matsluice.flows.campaign_file.section import Seconds, Section
from matsluice.infra.mistakes import unknown_word
from matsluice.models.catalogue import MODELS
from matsluice.tasks.tune.space import as_written, in_place_of

if TYPE_CHECKING:
    from matsluice.models.model_spec import ModelSpec


class Search(Section):
    """A search; `space` holds the ranges that the file gives in place of the catalogue's, or all of them."""

    trials: int | None = Field(
        default=None,
        ge=2,
        le=10_000,
        description="how many settings are tried for each fold, a whole number from 2 to 10000",
    )
    minutes: float | None = Field(
        default=None,
        gt=0,
        le=100_000,
        description="after how many minutes no more settings are tried, a number above 0",
    )
    inner_folds: int = Field(default=3, ge=2, le=100, description="a whole number from 2 to 100")
    pruner: Literal["median", "quartile", "none"] = Field(
        default="median", description="median, quartile or none"
    )
    trial_timeout_seconds: Seconds = Field(
        default=3600.0, alias="trial_timeout", ge=0.1, le=604800, description='a duration from "0.1s" to "7d"'
    )
    space: Mapping[str, Any] = Field(
        default={}, description="a table of ranges, such as { alpha = [0.01, 100] }"
    )

    @model_validator(mode="after")
    def _has_budget(self) -> Self:
        if self.trials is None and self.minutes is None:
            raise ValueError("has no budget; write trials = 20, minutes = 10, or both: whichever ends first")
        return self

    def plan(self) -> dict[str, Any]:
        """Return the keys that summary.json repeats."""
        return {
            "budget": {"trials": self.trials, "minutes": self.minutes},
            "inner_folds": self.inner_folds,
            "pruner": self.pruner,
        }


def searchable() -> str:
    """Return the kinds of model that have something to search, as a list for people."""
    return ", ".join(name for name, spec in MODELS.items() if spec.space)


def search_problems(
    search: Search, spec: ModelSpec, params: Mapping[str, Any], at: KeyPath
) -> Iterator[Problem]:
    """Give a problem for each thing in a search that its kind of model does not have.

    Parameters
    ----------
    search
        Right in itself.
    spec
        The kind of model.
    params
        What the file sets, which therefore is not searched.
    at
        Where the search stands.
    """
    if not spec.space:
        of = " of its own: search its members" if "members" in spec.known_parameters else ""
        yield Problem(
            at, f"{spec.name} has nothing to search{of}; leave search out. Kinds that have: {searchable()}"
        )
        return
    for name, given in search.space.items():
        where = (*at, "space", name)
        if name not in spec.space:
            yield Problem(where, unknown_word("searched parameter", name, spec.space))
        elif name in params:
            yield Problem(
                where, f"{name} is set in params, so it is not searched: leave it out here or there"
            )
        else:
            try:
                in_place_of(spec.space[name], given)
            except ValueError as error:
                yield Problem(where, str(error))
    if not set(spec.space) - set(params) and not set(search.space) & set(params):
        listed = ", ".join(spec.space)
        yield Problem(at, f"all that a search would try is set in params ({listed}): leave one out there")


def filled(search: Search, spec: ModelSpec, tasks: Sequence[str], params: Mapping[str, Any]) -> Search:
    """Return the search with the range of every parameter that is searched, for the tasks there are."""
    space = {
        name: search.space.get(name, as_written(values))
        for task in tasks
        for name, values in spec.space_for(task).items()
        if name not in params
    }
    return search.model_copy(update={"space": space})
