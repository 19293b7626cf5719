"""[screen.require]: what a hit must fulfil beside its objective."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from matsluice.flows.campaign_file.section import Section, each_once
from matsluice.infra.mistakes import unknown_word
from matsluice.tasks.ingest.element_words import known_symbol
from matsluice.tasks.ingest.oxidation_states import OxidationState
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.screen.element_tables import HAZARDS

Symbol = Annotated[str, AfterValidator(known_symbol)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


def known_hazards(word: str) -> str:
    """Return the name of a list of hazardous elements, or raise ValueError with the did-you-mean sentence."""
    if word not in HAZARDS:
        raise ValueError(unknown_word("list", word, HAZARDS))
    return word


class Require(Section):
    """[screen.require]; a key that is not given requires nothing.

    Examples
    --------
    >>> Require(elements_count=(1, 2), avoid=("rohs",)).asked()
    (('avoid', (24, 48, 80, 82)), ('elements_count', (1, 2)))
    """

    elements: tuple[Symbol, ...] | None = Field(
        default=None, min_length=1, description='a list of symbols such as ["Cu", "Zn", "Sn", "S"]'
    )
    any_of: tuple[Symbol, ...] | None = Field(
        default=None, min_length=1, description='a list of symbols such as ["S", "Se"]'
    )
    elements_count: tuple[Count, Count] | None = Field(
        default=None, description="the fewest and the most different elements, such as [2, 4]"
    )
    atoms_count: tuple[Count, Count] | None = Field(
        default=None,
        description="the fewest and the most atoms of the smallest whole formula, such as [2, 20]",
    )
    charge_balanced: Literal[True] | Mapping[Symbol, tuple[OxidationState, ...]] | None = Field(
        default=None,
        description="true, or a table of states in place of the common ones, such as { Cu = [1, 2] }",
    )
    max_cost: float | None = Field(
        default=None, gt=0, description="the most that a kg of its elements costs, in US dollars, such as 50"
    )
    prices: Mapping[Symbol, Annotated[float, Field(ge=0)]] | None = Field(
        default=None, description="a table of prices in US dollars per kg, such as { In = 350, Ga = 280 }"
    )
    min_abundance: float | None = Field(
        default=None,
        gt=0,
        description="how much of its rarest element the Earth's crust holds at least, in mg/kg, such as 1.0",
    )
    avoid: tuple[Annotated[str, AfterValidator(known_hazards)], ...] | None = Field(
        default=None, min_length=1, description='a list of "rohs" and "radioactive"'
    )
    in_domain: Literal[True] | None = Field(default=None, description="true, or leave it out")

    @field_validator("elements_count", "atoms_count")
    @classmethod
    def _ordered(cls, bounds: tuple[int, int] | None) -> tuple[int, int] | None:
        if bounds is not None and bounds[0] > bounds[1]:
            raise ValueError(f"got [{bounds[0]}, {bounds[1]}]; the first number must not be the larger")
        return bounds

    @field_validator("elements", "any_of", "avoid")
    @classmethod
    def _each_once(cls, words: tuple[str, ...] | None) -> tuple[str, ...] | None:
        each_once("word", words or ())
        return words

    @field_validator("prices")
    @classmethod
    def _used(cls, prices: Mapping[str, float] | None, info: Any) -> Mapping[str, float] | None:
        if prices is not None and info.data.get("max_cost", 0) is None:
            raise ValueError(
                "prices are for max_cost, which is missing; write max_cost too, or leave prices out"
            )
        return prices

    @field_validator("charge_balanced")
    @classmethod
    def _states(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            for symbol, states in given.items():
                if not states or 0 in states or len(set(states)) < len(states):
                    raise ValueError(f"{symbol}: write its states as a list, each once and none of them 0")
        return given

    @model_serializer(mode="wrap")
    def _given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}

    def asked(self) -> tuple[tuple[str, Any], ...]:
        """Return each constraint with what is asked of it, in names and numbers only."""
        hazardous = {symbol for word in self.avoid or () for symbol in HAZARDS[word].elements}
        states = self.charge_balanced if isinstance(self.charge_balanced, Mapping) else {}
        cost = (
            None if self.max_cost is None else {"at_most": self.max_cost, "prices": dict(self.prices or {})}
        )
        found: dict[str, Any] = {
            "avoid": _numbers(hazardous) or None,
            "elements": _numbers(self.elements or ()) or None,
            "any_of": _numbers(self.any_of or ()) or None,
            "elements_count": self.elements_count,
            "atoms_count": self.atoms_count,
            "charge_balanced": None if self.charge_balanced is None else dict(states),
            "min_abundance": self.min_abundance,
            "max_cost": cost,
            "in_domain": self.in_domain,
        }
        return tuple((name, value) for name, value in found.items() if value is not None)


def _numbers(symbols: Any) -> tuple[int, ...]:
    return tuple(sorted(ATOMIC_NUMBERS[symbol] for symbol in symbols))
