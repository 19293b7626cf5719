"""Every distribution that is needed stands under a licence that allows use in any work, or was looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from matsluice.infra.licences import ALLOWED, LOOKED_AT, licences


def test_all_are_allowed() -> None:
    found = licences()
    assert len(found) > 50
    assert [f"{one.name}: {one.licence}" for one in found if not one.allowed] == []


def test_what_was_looked_at_is_still_needed_and_has_a_reason() -> None:
    assert set(LOOKED_AT) <= {one.name for one in licences()}
    assert all(remark for _, remark in LOOKED_AT.values())


def test_others_would_be_found() -> None:
    for licence in ("GNU General Public License v3", "AGPL-3.0-only", "Proprietary", "CC-BY-NC-4.0", ""):
        assert not ALLOWED.search(licence), licence


def test_the_command_lists_them() -> None:
    command = Path(sys.executable).with_name("matsluice")
    answer = subprocess.run([command, "licences", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["matsluice"]["licence"] == "MIT"
