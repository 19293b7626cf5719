"""uvicorn that leaves SIGTERM alone and ends at SIGUSR1, which only its guard sends.

python -m matsluice.infra.servers.patient_uvicorn ARGUMENTS OF UVICORN...
"""

from __future__ import annotations

import signal


def main() -> None:
    """Run uvicorn's command line."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    from matsluice.infra.servers.prefect_services import heed_schedules

    heed_schedules()
    import uvicorn.server
    from uvicorn.main import main as run_uvicorn

    # When it has shut down it sends itself the signal it was sent, and ends by that at once.
    uvicorn.server.HANDLED_SIGNALS = (signal.SIGUSR1, signal.SIGINT)
    run_uvicorn()


if __name__ == "__main__":
    main()
