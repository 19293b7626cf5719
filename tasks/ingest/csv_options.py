"""The keys of the source "csv"."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from matsluice.tasks.ingest.file_pattern import absolute_pattern, matching_files
from matsluice.tasks.ingest.source_options import SourceOptions


class CsvOptions(SourceOptions):
    """Tables with a header line.

    Attributes
    ----------
    path
        Absolute glob pattern of the files; `files` gives what it matches now.
    formula
        Column with the chemical formula.
    id
        Column with the rows' labels; None: a row's place in the source is its label.

    Examples
    --------
    >>> table = {"path": "gaps.csv", "formula": "composition"}
    >>> CsvOptions.model_validate(table, context={"files_must_exist": False}).id is None
    True
    """

    path: str = Field(
        min_length=1,
        description='a path in quotes, relative to the campaign file, such as "gaps.csv" or "*.csv.gz"',
    )
    formula: str = Field(
        min_length=1, description='the name of the column with the formula, such as "composition"'
    )
    id: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the column that labels the rows, such as "material_id"',
    )

    @field_validator("path")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        must_match = context.get("files_must_exist", True)
        return absolute_pattern(text, Path(context.get("folder", ".")), must_match=must_match)

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        if self.id == self.formula:
            raise ValueError(
                f'id and formula both name the column "{self.id}"; leave id out to label rows by their place'
            )
        return self

    def files(self) -> tuple[Path, ...]:
        """Return the files there are now, in alphabetical order."""
        return matching_files(self.path)
