"""In which order things happen, and how a person starts them. The public names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.read import load_campaign as load_campaign
    from matsluice.flows.start import run as run

_PLACES = {
    "load_campaign": "matsluice.flows.campaign_file.read",
    "run": "matsluice.flows.start",
}
__all__ = ["load_campaign", "run"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"matsluice.flows has no {name!r}; it has {', '.join(_PLACES)}")
    return getattr(import_module(_PLACES[name]), name)
