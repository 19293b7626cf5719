"""The types a plain file may hold: an explicit list, so that reading one can make nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

_OURS: Final = "matsluice.models."
# Word in the file → module and name. A word stays when a class moves, so that older files can be read.
PLAIN_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ApplicabilityDomain": f"{_OURS}applicability_domain:ApplicabilityDomain",
        "Boundary": f"{_OURS}sisso.classification:Boundary",
        "ClassSets": f"{_OURS}class_sets:ClassSets",
        "Classes": f"{_OURS}networks.targets:Classes",
        "ConformalIntervals": f"{_OURS}uncertainty.conformal_intervals:ConformalIntervals",
        "Course": f"{_OURS}kolmogorov_arnold.fitting:Course",
        "Curves": f"{_OURS}kolmogorov_arnold.curves:Curves",
        "Difficulty": f"{_OURS}uncertainty.difficulty:Difficulty",
        "ElementCoverage": f"{_OURS}uncertainty.element_coverage:ElementCoverage",
        "Expression": f"{_OURS}sisso.expressions:Expression",
        "FixedRule": f"{_OURS}combination:FixedRule",
        "Fit": f"{_OURS}kolmogorov_arnold.fitting:Fit",
        "KANClassifier": f"{_OURS}kolmogorov_arnold.estimators:KANClassifier",
        "KANRegressor": f"{_OURS}kolmogorov_arnold.estimators:KANRegressor",
        "KolmogorovArnold": f"{_OURS}kolmogorov_arnold.network:KolmogorovArnold",
        "LearnedFrom": f"{_OURS}uncertainty.learned_from:LearnedFrom",
        "LeastAbsolute": f"{_OURS}combination:LeastAbsolute",
        "LinearModel": f"{_OURS}sisso.formula:LinearModel",
        "LocalErrors": f"{_OURS}local_errors:LocalErrors",
        "MLPClassifier": f"{_OURS}multilayer_perceptron.estimators:MLPClassifier",
        "MLPRegressor": f"{_OURS}multilayer_perceptron.estimators:MLPRegressor",
        "Moments": f"{_OURS}networks.optimizers:Moments",
        "Perceptron": f"{_OURS}multilayer_perceptron.perceptron:Perceptron",
        "Plan": f"{_OURS}networks.plan:Plan",
        "Record": f"{_OURS}networks.record:Record",
        "ResidualDistribution": f"{_OURS}residual_distribution:ResidualDistribution",
        "SISSOClassifier": f"{_OURS}sisso.classifier:SISSOClassifier",
        "SISSORegressor": f"{_OURS}sisso.regressor:SISSORegressor",
        "Scaling": f"{_OURS}networks.scaling:Scaling",
        "Surprises": f"{_OURS}class_sets:Surprises",
        "Table": f"{_OURS}kolmogorov_arnold.fitting:Table",
        "Unit": f"{_OURS}sisso.units:Unit",
        "Values": f"{_OURS}networks.targets:Values",
        "XGBClassifier": "xgboost.sklearn:XGBClassifier",
        "XGBRegressor": "xgboost.sklearn:XGBRegressor",
    }
)


@cache
def type_of(word: str) -> type[Any]:
    """Return the class a word of a plain file stands for.

    Raises
    ------
    ValueError
        The word is not in the list.

    Examples
    --------
    >>> type_of("LocalErrors").__name__
    'LocalErrors'
    """
    place = PLAIN_TYPES.get(word)
    if place is None:
        raise ValueError(f'the type "{word}" is none that a model may hold')
    module, _, name = place.partition(":")
    found: type[Any] = getattr(import_module(module), name)
    return found


@cache
def word_of(kind: type[Any]) -> str | None:
    """Return the word of a class, or None where a plain file may not hold it."""
    place = f"{kind.__module__}:{kind.__qualname__}"
    return next((word for word, known in PLAIN_TYPES.items() if known == place), None)
