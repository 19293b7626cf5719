"""The keys of the sources that are files with structures, or a folder of them."""

import glob
import os
from fnmatch import fnmatch
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from matsluice.infra.workspace.absolute_path import absolute_path
from matsluice.tasks.ingest.file_pattern import absolute_pattern, matching_files
from matsluice.tasks.ingest.source_options import SourceOptions

# What a folder stands for: every file in it and below.
_ALL_BELOW = f"**{os.sep}*"


class StructureFilesOptions(SourceOptions):
    """Files with structures.

    Attributes
    ----------
    path
        Absolute glob pattern of the files, or of all that stands in a folder; `files` gives what it matches now.
    """

    # Names of the files of this kind that are taken from a folder, without .gz.
    names: ClassVar[tuple[str, ...]] = ()

    path: str = Field(
        min_length=1,
        description="a path in quotes, relative to the campaign file: a file, a pattern with *, or a folder",
    )

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have."""
        return frozenset({"composition", "structure"})

    @field_validator("path")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        must_match = context.get("files_must_exist", True)
        folder = Path(context.get("folder", "."))
        own = absolute_path(text, folder)
        if "\0" in text or not os.path.isdir(own):  # noqa: PTH112 - Path.is_dir raises for names too long
            return absolute_pattern(text, folder, must_match=must_match)
        pattern = os.path.join(glob.escape(own), _ALL_BELOW)  # noqa: PTH118 - a pattern
        if must_match and not cls._matching(pattern):
            raise ValueError(f'the folder "{text}" holds no file named {" or ".join(cls.names)}')
        return pattern

    @classmethod
    def _matching(cls, pattern: str) -> tuple[Path, ...]:
        found = matching_files(pattern)
        if not pattern.endswith(_ALL_BELOW):
            return found
        return tuple(
            file
            for file in found
            if any(fnmatch(file.name.lower().removesuffix(".gz"), name.lower()) for name in cls.names)
        )

    def files(self) -> tuple[Path, ...]:
        """Return the files there are now, in alphabetical order."""
        return self._matching(self.path)


class LabelledFilesOptions(StructureFilesOptions):
    """Files whose values to learn stand in a table of their own.

    Attributes
    ----------
    labels
        Absolute path of a table (CSV) with the values to learn.
    labels_id
        Its column with the files' names, without folder and suffix.
    """

    labels: str | None = Field(
        default=None,
        min_length=1,
        description='the path of a table with the values to learn, such as "energies.csv"',
    )
    labels_id: str | None = Field(
        default=None,
        min_length=1,
        description='the column of that table with the files\' names without suffix, such as "name"',
    )

    @field_validator("labels")
    @classmethod
    def _resolve_labels(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None:
            return None
        context = info.context or {}
        must_match = context.get("files_must_exist", True)
        return absolute_pattern(text, Path(context.get("folder", ".")), must_match=must_match)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.labels is None) != (self.labels_id is None):
            raise ValueError("labels names a table and labels_id its column with the files' names: give both")
        return self

    def files(self) -> tuple[Path, ...]:
        """Return the files there are now, in alphabetical order, and then the table with the labels."""
        return (*super().files(), *self.label_files())

    def structure_files(self) -> tuple[Path, ...]:
        """Return the files with structures there are now, in alphabetical order."""
        return super().files()

    def label_files(self) -> tuple[Path, ...]:
        """Return the tables with the labels there are now."""
        return () if self.labels is None else matching_files(self.labels)


class CifOptions(LabelledFilesOptions):
    """CIF files, or a folder of them.

    Examples
    --------
    >>> context = {"files_must_exist": False, "folder": "/data"}
    >>> CifOptions.model_validate({"path": "*.cif"}, context=context).path
    '/data/*.cif'
    """

    names = ("*.cif", "*.mcif")


class PoscarOptions(LabelledFilesOptions):
    """POSCAR and CONTCAR files, or a folder of them."""

    names = ("POSCAR*", "CONTCAR*", "*.poscar", "*.contcar", "*.vasp")


class ExtxyzOptions(StructureFilesOptions):
    """Extended XYZ files, or a folder of them; values to learn are keys of the frames' second lines.

    Attributes
    ----------
    id
        Key with the frames' labels; None: a frame's place in the source is its label.
    """

    names = ("*.extxyz", "*.xyz")

    id: str | None = Field(
        default=None, min_length=1, description='the key that labels the frames, such as "material_id"'
    )


class JsonOptions(StructureFilesOptions):
    """JSON files of pymatgen structures, or of rows with one: one object, a list, or one object a line.

    Attributes
    ----------
    structure
        Key of a row with its structure; a row that is a structure itself has none.
    id
        Key with the rows' labels; None: a row's place in the source is its label.
    """

    names = ("*.json", "*.jsonl", "*.ndjson")

    structure: str = Field(
        default="structure",
        min_length=1,
        description='the name of the key with the structure, such as "structure"',
    )
    id: str | None = Field(
        default=None,
        min_length=1,
        description='the name of the key that labels the rows, such as "material_id"',
    )
