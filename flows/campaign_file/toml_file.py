"""A TOML file from the disk: what can be wrong with it before anything is known of its keys."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.file_pattern import nearest_file

if TYPE_CHECKING:
    from pathlib import Path

# A campaign file is a page; a table of data given in its place is not read whole.
LARGEST_BYTES = 4 * 1024**2


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a file's text and what it says.

    Raises
    ------
    InvalidInput
        There is no such file, or it cannot be read, is empty, is not UTF-8, or is not TOML.
    """
    text = _decoded(path, _bytes(path))
    if not text.strip():
        raise InvalidInput(f"{path} is empty; `matsluice init DIR` writes a campaign file to start from")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(_broken(path, text, str(error))) from None
    except RecursionError:
        raise InvalidInput(f"{path} is not usable: its lists or tables are nested too deeply") from None
    except ValueError:  # a number of thousands of digits
        raise InvalidInput(f"{path} is not usable: it contains a number with too many digits") from None


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            inside = path / "campaign.toml"
            hint = (
                f": name the file, {inside}"
                if inside.is_file()
                else " without a campaign.toml; name a campaign file"
            )
            raise InvalidInput(f"{path} is a folder{hint}")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        like = nearest_file(path)
        hint = f'did you mean "{path.parent / like}"? ' if like else ""
        raise InvalidInput(
            f"there is no file {path}: {hint}`matsluice init DIR` writes a campaign file to start from"
        ) from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError:  # U+0000 in the name
        raise InvalidInput(f"{str(path)!r} is no file name") from None
    if len(content) > LARGEST_BYTES:
        raise InvalidInput(f"{path} is larger than {LARGEST_BYTES // 1024**2} MiB; is it a campaign file?")
    return content


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"{path}:{line}: not UTF-8 (byte 0x{content[error.start]:02X}); save the file as UTF-8"
        ) from None


def _broken(path: Path, text: str, error: str) -> str:
    reason, _, where = error.rpartition(" (at ")
    position = re.match(r"line (\d+), column (\d+)", where)
    line, column = (position[1], position[2]) if position else (str(text.rstrip().count("\n") + 1), "")
    hint = '; a text needs quotes, as in name = "my-campaign"' if reason == "Invalid value" else ""
    return f"{path}:{line}{f':{column}' if column else ''}: not TOML: {reason or error}{hint}"
