"""What sources of candidates hold in memory while they are read: the same for ten times the rows.

    python benchmarks/sources.py [--json] [--rows 100000]

Every source is read to its end in a process of its own, once with a tenth of the rows and once with all; what the
second one's peak of resident memory is above the first's, per row, must be less than the path of a file takes. A list
in one JSON file is held whole, and so is not among them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.ingest.sources import SOURCES

# Bytes a row: a folder's files are known by their paths, in a list, a set and a counter of names.
BAR: Final = 1000.0
POSCAR: Final = "x\n1\n4 0 0\n0 4 0\n0 0 4\nCs Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"
FRAME: Final = '2\nLattice="4 0 0 0 4 0 0 0 4" gap=1.5\nCs 0 0 0\nCl 2 2 2\n'
METALS: Final = (
    *("Li", "Na", "K", "Rb", "Mg", "Ca", "Sr", "Ba", "Al", "Ga"),
    *("In", "Ti", "Zr", "Fe", "Co", "Ni", "Cu", "Zn", "Sn", "Sb"),
)
SITES: Final = {"Cs1": 20, "Cl1": 20, "O1": 20, "F1": 20}


def table(folder: Path, rows: int) -> dict[str, Any]:
    """Write formulas as a packed table."""
    with gzip.open(folder / "t.csv.gz", "wt") as file:
        file.write("formula\n")
        file.writelines(f"Na{i % 97 + 1}Cl{i % 89 + 1}\n" for i in range(rows))
    return {"path": str(folder / "t.csv.gz"), "formula": "formula"}


def lines(folder: Path, rows: int) -> dict[str, Any]:
    """Write structures as JSON, one a line."""
    with (folder / "t.jsonl").open("w") as file:
        file.writelines(json.dumps({"structure": POSCAR, "n": i}) + "\n" for i in range(rows))
    return {"path": str(folder / "t.jsonl")}


def frames(folder: Path, rows: int) -> dict[str, Any]:
    """Write structures as extended XYZ."""
    with (folder / "t.extxyz").open("w") as file:
        file.writelines(FRAME for _ in range(rows))
    return {"path": str(folder / "t.extxyz")}


def files(folder: Path, rows: int) -> dict[str, Any]:
    """Write structures as files of a folder."""
    for i in range(rows):
        (folder / f"{i}.vasp").write_text(POSCAR)
    return {"path": str(folder)}


def formulas(folder: Path, rows: int) -> dict[str, Any]:  # noqa: ARG001 - the shape of all of these
    """Ask for formulas that are made."""
    return {"sizes": (4,), "max_coefficient": 6, "limit": rows}


def decorated(folder: Path, rows: int) -> dict[str, Any]:
    """Ask for decorations of a prototype with four sites."""
    positions = "0 0 0\n0.5 0.5 0.4\n0.5 0 0.1\n0 0.5 0.2\n"
    (folder / "p.vasp").write_text(f"x\n1\n4 0 0\n0 5 0\n0 0 6\nCs Cl O F\n1 1 1 1\nDirect\n{positions}")
    sites = {site: METALS[:count] for site, count in SITES.items()}
    made = {"prototype": str(folder / "p.vasp"), "sites": sites, "limit": rows}
    return {**made, "charge_balanced": False, "volume": "atomic-radii"}


CASES: Final[dict[str, tuple[str, Callable[[Path, int], dict[str, Any]]]]] = {
    "csv.gz": ("csv", table),
    "jsonl": ("json", lines),
    "extxyz": ("extxyz", frames),
    "folder of POSCARs": ("poscar", files),
    "enumerate": ("enumerate", formulas),
    "substitute": ("substitute", decorated),
}


def read_all(case: str, rows: int) -> dict[str, float]:
    """Read a source to its end, and return rows, seconds and this process's peak in bytes."""
    source, written = CASES[case]
    with tempfile.TemporaryDirectory() as place:
        options = _options(source, written(Path(place), rows))
        began = time.perf_counter()
        count = sum(len(batch.ids) for batch in read_source(source, options))
        seconds = time.perf_counter() - began
    assert count == rows, f"{case}: {count} rows of {rows}"
    return {
        "rows": count,
        "seconds": seconds,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _options(source: str, keys: dict[str, Any]) -> SourceOptions:
    from importlib import import_module

    module, name = SOURCES[source].options.split(":")
    options: SourceOptions = getattr(import_module(module), name).model_validate(keys)
    return options


def results(rows: int) -> Iterator[dict[str, Any]]:
    """Give a line for each source."""
    for case in CASES:
        few, many = (_in_a_process(case, n) for n in (rows // 10, rows))
        more = (many["peak"] - few["peak"]) / (many["rows"] - few["rows"])
        yield {
            "name": f"{case}: memory a row",
            "value": round(more, 1),
            "unit": "B",
            "bar": BAR,
            "met": more <= BAR,
            "peak": many["peak"],
            "rate": many["rows"] / many["seconds"],
        }


def _in_a_process(case: str, rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", case, "--rows", str(rows)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
    answer: dict[str, float] = json.loads(said)
    return answer


def main() -> None:
    """Print the table, or with --json the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(read_all(asked.one, asked.rows)))
        return
    found = []
    if not asked.json:
        print(f"{asked.rows} rows, Python {platform.python_version()}, {platform.machine()}")
        print(f"{'':<22}{'B a row':>10}{'bar':>8}{'met':>6}{'peak MB':>10}{'rows/s':>10}")
    for line in results(asked.rows):
        peak, rate = line.pop("peak"), line.pop("rate")
        found.append(line)
        if not asked.json:
            met = "yes" if line["met"] else "no"
            name = line["name"].partition(":")[0]
            print(f"{name:<22}{line['value']:>10}{BAR:>8g}{met:>6}{peak / 1e6:>10.0f}{rate:>10.0f}")
    if asked.json:
        print(json.dumps(found))
    sys.exit(0 if all(line["met"] for line in found) else 1)


if __name__ == "__main__":
    main()
