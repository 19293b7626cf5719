"""What a run says of itself while it goes on: lines of JSON in its folder, from the driver and from the workers."""

from matsluice.infra.run_log.current import begin_stage, current_log, logging_run, say
from matsluice.infra.run_log.observed import observed_call
from matsluice.infra.run_log.reading import Wanted, follow_lines, read_lines

__all__ = [
    "Wanted",
    "begin_stage",
    "current_log",
    "follow_lines",
    "logging_run",
    "observed_call",
    "read_lines",
    "say",
]
