"""How intervals and sets of classes are made: validation.intervals."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from matsluice.flows.campaign_file.section import Section
from matsluice.flows.campaign_file.vocabulary import known_interval_group
from matsluice.models.uncertainty.interval_settings import IntervalSettings


class Intervals(Section):
    """validation.intervals.

    Examples
    --------
    >>> Intervals(at_least=0.0).settings.at_most, Intervals(clip=False).settings.at_least
    (inf, -inf)
    """

    normalised: bool = Field(
        default=True,
        description="true, or false for one width everywhere",
    )
    per: Annotated[str, AfterValidator(known_interval_group)] = Field(
        default="none", description='which rows are covered by themselves, such as "element-count"'
    )
    clip: bool = Field(
        default=True,
        description="true, or false for intervals that may reach where no value can be",
    )
    at_least: float | None = Field(
        default=None, description="a number in the target's unit, below which no value can be"
    )
    at_most: float | None = Field(
        default=None, description="a number in the target's unit, above which no value can be"
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        named = [name for name in ("at_least", "at_most") if getattr(self, name) is not None]
        if not self.clip and named:
            raise ValueError(f"clip = false leaves intervals without bounds: leave {' and '.join(named)} out")
        if self.at_least is not None and self.at_most is not None and self.at_least >= self.at_most:
            raise ValueError(
                f"at_least = {self.at_least:g} is not below at_most = {self.at_most:g}: write the lower bound first"
            )
        return self

    @property
    def settings(self) -> IntervalSettings:
        """What the models are given."""
        none = float("inf")
        return IntervalSettings(
            normalised=self.normalised,
            per=self.per,
            at_least=self.at_least if self.clip else -none,
            at_most=none if self.at_most is None else self.at_most,
        )
