"""The files an operator uses, held against the validators of what they are for, and against their own promises."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
BIN = Path(sys.executable).parent
COMPOSE = INFRA / "compose.yaml"
# Others' manifests stand in the same folder; each is held to what holds for all.
MANIFESTS = sorted(
    path for path in (INFRA / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml"
)
PLAIN = [path for path in MANIFESTS if not path.name.startswith("daskcluster")]
UNITS = sorted(
    path for path in (INFRA / "systemd").iterdir() if path.suffix in (".service", ".target", ".timer")
)
SECRET = re.compile(r"PASSWORD|SECRET|AUTH_STRING|TOKEN")


def run(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return content


def documents(paths: list[Path] = PLAIN) -> Iterator[dict[str, Any]]:
    for path in paths:
        yield from yaml.safe_load_all(path.read_text())


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents():
        template = document.get("spec", {}).get("template")
        if template:
            yield document["metadata"]["name"], template["spec"]


def check_compose(file: Path) -> subprocess.CompletedProcess[str]:
    return run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_compose_file_is_one() -> None:
    answer = check_compose(COMPOSE)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_validator_would_say_so(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("healthcheck:", "healthchek:", 1))
    assert check_compose(wrong).returncode != 0


def test_compose_services_keep_the_promises() -> None:
    services = compose()["services"]
    assert {"postgres", "prefect", "mlflow", "scheduler", "worker", "bucket"} <= set(services)
    for name, service in services.items():
        assert re.search(r":[\w.-]*\d[\w.-]*$", service["image"]), f"{name}: no version"
        assert "limits" in service["deploy"]["resources"] if name != "buckets" else True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"], name
        for port in service.get("ports", []):
            assert port.startswith("${MATSLUICE_BIND:-127.0.0.1}:"), f"{name}: {port}"
        for variable, text in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert text.startswith("/run/secrets/"), f"{name}: {variable}"
                assert text.removeprefix("/run/secrets/") in service["secrets"], f"{name}: {text}"
    answering = {name for name, service in services.items() if "healthcheck" in service}
    assert set(services) - answering == {"buckets", "worker", "campaign"}


def test_secrets_are_those_that_are_made(tmp_path: Path) -> None:
    made = run(INFRA / "container" / "make-secrets.sh", tmp_path / "secrets")
    assert made.returncode == 0, made.stderr
    files = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {name: Path(entry["file"]).name for name, entry in compose()["secrets"].items()} == {
        name: name for name in files
    }
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert min(map(len, files.values())) >= 32
    assert len(set(files.values())) == len(files)
    assert not any(text.endswith("\n") for text in files.values())
    again = run(INFRA / "container" / "make-secrets.sh", tmp_path / "secrets")
    assert again.returncode == 0
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == files
    keys = {
        entry["valueFrom"]["secretKeyRef"]["key"]
        for _, pod in pods()
        for container in pod["containers"]
        for entry in container.get("env", [])
        if "valueFrom" in entry
    }
    assert keys == set(files)


def test_a_command_gets_secrets_from_files_as_variables(tmp_path: Path) -> None:
    # What stands below /run/secrets in a container stands in a folder of the test's here.
    (tmp_path / "password").write_text("two words = 'one' secret\n")
    script = (INFRA / "container" / "with-secrets.sh").read_text()
    assert script.count("/run/secrets/") == 2
    moved = tmp_path / "with-secrets.sh"
    moved.write_text(script.replace("/run/secrets/", f"{tmp_path}/"))
    said = "import json, os; print(json.dumps(dict(os.environ)))"
    files = {"PGPASSWORD_FILE": str(tmp_path / "password"), "SSL_CERT_FILE": "/etc/ssl/certs/all.pem"}
    answer = run("sh", moved, sys.executable, "-c", said, env={**os.environ, **files})
    found = json.loads(answer.stdout)
    assert found["PGPASSWORD"] == "two words = 'one' secret"
    assert "PGPASSWORD_FILE" not in found
    assert found["SSL_CERT_FILE"] == "/etc/ssl/certs/all.pem"
    missing = run("sh", moved, "true", env={**os.environ, "PGPASSWORD_FILE": str(tmp_path / "none")})
    assert missing.returncode == 78
    assert "PGPASSWORD_FILE names" in missing.stderr


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_manifest_is_one(path: Path) -> None:
    answer = run(BIN / "kubernetes-validate", "--strict", path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_validator_of_manifests_would_say_so(tmp_path: Path) -> None:
    wrong = tmp_path / "prefect.yaml"
    wrong.write_text((INFRA / "kubernetes" / "prefect.yaml").read_text().replace("replicas: 1", "replica: 1"))
    assert run(BIN / "kubernetes-validate", "--strict", wrong).returncode != 0


def test_every_manifest_is_applied_or_says_why_not() -> None:
    kustomization = yaml.safe_load((INFRA / "kubernetes" / "kustomization.yaml").read_text())
    assert {path.name for path in PLAIN} - set(kustomization["resources"]) == {"campaign.yaml"}
    assert set(kustomization["resources"]) <= {path.name for path in PLAIN}
    assert {document["metadata"].get("namespace", "matsluice") for document in documents()} == {"matsluice"}


@pytest.mark.parametrize(("name", "pod"), list(pods()), ids=[name for name, _ in pods()])
def test_pods_keep_the_promises(name: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert re.search(r":[\w.-]*\d[\w.-]*$", container["image"])
        assert set(container["resources"]) == {"requests", "limits"}
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        for entry in container.get("env", []):
            assert ("valueFrom" in entry) == bool(SECRET.search(entry["name"])), entry["name"]
        if name not in ("buckets", "campaign"):
            assert {"startupProbe", "livenessProbe"} <= set(container)


def test_whoever_is_asked_is_asked_by_name_and_let_in() -> None:
    found = list(documents())
    policies = {
        document["spec"]["podSelector"].get("matchLabels", {}).get("app"): document["spec"]
        for document in found
        if document["kind"] == "NetworkPolicy"
    }
    assert None in policies  # the one for all, which lets nobody in
    assert "ingress" not in policies[None]
    for service in (document for document in found if document["kind"] == "Service"):
        app = service["spec"]["selector"]["app"]
        open_ports = {port["port"] for rule in policies[app]["ingress"] for port in rule.get("ports", [])}
        assert open_ports == {port["port"] for port in service["spec"]["ports"]}, app


def test_example_of_the_variables_is_that_of_the_units() -> None:
    example = (INFRA / "systemd" / "servers.env.example").read_text()
    files = set(re.findall(r"^# --- (\w+\.env)", example, re.MULTILINE))
    named = {
        Path(name).name
        for unit in UNITS
        for name in re.findall(r"^EnvironmentFile=(?!-)(\S+)", unit.read_text(), re.MULTILINE)
    }
    assert files == named
    # No secret stands in an example.
    assert not re.search(r"(PASSWORD|SECRET_KEY)=.+", example)


def variables_of(server: str) -> dict[str, dict[str, str]]:
    """Return what each form sets for a server, by form; values that are secrets or differ by place are left out."""
    (unit,) = (path for path in UNITS if path.name == f"matsluice-{server}.service")
    lines = re.findall(r"^Environment=(.*)$", unit.read_text(), re.MULTILINE)
    (pod,) = (pod for name, pod in pods() if name == server)
    forms = {
        "compose": compose()["services"][server]["environment"],
        "kubernetes": {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]},
        "systemd": dict(word.split("=", 1) for line in lines for word in line.split()),
    }
    by_place = ("HOME", "DIRECTORY", "_FILE", "AWS_")
    return {
        form: {
            name: str(text) for name, text in found.items() if text and not any(x in name for x in by_place)
        }
        for form, found in forms.items()
    }


@pytest.mark.parametrize("server", ["prefect", "mlflow"])
def test_the_forms_set_the_same(server: str) -> None:
    forms = variables_of(server)
    page = (ROOT / "docs" / "servers.md").read_text()
    started = (ROOT / "tests" / "end_to_end" / "servers" / "conftest.py").read_text()
    names = set.union(*(set(found) for found in forms.values()))
    for name in names:
        values = {form: found[name] for form, found in forms.items() if name in found}
        assert len(set(values.values())) == 1, f"{name}: {values}"
    for name in (
        "PGUSER",
        *(name for name in names if name.endswith(("CONNECTION_URL", "JOB_EXECUTION", "CONFIG_PATH"))),
    ):
        assert f"{name}=" in page, name
        assert f'"{name}"' in started, name
    (url,) = {
        found[name] for found in forms.values() for name in found if name.endswith("CONNECTION_URL")
    } or {"postgresql:///mlflow"}
    assert url in page
    assert url in started


def test_page_names_what_there_is() -> None:
    page = (ROOT / "docs" / "servers.md").read_text()
    links = re.findall(r"\]\(\.\./([^)]+)\)", page)
    named = re.findall(r"(?<![\w/])infra/[\w./@-]+\w", page)
    assert links
    assert named
    for path in {*links, *named}:
        assert list(ROOT.glob(f"{path}*")), path
    modules = set(re.findall(r"-m (matsluice[\w.]+)", page))
    assert modules == {"matsluice.infra.tracking.store_copy"}
    example = (INFRA / "systemd" / "servers.env.example").read_text()
    people = re.findall(r"^export (\w+)=", page.split("## As processes")[0], re.MULTILINE)
    assert people == re.findall(r"^(\w+)=", example.split("people.env")[1], re.MULTILINE)


def test_image_takes_the_tested_versions() -> None:
    text = (INFRA / "container" / "Containerfile").read_text()
    assert "--constraint /src/constraints.txt" in text
    assert "/src[servers]" in text
    users = re.findall(r"^USER (\d+):", text, re.MULTILINE)
    assert users[-1:] == ["10001"]
    images = [compose()["services"][name]["image"] for name in ("prefect", "mlflow", "scheduler", "worker")]
    assert set(images) == {"matsluice:0.1.0"}
    scripts = [path for path in INFRA.rglob("*.sh") if path.is_file()]
    assert all(os.access(path, os.X_OK) for path in scripts)
    for path in scripts:
        assert (
            run("sh" if path.read_text().startswith("#!/bin/sh") else "bash", "-n", path).returncode == 0
        ), path
