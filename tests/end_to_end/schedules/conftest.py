"""Schedules with a real server, a real clock and real processes; the API is asked as the Prefect UI asks it."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

PLUGIN = Path(__file__).parents[2] / "plugins" / "paced.py"
# The machine may be busy with other tests; nothing here waits longer than it has to.
PATIENCE_S = 900.0
QUICK = (
    ('"composition.elemental", "composition.magpie", "composition.stoichiometry"', '"composition.elemental"'),
    (
        'kind = "random_forest"\nparams = { n_estimators = 40 }',
        'kind = "ridge"\nname = "stiff"\nparams = { alpha = 100.0 }',
    ),
    ("folds = 3", "folds = 2"),
    ("sizes = [2, 3]", "sizes = [2]"),
    ("workers = 2", "workers = 1"),
)


@dataclass(slots=True)
class Api:
    """A Prefect API, asked in JSON."""

    url: str

    def __call__(self, path: str, method: str = "POST", content: dict[str, Any] | None = None) -> Any:
        data = json.dumps(content or {}).encode() if method != "GET" else None
        request = urllib.request.Request(
            f"{self.url}{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        for pause_s in (1, 2, 4, 8, 16, 32, 0):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError as refusal:
                # Its database is locked for a moment: Prefect's own client asks again, too.
                if refusal.code != HTTPStatus.SERVICE_UNAVAILABLE or not pause_s:
                    raise
                time.sleep(pause_s)
        raise AssertionError("the last one returns or raises")

    def deployment(self) -> dict[str, Any]:
        (only,) = self("/deployments/filter")
        found: dict[str, Any] = only
        return found

    def runs(self) -> list[dict[str, Any]]:
        """Return the deployment's flow runs in the order in which they are due."""
        wanted = {"deployments": {"id": {"any_": [self.deployment()["id"]]}}}
        return sorted(self("/flow_runs/filter", content=wanted), key=lambda run: run["expected_start_time"])

    def ended(self, state: str = "COMPLETED") -> list[dict[str, Any]]:
        return [run for run in self.runs() if run["state_type"] == state]

    def state(self, run_id: str) -> tuple[str, str]:
        run = self(f"/flow_runs/{run_id}", "GET")
        return run["state"]["type"], run["state"]["name"]

    def history(self, run_id: str) -> list[str]:
        """Return the names of a run's states in their order."""
        return [state["name"] for state in self(f"/flow_run_states/?flow_run_id={run_id}", "GET")]

    def set_state(self, run_id: str, kind: str, name: str | None = None, **details: Any) -> None:
        state = {"type": kind, "name": name, "state_details": details}
        self(f"/flow_runs/{run_id}/set_state", content={"state": state, "force": False})

    def start(self) -> str:
        """Ask for a run now, as the UI's "Quick run" does, and return its id."""
        made: str = self(f"/deployments/{self.deployment()['id']}/create_flow_run")["id"]
        return made


@dataclass(slots=True)
class Night:
    """A folder with a campaign that is scheduled, and what goes on there."""

    folder: CampaignFolder
    rows: Path | None = None

    def schedule(self, *words: str) -> Answer:
        """Schedule the campaign, or fail with what was said."""
        answer = self.folder("schedule", "campaign.toml", *words)
        assert answer.code == 0, answer.err
        return answer

    def serve(self) -> tuple[Call, Api]:
        """Start serving, and return the call and the API, which answers."""
        serving = self.folder.start("serve", "campaign.toml")
        record = self.folder.path / "workspace" / "servers" / "prefect.json"
        self.until(lambda: '", next' in serving.err.read_text(), "serve has begun")
        return serving, Api(json.loads(record.read_text())["url"])

    def api(self, url: str) -> Api:
        return Api(url)

    def until(self, condition: Callable[[], Any], what: str, timeout_s: float = PATIENCE_S) -> Any:
        """Return what the condition gives as soon as that is anything."""
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, f"not in time: {what}"
            time.sleep(0.3)
        return found

    def state(self, number: int = -1) -> dict[str, Any]:
        """Return the state of a run, the latest if left out."""
        state: dict[str, Any] = json.loads((self.folder.runs()[number] / "state.json").read_text())
        return state

    def hurry(self) -> None:
        """Have rows computed at once from now on."""
        assert self.rows is not None
        self.rows.with_name("slow").unlink()

    def rows_computed(self) -> list[str]:
        """Return the formula of each row that was computed."""
        assert self.rows is not None
        return self.rows.read_text().splitlines()


@pytest.fixture
def night(new_folder: MakeFolder) -> Night:
    """A campaign of few seconds."""
    return Night(new_folder(*QUICK))


@pytest.fixture
def slow_night(new_folder: MakeFolder) -> Night:
    """A campaign that featurizes slowly and notes each row it computes."""
    folder = new_folder(
        (QUICK[0][0] + "]", '"paced.elements"]\nchunk_rows = 4'),
        ("[screen]", '[plugins]\nmodules = ["paced.py"]\n[screen]'),
        *QUICK[1:],
    )
    shutil.copy(PLUGIN, folder.path)
    log = folder.path.parent / "rows.log"
    log.touch()
    log.with_name("slow").touch()
    return Night(replace(folder, environment={**folder.environment, "MATSLUICE_TEST_ROWS": str(log)}), log)
