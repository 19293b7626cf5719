"""The command itself, with a model that brings code: refused until a person trusts it, then served."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from matsluice.infra.servers.answers import wait_until_answers
from matsluice.infra.servers.ports import free_port
from matsluice.tasks.predict.model_folder import write_model

if TYPE_CHECKING:
    from matsluice.tasks.predict.material_model import MaterialModel

COMMAND = Path(sys.executable).with_name("matsluice")


def test_a_model_with_a_plugin_is_served_where_it_is_trusted(poisoned: MaterialModel, tmp_path: Path) -> None:
    write_model(poisoned, tmp_path)
    port = free_port()
    words: list[str | Path] = [COMMAND, "serve-model", tmp_path, "--port", str(port)]
    refused = subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2
    assert "the plug-in plugins/0/poison.py; look at it" in refused.stderr
    assert "Traceback" not in refused.stderr
    with subprocess.Popen([*words, "--trust"], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_answers(f"http://127.0.0.1:{port}/health", "the service", 120)
            body = json.dumps({"materials": ["NaCl", "FrO"]}).encode()
            asked = Request(f"http://127.0.0.1:{port}/predict", body, {"Content-Type": "application/json"})
            with urlopen(asked, timeout=60) as answer:
                rows = json.load(answer)["predictions"]
        finally:
            process.terminate()
        assert process.wait(60) == 0
    assert [row["reason"] for row in rows] == [None, "raised: ValueError: not this one"]
