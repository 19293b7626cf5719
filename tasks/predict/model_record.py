"""model.json: what a written model says of itself, and whether it can be used here."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import read_json, write_json
from matsluice.models.pipelines import recorded_parameters
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import source_digest

if TYPE_CHECKING:
    from matsluice.tasks.predict.material_model import MaterialModel

RECORD_FILE: Final = "model.json"
# The folder of a model's files among what MLflow keeps of it.
MODEL_ARTIFACT: Final = "material_model"
FORMAT: Final = 1
# What predictions come from; their versions stand in the record and among the logged model's requirements.
LIBRARIES: Final = (
    "matsluice",
    "scikit-learn",
    "xgboost",
    "skops",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "jax",
    "sympy",
    "pymatgen",
    "gemmi",
    "moyopy",
    "vesin",
    "elementembeddings",
    "matminer",
)
_NEEDED: Final = (
    "format",
    "target",
    "unit",
    "classes",
    "confidence",
    "blocks",
    "pipeline",
    "plugins",
    "files",
)


def record_of(model: MaterialModel, pipeline: Mapping[str, Any], plugins: Sequence[str]) -> dict[str, Any]:
    """Return what a model says of itself, but for its files and for how it came about.

    Parameters
    ----------
    model
        The model.
    pipeline
        In which format its pipeline is written; of a pickle also which types made it one.
    plugins
        Names of the files of its plug-ins.
    """
    intervals = model.intervals
    return {
        "format": FORMAT,
        "target": model.target,
        "unit": model.unit,
        "task": "classification" if model.classes else "regression",
        "classes": list(model.classes),
        "confidence": model.confidence,
        "blocks": [block_record(word, number) for word, number in model.blocks.items()],
        "code": source_digest(),
        "domain": {"rows": len(model.domain.rows), "threshold": model.domain.threshold},
        "intervals": None
        if intervals is None
        else {"per": intervals.per, "rows": len(intervals.pooled.residuals)},
        "pipeline": dict(pipeline),
        # With what a search has found, which the campaign's own parameters are not.
        "settings": recorded_parameters(model.pipeline),
        "plugins": list(plugins),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries_of(model.blocks)},
    }


def libraries_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return the libraries that predictions of a model with these blocks come from."""
    return tuple(
        dict.fromkeys([*LIBRARIES, *(name for word in words for name in find_block(word).libraries)])
    )


def block_record(word: str, number: int) -> dict[str, Any]:
    """Return the contract of a block: version, parameters, tables it looks things up in, and columns."""
    spec = find_block(word)
    block = spec.make()
    return {
        "word": word,
        "name": spec.name,
        "version": number,
        "needs": spec.needs,
        "parameters": dict(spec.values),
        "tables": block.fingerprint,
        "plugin": spec.code,
        "columns": [{"name": one.name, "unit": one.unit} for one in block.columns()],
    }


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and digest of every file below a folder but the record, by its path in there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != RECORD_FILE)
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files}


def read_record(folder: Path) -> dict[str, Any]:
    """Return the record of a written model.

    Raises
    ------
    InvalidInput
        There is none, it is damaged, or a later version wrote it.
    """
    path = folder / RECORD_FILE
    if not path.is_file():
        raise InvalidInput(f"{folder} holds no model of matsluice: there is no {RECORD_FILE} in it")
    try:
        record = read_json(path)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}; copy the model once more") from None
    lacking = [name for name in _NEEDED if not isinstance(record, dict) or name not in record]
    if lacking:
        raise InvalidInput(f"{path} is no model of matsluice: it has no {', '.join(lacking)}")
    if record["format"] != FORMAT:
        raise InvalidInput(
            f"the model in {folder} is written in format {record['format']}, and this matsluice "
            f"({version('matsluice')}) reads format {FORMAT}: install the version that wrote it, "
            f"{record.get('libraries', {}).get('matsluice', 'which it does not name')}"
        )
    return dict(record)


def add_to_record(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a written model's record how it came about, and return it whole."""
    record = {**read_record(folder), **about}
    write_json(folder / RECORD_FILE, record)
    return record


def check_files(folder: Path, record: Mapping[str, Any]) -> None:
    """Raise InvalidInput where a file of a model is missing, or not the one that was written."""
    for name in record["plugins"]:
        if name not in record["files"]:
            raise InvalidInput(
                f"{folder / RECORD_FILE} is damaged: it names {name}, which is none of its files"
            )
    for name, told in record["files"].items():
        path = folder / name
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            raise InvalidInput(
                f"the model in {folder} lacks its file {name}: copy the whole folder once more"
            )
        if _digest(path) != told:
            raise InvalidInput(
                f"the file {name} of the model in {folder} is damaged or not the one that was written: "
                "copy the model once more"
            )


def check_blocks(record: Mapping[str, Any]) -> None:
    """Raise InvalidInput, naming both, where a block here is not the one that was learned from.

    Plug-ins the model brings have to be known by then.
    """
    for told in record["blocks"]:
        spec = find_block(told["word"])
        if spec.version != told["version"]:
            raise InvalidInput(
                f"the model was trained on {told['name']} version {told['version']}, installed is version "
                f"{spec.version}: install the version of matsluice it names, or train it anew"
            )
        tables = spec.make().fingerprint
        if tables != told["tables"]:
            raise InvalidInput(
                f"the model was trained on {told['name']} with element tables {told['tables'] or 'of none'}, "
                f"installed are {tables or 'none'}: install what its requirements name, or train it anew"
            )


def other_libraries(record: Mapping[str, Any]) -> list[str]:
    """Return which libraries are installed in another version than the model was made with, with both."""
    found = []
    for name, made_with in record.get("libraries", {}).items():
        try:
            here = version(name)
        except PackageNotFoundError:
            here = "none"
        if here != made_with:
            found.append(f"{name} {made_with} (here {here})")
    return found


def _digest(path: Path) -> dict[str, Any]:
    digest, size = hashlib.blake2b(digest_size=16), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return {"bytes": size, "blake2b": digest.hexdigest()}
