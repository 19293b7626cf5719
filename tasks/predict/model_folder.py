"""A model as a folder of files that run no code when they are read.

model.json says what it is; pipeline.skops and parts.* hold the pipeline, known.* what intervals and domain are made
from. What cannot be held so is a pickle, pipeline.pickle, and a model of plug-ins brings their source: both are code,
and read only where the caller says that it trusts whoever wrote the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.models.saved.pickled import read_pickle, write_pickle
from matsluice.models.saved.pipeline_files import (
    NotHeldError,
    read_pipeline,
    read_plain,
    write_pipeline,
    write_plain,
)
from matsluice.tasks.features.known_blocks import add_plugins
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.predict.code_brought import PICKLE_FILE, code_brought
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_record import (
    RECORD_FILE,
    check_blocks,
    check_files,
    digests,
    read_record,
    record_of,
)

KNOWN: Final = "known"
PLUGINS: Final = "plugins"


def write_model(model: MaterialModel, folder: Path) -> dict[str, Any]:
    """Write a model into an empty folder that is there, and return its record.

    The folder is not written whole or not at all: give a temporary one.
    """
    add_plugins(model.plugins)
    try:
        write_pipeline(model.pipeline, folder)
        pipeline = {"format": "skops"}
    except NotHeldError as error:
        write_pickle(model.pipeline, folder / PICKLE_FILE)
        pipeline = {"format": "pickle", "because": str(error)}
    known = {"learned_from": model.learned_from, "intervals": model.intervals, "sets": model.sets}
    write_plain(known, folder, KNOWN)
    names = []
    for place, plugin in enumerate(model.plugins):
        # Numbered: two may have one name.
        path = folder / PLUGINS / str(place) / Path(plugin.path).name
        path.parent.mkdir(parents=True)
        path.write_bytes(plugin.text.encode())
        names.append(path.relative_to(folder).as_posix())
    record = record_of(model, pipeline, names) | {"files": digests(folder)}
    write_json(folder / RECORD_FILE, record)
    return record


def read_model(folder: Path, *, trust: bool = False) -> MaterialModel:
    """Return the model in a folder that `write_model` wrote.

    Parameters
    ----------
    folder
        The folder with model.json.
    trust
        Whether code that the model brings may be run: plug-ins, or a pickle. Most models bring none.

    Raises
    ------
    InvalidInput
        There is no model, a file of it is missing or damaged, the blocks here are of other versions than it learned
        from, or it brings code and is not trusted.
    """
    record = read_record(folder)
    check_files(folder, record)
    brings = code_brought(record)
    if brings and not trust:
        raise InvalidInput(
            f"loading the model in {folder} runs code of whoever wrote it: {', '.join(brings)}; look at it, and if "
            "you trust it, say trust=True (--trust on the command line)"
        )
    plugins = tuple(
        PluginFile(str(folder / name), (folder / name).read_bytes().decode()) for name in record["plugins"]
    )
    add_plugins(plugins)
    check_blocks(record)
    try:
        known = read_plain(folder, KNOWN)
        is_pickle = record["pipeline"]["format"] == "pickle"
        pipeline = read_pickle(folder / PICKLE_FILE) if is_pickle else read_pipeline(folder)
        return MaterialModel(
            pipeline=pipeline,
            blocks={one["word"]: one["version"] for one in record["blocks"]},
            target=record["target"],
            unit=record["unit"],
            learned_from=known["learned_from"],
            intervals=known["intervals"],
            confidence=record["confidence"],
            plugins=plugins,
            classes=tuple(record["classes"]),
            sets=known["sets"],
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ImportError, BadZipFile) as error:
        # The digests are right, so this is what was written: by somebody else, or by another version.
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InvalidInput(
            f"the model in {folder} cannot be put together ({why}): use the versions that its record names"
        ) from error
