"""The keys of the source "electronic"."""

import glob
import os
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from matsluice.tasks.ingest.file_pattern import absolute_pattern, matching_files
from matsluice.tasks.ingest.source_options import SourceOptions


class ElectronicOptions(SourceOptions):
    """Files of electronic-structure calculations: band structures, densities of states, potentials.

    Attributes
    ----------
    path
        Absolute glob pattern of the files, or of all in a folder; `files` gives what it matches now.

    Examples
    --------
    >>> context = {"files_must_exist": False, "folder": "/data"}
    >>> ElectronicOptions.model_validate({"path": "*/vasprun.xml"}, context=context).path
    '/data/*/vasprun.xml'
    """

    path: str = Field(
        min_length=1,
        description="a path in quotes, relative to the campaign file: a file, a pattern with *, or a folder",
    )

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have."""
        return frozenset({"electronic"})

    @field_validator("path")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        folder = Path(context.get("folder", "."))
        own = Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises where there is no such home
        if (folder / own).is_dir():
            return os.path.join(glob.escape(os.path.abspath(folder / own)), "**", "*")  # noqa: PTH100, PTH118 - a pattern
        return absolute_pattern(text, folder, must_match=context.get("files_must_exist", True))

    def files(self) -> tuple[Path, ...]:
        """Return the files there are now, in alphabetical order."""
        return matching_files(self.path)
