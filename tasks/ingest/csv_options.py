"""The keys of the source "csv"."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from matsluice.infra.workspace.absolute_path import absolute_path
from matsluice.tasks.ingest.file_pattern import absolute_pattern, matching_files
from matsluice.tasks.ingest.source_options import SourceOptions


class CsvOptions(SourceOptions):
    """Tables with a header line.

    Attributes
    ----------
    path
        Absolute glob pattern of the files; `files` gives what it matches now.
    formula, structure
        Column with the chemical formula, or with the structure: its text (CIF, POSCAR, pymatgen JSON) or the path
        of a file with it, relative to the table.
    electronic
        Column with the path of a file of electronic structure, relative to the table, or its JSON text.
    id
        Column with the rows' labels; None: a row's place in the source is its label.
    files_below
        Absolute folder in which files that cells name must stand; None: that of the table, for relative paths.

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
    formula: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the column with the formula, such as "composition"',
    )
    structure: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the column with the structure as text or as a path, such as "cif"',
    )
    electronic: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the column with the electronic structure as a path or JSON, such as "vasprun"',
    )
    id: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the column that labels the rows, such as "material_id"',
    )

    files_below: str | None = Field(
        default=None,
        min_length=1,
        description='the folder in which files named in cells stand, such as "../calculations"',
    )

    @field_validator("files_below")
    @classmethod
    def _resolve_folder(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None or "\0" in text:
            return None
        return absolute_path(text, (info.context or {}).get("folder", "."))

    @field_validator("path")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        must_match = context.get("files_must_exist", True)
        return absolute_pattern(text, Path(context.get("folder", ".")), must_match=must_match)

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        if self.formula is not None and self.structure is not None:
            raise ValueError(
                f'formula = "{self.formula}" and structure = "{self.structure}" are both given; '
                "name one of them: the formula of a structure is read from it"
            )
        columns = {"id": self.id, **self.material_columns()}
        if len(columns) == 1:
            raise ValueError("no column with the materials is named: give formula, structure or electronic")
        for role, column in self.material_columns().items():
            others = [other for other, name in columns.items() if name == column and other != role]
            if others and others[0] == "id":
                raise ValueError(
                    f'id and {role} both name the column "{self.id}"; leave id out to label rows by their place'
                )
            if others:
                raise ValueError(
                    f'{role} and {others[0]} both name the column "{column}"; they are different columns'
                )
        return self

    def material_columns(self) -> dict[str, str]:
        """Return key → column for the keys that say what a material is."""
        columns = {"formula": self.formula, "structure": self.structure, "electronic": self.electronic}
        return {key: column for key, column in columns.items() if column is not None}

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have."""
        kinds = {
            "formula": {"composition"},
            "structure": {"composition", "structure"},
            "electronic": {"electronic"},
        }
        return frozenset().union(*(kinds[key] for key in self.material_columns()))

    def named_files(self) -> Iterator[Path]:
        """Give the files that cells of the tables name."""
        from matsluice.tasks.ingest.csv_source import named_files

        # pyright reads this file under two names, as `tasks` and as `matsluice.tasks`.
        return named_files(self)  # pyright: ignore[reportArgumentType]

    def files(self) -> tuple[Path, ...]:
        """Return the files there are now, in alphabetical order."""
        return matching_files(self.path)
