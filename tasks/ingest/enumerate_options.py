"""The keys of the source "enumerate"."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from matsluice.infra.mistakes import unknown_word
from matsluice.tasks.ingest.element_words import expand_groups, known_symbol
from matsluice.tasks.ingest.formula_prototypes import PROTOTYPES
from matsluice.tasks.ingest.oxidation_states import (
    NEVER_BALANCED,
    STATES_ALLOWED,
    OxidationState,
    each_once,
    ordered_states,
)
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

# Elements of known inorganic semiconductors that are not toxic and not among the scarcest.
_DEFAULT = "Li Na K Mg Ca Sr Ba Ti Zr Cu Ag Zn Al Ga In Si Ge Sn Sb Bi N P O S Se Te Cl Br I"
DEFAULT_ELEMENTS = expand_groups(_DEFAULT.split())


def known_prototype(word: str) -> str:
    """Return the name of a prototype, or raise ValueError with the sentence that says what was meant."""
    if word not in PROTOTYPES:
        raise ValueError(unknown_word("prototype", word, PROTOTYPES))
    return word


Symbol = Annotated[str, AfterValidator(known_symbol)]


class EnumerateOptions(SourceOptions):
    """Charge-balanced formulas of given elements, made one after the other.

    Attributes
    ----------
    elements
        Symbols, in order of atomic number.
    sizes
        Numbers of different elements in a formula, ascending.
    max_coefficient
        Largest number of atoms of one element in a formula in lowest terms.
    prototypes
        Names in `PROTOTYPES`, whose stoichiometries and charges take the place of sizes and max_coefficient;
        none: every balanced stoichiometry.
    limit
        Most formulas made; None: all.
    oxidation_states
        Symbol → states in place of pymatgen's common ones.

    Examples
    --------
    >>> EnumerateOptions(elements=("Se", "In", "Cu"), oxidation_states={"Cu": (1, 2)}).elements
    ('Cu', 'Se', 'In')
    """

    elements: tuple[Symbol, ...] = Field(
        default=DEFAULT_ELEMENTS,
        min_length=2,
        description='a list of at least two symbols, such as ["Cu", "In", "Se"]',
    )
    sizes: tuple[Annotated[int, Field(ge=2, le=6)], ...] = Field(
        default=(3,),
        min_length=1,
        description="a list of numbers of different elements, each from 2 to 6, such as [3, 4]",
    )
    max_coefficient: int = Field(default=4, ge=1, le=20, description="a whole number from 1 to 20")
    prototypes: tuple[Annotated[str, AfterValidator(known_prototype)], ...] = Field(
        default=(), description=f"a list of names out of: {', '.join(PROTOTYPES)}"
    )
    limit: int | None = Field(
        default=None, ge=1, description="a whole number of at least 1, or leave it out for all"
    )
    oxidation_states: Mapping[Symbol, tuple[OxidationState, ...]] = Field(
        default={}, description=STATES_ALLOWED
    )

    @property
    def numbers_of_elements(self) -> tuple[int, ...]:
        """Numbers of different elements in the formulas, ascending."""
        if not self.prototypes:
            return self.sizes
        return tuple(sorted({len(PROTOTYPES[name].counts) for name in self.prototypes}))

    @property
    def is_made(self) -> bool:
        """Whether the materials are made on the spot."""
        return True

    @field_validator("elements")
    @classmethod
    def _different_elements(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        each_once(symbols)
        return tuple(sorted(symbols, key=ATOMIC_NUMBERS.__getitem__))

    @field_validator("sizes")
    @classmethod
    def _different_sizes(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        each_once(sizes)
        return tuple(sorted(sizes))

    @field_validator("prototypes")
    @classmethod
    def _different_prototypes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        each_once(names)
        return tuple(sorted(names))

    @field_validator("oxidation_states")
    @classmethod
    def _states(cls, given: Mapping[str, tuple[int, ...]]) -> Mapping[str, tuple[int, ...]]:
        return ordered_states(given)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for symbol in self.oxidation_states:
            if symbol not in self.elements:
                raise ValueError(f"oxidation_states names {symbol}, which is not one of the elements")
        for symbol in self.elements:
            if symbol in NEVER_BALANCED:
                raise ValueError(f"{symbol} forms no charge-balanced formula; leave it out of elements")
        named = self.model_fields_set & {"sizes", "max_coefficient"}
        if self.prototypes and named:
            raise ValueError(
                f"prototypes say how many atoms of each element: leave {' and '.join(sorted(named))} out"
            )
        if max(self.numbers_of_elements) > len(self.elements):
            asking = "prototypes asks" if self.prototypes else "sizes asks"
            raise ValueError(
                f"{asking} for {max(self.numbers_of_elements)} different elements and there are only "
                f"{len(self.elements)}"
            )
        return self

    def without(self, excluded: frozenset[str]) -> Self:
        """Return the options with the excluded elements left out.

        Raises
        ------
        ValueError
            Too few elements are left for the largest of the sizes.
        """
        left = tuple(symbol for symbol in self.elements if symbol not in excluded)
        if len(left) < max(self.numbers_of_elements):
            asking = "prototypes asks" if self.prototypes else "sizes asks"
            raise ValueError(
                f"only {len(left)} elements are left after the exclusions; {asking} for "
                f"{max(self.numbers_of_elements)}"
            )
        states = {symbol: self.oxidation_states[symbol] for symbol in left if symbol in self.oxidation_states}
        return self.model_copy(update={"elements": left, "oxidation_states": states})
