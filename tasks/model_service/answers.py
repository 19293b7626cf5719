"""A model's answers to the materials of a request: a prediction each, or the reason why there is none."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.redaction import redacted
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.material import CompositionBatch, concatenate, parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.model_service.children import Children
from matsluice.tasks.model_service.in_child import ChildTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.features.each import BlockRows
    from matsluice.tasks.model_service.asked import Asked
    from matsluice.tasks.model_service.limits import ServiceLimits
    from matsluice.tasks.predict.material_model import MaterialModel


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said of n materials.

    Attributes
    ----------
    columns
        Name → n values; None where there is none.
    predicted, in_domain
        How many have a prediction, how many of those lie in the domain.
    refused
        Place → the reason.
    """

    columns: Mapping[str, list[Any]]
    predicted: int
    in_domain: int
    refused: Mapping[int, str]

    def json(self, head: Mapping[str, Any]) -> bytes:
        """Return it as the body of an answer: the head, then a row a material."""
        names = list(self.columns)
        rows = [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]
        return json.dumps({**head, "predictions": rows}, allow_nan=False).encode("ascii")


class ModelAnswers:
    """A model as a service uses it, from any thread.

    Parameters
    ----------
    model
        From `load_model`.
    limits
        What materials may cost.

    Raises
    ------
    InvalidInput
        The model computes from what a request cannot bring.
    """

    def __init__(self, model: MaterialModel, limits: ServiceLimits) -> None:
        if "electronic" in model.needs:
            raise InvalidInput(
                "the model computes from files of electronic structures, which no request brings: "
                "predict them with `matsluice predict`"
            )
        self.model, self.limits = model, limits
        self.of_crystals = "structure" in model.needs
        words = tuple(model.blocks)
        self.is_prompt = not any(find_block(word).needs_child for word in words)
        self._columns = len(model.columns)
        task = ChildTask(words, model.plugins, limits.atoms, limits.row_memory_bytes)
        self.children = Children(task, self._columns, limits)

    def needs_child(self, asked: Asked) -> bool:
        """Return whether some of the materials are read or computed in a child."""
        return bool(asked.structures) or not (self.is_prompt or self.of_crystals)

    def start(self) -> None:
        """Make ready: load kernels and tables, and start a child where every request needs one.

        Raises
        ------
        Failed
            A block cannot be computed here.
        """
        if self.is_prompt:
            parsed = parse_formulas(["NaCl"])
            self._predicted(self.model.features(Materials(parsed.batch)).values, parsed.batch)
        else:
            self.children.start()

    def answer(self, asked: Asked) -> Answered:
        """Return what the model says of the materials, in their order; equal to `model.predict` of them."""
        until = time.monotonic() + self.limits.request_seconds
        refused = dict(asked.refused)
        rows: list[int] = []
        values: list[NDArray[np.float64]] = []
        compositions: list[CompositionBatch] = []
        for places, are_structures in ((asked.formulas, False), (asked.structures, True)):
            if not places:
                continue
            if self.of_crystals and not are_structures:
                refused |= dict.fromkeys(places, "not a structure: the model takes crystals, not formulas")
                continue
            texts = tuple(asked.texts[place] for place in places)
            if are_structures or not self.is_prompt:
                child = self.children.compute(texts, are_structures, until)
                computed, those = child.computed, child.compositions
            else:
                computed, those = self._of_formulas(texts)
            refused |= {places[row]: _reason(why.reason, why.detail) for row, why in computed.refused.items()}
            kept = [row for row in range(len(places)) if row not in computed.refused]
            rows += [places[row] for row in kept]
            values.append(computed.values[kept])
            compositions.append(those)
        order = np.argsort(np.array(rows, dtype=np.int64))
        X = np.concatenate([np.empty((0, self._columns)), *values])[order]
        columns = self._predicted(X, concatenate(compositions).take(order))
        return _in_order(columns, np.array(rows, dtype=np.int64)[order], len(asked.texts), refused)

    def _of_formulas(self, texts: tuple[str, ...]) -> tuple[BlockRows, CompositionBatch]:
        """Return features and refusals of n formulas, and the compositions of those that have features."""
        from matsluice.infra.feature_store import Refused
        from matsluice.tasks.features.each import BlockRows

        parsed = parse_formulas(texts)
        values = np.full((len(texts), self._columns), np.nan)
        refused = {why.row: Refused(why.reason, why.detail) for why in parsed.refused}
        kept = np.arange(len(parsed.rows))
        if len(parsed.rows):
            computed = self.model.features(Materials(parsed.batch))
            values[parsed.rows] = computed.values
            refused |= {int(parsed.rows[place]): why for place, why in computed.refused.items()}
            kept = np.array([place for place in kept if place not in computed.refused], dtype=np.int64)
        rows = BlockRows(values, {}, refused, np.zeros(len(texts), dtype=np.float32))
        return rows, parsed.batch.take(kept)

    def _predicted(self, X: NDArray[np.float64], compositions: CompositionBatch) -> dict[str, NDArray[Any]]:
        return self.model.predict_features(X, compositions).answer()


def _in_order(
    columns: Mapping[str, NDArray[Any]], rows: NDArray[np.int64], n: int, refused: Mapping[int, str]
) -> Answered:
    """Return a line for each of n materials, of which some `rows` have been predicted."""
    told: dict[str, list[Any]] = {}
    for name, values in columns.items():
        # Where there is no prediction nothing is in the domain.
        line: list[Any] = [False if values.dtype.kind == "b" else None] * n
        for row, value in zip(rows.tolist(), values.tolist(), strict=True):
            # JSON has no infinity, which an interval from few errors may reach to.
            line[row] = None if isinstance(value, float) and not math.isfinite(value) else value
        told[name] = line
    told["reason"] = [refused.get(place) for place in range(n)]
    return Answered(told, len(rows), sum(told["in_domain"]), refused)


def _reason(reason: str, detail: str) -> str:
    return redacted(f"{reason}: {detail}")
