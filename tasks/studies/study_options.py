"""The keys that each kind of study has of its own in a campaign file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from matsluice.infra.mistakes import unknown_word
from matsluice.tasks.studies.kan_against_mlp import CONTESTANTS
from matsluice.tasks.studies.optimizer_study import LEARNING_RATES
from matsluice.tasks.studies.universal_approximation import ACTIVATIONS, WIDTHS


def _one_of(kind: str, allowed: Sequence[str]) -> AfterValidator:
    def known(word: str) -> str:
        if word not in allowed:
            raise ValueError(unknown_word(kind, word, allowed))
        return word

    return AfterValidator(known)


def _each_once(values: tuple[object, ...]) -> tuple[object, ...]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{value} stands more than once; name each once")
    return values


Activation = Annotated[str, _one_of("activation", ACTIVATIONS)]
Width = Annotated[int, Field(ge=1, le=4096)]
OnceEach = AfterValidator(_each_once)


class StudyOptions(BaseModel):
    """The keys of one kind of study, beside those of all.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is answered with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def blocks(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give the blocks that the keys name, and where."""
        return iter(())


class OptimizerOptions(StudyOptions):
    """Keys of `optimizers`."""

    optimizers: Annotated[
        tuple[Annotated[str, _one_of("optimizer", tuple(LEARNING_RATES))], ...], OnceEach
    ] = Field(
        default=tuple(LEARNING_RATES),
        min_length=1,
        description=f"a list of at least one of {', '.join(LEARNING_RATES)}",
    )
    hidden: tuple[Width, ...] = Field(
        default=(64, 64), min_length=1, max_length=20,
        description="the neurons of each hidden layer, a list of whole numbers from 1 to 4096, such as [64, 64]",
    )  # fmt: skip
    activation: Activation = Field(default="tanh", description=" or ".join(ACTIVATIONS))
    epochs: int = Field(default=300, ge=2, le=100_000, description="a whole number from 2 to 100000")


class KanAgainstMlpOptions(StudyOptions):
    """Keys of `kan_against_mlp`."""

    contestants: Annotated[
        tuple[Annotated[str, _one_of("contestant", tuple(CONTESTANTS))], ...], OnceEach
    ] = Field(
        default=tuple(CONTESTANTS),
        min_length=2,
        description=f"a list of networks out of {', '.join(CONTESTANTS)}",
    )
    epochs: int = Field(
        default=300, ge=2, le=100_000,
        description="the perceptrons' epochs (on the smooth function steps), a whole number from 2 to 100000",
    )  # fmt: skip
    steps: int = Field(
        default=200,
        ge=2,
        le=100_000,
        description="the KANs' steps of L-BFGS, a whole number from 2 to 100000",
    )
    columns: int = Field(
        default=20, ge=1, le=1000,
        description="how many features, the most telling of the training rows, a whole number from 1 to 1000",
    )  # fmt: skip
    smooth: bool = Field(
        default=True, description="true or false: whether a smooth function is learned beside the data"
    )

    @field_validator("contestants")
    @classmethod
    def _both_kinds(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len({CONTESTANTS[name][0].split("-")[0] for name in names}) < 2:
            raise ValueError("name at least one MLP and one KAN: they are to be compared")
        return names


class SeparabilityOptions(StudyOptions):
    """Keys of `separability`."""

    sets: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = Field(
        default=(),
        max_length=12,
        description='lists of the campaign\'s blocks, such as [["composition.magpie"], ["composition.valence"]]',
    )
    threshold: float | None = Field(
        default=None,
        description="the number in the target's unit that parts the two classes; the median where left out",
    )
    rung: Literal[1, 2] = Field(default=1, description="1 or 2: how often SISSO's operators are applied")
    features: int = Field(
        default=10, ge=1, le=100, description="how many features SISSO makes, a whole number from 1 to 100"
    )
    columns: int = Field(
        default=20, ge=2, le=200,
        description="from how many features SISSO makes them, the most telling, a whole number from 2 to 200",
    )  # fmt: skip

    def blocks(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give the blocks of the sets."""
        for i, some in enumerate(self.sets):
            for k, word in enumerate(some):
                yield ("sets", i, k), word


class UniversalApproximationOptions(StudyOptions):
    """Keys of `universal_approximation`."""

    widths: Annotated[tuple[Width, ...], OnceEach] = Field(
        default=WIDTHS, min_length=2,
        description="a list of two or more whole numbers from 1 to 4096, such as [1, 4, 16, 64]",
    )  # fmt: skip
    activations: Annotated[tuple[Activation, ...], OnceEach] = Field(
        default=ACTIVATIONS, min_length=1, description=f"a list of at least one of {', '.join(ACTIVATIONS)}"
    )
    starts: int = Field(default=3, ge=1, le=100, description="a whole number from 1 to 100")
    steps: int = Field(default=2000, ge=2, le=100_000, description="a whole number from 2 to 100000")
