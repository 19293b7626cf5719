"""Have Prefect call a web address when runs end: an automation of its own, made through its API.

    python -m matsluice.infra.prefect.notify --url https://chat.example.org/hooks/T0/B0 --on failed,crashed
    python -m matsluice.infra.prefect.notify --url http://127.0.0.1:8080 --workspace workspace --on completed
    python -m matsluice.infra.prefect.notify --remove

The server is the one PREFECT_API_URL names, else the workspace's own, which must be kept up by `matsluice serve`. The
same command twice makes one automation. The address is kept in a block of Prefect's, which shows it to nobody.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.schedules.client import prefect_of

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

STATES = ("completed", "failed", "crashed", "cancelled", "late")
FLOW_NAME = "scheduled campaign"
NAME = "matsluice-notify"
# Rendered by Prefect for each event; "text" is what Slack, Mattermost and the like show.
PAYLOAD = """{
 "text": {{ (deployment.name ~ ": run " ~ flow_run.name ~ " is " ~ flow_run.state.name) | tojson }},
 "campaign": {{ deployment.name | tojson }},
 "flow_run": {{ flow_run.id | string | tojson }},
 "state": {{ flow_run.state.name | tojson }},
 "message": {{ (flow_run.state.message or "") | tojson }}
}"""


def main(arguments: list[str] | None = None) -> int:
    """Make, change or remove the automation; a mistake is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="matsluice.infra.prefect.notify")
    parser.add_argument("--url", help="address to POST to")
    parser.add_argument("--on", default="failed,crashed", help=f"any of {', '.join(STATES)}; comma between")
    parser.add_argument(
        "--workspace", type=Path, default=Path("workspace"), help="whose server, where none is named"
    )
    parser.add_argument("--name", default=NAME, help="the automation's and the block's name")
    parser.add_argument("--remove", action="store_true", help="take it away")
    given = parser.parse_args(arguments)
    try:
        states = () if given.remove else checked_states(given.on)
        url = "" if given.remove else checked_url(given.url)
        with prefect_of(given.workspace) as client:
            if given.remove:
                said = f"removed {remove(client, given.name)} automations"
            else:
                said = f"{notify(client, given.name, url, states)}: {', '.join(states)} runs are told"
    except InvalidInput as mistake:
        sys.stderr.write(f"error: {mistake}\n")
        return 2
    sys.stdout.write(f"{said}\n")
    return 0


def checked_states(text: str) -> tuple[str, ...]:
    """Return the states of a list with commas.

    Examples
    --------
    >>> checked_states("failed, crashed")
    ('failed', 'crashed')
    """
    states = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    for state in states:
        if state not in STATES:
            raise InvalidInput(unknown_word("state", state, STATES))
    if not states:
        raise InvalidInput(f"--on names no state: give some of {', '.join(STATES)}")
    return states


def checked_url(url: str | None) -> str:
    """Return the address where it is one that can be posted to."""
    parts = urlsplit(url or "")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InvalidInput(f'--url "{url or ""}" is no address: give http://… or https://…')
    return str(url)


def notify(client: SyncPrefectClient, name: str, url: str, states: Sequence[str]) -> str:
    """Have Prefect POST to an address when a scheduled campaign's run comes to one of the states.

    Returns
    -------
    str
        "registered" or "changed".
    """
    from prefect.blocks.webhook import Webhook
    from prefect.events.actions import CallWebhook
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification
    from pydantic import SecretStr

    before = remove(client, name)
    block = cast("UUID", Webhook(method="POST", url=SecretStr(url)).save(name, overwrite=True))
    trigger = EventTrigger(
        expect={f"prefect.flow-run.{state.capitalize()}" for state in states},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification(
            {"prefect.resource.role": "flow", "prefect.resource.name": FLOW_NAME}
        ),
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
    )
    client.create_automation(
        AutomationCore(
            name=name,
            description=f"POST to a webhook when a scheduled campaign is {' or '.join(states)}",
            trigger=trigger,
            actions=[CallWebhook(block_document_id=block, payload=PAYLOAD)],
        )
    )
    return "changed" if before else "registered"


def remove(client: SyncPrefectClient, name: str) -> int:
    """Take away the automations of a name, and return how many there were."""
    there = client.read_automations_by_name(name)
    for each in there:
        client.delete_automation(each.id)
    return len(there)


if __name__ == "__main__":
    sys.exit(main())
