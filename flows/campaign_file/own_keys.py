"""Keys that only some kinds of cluster have: which those are, and what is said where another kind has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import BaseModel

from matsluice.flows.campaign_file.messages import KeyPath, Problem
from matsluice.flows.campaign_file.vocabulary import cluster_options, clusters


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a table, as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items() if name != "options"]


@cache
def kinds_with_key() -> Mapping[str, tuple[str, ...]]:
    """Return key → the kinds of cluster that have it, for keys that not every kind has."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in clusters():
        for key in keys_of(cluster_options(kind)):
            found[key] = (*found.get(key, ()), kind)
    return found


def keys_of_other_kinds(kind: str, table: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
    """Give a problem for each key of a [cluster] that other kinds have and this one has not."""
    for key in table:
        kinds = kinds_with_key().get(key, ())
        if kinds and kind not in kinds:
            able = " or ".join(f'"{name}"' for name in kinds)
            yield Problem(
                (*at, key),
                f'{key} is for kind = {able}; with kind = "{kind}" leave it out',
            )
