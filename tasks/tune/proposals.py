"""What a search tries next: Optuna's tree-structured Parzen estimator, asked for a whole batch at a time.

Bergstra et al. 2011, doi:10.5555/2986459.2986743; multivariate as in Falkner et al. 2018,
doi:10.48550/arXiv.1807.01774. A batch's proposals follow from the trials of complete earlier batches and a seed alone,
so neither the number of workers nor an interruption changes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.search_space import Choices, Integers, LogUniform, Range
from matsluice.tasks.tune.pruning import running_means
from matsluice.tasks.tune.space import inside, rounded, size
from matsluice.tasks.tune.trial import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

# Drawn at random before the estimator has something to go by.
AT_RANDOM = 8
# A setting that was tried is not tried again; after so many draws what is left is counted through.
MOST_DRAWS = 50
MOST_COUNTED = 10_000


def proposals(
    space: Mapping[str, Range], tried: Sequence[Trial], seed: int, count: int
) -> list[dict[str, Any]]:
    """Return at most `count` settings that were not tried yet; fewer where no more are left.

    Parameters
    ----------
    space
        Parameter → its range.
    tried
        The trials so far, in their order. Of one that was given up the scores it has count, and one that failed
        counts as worse than all others. A default outside the space tells nothing.
    seed
        Of this batch.
    count
        How many are asked for.

    Examples
    --------
    >>> space = {"rung": Integers(0, 1), "dimension": Integers(1, 3)}
    >>> found = proposals(space, [], seed=1, count=20)
    >>> len(found), found == proposals(space, [], seed=1, count=20)
    (6, True)
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=AT_RANDOM, multivariate=True, constant_liar=True
    )
    study = optuna.create_study(sampler=sampler)
    distributions = {name: _distribution(values) for name, values in space.items()}
    study.add_trials([_told(one, space, distributions) for one in tried if inside(space, one.setting)])
    known, found = {_key(one.setting) for one in tried}, list[dict[str, Any]]()
    for _ in range(count * MOST_DRAWS):
        if len(found) == count or len(known) >= size(space) + len(tried):
            break
        # It stays under way in the study, so that the next one keeps away from it.
        asked = study.ask(distributions).params
        setting = {name: _value(values, asked[name]) for name, values in space.items()}
        if _key(setting) not in known:
            known.add(_key(setting))
            found.append(setting)
    return found + _left(space, known, seed, count - len(found))


def _left(space: Mapping[str, Range], known: set[str], seed: int, count: int) -> list[dict[str, Any]]:
    """Return settings of a finite space that were neither tried nor drawn."""
    if count == 0 or size(space) > MOST_COUNTED:
        return []
    every = [dict(zip(space, values, strict=True)) for values in product(*map(_values, space.values()))]
    left = [setting for setting in every if _key(setting) not in known]
    return [left[place] for place in np.random.default_rng(seed).permutation(len(left))[:count]]


def _values(values: Range) -> Sequence[Any]:
    if isinstance(values, Choices):
        return values.values
    assert isinstance(values, Integers)
    return range(values.low, values.high + 1)


def _distribution(values: Range) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match values:
        case Choices():
            # By their places, since Optuna warns of lists.
            return CategoricalDistribution(range(len(values.values)))
        case Integers():
            return IntDistribution(values.low, values.high, log=values.log)
        case _:
            return FloatDistribution(values.low, values.high, log=isinstance(values, LogUniform))


def _value(values: Range, asked: Any) -> Any:
    return values.values[asked] if isinstance(values, Choices) else rounded(values, asked)


def _told(
    trial: Trial, space: Mapping[str, Range], distributions: Mapping[str, BaseDistribution]
) -> FrozenTrial:
    from optuna.trial import TrialState, create_trial

    params = {
        name: values.values.index(trial.setting[name]) if isinstance(values, Choices) else trial.setting[name]
        for name, values in space.items()
    }
    kept: dict[str, Any] = {"params": params, "distributions": dict(distributions)}
    if trial.state == "complete":
        return create_trial(value=trial.score, **kept)
    reached = running_means(trial.scores) if trial.state == "pruned" else ()
    return create_trial(state=TrialState.PRUNED, intermediate_values=dict(enumerate(reached)), **kept)


def _key(setting: Mapping[str, Any]) -> str:
    return repr(sorted(setting.items()))
