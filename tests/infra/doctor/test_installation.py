from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.flows.doctor import TESTED
from matsluice.infra.doctor import Finding, Subject, installation
from matsluice.infra.doctor.installation import read_pins

if TYPE_CHECKING:
    from tests.infra.doctor.conftest import Look, NotOk

Older = Callable[..., dict[str, str]]


def test_an_installation_in_order(look: Look, subject: Subject) -> None:
    for name in ("installation.python", "installation.packages", "installation.kernels"):
        assert look(name).status == "ok"
    tested = look("installation.tested", replace(subject, constraints=TESTED))
    assert tested.status == "ok", tested
    extras = look("installation.extras", replace(subject, needs={"servers": "a database"}))
    assert extras == Finding("ok", "servers for a database")
    assert look("installation.extras").status == "unused"
    assert look("installation.tested").status == "unused"


def test_python_too_old(by_command: Look, not_ok: NotOk, older: Older) -> None:
    found = by_command(
        "installation.python", environment=older("matsluice", "99.0", "Requires-Python: >=3.99")
    )
    not_ok(
        "installation.python", found, said=r"Python 3\.\d+\.\d+, and >=3.99 is needed", do=r"Python >=3.99"
    )


def test_a_package_too_old(by_command: Look, not_ok: NotOk, older: Older) -> None:
    found = by_command("installation.packages", environment=older("numpy", "1.26.0"))
    not_ok("installation.packages", found, said=r"numpy 1\.26\.0 \(needed: >=2\.0\)", do="make env")


def test_how_a_tested_version_was_built_does_not_matter(
    look: Look, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# tested\nnumpy==2.13.0\n")
    monkeypatch.setattr(installation, "_installed", lambda _: "2.13.0+cpu")
    assert look("installation.tested", replace(subject, constraints=pins)).status == "ok"
    monkeypatch.setattr(installation, "_installed", lambda _: "2.13.1+cpu")
    assert look("installation.tested", replace(subject, constraints=pins)).status == "warning"


def test_a_version_that_was_not_tested(not_ok: NotOk, subject: Subject, tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# tested\nnumpy==0.1\nnot-installed-anywhere==1.0\n")
    assert read_pins(pins) == {"numpy": "0.1", "not-installed-anywhere": "1.0"}
    not_ok(
        "installation.tested",
        replace(subject, constraints=pins),
        said=r"1 of 1 packages in another version: numpy [\d.]+ \(tested: 0\.1\)",
        do="--constraint",
        status="warning",
    )


def test_an_extra_that_is_not_installed(by_command: Look, not_ok: NotOk, older: Older) -> None:
    surroundings = {
        **older("psycopg2-binary", "1.0"),
        "MLFLOW_TRACKING_URI": "postgresql://nobody@127.0.0.1:9/none",
    }
    found = by_command("installation.extras", environment=surroundings)
    not_ok(
        "installation.extras",
        found,
        said=r"database on PostgreSQL needs psycopg2-binary 1\.0 \(needed: >=2\.9\)",
        do=r"pip install 'matsluice\[servers\]'",
    )


@pytest.mark.cluster
def test_kernels_that_cannot_be_kept(
    by_command: Look, not_ok: NotOk, program: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    package = Path(__file__).parents[3] / "infra" / "doctor"
    cannot = f"mount --bind {package} {package} && mount -o remount,ro,bind {package}"
    namespace = program("unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m")
    found = by_command(
        "installation.kernels",
        below=[*namespace, "sh", "-ec", f'{cannot}; exec "$@"', "sh"],
        # What numba takes where it cannot write beside the module.
        environment={"XDG_CACHE_HOME": str(tmp_path / "file" / "cache"), "HOME": str(tmp_path / "file")},
    )
    not_ok(
        "installation.kernels",
        found,
        said="compiled anew in every process .*no locator",
        do="NUMBA_CACHE_DIR",
        status="warning",
    )
