"""Units of systemd, held against its own validators and their promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INFRA = Path(__file__).parents[2] / "infra"
UNITS = sorted(
    path for path in (INFRA / "systemd").iterdir() if path.suffix in (".service", ".target", ".timer")
)
SECRET = re.compile(r"PASSWORD|SECRET|AUTH_STRING|TOKEN")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with this environment in place of /opt/matsluice, so that what they start is looked for."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed: infra/testbed/install.sh does that")
    for path in UNITS:
        (tmp_path / path.name).write_text(path.read_text().replace("/opt/matsluice", str(Path(sys.prefix))))
    return [tmp_path / path.name for path in UNITS]


def verify(units: list[Path]) -> subprocess.CompletedProcess[str]:
    return run("systemd-analyze", "verify", "--man=no", *units)


@pytest.mark.cluster
def test_units_are_such(units: list[Path]) -> None:
    answer = verify(units)
    assert (answer.returncode, answer.stderr.strip()) == (0, "")


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("old", "new"),
    [("bin/prefect server", "bin/perfect server"), ("Restart=on-failure", "Restart=often")],
)
def test_the_validator_of_units_would_say_so(units: list[Path], old: str, new: str) -> None:
    (unit,) = (path for path in units if path.name == "matsluice-prefect.service")
    assert old in unit.read_text()
    unit.write_text(unit.read_text().replace(old, new))
    answer = verify(units)
    assert answer.returncode or answer.stderr


@pytest.mark.cluster
def test_units_are_closed(units: list[Path]) -> None:
    for unit in units:
        if unit.suffix == ".service":
            answer = run(
                "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit
            )
            assert answer.returncode == 0, answer.stdout[-200:] + answer.stderr


@pytest.mark.parametrize(
    "unit", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name
)
def test_units_keep_the_promises(unit: Path) -> None:
    text = unit.read_text()
    for line in (
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
    ):
        assert line in text.splitlines()
    assert "MemoryMax=" in text
    assert "TasksMax=" in text
    for line in text.splitlines():
        if line.startswith("Environment="):
            assert not SECRET.search(line), line
    if "--host" in text:
        assert re.findall(
            r"--host (\S+)", "\n".join(x for x in text.splitlines() if x.startswith("Exec"))
        ) == ["127.0.0.1"]
    if "Type=oneshot" not in text:
        assert re.search(r"^Restart=(on-failure|always)$", text, re.MULTILINE)
