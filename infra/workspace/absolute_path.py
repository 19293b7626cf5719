"""Paths of a campaign file, which are relative to it."""

from __future__ import annotations

import os
from pathlib import Path


def absolute_path(text: str, folder: str | Path) -> str:
    """Return a path as a person has written it, absolute: below a folder, with ~ for a home that there is.

    Nothing is looked up on the disk.

    Examples
    --------
    >>> absolute_path("../gaps.csv", "/data/campaign"), absolute_path("/gaps.csv", "/data")
    ('/data/gaps.csv', '/gaps.csv')
    """
    own = os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises where there is no such home
    return os.path.abspath(Path(folder) / own)  # noqa: PTH100 - symbolic links are kept as they are written
