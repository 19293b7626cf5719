"""Blocks in a person's own file: ``BLOCKS = (BlockSpec(...),)`` and what makes them."""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from matsluice.tasks.features.block_spec import BlockSpec

PACKAGE: Final = "matsluice_plugins"
_STEM: Final = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class PluginFile:
    """A Python file with blocks, as text: it travels to workers, and with the models that need it.

    Attributes
    ----------
    path
        Where it was read, for messages.
    text
        What stood in it.
    """

    path: str
    text: str

    @property
    def digest(self) -> str:
        """Name of the content; part of the key its values are stored under, so that no value outlives its code."""
        return hashlib.blake2b(self.text.encode(), digest_size=6).hexdigest()

    @property
    def module(self) -> str:
        """The name under which it is imported: another content is another module."""
        return f"{PACKAGE}.{Path(self.path).stem}_{self.digest}"


def read_plugin(path: Path) -> PluginFile:
    """Return a plug-in file.

    Raises
    ------
    InvalidInput
        There is no such file, or its name cannot be a module's.
    """
    if path.suffix != ".py" or not _STEM.fullmatch(path.stem):
        raise InvalidInput(f"{path.name} is no plug-in: name a Python file such as my_blocks.py")
    try:
        return PluginFile(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the plug-in {path} cannot be read: {error}") from None


@lru_cache(maxsize=32)
def plugin_blocks(plugin: PluginFile) -> tuple[BlockSpec, ...]:
    """Run a plug-in's code once in this process and return its blocks.

    Raises
    ------
    InvalidInput
        The code raises, or has no table BLOCKS of specs whose makers work: with the file and the line.
    """
    from matsluice.tasks.features.block_spec import BlockSpec

    module = _executed(plugin)
    specs = getattr(module, "BLOCKS", None)
    if not isinstance(specs, tuple) or not specs or not all(isinstance(spec, BlockSpec) for spec in specs):
        raise InvalidInput(
            f"{plugin.path} has no BLOCKS = (BlockSpec(...),): a tuple of at least one BlockSpec"
        )
    own = f"{Path(plugin.path).stem}:"
    found = []
    for spec in specs:
        maker = spec.maker.removeprefix(own)
        if ":" in maker or not callable(getattr(module, maker, None)):
            raise InvalidInput(
                f'{plugin.path}: the maker of block {spec.name} is "{spec.maker}"; '
                f'it must be "{own}FUNCTION" with a function of that file'
            )
        found.append(replace(spec, maker=f"{plugin.module}:{maker}", code=plugin.digest))
    return tuple(found)


def check_plugin(plugin: PluginFile, taken: Iterator[str]) -> None:
    """Raise InvalidInput where a plug-in's blocks cannot be used beside those whose names are taken."""
    names = set(taken)
    for spec in plugin_blocks(plugin):
        if spec.name in names:
            raise InvalidInput(
                f"{plugin.path}: there is a block {spec.name} already; give this one another name"
            )
        if type(spec.version) is not int or spec.version < 1:
            raise InvalidInput(
                f"{plugin.path}: the version of block {spec.name} must be a whole number from 1"
            )
        names.add(spec.name)
        _check_columns(plugin, spec)


def _check_columns(plugin: PluginFile, spec: BlockSpec) -> None:
    try:
        block = spec.make()
        columns = [column.name for column in block.columns()]
        fingerprint = block.fingerprint
    except Exception as error:
        raise InvalidInput(f"{_where(plugin, error)}: block {spec.name} cannot be made: {error}") from error
    wrong = next((name for name in columns if not name.startswith(f"{spec.name}.")), None)
    if not columns or wrong is not None or len(set(columns)) < len(columns):
        raise InvalidInput(
            f"{plugin.path}: block {spec.name} must have columns with different names that begin with "
            f'"{spec.name}."' + (f', got "{wrong}"' if wrong else "")
        )
    if not isinstance(fingerprint, str):
        raise InvalidInput(f"{plugin.path}: the fingerprint of block {spec.name} must be text")


def _executed(plugin: PluginFile) -> ModuleType:
    if plugin.module in sys.modules:
        return sys.modules[plugin.module]
    # The package exists in name only, so that makers and pickles find the module by its own.
    sys.modules.setdefault(PACKAGE, ModuleType(PACKAGE))
    module = ModuleType(plugin.module)
    module.__file__ = plugin.path
    sys.modules[plugin.module] = module
    try:
        exec(compile(plugin.text, plugin.path, "exec"), module.__dict__)  # noqa: S102 - a plug-in is code to run
    except Exception as error:
        del sys.modules[plugin.module]
        raise InvalidInput(f"{_where(plugin, error)}: {type(error).__name__}: {error}") from error
    return module


def _where(plugin: PluginFile, error: Exception) -> str:
    """Return the plug-in's path with the line at which it failed, where that is in it."""
    if isinstance(error, SyntaxError):
        return f"{plugin.path}:{error.lineno}"
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == plugin.path
    ]
    return f"{plugin.path}:{lines[-1]}" if lines else plugin.path
