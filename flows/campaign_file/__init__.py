"""The campaign file: reading it, saying what is wrong with it, and writing one to start from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.campaign import Campaign
    from matsluice.flows.campaign_file.read import load_campaign
    from matsluice.flows.campaign_file.starter import write_starter

__all__ = ["Campaign", "load_campaign", "write_starter"]

_HOMES = {"Campaign": "campaign", "load_campaign": "read", "write_starter": "starter"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
