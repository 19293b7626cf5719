"""Workers on hosts that are reached by ssh: started, watched and ended by the run."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matsluice.infra.clusters.between_hosts import wait_as_between_hosts
from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster, opened_by_run
from matsluice.infra.clusters.own_scheduler import (
    check_own_certificates,
    encryption_words,
    scheduler_settings,
)
from matsluice.infra.clusters.ssh_options import SshOptions
from matsluice.infra.clusters.worker_settings import shared_folder_line, worker_environment
from matsluice.infra.mistakes import InvalidInput

IDLE_S = 10.0
# How long a worker tries to reach a run that is not there (any more).
ORPHAN_WAIT_S = 120
ANSWER_WITHIN_S = 120.0
ASKED_AT_ONCE = 16
# What a host has there, told by itself.
VERSIONS = (
    "import json; from matsluice.infra.clusters.versions import versions_here as found; "
    "print(json.dumps(found()))"
)


def ssh_command(options: SshOptions, host: str) -> list[str]:
    """Return the command that runs, on a host, the lines of shell it is given on its input.

    It asks no questions, and notices within a minute that the host is gone.
    """
    config = ["-F", options.ssh_config] if options.ssh_config else []
    settings = ("BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=15", "ServerAliveCountMax=4")
    words = [word for setting in settings for word in ("-o", setting)]
    return ["ssh", *config, "-T", *words, "--", host, "bash -s"]


def worker_script(settings: ClusterSettings, scratch: Path, scheduler: str, name: str) -> str:
    """Return the lines that start a worker on a host, and end it when the run's end of the connection closes."""
    options = settings.options
    assert isinstance(options, SshOptions)
    words = [
        *_python(options),
        *("-m", "distributed.cli.dask_worker", scheduler, "--name", name),
        *("--nthreads", str(settings.threads_per_worker)),
        *("--memory-limit", str(settings.memory_per_worker_bytes)),
        *("--nanny", "--no-dashboard", "--death-timeout", str(ORPHAN_WAIT_S)),
        *(("--interface", options.interface) if options.interface else ()),
    ]
    folder = options.scratch or shlex.quote(str(scratch))
    exports = [f"export {variable}={shlex.quote(text)}" for variable, text in worker_environment().items()]
    return "\n".join(
        [
            *options.setup,
            shared_folder_line(scratch),
            *exports,
            "exec 3<&0",
            " ".join(
                [
                    shlex.join(words),
                    *encryption_words(options.tls),
                    "--local-directory",
                    folder,
                    "< /dev/null &",
                ]
            ),
            "worker=$!",
            '( cat <&3; kill "$worker" ) > /dev/null 2>&1 &',
            "watch=$!",
            'wait "$worker"',
            "ended=$?",
            'kill "$watch" 2> /dev/null',
            'exit "$ended"',
            "",
        ]
    )


def _python(options: SshOptions) -> list[str]:
    return [options.python or sys.executable]


def check_hosts(settings: ClusterSettings) -> None:
    """Raise InvalidInput where ssh is not here, or a host lets nobody in or has other versions.

    Raises
    ------
    InvalidInput
        One line for each host that cannot be used.
    """
    options = settings.options
    assert isinstance(options, SshOptions)
    if shutil.which("ssh") is None:
        raise InvalidInput(
            'cluster.kind = "ssh": the command ssh is not installed here; install OpenSSH\'s client, '
            'or write kind = "local"'
        )
    check_own_certificates(options.tls)
    with ThreadPoolExecutor(ASKED_AT_ONCE) as asking:
        answers = asking.map(lambda host: _what_is_wrong(options, host), options.hosts)
    wrong = [sentence for sentence in answers if sentence]
    if wrong:
        raise InvalidInput("\n".join(f"cluster.hosts: {sentence}" for sentence in wrong))


def _what_is_wrong(options: SshOptions, host: str) -> str:
    from matsluice.infra.clusters.versions import differences, versions_here

    script = "\n".join([*options.setup, f"{shlex.join([*_python(options), '-c', VERSIONS])}", ""])
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours; a host cannot begin with -
            ssh_command(options, host),
            input=script,
            capture_output=True,
            text=True,
            timeout=ANSWER_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{host} has not answered for {ANSWER_WITHIN_S:.0f} s"
    said = " / ".join(line.strip() for line in done.stderr.splitlines() if line.strip())[-300:]
    if done.returncode == 255:  # ssh's own
        return f"{host} cannot be reached ({said}): `ssh {host} true` must work without a question"
    try:
        there: Mapping[str, str] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return f"{host} cannot run matsluice with {_python(options)[0]} ({said}): look at cluster.setup and python"
    other = differences(versions_here(), there)
    if other:
        why = "the numbers would depend on who computes them"
        return f"{host} has {'; '.join(other)}, and {why}: install the same on both"
    return ""


def open_cluster(settings: ClusterSettings, scratch: Path) -> OpenCluster:
    """Start a scheduler in this process, which the hosts must be able to reach, and the first workers.

    Parameters
    ----------
    settings
        Workers, their memory and threads; `options` is an SshOptions.
    scratch
        Folder that this host and the others share.
    """
    from matsluice.infra.clusters.ssh_cluster import SshCluster

    options = settings.options
    assert isinstance(options, SshOptions)
    wait_as_between_hosts()
    at_least = settings.workers if options.min_workers is None else options.min_workers
    cluster = SshCluster(
        group=Group(at_least, settings.workers, settings.threads_per_worker, IDLE_S),
        settings=settings,
        scratch=scratch,
        name="ssh",
        **scheduler_settings(options.interface, options.tls),
    )
    return opened_by_run(cluster, None, cluster.awaited)
