"""The keys below [validation.<split>] of a campaign file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from matsluice.infra.mistakes import nearest
from matsluice.infra.workspace.absolute_path import absolute_path
from matsluice.tasks.ingest.element_words import known_symbol
from matsluice.tasks.ingest.file_pattern import nearest_file

T = TypeVar("T")
F_BLOCK: Final = ("lanthanides", "actinides")


class SplitOptions(BaseModel):
    """The keys of one split; each field's description says what is allowed, as the second half of a sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @property
    def row_column(self) -> str:
        """A column of the data that the split reads; "" for none."""
        return ""

    def files(self) -> tuple[Path, ...]:
        """Return the files that the split reads."""
        return ()

    def fold_count(self, folds: int) -> int:
        """Return how many folds there are where validation.folds says `folds`."""
        return folds


class ElementOptions(SplitOptions):
    """[validation.element]: which elements are left out, one a fold; empty for the most frequent ones."""

    elements: tuple[Annotated[str, AfterValidator(known_symbol)], ...] = Field(
        default=(), description='a list of symbols, such as ["O", "Fe"]'
    )

    @field_validator("elements")
    @classmethod
    def _each_once(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _each_once("element", given)

    def fold_count(self, folds: int) -> int:
        """Return how many folds there are: one for each element that is named."""
        return len(self.elements) or folds


def known_column(given: object) -> int | str:
    """Return a column of the periodic table as it is written, or raise ValueError with what is allowed.

    >>> known_column("lanthanide")
    Traceback (most recent call last):
        ...
    ValueError: got "lanthanide": did you mean "lanthanides"? Allowed: a number from 1 to 18, lanthanides or actinides
    """
    if type(given) is int and 1 <= given <= 18:
        return given
    if isinstance(given, str) and given in F_BLOCK:
        return given
    like = nearest(given, F_BLOCK) if isinstance(given, str) else None
    said = f'"{given}"' if isinstance(given, str) else str(given)
    hint = f': did you mean "{like}"? Allowed' if like else "; allowed"
    raise ValueError(f"got {said}{hint}: a number from 1 to 18, {' or '.join(F_BLOCK)}")


class PeriodicGroupOptions(SplitOptions):
    """[validation.periodic-table-group]: which columns are left out, one a fold; empty for the most frequent ones."""

    groups: tuple[Annotated[Any, AfterValidator(known_column)], ...] = Field(
        default=(),
        description='a list of numbers from 1 to 18, "lanthanides" or "actinides", such as [16, 17]',
    )

    @field_validator("groups")
    @classmethod
    def _each_once(cls, given: tuple[int | str, ...]) -> tuple[int | str, ...]:
        return _each_once("group", given)

    def fold_count(self, folds: int) -> int:
        """Return how many folds there are: one for each group that is named."""
        return len(self.groups) or folds


class ExtremeOptions(SplitOptions):
    """[validation.target-extreme]: which share of the materials is tested at either end of the target."""

    share: float = Field(
        default=0.1, gt=0, le=0.4, description="a share of the materials, above 0 and at most 0.4"
    )

    def fold_count(self, folds: int) -> int:  # noqa: ARG002 - the ends of a range are two, whatever is said
        """Return how many folds there are: the lowest values, and the highest."""
        return 2


class TimeOptions(SplitOptions):
    """[validation.time]: the column of the data that says when a row was known."""

    column: str = Field(
        min_length=1, description='the name of a column with years or ISO dates, such as "year"'
    )

    @property
    def row_column(self) -> str:
        """The column of the data that the split reads."""
        return self.column


class OfficialOptions(SplitOptions):
    """[validation.official]: the file that says which row is tested in which fold, by id."""

    path: str = Field(
        min_length=1, description='a JSON or CSV file in quotes, such as "matbench_steels.folds.json"'
    )

    @field_validator("path")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        file = Path(absolute_path(text, context.get("folder", ".")))
        if "\0" in text or (context.get("files_must_exist", True) and not os.path.isfile(file)):  # noqa: PTH113 - no raise
            like = None if "\0" in text else nearest_file(file)
            hint = f'; did you mean "{like}"?' if like else ""
            raise ValueError(f'there is no file "{text}" in {file.parent}{hint}')
        return str(file)

    def files(self) -> tuple[Path, ...]:
        """Return the files that the split reads."""
        return (Path(self.path),)


def _each_once(kind: str, given: tuple[T, ...]) -> tuple[T, ...]:
    for place, one in enumerate(given):
        if one in given[:place]:
            raise ValueError(f'{kind} "{one}" stands more than once; name each once')
    return given
