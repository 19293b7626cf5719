"""Whether what [screen.require] asks can be met at all, beside exclude_elements and what the candidates are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import Problem
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.screen.element_tables import HAZARDS

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.using_sections import Screen


def requirements_nothing_meets(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each requirement that no candidate can meet, or that nothing is known for."""
    screen: Screen | None = sections.get("screen")
    if screen is None or not screen.require.asked():
        return
    require, at = screen.require, ("screen", "require")
    options = screen.candidates.options
    if type(options) is not SourceOptions and "composition" not in options.gives:
        sentence = (
            "what candidates are made of is not known: name the column with their formula in candidates"
        )
        yield Problem(at, sentence)
    avoided = {symbol: word for word in require.avoid or () for symbol in HAZARDS[word].elements}
    avoided |= dict.fromkeys(screen.exclude_elements, "exclude_elements")
    for key in ("elements", "any_of"):
        wanted = getattr(require, key)
        if wanted and all(symbol in avoided for symbol in wanted):
            why = ", ".join(f"{symbol} by {avoided[symbol]}" for symbol in wanted)
            yield Problem((*at, key), f"all of these are left out ({why}); name another element")
    if require.elements and require.any_of and not set(require.elements) & set(require.any_of):
        yield Problem((*at, "any_of"), "none of these is among the required elements; name one that is")
    if require.elements and require.elements_count and require.elements_count[0] > len(require.elements):
        fewest, there = require.elements_count[0], len(require.elements)
        sentence = f"asks for {fewest} different elements, and screen.require.elements names {there}"
        yield Problem((*at, "elements_count"), f"{sentence}: lower the first number, or name more")
