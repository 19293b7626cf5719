"""What is the same in every workspace, made once per machine: Prefect's empty database and the UI's files.

Prefect builds its database by replaying some 200 migrations, 8 s of one core; a copy takes milliseconds.
The copy is checked by the server itself, which migrates on every start what is not yet up to date.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path


def template_folder() -> Path:
    """Return this user's cache folder for the installed Prefect (XDG base directory specification)."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "matsluice" / f"prefect-{version('prefect')}"


def can_be_written(folder: Path) -> bool:
    """Return whether files can be put into the folder, which is created where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def copy_empty_database(database: Path) -> None:
    """Put a migrated empty database where there is none yet; without a template the server makes its own."""
    template = template_folder() / "empty.db"
    if database.exists() or not template.exists():
        return
    part = database.with_name(f"{database.name}.{os.getpid()}")
    shutil.copyfile(template, part)
    try:
        os.link(part, database)  # fails where another process was faster, and then its database stands
    except FileExistsError:
        pass
    finally:
        part.unlink()


def keep_empty_database(database: Path) -> None:
    """Keep a copy of a freshly migrated database for the next workspace, where there is no copy yet.

    A database in which flows have run is not taken.
    """
    folder = template_folder()
    template = folder / "empty.db"
    if template.exists() or not can_be_written(folder):
        return
    part = folder / f"empty.db.{os.getpid()}"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source:
        if source.execute("select count(*) from flow").fetchone() != (0,):
            return
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
    part.replace(template)
