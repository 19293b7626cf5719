"""Tokens, bodies and turns, without a server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.redaction import redacted
from matsluice.infra.web.access_token import check_token, chosen_token
from matsluice.infra.web.bounded_body import BodyBudget, CallerGone, check_headers, read_body
from matsluice.infra.web.listening import bound_socket
from matsluice.infra.web.refusal import RequestRefused
from matsluice.infra.web.strict_json import read_json
from matsluice.infra.web.turns import Turns

TOKEN = "4f0d8a51c27b9e36"


def test_a_token_of_the_environment_is_taken_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("MATSLUICE_TOKEN", TOKEN)
    assert chosen_token(None) == TOKEN
    assert "MATSLUICE_TOKEN" not in os.environ
    assert redacted(f"Bearer? {TOKEN}") == "Bearer? [hidden]"
    assert chosen_token(None) is None


def test_a_token_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert chosen_token(file) == TOKEN
    for text in ("", "short", f"{TOKEN}\n{TOKEN}", "é" * 20):
        file.write_text(text)
        with pytest.raises(InvalidInput, match="give one word of at least 16 plain letters") as said:
            chosen_token(file)
        assert not text or text not in str(said.value)
    with pytest.raises(InvalidInput, match="cannot be read"):
        chosen_token(tmp_path / "none")


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_who_knows_the_token(header: str) -> None:
    check_token(header.encode(), TOKEN)


@pytest.mark.parametrize(
    "header",
    [None, b"", b"Bearer", b"Bearer x", f"Basic {TOKEN}".encode(), TOKEN.encode(), b"Bearer \xff\xfe"],
)
def test_who_does_not(header: bytes | None) -> None:
    with pytest.raises(RequestRefused) as refused:
        check_token(header, TOKEN)
    assert (refused.value.status, refused.value.headers) == (401, {"WWW-Authenticate": "Bearer"})
    assert TOKEN not in refused.value.detail


def receiving(parts: Iterable[bytes], *, ends: bool = True) -> Any:
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if ends:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    return receive


def read(parts: Iterable[bytes], budget: BodyBudget, within_s: float = 5.0, *, ends: bool = True) -> bytes:
    async def whole() -> bytes:
        with budget.room() as take:
            return await read_body(receiving(parts, ends=ends), 10, within_s, take)

    return asyncio.run(whole())


def test_bodies_are_counted_as_they_come() -> None:
    budget = BodyBudget(15)
    assert read([b"12345", b"67890"], budget) == b"1234567890"
    for parts in ([b"12345", b"678901"], [b"1" * 40]):
        with pytest.raises(RequestRefused, match="body too large"):
            read(parts, budget)
    with pytest.raises(RequestRefused, match="slow body"):
        read([b"1"], budget, 0.05, ends=False)
    budget.held = 10
    with pytest.raises(RequestRefused) as refused:
        read([b"123456"], budget)
    assert (refused.value.status, dict(refused.value.headers)) == (503, {"Retry-After": "1"})
    assert budget.held == 10  # whatever became of them, they hold nothing any more


def test_who_goes_away() -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(CallerGone):
        asyncio.run(read_body(gone, 10, 5.0, lambda _: None))


def test_headers_that_say_it_is_too_large() -> None:
    said = {"content-type": "application/json", "content-length": "9" * 30}
    with pytest.raises(RequestRefused, match="body too large"):
        check_headers(said, 10)
    check_headers({**said, "content-length": "x"}, 10)


def test_a_duplicate_among_many_is_found_quickly() -> None:
    names = ",".join(f'"{i}":0' for i in range(100_000))
    with pytest.raises(RequestRefused, match="twice"):
        read_json(f'{{{names},"99999":1}}'.encode())


def test_turns_are_bounded_and_come_back() -> None:
    turns = Turns("test", threads=1, waiting=1)
    hold = threading.Event()

    async def play() -> None:
        first, second = (asyncio.ensure_future(turns.take(hold.wait, 30)) for _ in range(2))
        await asyncio.sleep(0.05)
        with pytest.raises(RequestRefused) as refused:
            await turns.take(len, "")
        assert refused.value.status == 503
        hold.set()
        assert await first
        assert await second
        await asyncio.sleep(0.05)
        assert await turns.take(len, "abc") == 3

    asyncio.run(play())
    turns.close()


def test_addresses_that_cannot_be_listened_on() -> None:
    with bound_socket("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match=r"cannot be listened on .*: give another port, such as"):
            bound_socket("127.0.0.1", port).__enter__()
    with pytest.raises(InvalidInput, match="port 70000 is no port number"):
        bound_socket("127.0.0.1", 70000).__enter__()
    with pytest.raises(InvalidInput, match=r"the host a\.\.b is not known"):
        bound_socket("a..b", 0).__enter__()


def test_answers_do_not_wait_for_what_came_before_them_to_be_acknowledged() -> None:
    async def connected() -> int:
        options: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            its_socket = writer.get_extra_info("socket")
            options.set_result(its_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with bound_socket("127.0.0.1", 0) as listener:
            async with await asyncio.start_server(accept, sock=listener):
                _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
                found = await options
                writer.close()
                await writer.wait_closed()
        return found

    assert asyncio.run(connected()) != 0
