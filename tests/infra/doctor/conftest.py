"""Trouble that is really there: servers that answer wrongly, disks that are full, a kernel that says no."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.flows.campaign_file import load_campaign, write_starter
from matsluice.infra.doctor import CHECKS, Finding, Status, Subject, examine

if TYPE_CHECKING:
    from matsluice.infra.clusters import ClusterSettings

COMMAND = Path(sys.executable).with_name("matsluice")
TIMEOUT_S = 240


@dataclass(slots=True)
class Route:
    """What a server answers to one path."""

    status: int = 200
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@pytest.fixture
def serve() -> Iterator[Callable[[Mapping[str, Route]], str]]:
    """A function: start an HTTP server with these paths and return its address."""
    with ExitStack() as servers:

        def start(routes: Mapping[str, Route]) -> str:
            class Handler(BaseHTTPRequestHandler):
                def answer(self) -> None:
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    route = routes.get(self.path.partition("?")[0], Route(404, "nothing of that name"))
                    time.sleep(route.delay_s)
                    self.send_response_only(route.status)
                    dated = {"Date": self.date_time_string(), "Content-Type": "application/json"}
                    for name, text in {**dated, **route.headers}.items():
                        self.send_header(name, text)
                    self.send_header("Content-Length", str(len(route.text)))
                    self.end_headers()
                    self.wfile.write(route.text.encode())

                do_GET = do_POST = answer  # noqa: N815 - the names the library calls

                def log_message(self, *_words: object) -> None:
                    """Print nothing."""

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.server_close)
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_address[1]}"

        yield start


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """An empty workspace of one's own."""
    (tmp_path / "workspace").mkdir(mode=0o700)
    return Subject(tmp_path / "workspace")


Look = Callable[..., Finding]


@pytest.fixture
def look(subject: Subject) -> Look:
    """A function: what a check finds, here or of another subject."""

    def found(name: str, of: Subject | None = None) -> Finding:
        (result,) = examine(of or subject, [CHECKS[name]])
        return result.finding

    return found


@pytest.fixture
def by_command(tmp_path: Path) -> Look:
    """A function: what a check finds in `matsluice doctor`, started below other programs or in other surroundings."""

    def found(
        name: str,
        *words: str | Path,
        below: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Finding:
        workspace = tmp_path / "workspace"
        workspace.mkdir(mode=0o700, exist_ok=True)
        where = (
            []
            if "--workspace" in words or str(words[:1]).endswith(".toml'),)")
            else ["--workspace", workspace]
        )
        command = [*below, COMMAND, "doctor", *words, *where, "--only", name, "--json"]
        answer = subprocess.run(
            [str(word) for word in command],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        assert "Traceback" not in answer.stderr, answer.stderr
        assert answer.stdout, answer.stderr
        (check,) = json.loads(answer.stdout)["checks"]
        assert answer.returncode == (4 if check["status"] == "failure" else 0), answer.stderr
        return Finding(check["status"], check["said"], check["do"])

    return found


NotOk = Callable[..., None]


@pytest.fixture
def not_ok(look: Look) -> NotOk:
    """A function: see that a check finds what is wrong, says it, and says what to do.

    tests/contracts/test_doctor.py reads the names it is called with: a check it is not called for has no test.
    """

    def see(
        name: str,
        found: Finding | Subject | None = None,
        *,
        said: str,
        do: str,
        status: Status = "failure",
    ) -> None:
        finding = found if isinstance(found, Finding) else look(name, found)
        assert finding.status == status, finding
        assert re.search(said, finding.said), finding
        assert re.search(do, finding.do), finding
        assert "\n" not in finding.said + finding.do

    return see


@pytest.fixture
def cluster(tmp_path: Path) -> Callable[..., ClusterSettings]:
    """A function: what [cluster] with these lines says."""

    def settings(*lines: str) -> ClusterSettings:
        folder = tmp_path / "campaign"
        shutil.rmtree(folder, ignore_errors=True)
        file = write_starter(folder)[0]
        before = re.split(r"^\[cluster\]$", file.read_text(), flags=re.MULTILINE)[0]
        file.write_text(before + "[cluster]\n" + "\n".join(lines) + "\n")
        return load_campaign(file).cluster

    return settings


@pytest.fixture
def mount() -> Iterator[Callable[[Path, str], Path]]:
    """A function: a folder that is a disk in memory, with some options; skips where one may not mount."""
    mounted: list[Path] = []

    def at(folder: Path, options: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield at
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def program() -> Callable[..., list[str]]:
    """A function: a command that is tried first, or a skip that says what is missing."""

    def usable(*command: str) -> list[str]:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed: infra/testbed/install.sh does that")
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"{' '.join(command)}: {tried.stderr.strip()}")
        return list(command)

    return usable


@pytest.fixture
def older(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """A function: surroundings in which packages are installed in other versions than they are."""

    def surroundings(name: str, version: str, *lines: str) -> dict[str, str]:
        folder = tmp_path / "site" / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
        (folder / "METADATA").write_text("\n".join(head) + "\n\n")
        return {"PYTHONPATH": str(tmp_path / "site")}

    return surroundings


@pytest.fixture
def route() -> type[Route]:
    """What a server answers to one path."""
    return Route
