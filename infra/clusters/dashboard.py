"""Dask's dashboard, drawn when somebody opens it: importing what draws it takes seconds, which most runs can save."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from distributed import Scheduler

DRAWS: Final = "distributed.dashboard.scheduler"
# A scheduler's options with which it shows nothing by itself, but listens for whoever asks.
NOT_DRAWN_YET: Final = {"dashboard": False}


def draw_when_opened(scheduler: Scheduler | None) -> None:
    """Have a scheduler's pages connected at the first request for one of them.

    Parameters
    ----------
    scheduler
        One of this process, started with `NOT_DRAWN_YET`; a cluster that did not come up has none.
    """
    from tornado import web

    if scheduler is None:
        return
    server: Any = scheduler
    connecting = asyncio.Lock()

    class FirstVisit(web.RequestHandler):
        """Connects the pages, and sends the visitor to the one that was asked for."""

        async def get(self, _path: str) -> None:
            """Answer once; afterwards the pages answer themselves."""
            async with connecting:
                if waiting in server.http_application.applications:
                    try:
                        # In a thread: the scheduler goes on meanwhile.
                        await asyncio.get_running_loop().run_in_executor(None, import_module, DRAWS)
                    except ImportError as error:
                        self.set_status(501)
                        self.write(f"What draws this page is not installed ({error}).")
                        return
                    server.http_application.applications.remove(waiting)
                    import_module(DRAWS).connect(server.http_application, server.http_server, server)
            # Only ever to this server: a path with two slashes before it would be another host's.
            self.redirect("/" + self.request.uri.lstrip("/"), status=303)

    waiting = web.Application(
        [(r"/(|status|individual-.*|workers|tasks|system|profile.*|graph|groups)", FirstVisit)]
    )
    server.http_application.add_application(waiting)
