"""The service behind the addresses: a request's body in, an answer's body out, and whether it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from matsluice.flows.model_service.numbers import ServiceNumbers
from matsluice.infra.web.bounded_body import BodyBudget, Receive, check_headers, read_body
from matsluice.infra.web.refusal import RequestRefused
from matsluice.infra.web.strict_json import read_json
from matsluice.infra.web.turns import Turns
from matsluice.tasks.model_service.asked import Asked, asked

if TYPE_CHECKING:
    from matsluice.tasks.model_service.answers import ModelAnswers
    from matsluice.tasks.model_service.described import Described

State = Literal["starting", "ready", "stopping"]


class ModelService:
    """A model that answers, from the first request to the last.

    Parameters
    ----------
    answers
        The model.
    described
        What is said of it.
    on_failure
        Called when it turns out that the model cannot be used here.
    say
        Is told when it is ready.

    Attributes
    ----------
    state
        "starting" until the first prediction can be made, "stopping" from the signal on.
    failure
        Why it cannot be used here.
    """

    def __init__(
        self,
        answers: ModelAnswers,
        described: Described,
        on_failure: Callable[[], object] = lambda: None,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.answers, self.described = answers, described
        self.limits = answers.limits
        self.numbers = ServiceNumbers(described.model, described.version)
        self.state: State = "starting"
        self.failure: Exception | None = None
        self._on_failure, self._say = on_failure, say
        # Structures may take their time; formulas do not wait behind them.
        self._quick = Turns("formulas", self.limits.threads, self.limits.waiting)
        self._with_child = Turns("structures", self.limits.threads, self.limits.waiting_for_child)
        self._budget = BodyBudget(self.limits.bodies_bytes)

    async def get_ready(self) -> None:
        """Load what predictions need; requests are answered from then on."""
        try:
            await self._with_child.take(self.answers.start)
        except Exception as error:  # noqa: BLE001 - told by whoever has started the service
            self.failure = error
            self._on_failure()
            return
        if self.state == "starting":
            self.state = "ready"
            self.numbers.ready.set(1)
            self._say("ready")

    def stop(self) -> None:
        """Answer what is under way, and begin no further structure; safe in a signal's handler."""
        self.state = "stopping"
        self.answers.children.stop()

    def close(self) -> None:
        """Let go of threads and children."""
        self.stop()
        self.numbers.ready.set(0)
        self._quick.close()
        self._with_child.close()
        self.answers.children.close()

    async def predict(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """Return the answer to a request for predictions.

        Raises
        ------
        RequestRefused
            It is not answered.
        CallerGone
            Nobody waits for the answer.
        """
        check_headers(headers, self.limits.body_bytes)
        if self.state == "starting":
            raise RequestRefused(
                503, "not ready", "the model is being loaded: send it again after 2 s", {"Retry-After": "2"}
            )
        with self._budget.room() as take:
            body = await read_body(receive, self.limits.body_bytes, self.limits.body_seconds, take)
            told = await self._quick.take(self._read_and_answer, body)
            if isinstance(told, Asked):
                told = await self._with_child.take(self._answer, told)
        return told

    def _read_and_answer(self, body: bytes) -> bytes | Asked:
        """Return the answer, or what is asked where a child is needed for it."""
        request = asked(read_json(body), self.limits)
        return request if self.answers.needs_child(request) else self._answer(request)

    def _answer(self, request: Asked) -> bytes:
        answered = self.answers.answer(request)
        self.numbers.predicted(answered)
        return answered.json(self.described.head)

    def health(self) -> dict[str, Any]:
        """Return what `/health` says."""
        return {"status": self.state, "model": self.described.model, "version": self.described.version}


async def until_ready(service: ModelService) -> asyncio.Task[None]:
    """Begin to get ready, beside whatever else the loop does, and return the task."""
    return asyncio.create_task(service.get_ready())
