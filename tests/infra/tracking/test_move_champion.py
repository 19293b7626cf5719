"""The champion's moves in a real registry: history, rollbacks, two at once, and moves that were cut short."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.tracking import move_champion as moving
from matsluice.infra.tracking.move_champion import move_champion, name_challenger, settled, tag_version
from matsluice.infra.tracking.moves import By, Move, champions_before, taken_back
from matsluice.infra.tracking.registered import Registered, known_model, look_up
from matsluice.infra.tracking.store import TrackingStore, open_store

pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

NAME = "absorbers"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrackingStore:
    return open_store("", tmp_path_factory.mktemp("workspace"))


@pytest.fixture
def registry(
    store: TrackingStore, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[int], Registered]:
    """A function: a model of so many versions and no champion, under a name of the test's own."""
    name = f"{NAME}-{request.node.name[5:].translate(str.maketrans('[]', '--'))}"

    def make(versions: int) -> Registered:
        store.client.create_registered_model(name)
        for _ in range(versions):
            store.client.create_model_version(name, source=tmp_path.as_uri())
        return look_up(store, name)

    return make


def move(store: TrackingStore, name: str, to: int, reason: str = "better", by: By = "run") -> Move:
    made = move_champion(store, settled(store, name), to, who="a test", reason=reason, by=by)
    assert made is not None
    return made


def test_moves_are_written_down(store: TrackingStore, registry: Callable[[int], Registered]) -> None:
    name = registry(3).name
    name_challenger(store, name, 2)
    first = move(store, name, 1, "the first")
    second = move(store, name, 2, 'better "beyond" noise, by −0.03 eV', "hand")
    found = settled(store, name)
    assert found.moves == (first, second)
    assert (second.origin, second.to, second.done, second.who) == (1, 2, True, "a test")
    assert found.aliases == {"champion": 2}  # who has become champion is no challenger any more
    assert store.client.get_model_version_by_alias(name, "champion").version in (2, "2")
    tag_version(store, name, 2, {"promotion": "promoted"})
    assert look_up(store, name).versions[2].tags == {"promotion": "promoted"}


def test_rollback_goes_back_again_and_again(
    store: TrackingStore, registry: Callable[[int], Registered]
) -> None:
    name = registry(4).name
    for version in (1, 2, 4):
        move(store, name, version)
    for before in (2, 1):
        now = settled(store, name)
        assert champions_before(now.moves, now.champion)[-1] == before
        move(store, name, before, "wrong in practice", "rollback")
    now = settled(store, name)
    assert (now.champion, champions_before(now.moves, now.champion)) == (1, [])
    assert [taken_back(now.moves, version) is not None for version in (1, 2, 4)] == [False, True, True]
    move(store, name, 4, "it was right", "hand")
    assert taken_back(settled(store, name).moves, 4) is None


def test_an_alias_moved_by_other_means_is_a_gap_in_history(
    store: TrackingStore, registry: Callable[[int], Registered]
) -> None:
    name = registry(3).name
    move(store, name, 1)
    store.client.set_registered_model_alias(name, "champion", "3")
    found = settled(store, name)
    assert champions_before(found.moves, found.champion) == [1]
    made = move(store, name, 2)
    assert made.origin == 3
    assert champions_before(settled(store, name).moves, 2) == [1, 3]


def test_a_version_that_is_deleted_is_no_champion(
    store: TrackingStore, registry: Callable[[int], Registered]
) -> None:
    name = registry(2).name
    move(store, name, 2)
    store.client.delete_model_version(name, "2")
    found = settled(store, name)
    assert (found.champion, list(found.versions)) == (None, [1])


def test_two_at_once_cannot_both_replace_the_champion(
    store: TrackingStore, registry: Callable[[int], Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have decided against version 1; both tell before either looks."""
    name = registry(3).name
    move(store, name, 1)
    seen = settled(store, name)
    told = threading.Barrier(2)
    tell = moving._tell

    def tell_together(store: TrackingStore, name: str, move: Move) -> None:
        tell(store, name, move)
        if not move.done:
            told.wait(30)

    monkeypatch.setattr(moving, "_tell", tell_together)
    made: dict[int, Move | None] = {}

    def mover(to: int) -> None:
        made[to] = move_champion(store, seen, to, who=f"run {to}", reason="better", by="run")

    threads = [threading.Thread(target=mover, args=(to,)) for to in (2, 3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sum(each is not None for each in made.values()) <= 1
    found = settled(store, name, open_s=0.0)
    done = [each for each in found.moves if each.to != 1]
    assert [each.to for each in done] == [to for to, each in made.items() if each is not None]
    assert found.champion == (done[0].to if done else 1)


def test_who_has_looked_before_another_moved_decides_anew(
    store: TrackingStore, registry: Callable[[int], Registered]
) -> None:
    name = registry(3).name
    move(store, name, 1)
    seen = settled(store, name)
    other = move(store, name, 2)
    assert move_champion(store, seen, 3, who="late", reason="better than 1", by="run") is None
    # Also where the alias has come back to what it was.
    back = move(store, name, 1, "no", "rollback")
    assert move_champion(store, seen, 3, who="late", reason="better than 1", by="run") is None
    found = settled(store, name)
    assert (found.champion, found.moves[-2:]) == (1, (other, back))


class Killed(BaseException):
    """Stands for kill -9: nothing after it is done."""


@pytest.mark.parametrize("after", ["telling", "naming"])
def test_a_move_that_was_cut_short_is_made(
    store: TrackingStore,
    registry: Callable[[int], Registered],
    monkeypatch: pytest.MonkeyPatch,
    after: str,
) -> None:
    name = registry(2).name
    move(store, name, 1)
    step = "_make" if after == "telling" else "_tell"
    real = getattr(moving, step)

    def killed(store: TrackingStore, *rest: object) -> None:
        if step == "_tell" and not rest[-1].done:  # type: ignore[attr-defined]
            real(store, *rest)
            return
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(moving, step, killed)
        with pytest.raises(Killed):
            move(store, name, 2)
    left = look_up(store, name)
    assert left.champion == (1 if after == "telling" else 2)
    assert [each.done for each in left.moves] == [True, False]
    found = settled(store, name, open_s=0.0)
    assert found.champion == 2
    assert found.moves == (left.moves[0], replace(left.moves[1], done=True))


def test_a_move_that_was_cut_short_and_overtaken_is_forgotten(
    store: TrackingStore, registry: Callable[[int], Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = registry(3).name
    move(store, name, 1)
    with monkeypatch.context() as patch:
        patch.setattr(moving, "_make", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            move(store, name, 2)
    store.client.set_registered_model_alias(name, "champion", "3")  # by somebody in MLflow's pages
    found = settled(store, name, open_s=0.0)
    assert (found.champion, [each.to for each in found.moves]) == (3, [1])


def test_names_and_versions_that_are_not_there(
    store: TrackingStore, registry: Callable[[int], Registered]
) -> None:
    found = registry(2)
    assert known_model(store, found.name).version(" 2 ").number == 2
    name_challenger(store, found.name, 1)
    assert known_model(store, found.name).version("@challenger").number == 1
    with pytest.raises(
        InvalidInput, match=r'version of .* "3"; allowed: 1, 2, challenger'.replace("(", r"\(")
    ):
        known_model(store, found.name).version("3")
    with pytest.raises(InvalidInput, match=rf'unknown model "{found.name}x": did you mean "{found.name}"\?'):
        known_model(store, found.name + "x")
    for odd in ("", "o'brien", 'say "hi"', "a/b", "ü" * 300):
        with pytest.raises(InvalidInput, match="unknown model"):
            known_model(store, odd)
