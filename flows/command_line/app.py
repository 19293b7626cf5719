"""The command line: what there is, and what a mistake looks like."""

from __future__ import annotations

import sys

import typer

from matsluice.flows.command_line import (
    bench_commands,
    campaign_commands,
    catalogue_commands,
    cluster_commands,
    compare_commands,
    doctor_commands,
    feature_commands,
    log_commands,
    promote_commands,
    schedule_commands,
    screen_commands,
    service_commands,
    start_commands,
    store_commands,
)
from matsluice.flows.command_line.unforeseen import unforeseen
from matsluice.infra.mistakes import Failed, Interrupted, InvalidInput
from matsluice.infra.redaction import redacted

EXIT_INVALID, EXIT_INTERRUPTED, EXIT_FAILED = 2, 3, 4

app = typer.Typer(
    name="matsluice",
    help="Screen large materials databases: featurize, cross-validate, track, rank, resume.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    start_commands,
    campaign_commands,
    screen_commands,
    schedule_commands,
    log_commands,
    compare_commands,
    feature_commands,
    promote_commands,
    service_commands,
    store_commands,
    cluster_commands,
    catalogue_commands,
    doctor_commands,
    bench_commands,
):
    module.add_to(app)


def main() -> None:
    """Run the command line; every mistake is one sentence and an exit code."""
    try:
        app()
    except InvalidInput as mistake:
        _end(f"error: {mistake}", EXIT_INVALID)
    except Interrupted as stop:
        _end(f"interrupted: {stop}", EXIT_INTERRUPTED)
    except Failed as failure:
        _end(f"failed: {failure}", EXIT_FAILED)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a sentence and not a trace
        _end(f"failed: {unforeseen(error)}", EXIT_FAILED)


def _end(sentence: str, code: int) -> None:
    print(redacted(sentence), file=sys.stderr)
    sys.exit(code)
