"""Materials somebody hands over on the command line: which source reads them, and which column has what."""

from __future__ import annotations

import csv
import glob
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.bounded_input import NotReadable, bounded_lines
from matsluice.tasks.ingest.sources import SOURCES

if TYPE_CHECKING:
    from matsluice.tasks.ingest.source_options import SourceOptions
    from matsluice.tasks.material.materials import Needs

# What tables call the column, in the order in which it is looked for.
USUAL_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "formula": ("formula", "composition", "reduced_formula", "pretty_formula", "formula_pretty"),
        "structure": ("structure", "cif", "poscar"),
        "electronic": ("electronic", "vasprun"),
    }
)
# Ends of file names, .gz aside → source.
SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".csv": "csv",
        ".cif": "cif",
        ".mcif": "cif",
        ".vasp": "poscar",
        ".poscar": "poscar",
        ".contcar": "poscar",
        ".extxyz": "extxyz",
        ".xyz": "extxyz",
        ".json": "json",
        ".jsonl": "json",
        ".ndjson": "json",
    }
)
STEMS: Final[Mapping[str, str]] = MappingProxyType({"POSCAR": "poscar", "CONTCAR": "poscar"})


@dataclass(frozen=True, slots=True)
class GivenColumns:
    """What a person says about a table's columns; None where nothing is said."""

    formula: str | None = None
    structure: str | None = None
    electronic: str | None = None


NOTHING_SAID: Final = GivenColumns()


def source_of(
    path: Path, columns: GivenColumns = NOTHING_SAID, needs: Collection[Needs] = ()
) -> tuple[str, SourceOptions]:
    """Return the source that reads a file or a folder, and its options.

    Parameters
    ----------
    path
        The file or folder.
    columns
        Of a table: which column has what.
    needs
        What is to be computed from: a JSON file may hold structures or band structures.

    Raises
    ------
    InvalidInput
        There is no such file, no source reads it, or no column is known to have the materials.
    """
    if not path.exists():
        raise InvalidInput(f"there is no file {path}")
    source = _electronic_source(path) if "electronic" in needs and columns == NOTHING_SAID else None
    source = source or (_folder_source(path) if path.is_dir() else _file_source(path))
    said = _table_columns(path, columns, needs) if source == "csv" else _keys(path, source, columns)
    module, name = SOURCES[source].options.split(":")
    options: type[SourceOptions] = getattr(import_module(module), name)
    # A folder's name is taken as it is; a file's may hold what means something in a pattern.
    whole = str(path.absolute()) if path.is_dir() else glob.escape(str(path.absolute()))
    try:
        return source, options.model_validate({"path": whole, **said})
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"{path}: {why}") from None


def _electronic_source(path: Path) -> str | None:
    # A table may have a column with the paths; a planar average is a table too, without a material's column.
    if path.is_file() and Path(path.name.removesuffix(".gz")).suffix == ".csv":
        header = _header(path)
        known = (name for names in USUAL_NAMES.values() for name in names)
        return None if any(name in header for name in known) else "electronic"
    return "electronic"


def _keys(path: Path, source: str, columns: GivenColumns) -> dict[str, str | None]:
    """Return what is said about a file that is no table: rows of JSON may have a key with the structure."""
    given = [f"--{role}" for role, name in asdict(columns).items() if name]
    if not given:
        return {}
    if source == "json" and given == ["--structure"]:
        return {"structure": columns.structure}
    raise InvalidInput(
        f"{path} is no table, so that it has no column for {' and '.join(given)} to name: leave it out"
    )


def _file_source(path: Path) -> str:
    stem = path.name.removesuffix(".gz")
    by_name = next((source for start, source in STEMS.items() if stem.startswith(start)), None)
    # A table whose name says nothing is a table.
    return SUFFIXES.get(Path(stem).suffix.lower()) or by_name or "csv"


def _folder_source(folder: Path) -> str:
    kinds = {_file_source(file) for file in folder.rglob("*") if file.is_file()} - {"csv"}
    if len(kinds) != 1:
        held = f"files of {' and '.join(sorted(kinds))}" if kinds else "no file of structures"
        raise InvalidInput(
            f"{folder} holds {held}: give a folder of one kind, such as .cif files or POSCARs, or a pattern in a "
            "campaign file"
        )
    return kinds.pop()


def _table_columns(path: Path, columns: GivenColumns, needs: Collection[Needs]) -> dict[str, str | None]:
    said = {"formula": columns.formula, "structure": columns.structure, "electronic": columns.electronic}
    if any(said.values()):
        return said
    header = _header(path)
    usual = {role: next((n for n in names if n in header), None) for role, names in USUAL_NAMES.items()}
    found = {role: name for role, name in usual.items() if name is not None}
    chosen = ["electronic"] if "electronic" in found and ("electronic" in needs or len(found) == 1) else []
    # Where a table has both, a formula is enough for compositions, and crystals are read from the structure.
    if not chosen or {"composition", "structure"} & set(needs):
        order = ("structure", "formula") if "structure" in needs else ("formula", "structure")
        chosen += [role for role in order if role in found][:1]
    if chosen:
        return {**said, **{role: found[role] for role in chosen}}
    if header:
        raise InvalidInput(
            f"{path} has no column {' or '.join(USUAL_NAMES['formula'][:2])}, nor structure: say with --formula, "
            f"--structure or --electronic which one has the materials; it has: {', '.join(header)}"
        )
    return {**said, "formula": USUAL_NAMES["formula"][0]}


def _header(path: Path) -> list[str]:
    try:
        lines = (raw.decode("utf-8-sig") for raw in bounded_lines(path))
        return [name.strip() for name in next(csv.reader(lines), [])]
    except (UnicodeDecodeError, NotReadable, csv.Error):
        # The reader says which line it is.
        return []
