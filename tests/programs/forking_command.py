"""The installed command in processes that are forked from one which has imported what it imports.

    python forking_command.py

A third of what a small campaign costs are the imports of the command alone. Each line on stdin asks for a call: words,
folder, environment, files for what it prints, and a file for how it ends; its process id is printed. The call is what
the installed command does, in a process, a session and an environment of its own.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from pathlib import Path
from typing import Any

LOOK_AGAIN_S = 0.02


def import_what_runs_do() -> None:
    """Import as a run does, with what Prefect and MLflow read when they are imported in the environment."""
    from matsluice.infra.servers.prefect_settings import prefect_environment
    from matsluice.infra.tracking.store import ENVIRONMENT

    settings = {**prefect_environment(Path(os.environ["XDG_CACHE_HOME"]) / "forking"), **ENVIRONMENT}
    os.environ.update(settings)
    Path(settings["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    import distributed  # noqa: F401
    import matplotlib.backends.backend_agg  # noqa: F401
    import mlflow.pyfunc
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.model_selection  # noqa: F401
    from mlflow.utils.requirements_utils import _init_packages_to_modules_map

    import matsluice.flows.campaign
    import matsluice.flows.command_line.app
    import matsluice.tasks.material.kernel
    import matsluice.tasks.report.page  # noqa: F401

    # A second of reading what is installed, which MLflow does once a process.
    _init_packages_to_modules_map()  # type: ignore[no-untyped-call]


def answer_calls() -> None:
    """Fork for each line; return in the child, or end when there are no more lines."""
    ends: dict[int, str] = {}
    lines = os.fdopen(os.dup(0), "rb", buffering=0)
    while True:
        if select.select([lines], [], [], LOOK_AGAIN_S if ends else None)[0]:
            line = lines.readline()
            if not line:
                os._exit(0)
            asked = json.loads(line)
            # Before the caller hears of the call: it may look at them at once.
            printed = [os.open(asked[name], os.O_WRONLY | os.O_CREAT) for name in ("out", "err")]
            pid = os.fork()
            if not pid:
                become(asked, printed)
                return
            for descriptor in printed:
                os.close(descriptor)
            ends[pid] = asked["end"]
            os.write(1, b"%d\n" % pid)
        for pid in list(ends):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                place = Path(ends.pop(pid))
                half = place.with_suffix(".half")
                half.write_text(str(os.waitstatus_to_exitcode(status)))
                half.rename(place)


def become(asked: dict[str, Any], printed: list[int]) -> None:
    """Be what `subprocess.Popen` would have made."""
    os.setsid()
    for number, descriptor in enumerate([os.open(os.devnull, os.O_RDONLY), *printed]):
        os.dup2(descriptor, number)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = asked["words"]
    # Processes that it spawns look for the program in the file.
    sys.modules["__main__"].__file__ = asked["words"][0]


if __name__ == "__main__":
    import_what_runs_do()
    assert threading.active_count() == 1, (
        threading.enumerate()
    )  # a fork has one thread, and the others' locks
    answer_calls()
    from matsluice.flows.command_line.app import main

    main()
