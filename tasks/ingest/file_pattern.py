"""A path or a pattern with * in a campaign file, and the files it stands for."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from matsluice.infra.mistakes import nearest
from matsluice.infra.workspace.absolute_path import absolute_path


def absolute_pattern(text: str, folder: Path, *, must_match: bool = True) -> str:
    r"""Return the absolute glob pattern that `text` stands for in `folder`.

    A file whose own name contains * ? or [ is taken as that file; so is the folder.

    Parameters
    ----------
    text
        A path or a pattern, absolute or relative to `folder`; ~ is the home folder.
    folder
        The campaign file's.
    must_match
        Whether a file must be there now.

    Raises
    ------
    ValueError
        The text is no local path, or no file matches it where one must.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "gaps.csv").write_text("composition\n")
    ...     Path(absolute_pattern("*.csv", Path(folder))).relative_to(folder).as_posix()
    '*.csv'
    """
    if "://" in text:
        raise ValueError(f'"{text}" is an address; only files on this machine can be read')
    if "\0" in text:
        raise ValueError("a path cannot contain the character U+0000")
    own = os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises where there is no such home
    literal = Path(absolute_path(text, folder))
    if _is_file(literal):
        return glob.escape(str(literal))
    pattern = own if Path(own).is_absolute() else os.path.join(glob.escape(str(folder.absolute())), own)  # noqa: PTH118 - a pattern
    pattern = os.path.normpath(pattern)
    if must_match and not matching_files(pattern):
        raise ValueError(_no_match(text, literal))
    return pattern


def matching_files(pattern: str) -> tuple[Path, ...]:
    """Return the files an absolute pattern matches, in alphabetical order; ** stands for any folders."""
    found = (Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - an absolute pattern
    return tuple(sorted(path for path in found if _is_file(path)))


def nearest_file(missing: Path) -> str | None:
    """Return the name in the missing file's folder that is most like its name."""
    try:
        return nearest(missing.name, sorted(path.name for path in missing.parent.iterdir() if path.is_file()))
    except OSError:
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def _no_match(text: str, literal: Path) -> str:
    if os.path.isdir(literal):  # noqa: PTH112 - Path.is_dir raises for names too long
        return f'"{text}" is a folder; name a file in it, or a pattern such as "{text.rstrip("/")}/*.csv"'
    like = nearest_file(literal)
    hint = f'; did you mean "{like}"?' if like else ""
    return f'no file matches "{text}" in {literal.parent}{hint}'
