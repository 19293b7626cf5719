"""Who may enter the folders that a run makes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

Permissions = Literal["private", "umask"]
PRIVATE_MODE: Final = 0o700


def make_folder(folder: Path, *, private: bool) -> bool:
    """Make a folder and those above it, and return whether it was made; one that is there is left as it is.

    Parameters
    ----------
    folder
        The folder; what stands in it is reached through it, so its own permissions are enough.
    private
        Whether nobody else may enter it; else it is as the process's umask says, as for a group on a shared disk.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = make_folder(Path(place) / "workspace", private=True)
    ...     made, oct((Path(place) / "workspace").stat().st_mode & 0o777)
    (True, '0o700')
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        # With its permissions from the first moment; those that a umask takes away stay away.
        os.mkdir(folder, PRIVATE_MODE if private else 0o777)  # noqa: PTH102 - one call, with the mode
    except FileExistsError:
        return False
    return True
