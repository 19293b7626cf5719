"""The fitted champion's files as one archive, written by a worker: the flow never holds the model itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.saved.pickled import read_pickle
from matsluice.tasks.predict.model_folder import write_model

if TYPE_CHECKING:
    from matsluice.tasks.predict.material_model import MaterialModel

ARCHIVE: Final = "champion.zip"


@dataclass(frozen=True, slots=True)
class ModelFilesCall:
    """Which model to write as files that run no code.

    Attributes
    ----------
    model
        A file of `fit_final`.
    output
        The archive to write.
    """

    model: str
    output: str

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return "champion's files"


def write_model_files(call: ModelFilesCall) -> str:
    """Write the files of `write_model` into an archive, uncompressed, and return its path."""
    output = Path(call.output)
    if output.exists():
        return call.output
    model: MaterialModel = read_pickle(Path(call.model))
    with TemporaryDirectory(dir=output.parent) as folder, written_whole(output) as temporary:
        write_model(model, Path(folder))
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        with ZipFile(temporary, "w", ZIP_STORED) as archive:
            for path in files:
                # Without the time of writing: the same model is the same bytes.
                entry = ZipInfo(path.relative_to(folder).as_posix())
                with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                    while block := source.read(1 << 20):
                        target.write(block)
    return call.output


def unpack(archive: Path, folder: Path) -> None:
    """Put the files of an archive of `write_model_files` into a folder."""
    with ZipFile(archive) as packed:
        packed.extractall(folder)
