"""Whether compiled kernels stay on disk; where they cannot, every worker compiles them anew, for a minute."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from matsluice.infra.doctor.check_spec import Finding, Subject, ok, warning

_DO = "set NUMBA_CACHE_DIR to a folder that can be written, here and on the workers"


def _one(value: int) -> int:
    return value + 1


def kept(_subject: Subject) -> Finding:
    """Ask numba where it would keep a function of this installation, and write there."""
    from numba import njit

    try:
        folder = Path(str(njit(cache=True)(_one).stats.cache_path))
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except (RuntimeError, OSError) as error:
        said = str(error).partition(" for file")[0]
        return warning(f"kernels are compiled anew in every process ({said})", _DO)
    return ok(f"in {folder}")
