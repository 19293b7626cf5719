"""In which line of a TOML text a key stands."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.messages import KeyPath

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The four kinds of text; a \ escapes only inside ".
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER_VALUE = re.compile(r"[^,\]}#\n]*")


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    r"""Return key path → line (from 1) for every key, table and list item of a text that is valid TOML.

    tomllib tells no positions, so the text is read a second time for its shape alone.

    Examples
    --------
    >>> lines_of_keys('[a]\nb = [1,\n  2]\n[[c]]\nd = { e = "#" }')[("c", 0, "d", "e")]
    5
    """
    scan = _Scan(text)
    with suppress(RecursionError):  # the lines found until then are right
        scan.document()
    return scan.lines


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    """Return the line of a key, or of the nearest table around it where the key itself is not there."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    line: int = 1
    lines: dict[KeyPath, int] = field(default_factory=dict)
    last_item: dict[KeyPath, int] = field(default_factory=dict)

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_SPACE)
        while self.at < len(self.text):
            before = self.at
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)
            self.skip(_SPACE)
            if self.at == before:  # not TOML; never the case for what tomllib has read
                return

    def header(self) -> KeyPath:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        parts = self.key()
        self.at += brackets
        path: KeyPath = ()
        for i, part in enumerate(parts):
            path = (*path, part)
            is_new_item = brackets == 2 and i == len(parts) - 1
            if is_new_item:
                self.lines.setdefault(path, self.line)
                self.last_item[path] = self.last_item.get(path, -1) + 1
            if path in self.last_item:
                path = (*path, self.last_item[path])
            self.lines.setdefault(path, self.line)
        return path

    def pair(self, table: KeyPath) -> None:
        path = table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, self.line)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        if self.text.startswith("[", self.at):
            self.items("]", path)
        elif self.text.startswith("{", self.at):
            self.items("}", path)
        elif not self.skip(_TEXT):
            self.skip(_OTHER_VALUE)

    def items(self, end: str, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_SPACE)
            if self.at >= len(self.text) or self.text[self.at] == end:
                break
            if self.text[self.at] == ",":
                self.at += 1
            elif end == "}":
                self.pair(path)
            else:
                self.lines.setdefault((*path, index), self.line)
                before = self.at
                self.value((*path, index))
                index += 1
                if self.at == before:
                    break
        self.at += 1

    def key(self) -> list[str]:
        parts = []
        while True:
            self.skip(_SPACE)
            start = self.at
            if self.skip(_TEXT):
                parts.append(_unquoted(self.text[start : self.at]))
            elif self.skip(_BARE_KEY):
                parts.append(self.text[start : self.at])
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None or match.end() == self.at:
            return False
        self.line += self.text.count("\n", self.at, match.end())
        self.at = match.end()
        return True


def _unquoted(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0")))
