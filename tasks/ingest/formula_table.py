"""A table somebody hands over on the command line: which column has the formula."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from matsluice.tasks.ingest.csv_options import CsvOptions

# What tables call the column, in the order in which it is looked for.
USUAL_NAMES = ("formula", "composition", "reduced_formula", "pretty_formula", "formula_pretty")


def formula_table(path: Path, formula: str | None) -> CsvOptions:
    """Return how to read a table: its file, and the column with the formula.

    Raises
    ------
    InvalidInput
        There is no such file, or no column is known to have the formula.
    """
    import glob

    from matsluice.tasks.ingest.csv_options import CsvOptions

    if not path.is_file():
        raise InvalidInput(f"there is no file {path}")
    column = formula or _usual_column(path)
    return CsvOptions.model_construct(path=glob.escape(str(path.absolute())), formula=column, id=None)


def _usual_column(path: Path) -> str:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig", newline="") as file
        ):
            header = [name.strip() for name in next(csv.reader(file), [])]
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error, csv.Error):
        # The reader says which line it is.
        return USUAL_NAMES[0]
    found = next((name for name in USUAL_NAMES if name in header), None)
    if found is None and header:
        raise InvalidInput(
            f"{path} has no column {' or '.join(USUAL_NAMES[:2])}: say with --formula which one has the formula; "
            f"it has: {', '.join(header)}"
        )
    return found or USUAL_NAMES[0]
