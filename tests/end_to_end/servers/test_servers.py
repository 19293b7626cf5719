"""A campaign on the servers of a group, named by environment variables alone."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, Finished, MakeFolder
    from tests.end_to_end.servers.conftest import Group

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(2400),
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
CONTESTS = 3


def on_servers(brief: MakeFolder, group: Group, **changes: str) -> CampaignFolder:
    """Return a folder whose people use the servers: the file names the scheduler, the environment the others."""
    folder = brief(("workers = 1", f'kind = "scheduler"\naddress = "{group.dask_address}"'), own_server=True)
    folder.environment = {**folder.environment, **group.variables, **changes}
    return folder


def check_numbers(folder: CampaignFolder, undisturbed: Finished) -> None:
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.fixture
def client(group: Group, monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's own client, with the group's variables."""
    from mlflow import MlflowClient

    for name, text in group.variables.items():
        monkeypatch.setenv(name, text)
    return MlflowClient(group.mlflow_url)


def check_mlflow(client: Any, answer: Answer, artifacts: str) -> None:
    summary = answer.record
    told = summary["mlflow"]
    runs = {run.info.run_id: run for run in client.search_runs([told["experiment_id"]], max_results=100)}
    mine = {told["run_id"], *(entry["mlflow_run_id"] for entry in summary["models"])}
    assert len(mine) == 1 + CONTESTS
    assert {runs[run_id].info.status for run_id in mine} == {"FINISHED"}
    answer.check_scores(client)
    assert runs[told["run_id"]].info.artifact_uri.startswith(artifacts)
    assert "hits.csv" in {item.path for item in client.list_artifacts(told["run_id"])}
    version = client.get_model_version_by_alias("gaps", "champion")
    assert int(version.version) == summary["champion"]["registered_version"]


def flow_runs(group: Group) -> dict[str, str]:
    """Return the states of Prefect's flow runs by id."""
    login = b64encode(group.variables["PREFECT_API_AUTH_STRING"].encode()).decode()
    answer = httpx.post(
        f"{group.prefect_url}/api/flow_runs/filter",
        headers={"Authorization": f"Basic {login}"},
        json={"sort": "EXPECTED_START_TIME_DESC"},
        timeout=60,
    )
    answer.raise_for_status()
    return {run["id"]: run["state_type"] for run in answer.json()}


def objects(group: Group, prefix: str) -> str:
    """Return what the bucket says it holds."""
    return httpx.get(f"{group.s3_endpoint}/mlflow?list-type=2&prefix={prefix}", timeout=30).text


def check_predicts(folder: CampaignFolder) -> None:
    (folder.path / "new.csv").write_text("formula\nGaAs\nCuInSe2\nXx2O3\n")
    answer = folder("predict", "gaps", "new.csv", "--out", "out.csv", "--json")
    assert answer.code == 0, answer.err
    assert (answer.record["predicted"], answer.record["rows"]) == (2, 3)


def test_run_is_the_embedded_one(
    undisturbed: Finished, brief: MakeFolder, group: Group, client: Any, passwords: dict[str, str]
) -> None:
    folder = on_servers(brief, group)
    answer = folder("run", "campaign.toml", "--json")
    assert answer.code == 0, answer.err
    assert not [word for word in ("Warning", "INFO", "WARNING") if word in answer.err], answer.err
    summary = answer.record
    check_numbers(folder, undisturbed)
    check_mlflow(client, answer, "mlflow-artifacts:/")
    assert "/artifacts/hits.csv" in objects(group, "proxied/")
    assert flow_runs(group)[summary["prefect"]["flow_run_id"]] == "COMPLETED"
    check_predicts(folder)
    # Nothing embedded was made beside them.
    workspace = folder.path / "workspace"
    assert not [*workspace.glob("mlflow.db"), *workspace.glob("servers/prefect/prefect.db")]
    assert folder.calls[0].left_over(grace_s=10) == {}
    kept = [path for path in folder.path.parent.rglob("*") if path.is_file()]
    assert not [
        (path, name)
        for path in kept
        for name, word in passwords.items()
        if word.encode() in path.read_bytes()
    ]


def test_doctor_finds_all_in_order(brief: MakeFolder, group: Group) -> None:
    folder = on_servers(brief, group)
    answer = folder("doctor", "campaign.toml", "--write", "--json")
    assert answer.code == 0, answer.out
    found = {check["name"]: check for check in answer.record["checks"]}
    looked_at = ("prefect", "mlflow", "cluster")
    for name, check in found.items():
        if name.startswith(looked_at) and name not in ("prefect.database", "prefect.template"):
            assert check["status"] == "ok", check


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"MLFLOW_TRACKING_PASSWORD": "guessed-guessed"},
            "does not accept the user name and password: set MLFLOW_TRACKING_USERNAME",
        ),
        (
            {"PREFECT_API_AUTH_STRING": "group:guessed"},
            "does not accept what logs in: set PREFECT_API_AUTH_STRING",
        ),
    ],
    ids=["mlflow", "prefect"],
)
def test_wrong_password(brief: MakeFolder, group: Group, wrong: dict[str, str], said: str) -> None:
    folder = on_servers(brief, group, **wrong)
    answer = folder("run", "campaign.toml")
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert answer.err.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in answer.err
    assert "guessed" not in answer.err
    assert not (folder.path / "workspace").exists()
    if "MLFLOW_TRACKING_PASSWORD" in wrong:
        (folder.path / "new.csv").write_text("formula\nGaAs\n")
        answer = folder("predict", "gaps", "new.csv", "--out", "out.csv")
        assert (answer.code, answer.err.splitlines()[-1].startswith("error: ")) == (2, True), answer.err
        assert said in answer.err


def test_artifacts_straight_to_the_bucket(
    undisturbed: Finished,
    brief: MakeFolder,
    group: Group,
    direct: str,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = {"MLFLOW_TRACKING_URI": direct}
    folder = on_servers(brief, group, **named, MLFLOW_EXPERIMENT="")
    folder.change(('name = "gaps"', 'name = "gaps-direct"'))
    folder.environment = {
        **{name: text for name, text in folder.environment.items() if not name.startswith("AWS_")},
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    answer = folder("run", "campaign.toml")
    assert answer.code == 4, answer.err
    assert "artifacts go to a bucket and there are no keys: set AWS_ACCESS_KEY_ID" in answer.err
    assert "Traceback" not in answer.err
    folder.environment = {**folder.environment, **group.keys}
    answer = folder("run", "campaign.toml", "--json")
    assert answer.code == 0, answer.err
    assert "/artifacts/hits.csv" in objects(group, "direct/")
    (run,) = (folder.path / "workspace" / "runs" / "gaps-direct").glob("2*/hits.parquet")
    assert run.read_bytes() == (undisturbed[0].runs()[0] / "hits.parquet").read_bytes()
    (folder.path / "new.csv").write_text("formula\nGaAs\n")
    assert folder("predict", "gaps-direct", "new.csv", "--out", "out.csv").code == 0
    # Whoever has no keys is told so.
    folder.environment = {
        **{name: text for name, text in folder.environment.items() if name not in group.keys},
        "AWS_ENDPOINT_URL": group.s3_endpoint,
    }
    answer = folder("predict", "gaps-direct", "new.csv", "--out", "out.csv")
    assert (answer.code, "Traceback" in answer.err) == (4, False), answer.err
    assert "cannot be read: artifacts go to a bucket and there are no keys" in answer.err


def test_servers_and_database_killed_and_back(
    undisturbed: Finished, brief: MakeFolder, group: Group, client: Any
) -> None:
    folder = on_servers(brief, group)
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(lambda: folder.fits() >= 2, 900)
    for process in (group.prefect, group.mlflow, group.database.server):
        process.end()
    time.sleep(15)
    assert call.process.poll() is None, call.err.read_text()
    group.database.server.start()
    group.database.wait_ready()
    time.sleep(5)
    group.prefect.start()
    group.mlflow.start()
    group.wait_ready()
    answer = call.wait(1200)
    assert answer.code == 0, answer.err
    assert "Traceback" not in answer.err
    summary = answer.record
    assert (summary["status"], summary["attempts"]) == ("completed", 1)
    check_numbers(folder, undisturbed)
    check_mlflow(client, answer, "mlflow-artifacts:/")
    assert flow_runs(group)[summary["prefect"]["flow_run_id"]] == "COMPLETED"


def test_database_restarted_below_its_servers(
    undisturbed: Finished, brief: MakeFolder, group: Group, client: Any
) -> None:
    folder = on_servers(brief, group)
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(lambda: folder.fits() >= 2, 900)
    group.database.server.end()
    time.sleep(10)
    group.database.server.start()
    group.database.wait_ready()
    answer = call.wait(1200)
    assert answer.code == 0, answer.err
    check_numbers(folder, undisturbed)
    check_mlflow(client, answer, "mlflow-artifacts:/")
    assert flow_runs(group)[answer.record["prefect"]["flow_run_id"]] == "COMPLETED"
