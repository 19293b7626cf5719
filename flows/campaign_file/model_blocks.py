"""Which of the campaign's blocks a model learns from, and where they stand in the matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import Problem
from matsluice.infra.mistakes import unknown_word
from matsluice.models.member import COMPOSITE
from matsluice.tasks.features.block_columns import block_columns

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.learning_sections import Model


def models_of_other_blocks(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each block that a model names and the campaign does not compute."""
    features = sections.get("features")
    known: Sequence[str] | None = features.blocks if features else None
    for i, model in (sections.get("models") or {}).items():
        if model is None or not model.blocks:
            continue
        if model.kind in COMPOSITE:
            sentence = f"{model.kind} sees what its members see: give each of them blocks of its own"
            yield Problem(("models", i, "blocks"), sentence)
            continue
        for place, word in enumerate(model.blocks):
            if known is not None and not any(_names(word, computed) for computed in known):
                yield Problem(("models", i, "blocks", place), unknown_word("block", word, known))


def column_ranges(model: Model, blocks: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return the model's stretches of columns, in the order of the matrix; none where it sees all of it.

    Parameters
    ----------
    model
        One that `models_of_other_blocks` finds nothing wrong with.
    blocks
        features.blocks.
    """
    if not model.blocks:
        return ()
    places = block_columns(blocks)
    return tuple(places[computed] for computed in seen_blocks(model, blocks))


def seen_blocks(model: Model, blocks: Sequence[str]) -> tuple[str, ...]:
    """Return which of features.blocks the model learns from, in their order there."""
    if not model.blocks:
        return tuple(blocks)
    return tuple(computed for computed in blocks if any(_names(word, computed) for word in model.blocks))


def _names(word: str, computed: str) -> bool:
    """Tell whether a model's word is a block's, which need not say again with which parameters."""
    return word in (computed, computed.partition("(")[0])
