"""Every place a campaign file can take materials from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One kind of source.

    Attributes
    ----------
    name
        The word in the campaign file.
    options
        "module:class" of the pydantic model of its keys.
    reader
        "module:function" of ``read(options, ...) -> iterator of batches``.
    labelled
        Whether its rows can carry target values, so that it can stand under [data].
    summary
        One line for people.
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    options: str
    reader: str
    labelled: bool
    summary: str
    extra: str = ""


SOURCES: Mapping[str, SourceSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            SourceSpec(
                name="csv",
                options="matsluice.tasks.ingest.csv_options:CsvOptions",
                reader="matsluice.tasks.ingest.csv_source:read",
                labelled=True,
                summary="a table with a header line; .gz is read as it is",
            ),
            SourceSpec(
                name="cif",
                options="matsluice.tasks.ingest.structure_files_options:CifOptions",
                reader="matsluice.tasks.ingest.cif_source:read",
                labelled=True,
                summary="CIF files or a folder of them, each data block a row; values from a table of their own",
            ),
            SourceSpec(
                name="poscar",
                options="matsluice.tasks.ingest.structure_files_options:PoscarOptions",
                reader="matsluice.tasks.ingest.poscar_source:read",
                labelled=True,
                summary="POSCAR and CONTCAR files or a folder of them; values from a table of their own",
            ),
            SourceSpec(
                name="extxyz",
                options="matsluice.tasks.ingest.structure_files_options:ExtxyzOptions",
                reader="matsluice.tasks.ingest.extxyz_source:read",
                labelled=True,
                summary="extended XYZ files, each frame a row; values from the frames' second lines",
            ),
            SourceSpec(
                name="json",
                options="matsluice.tasks.ingest.structure_files_options:JsonOptions",
                reader="matsluice.tasks.ingest.json_source:read",
                labelled=True,
                summary="JSON and JSON Lines of pymatgen structures, or of rows with one",
            ),
            SourceSpec(
                name="electronic",
                options="matsluice.tasks.ingest.electronic_options:ElectronicOptions",
                reader="matsluice.tasks.ingest.electronic_source:read",
                labelled=False,
                summary="vasprun.xml, LOCPOT, planar averages, pymatgen JSON, or a folder of VASP runs",
            ),
            SourceSpec(
                name="enumerate",
                options="matsluice.tasks.ingest.enumerate_options:EnumerateOptions",
                reader="matsluice.tasks.ingest.enumerate_source:read",
                labelled=False,
                summary="charge-balanced formulas of given elements, made one after the other",
            ),
            SourceSpec(
                name="substitute",
                options="matsluice.tasks.ingest.substitute_options:SubstituteOptions",
                reader="matsluice.tasks.ingest.substitute_source:read",
                labelled=False,
                summary="a prototype decorated with elements, charge-balanced, its volume rescaled",
            ),
            SourceSpec(
                name="optimade",
                options="matsluice.tasks.ingest.optimade_options:OptimadeOptions",
                reader="matsluice.tasks.ingest.optimade_source:read",
                labelled=True,
                summary="structures of an OPTIMADE provider; values from its properties; pages are kept",
            ),
        )
    }
)
