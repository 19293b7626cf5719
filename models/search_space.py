"""What a search may try for a parameter: small frozen ranges, as data that any optimiser can read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any number from low to high, each as likely."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """Return the value below which this share (0 to 1) of the range lies.

        Examples
        --------
        >>> Uniform(0.5, 1.0).at(0.5)
        0.75
        """
        return self.low + share * (self.high - self.low)

    def holds(self, value: object) -> bool:
        """Whether the range has the value."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class LogUniform:
    """Any number from low to high, each order of magnitude as likely; low is above 0."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """Return the value below which this share (0 to 1) of the range lies.

        Examples
        --------
        >>> round(LogUniform(1e-4, 1.0).at(0.5), 12)
        0.01
        """
        if share in {0.0, 1.0}:  # the ends themselves, not what exp and log make of them
            return self.high if share else self.low
        return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))

    def holds(self, value: object) -> bool:
        """Whether the range has the value."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, by its logarithm"


@dataclass(frozen=True, slots=True)
class Integers:
    """Any whole number from low to high, both included; with `log` each order of magnitude as likely."""

    low: int
    high: int
    log: bool = False

    def at(self, share: float) -> int:
        """Return the value below which this share (0 to 1) of the range lies.

        Examples
        --------
        >>> Integers(1, 10).at(0.0), Integers(1, 10).at(0.5), Integers(1, 1000, log=True).at(0.5)
        (1, 6, 32)
        """
        numbers = LogUniform(self.low, self.high) if self.log else Uniform(self.low, self.high)
        return min(self.high, math.floor(numbers.at(share) + 0.5))

    def holds(self, value: object) -> bool:
        """Whether the range has the value."""
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}, whole" + (", by its logarithm" if self.log else "")


@dataclass(frozen=True, slots=True)
class Choices:
    """One of some values."""

    values: tuple[str | int | float | bool | tuple[int | str, ...] | None, ...]

    def at(self, share: float) -> object:
        """Return the value below which this share (0 to 1) of the values lies.

        Examples
        --------
        >>> Choices(("uniform", "distance")).at(1.0)
        'distance'
        """
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def holds(self, value: object) -> bool:
        """Whether it is one of the values."""
        return value in self.values

    def __str__(self) -> str:
        return ", ".join("none" if value is None else str(value) for value in self.values)


Range: TypeAlias = Uniform | LogUniform | Integers | Choices
