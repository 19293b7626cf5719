"""What a universal potential has learned about the atoms of a crystal: CHGNet, whose weights come with its package."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

DIMENSIONS: Final = 64  # of an atom's vector, in every CHGNet so far
LAST_KNOWN: Final = 94  # Pu, the last element that CHGNet has a vector for
REACH: Final = 6.0  # Å, within which CHGNet's atoms see one another
# What a person may choose → CHGNet's own name of it.
POTENTIALS: Final[Mapping[str, str]] = MappingProxyType({"chgnet": "0.3.0", "chgnet-r2scan": "r2scan"})
_EXTRA: Final = (
    "structure.embedding needs chgnet, which is not installed: pip install 'matsluice[potentials]', "
    "in the workers' environment too"
)


@dataclass(frozen=True, slots=True, eq=False)
class AtomVectors:
    """What the potential says of a crystal of m atoms as it stands.

    Attributes
    ----------
    energy_ev_per_atom : float
        Its energy, eV/atom.
    vectors : (m, 64) float64
        Each atom's vector, from which CHGNet reads magnetic moments: it has seen the atoms within three steps of 6 Å.
    """

    energy_ev_per_atom: float
    vectors: NDArray[np.float64]


@cache  # 5 MB are read once in a process, not for every chunk
def weights_digest(potential: str) -> str:
    """Return hexadecimal digits of the potential's weights and of the version of the code that evaluates them.

    Raises
    ------
    Failed
        chgnet is not installed, or has no weights of this name.
    """
    found = find_spec("chgnet")
    if found is None or not found.submodule_search_locations:
        raise Failed(_EXTRA)
    folder = Path(found.submodule_search_locations[0]) / "pretrained" / POTENTIALS[potential]
    files = sorted(folder.glob("*.pth.tar"))
    if not files:
        raise Failed(f"the installed chgnet {version('chgnet')} has no weights in {folder}")
    digest = blake2b(version("chgnet").encode(), digest_size=16)
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def atom_vectors(
    potential: str, lattice: NDArray[np.float64], numbers: NDArray[np.int16], positions: NDArray[np.float64]
) -> AtomVectors:
    """Return what the potential says of one crystal, computed alone and by one thread, so that bits are the same.

    Parameters
    ----------
    potential
        A key of `POTENTIALS`.
    lattice
        Å, (3, 3), one vector a row.
    numbers
        Atomic numbers, (m,), at most 94. Every atom has another within 6 Å.
    positions
        Fractional, (m, 3).

    Raises
    ------
    Failed
        chgnet is not installed.
    """
    import torch
    from pymatgen.core.structure import Structure

    model = _loaded(potential)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # CHGNet writes a formula beside the graph, whose order pymatgen asks the electronegativities for.
            warnings.filterwarnings("ignore", "No Pauling electronegativity", UserWarning)
            graph = model.graph_converter(Structure(lattice, numbers.tolist(), positions))
            said = model.predict_graph(graph, task="e", return_atom_feas=True)
    finally:
        torch.set_num_threads(threads)
    return AtomVectors(float(said["e"]), np.asarray(said["atom_fea"], dtype=np.float64))


@cache
def _loaded(potential: str) -> Any:
    try:
        from chgnet.model.model import CHGNet
    except ModuleNotFoundError as missing:
        raise Failed(f"{_EXTRA} ({missing})") from missing
    with redirect_stdout(io.StringIO()):  # it says how many weights it has, whatever it is asked
        return CHGNet.load(model_name=POTENTIALS[potential], use_device="cpu", verbose=False)
