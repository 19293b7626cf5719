"""Small files of electronic structure, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


def _rows(values: Sequence[Sequence[float]], tag: str = "r") -> str:
    return "\n".join(f"<{tag}>{' '.join(f'{x:.8f}' for x in row)}</{tag}>" for row in values)


def vasprun_text(
    kpoints: Sequence[Sequence[float]],
    energies: NDArray[np.float64],
    *,
    fermi: float = 0.0,
    weights: Sequence[float] | None = None,
    line_mode: bool = False,
    electronic_steps: int = 2,
    integral: float = 1.0,
) -> str:
    """Return a vasprun.xml of one helium atom in a cube of 4 Å; energies are (spins, bands, nk).

    The density is 1 state/eV from −5 to 5 eV for spin up and 2 for spin down; `integral` times the right integral
    stands beside it.
    """
    basis = "<v>4 0 0</v><v>0 4 0</v><v>0 0 4</v>"
    structure = (
        f'<crystal><varray name="basis">{basis}</varray><i name="volume">64</i>'
        '<varray name="rec_basis"><v>0.25 0 0</v><v>0 0.25 0</v><v>0 0 0.25</v></varray></crystal>'
        '<varray name="positions"><v>0 0 0</v></varray>'
    )
    weights = [1 / len(kpoints)] * len(kpoints) if weights is None else weights
    points = "".join(f"<v>{a} {b} {c}</v>" for a, b, c in kpoints)
    generation = (
        '<generation param="listgenerated"><i name="divisions" type="int">2</i>'
        "<v>0 0 0</v><v>0.5 0 0</v></generation>"
        if line_mode
        else ""
    )
    spins = ""
    for spin, of_spin in enumerate(energies, start=1):
        sets = ""
        for k in range(len(kpoints)):
            rows = _rows([(e, float(e <= fermi)) for e in of_spin[:, k]])
            sets += f'<set comment="kpoint {k + 1}">{rows}</set>'
        spins += f'<set comment="spin {spin}">{sets}</set>'
    grid = np.linspace(-5, 5, 5)
    dos = "".join(
        f'<set comment="spin {s + 1}">{_rows([(e, 1.0 + s, integral * (e + 5) * (1.0 + s)) for e in grid])}</set>'
        for s in range(len(energies))
    )
    total = f"<total><array><field>energy</field><set>{dos}</set></array></total>"
    energy = "<energy>" + "".join(
        f'<i name="e_{name}">-1</i>' for name in ("fr_energy", "wo_entrp", "0_energy")
    )
    step = f"<scstep>{energy}</energy></scstep>"
    return f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
<generator><i name="program" type="string">vasp</i><i name="version" type="string">6.4.2</i></generator>
<incar><i name="ALGO" type="string">Normal</i></incar>
<kpoints>{generation}<varray name="kpointlist">{points}</varray>
<varray name="weights">{"".join(f"<v>{w}</v>" for w in weights)}</varray></kpoints>
<parameters><separator name="electronic"><i type="int" name="NELM">3</i>
<i type="int" name="ISPIN">{len(energies)}</i>
<i type="int" name="NELECT">2</i><i type="int" name="NSW">0</i>
<i type="int" name="IBRION">-1</i></separator></parameters>
<atominfo><atoms>1</atoms><types>1</types>
<array name="atoms"><set><rc><c>He</c><c>1</c></rc></set></array>
<array name="atomtypes">
<set><rc><c>1</c><c>He</c><c>4</c><c>2</c><c>PAW_PBE He 05Jan2001</c></rc></set></array></atominfo>
<structure name="initialpos">{structure}</structure>
<calculation>{step * electronic_steps}<structure>{structure}</structure>
{energy}</energy>
<eigenvalues><array><set>{spins}</set></array></eigenvalues>
<dos><i name="efermi">{fermi}</i>{total}</dos></calculation>
<structure name="finalpos">{structure}</structure>
</modeling>
"""


def locpot_text(profile: Sequence[float], height: float = 10.0) -> str:
    """Return a LOCPOT of one helium atom at z = 0, with the same value everywhere on a plane."""
    flat = [value for value in profile for _ in range(4)]  # x runs fastest, then y; z is the slowest
    lines = "\n".join(" ".join(f"{v:.11E}" for v in flat[i : i + 5]) for i in range(0, len(flat), 5))
    return f"""slab
1.0
3.0 0.0 0.0
0.0 3.0 0.0
0.0 0.0 {height}
He
1
Direct
0.0 0.0 0.0

2 2 {len(profile)}
{lines}
"""


@pytest.fixture(name="vasprun_text")
def vasprun_text_fixture() -> Callable[..., str]:
    return vasprun_text


@pytest.fixture(name="locpot_text")
def locpot_text_fixture() -> Callable[..., str]:
    return locpot_text


@pytest.fixture
def slab_run(tmp_path: Path) -> Path:
    """A folder with a vasprun.xml and a LOCPOT: E_F = 1 eV, vacuum at 5 eV from z = 2.5 to 7.25 Å."""
    folder = tmp_path / "run"
    folder.mkdir()
    kpoints = [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0)]
    energies = np.array([[[0.0, 0.5], [2.0, 3.0]]])
    (folder / "vasprun.xml").write_text(vasprun_text(kpoints, energies, fermi=1.0))
    profile = [5.0 if 10 <= i < 30 else -10.0 for i in range(40)]
    (folder / "LOCPOT").write_text(locpot_text(profile))
    return folder
