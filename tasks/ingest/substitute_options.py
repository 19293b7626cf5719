"""The keys of the source "substitute"."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from matsluice.tasks.ingest.cell_volume import VolumeRule
from matsluice.tasks.ingest.element_words import known_symbol
from matsluice.tasks.ingest.file_pattern import absolute_pattern, matching_files
from matsluice.tasks.ingest.oxidation_states import (
    NEVER_BALANCED,
    STATES_ALLOWED,
    OxidationState,
    each_once,
    ordered_states,
)
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

Symbol = Annotated[str, AfterValidator(known_symbol)]


class SubstituteOptions(SourceOptions):
    """A prototype decorated with elements: each of its sites with each of the elements given for it.

    Attributes
    ----------
    prototype
        Absolute path of a file with one structure, as a pattern; `files` gives it.
    sites
        An element of the prototype, or the label of a site → the elements that may stand there, in order of
        atomic number. A label goes before its element. Sites that are not named stay as they are.
    oxidation_states
        Symbol → states in place of pymatgen's common ones.
    charge_balanced
        Whether only decorations are made that `neutral_states` balances.
    volume
        How the cell is scaled; see `cell_volume.SOURCES`.
    limit
        Most structures made; None: all.

    Examples
    --------
    >>> table = {"prototype": "NaCl.cif", "sites": {"Na": ("K", "Na"), "Cl": ("Cl",)}}
    >>> SubstituteOptions.model_validate(table, context={"files_must_exist": False}).sites["Na"]
    ('Na', 'K')
    """

    prototype: str = Field(
        min_length=1, description='the path of a file with one structure, such as "perovskite.cif"'
    )
    sites: Mapping[str, tuple[Symbol, ...]] = Field(
        min_length=1,
        description='elements for each site label or element, such as { Ca = ["Ca", "Sr"], Ti = ["Ti", "Zr"] }',
    )
    oxidation_states: Mapping[Symbol, tuple[OxidationState, ...]] = Field(
        default={}, description=STATES_ALLOWED
    )
    charge_balanced: bool = Field(default=True, description="true or false")
    volume: VolumeRule = Field(
        default="ionic-radii", description='"ionic-radii", "atomic-radii", "element-volumes" or "keep"'
    )
    limit: int | None = Field(
        default=None, ge=1, description="a whole number of at least 1, or leave it out for all"
    )

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have."""
        return frozenset({"composition", "structure"})

    @property
    def is_made(self) -> bool:
        """Whether the materials are made on the spot."""
        return True

    @field_validator("prototype")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        context = info.context or {}
        must_match = context.get("files_must_exist", True)
        pattern = absolute_pattern(text, Path(context.get("folder", ".")), must_match=must_match)
        if must_match and len(found := matching_files(pattern)) > 1:
            raise ValueError(f'"{text}" stands for {len(found)} files; name one')
        return pattern

    @field_validator("sites")
    @classmethod
    def _ordered(cls, given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for site, symbols in given.items():
            if not symbols:
                raise ValueError(f'{site}: name at least one element, such as {site} = ["Sr"]')
            each_once(symbols)
        return {site: tuple(sorted(given[site], key=ATOMIC_NUMBERS.__getitem__)) for site in sorted(given)}

    @field_validator("oxidation_states")
    @classmethod
    def _states(cls, given: Mapping[str, tuple[int, ...]]) -> Mapping[str, tuple[int, ...]]:
        return ordered_states(given)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.charge_balanced:
            if self.volume == "ionic-radii":
                raise ValueError(
                    "without charges there are no ionic radii: with charge_balanced = false write "
                    'volume = "atomic-radii", "element-volumes" or "keep"'
                )
            return self
        for symbols in self.sites.values():
            for symbol in symbols:
                if symbol in NEVER_BALANCED:
                    raise ValueError(
                        f"{symbol} forms no charge-balanced compound; leave it out, or write charge_balanced = false"
                    )
        return self

    def files(self) -> tuple[Path, ...]:
        """Return the prototype's file."""
        return matching_files(self.prototype)

    def without(self, excluded: frozenset[str]) -> Self:
        """Return the options with the excluded elements left out.

        Raises
        ------
        ValueError
            No element is left for a site.
        """
        left = {site: tuple(s for s in symbols if s not in excluded) for site, symbols in self.sites.items()}
        for site, symbols in left.items():
            if not symbols:
                raise ValueError(f"no element is left for the site {site} after the exclusions")
        return self.model_copy(update={"sites": left})
