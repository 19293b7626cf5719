"""What is learned, from what and how: campaign, data, targets, features, validation, models."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    SerializeAsAny,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from matsluice.flows.campaign_file.intervals_section import Intervals
from matsluice.flows.campaign_file.messages import shown
from matsluice.flows.campaign_file.search_section import Search
from matsluice.flows.campaign_file.section import AbsolutePath, Bytes, Name, Seconds, Section, each_once
from matsluice.flows.campaign_file.vocabulary import (
    known_block,
    known_finding,
    known_labelled_source,
    known_model,
    known_split,
)
from matsluice.infra.workspace.absolute_path import absolute_path
from matsluice.infra.workspace.permissions import Permissions
from matsluice.models.catalogue import MODELS
from matsluice.models.chosen_columns import COLUMNS
from matsluice.models.member import COMPOSITE, member_lists
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.split.split_options import SplitOptions

S3_STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]*(/.*)?$")
# A random_state of scikit-learn and xgboost is below 2^32.
LARGEST_SEED = 2**32 - 1


class Identity(Section):
    """[campaign]."""

    name: Name = Field(
        description='a name of a-z, 0-9 and -, at most 64 characters, such as "solar-absorbers"'
    )
    seed: int = Field(
        default=0, ge=0, le=LARGEST_SEED, description=f"a whole number from 0 to {LARGEST_SEED}"
    )
    workspace: AbsolutePath = Field(
        default="workspace", validate_default=True, description='a folder in quotes, such as "workspace"'
    )
    # On a machine with other users a folder that is new is for oneself, unless a group is meant to enter it.
    permissions: Permissions = Field(
        default="private",
        description='"private", so that nobody else may enter a new workspace and store, or "umask"',
    )

    @field_validator("workspace", mode="before")
    @classmethod
    def _resolve(cls, given: object, info: ValidationInfo) -> Path:
        if not isinstance(given, str) or not given or "\0" in given:
            raise ValueError(f'got {shown(given)}; allowed: a folder in quotes, such as "workspace"')
        return Path(absolute_path(given, (info.context or {}).get("folder", ".")))


class Data(Section):
    """[data]: what is learned from; `options` holds the source's own keys."""

    source: Annotated[str, AfterValidator(known_labelled_source)] = Field(
        description='a source, such as "csv"'
    )
    duplicates: Literal["median", "mean", "majority", "first", "keep", "error"] = Field(
        default="median", description="median, mean, majority (of classes), first, keep or error"
    )
    # What the model card says of the data; no number depends on them.
    licence: str | None = Field(
        default=None, min_length=1, description='the licence of the data in quotes, such as "CC BY 4.0"'
    )
    citation: str | None = Field(
        default=None, min_length=1, description='what to cite for the data in quotes, such as "doi:10.1021/…"'
    )
    options: SerializeAsAny[SourceOptions]


class Target(Section):
    """One of [[targets]]."""

    column: str = Field(
        min_length=1, description='the name of the column with the values, such as "band_gap"'
    )
    unit: str = Field(default="", description='the unit in quotes, such as "eV"; "1" for a pure number')
    task: Literal["regression", "classification"] = Field(
        default="regression", description="regression or classification"
    )
    # What decides the models' own settings, where the file leaves them open: a mean makes the squared error least, a
    # median the absolute error.
    objective: Literal["mse", "mae"] = Field(
        default="mse", description='"mse" (predict means) or "mae" (predict medians)'
    )

    @model_validator(mode="after")
    def _objective_is_of_numbers(self) -> Self:
        if self.task == "classification" and self.objective != "mse":
            raise ValueError(
                "objective is for regression: of classes there is no mean and no median; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _has_unit(self) -> Self:
        if self.task == "regression" and not self.unit:
            raise ValueError(
                'unit is missing; write the values\' unit, such as "eV", or "1" for a pure number'
            )
        return self


class Features(Section):
    """[features]."""

    blocks: tuple[Annotated[str, AfterValidator(known_block)], ...] = Field(
        min_length=1, description='a list of at least one block, such as ["composition.elemental"]'
    )
    row_timeout_seconds: Seconds = Field(
        default=60.0, alias="row_timeout", ge=0.1, le=604800, description='a duration from "0.1s" to "7d"'
    )
    row_memory_bytes: Bytes = Field(
        default=2 * 1024**3,
        alias="row_memory",
        ge=64 * 1024**2,
        le=16 * 1024**4,
        description='a size from "64MiB" to "16TiB"',
    )
    chunk_rows: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="how many materials one call computes, a whole number from 1 to 10000000",
    )
    max_rejected: float = Field(default=0.05, ge=0, le=1, description="a share of the rows, from 0 to 1")
    # Empty: the folder `features` of the workspace, which another command line may name.
    store: str = Field(default="", description='a folder, such as "features", or "s3://bucket/prefix"')

    @field_validator("store", mode="before")
    @classmethod
    def _resolve_store(cls, given: object, info: ValidationInfo) -> str:
        if not isinstance(given, str) or "\0" in given or ("://" in given and not S3_STORE.match(given)):
            raise ValueError(f'got {shown(given)}; allowed: a folder or "s3://bucket/prefix", in quotes')
        if not given or "://" in given:
            return given.rstrip("/")
        return absolute_path(given, (info.context or {}).get("folder", "."))

    @field_validator("blocks")
    @classmethod
    def _each_once(cls, blocks: tuple[str, ...]) -> tuple[str, ...]:
        each_once("block", tuple(block.partition("(")[0] for block in blocks))
        return blocks


class Validation(Section):
    """[validation]."""

    holdout: float = Field(default=0.2, ge=0, le=0.9, description="a share of the materials, from 0 to 0.9")
    folds: int = Field(default=5, ge=2, le=1000, description="a whole number from 2 to 1000")
    splits: tuple[Annotated[str, AfterValidator(known_split)], ...] = Field(
        default=("random", "composition"),
        min_length=1,
        description='a list of at least one split, such as ["random", "composition"]',
    )
    learning_curve: bool = Field(
        default=True, description="true or false: whether the champion learns from fewer rows too"
    )
    # What the audit may find that would falsify scores, and a person has looked at.
    allow: tuple[Annotated[str, AfterValidator(known_finding)], ...] = Field(
        default=(), description='a list of findings of the audit to go on with, such as ["target-copy"]'
    )
    # Split → the keys below [validation.<split>], defaults filled in, of those of `splits` that have some.
    options: Mapping[str, SerializeAsAny[SplitOptions]] = Field(default={})

    def fold_count(self, split: str) -> int:
        """Return how many folds a split is to have; a file of folds says so itself, once it is read."""
        options = self.options.get(split)
        return self.folds if options is None else options.fold_count(self.folds)

    @property
    def row_columns(self) -> tuple[str, ...]:
        """The columns of the data that splits read."""
        named = dict.fromkeys(options.row_column for options in self.options.values())
        return tuple(column for column in named if column)

    @field_validator("allow")
    @classmethod
    def _each_finding_once(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        each_once("finding", allow)
        return allow

    intervals: Intervals = Field(
        default=Intervals(), description='a table such as { normalised = true, per = "element-count" }'
    )

    explain: bool = Field(
        default=True, description="true or false: whether it is found out what the champion leans on"
    )

    @field_validator("splits")
    @classmethod
    def _each_once(cls, splits: tuple[str, ...]) -> tuple[str, ...]:
        each_once("split", splits)
        return splits


class Model(Section):
    """One of [[models]]; `params` holds every parameter the kind has, defaults filled in.

    Where a campaign learns both numbers and classes, a parameter whose default depends on that is left to its default.
    """

    kind: Annotated[str, AfterValidator(known_model)] = Field(description='a kind of model, such as "ridge"')
    # Empty: the kind's name, filled in where all models are known.
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)] = Field(
        default="", description='a name of a-z, 0-9, - and _, at most 64 characters, such as "forest-deep"'
    )
    params: Mapping[str, Any] = Field(
        default={}, description="a table of parameters, such as { n_estimators = 300 }"
    )
    # Empty: all of features.blocks.
    blocks: tuple[Annotated[str, AfterValidator(known_block)], ...] = Field(
        default=(), description='a list of some of features.blocks, such as ["composition.elemental"]'
    )
    # What is searched is not among the params.
    search: Search | None = Field(
        default=None, description="a table such as { trials = 20, inner_folds = 3 }"
    )

    # Where in the matrix its blocks stand: no key of the file, since it follows from features.blocks.
    _columns: tuple[tuple[int, int], ...] = PrivateAttr(default=())

    def on_columns(self, ranges: tuple[tuple[int, int], ...]) -> Self:
        """Return the model as one that sees these stretches of the matrix only; all of it with none."""
        model = self.model_copy()
        model._columns = ranges  # noqa: SLF001 - of its own class
        return model

    def parameters_for(
        self, task: str, models: Sequence["Model"] = (), objective: str = "mse"
    ) -> dict[str, Any]:
        """Return every parameter of the model where it learns a task.

        Parameters
        ----------
        task
            "regression" or "classification".
        models
            The campaign's models, which the members of a composite may be named after.
        objective
            The target's.
        """
        defaults = MODELS[self.kind].parameters_for(task, objective)
        settings = defaults | {name: value for name, value in self.params.items() if name in defaults}
        if self._columns:
            settings[COLUMNS] = self._columns
        named = {model.name: model for model in models if model.kind not in COMPOSITE}
        for key, of_members in member_lists(self.kind, task).items():
            settings[key] = tuple(
                {
                    "name": word,
                    "kind": named[word].kind,
                    "params": named[word].parameters_for(of_members, objective=objective),
                }
                if word in named
                else word
                for word in settings[key]
            )
        return settings
