"""A first campaign, which runs as it stands: what `matsluice init` writes."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

STARTER_FILES = ("campaign.toml", "measured_band_gaps.csv", "DATA.md")
# The name in the template, replaced by the folder's.
TEMPLATE_NAME = "first-campaign"


def write_starter(folder: Path) -> tuple[Path, ...]:
    """Write a commented campaign file, a small table of measured band gaps and where it is from.

    Parameters
    ----------
    folder
        Made where it does not exist; its name becomes the campaign's.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InvalidInput
        One of the files exists already, or the folder cannot be written; nothing has been written then.
    """
    there = [name for name in STARTER_FILES if (folder / name).exists()]
    if there:
        raise InvalidInput(f"{folder} has a {there[0]} already; name another folder, or move the file away")
    template = files("matsluice.flows.campaign_file") / "first-campaign"
    contents = {name: (template / name).read_text(encoding="utf-8") for name in STARTER_FILES}
    contents["campaign.toml"] = contents["campaign.toml"].replace(TEMPLATE_NAME, campaign_name(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InvalidInput(
            f"{folder} cannot be written: {error.strerror or error}; name another folder"
        ) from None
    return tuple(folder / name for name in STARTER_FILES)


def campaign_name(folder: Path) -> str:
    """Return the folder's name as a campaign may be called.

    >>> from pathlib import Path
    >>> campaign_name(Path("Solar Absorbers (2)"))
    'solar-absorbers-2'
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:64].strip("-")
    return name or TEMPLATE_NAME
