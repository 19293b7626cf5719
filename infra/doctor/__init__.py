"""Whether what a campaign stands on is there and fit: one check for each thing that can be wrong."""

from matsluice.infra.doctor.check_spec import CheckSpec, Finding, Status, Subject
from matsluice.infra.doctor.checks import CHECKS
from matsluice.infra.doctor.examine import Result, chosen_checks, examine

__all__ = ["CHECKS", "CheckSpec", "Finding", "Result", "Status", "Subject", "chosen_checks", "examine"]
