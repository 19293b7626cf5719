"""Calls that may hang, eat memory or kill their process, made in a child that can be killed."""

from matsluice.infra.isolation.killable import KillableProcess
from matsluice.infra.isolation.losses import Lost, RaisedInChild

__all__ = ["KillableProcess", "Lost", "RaisedInChild"]
