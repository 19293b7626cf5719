"""How much of everything a service takes."""

from __future__ import annotations

from dataclasses import dataclass

from matsluice.tasks.material.refusal import LONGEST_FORMULA

MIB = 1024**2


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What a request and a material may have.

    Attributes
    ----------
    body_bytes
        A request's body.
    bodies_bytes
        The bodies of all requests under way together.
    body_seconds
        Time in which a body has to come.
    batch
        Materials of a request.
    formula_characters, structure_characters
        Length of one formula, of one structure's text.
    atoms
        Sites of a structure's cell, symmetry expanded.
    row_seconds
        Time that a material may take where it is computed in a child process.
    row_memory_bytes
        Memory that it may add to the child.
    request_seconds
        Time after which the materials of a request whose turn has not come are given up.
    threads
        Requests that are computed at once; requests with structures have as many threads of their own.
    waiting, waiting_for_child
        Requests that may wait for a thread: with formulas only, with structures.
    connections
        Connections that may be open.
    """

    body_bytes: int = 8 * MIB
    bodies_bytes: int = 128 * MIB
    body_seconds: float = 30.0
    batch: int = 5000
    formula_characters: int = LONGEST_FORMULA
    structure_characters: int = MIB
    atoms: int = 1000
    row_seconds: float = 10.0
    row_memory_bytes: int = 1024 * MIB
    request_seconds: float = 60.0
    threads: int = 2
    waiting: int = 64
    waiting_for_child: int = 8
    connections: int = 256
