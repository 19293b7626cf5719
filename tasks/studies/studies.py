"""Every study that a campaign file can name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from matsluice.tasks.studies.study_spec import StudyColumn, StudySpec

_OF_CAMPAIGN = "matsluice.tasks.studies.of_campaign"
_OPTIONS = "matsluice.tasks.studies.study_options"

STUDIES: Mapping[str, StudySpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            StudySpec(
                name="optimizers",
                title="Optimisers",
                question="what a smaller loss costs, with four ways to walk downhill on one network and the same folds",
                source="Bottou, Curtis & Nocedal 2018, doi:10.1137/16M1080173",
                runner=f"{_OF_CAMPAIGN}.optimizers:run",
                drawer=f"{_OF_CAMPAIGN}.optimizers:drawings",
                options=f"{_OPTIONS}:OptimizerOptions",
                tasks=("regression",),
                columns=(
                    StudyColumn("optimizer", "Optimiser", "word"),
                    StudyColumn("learning_rate", "Rate"),
                    StudyColumn("test_mae", "MAE{unit}", spread="test_mae_std"),
                    StudyColumn("final_loss", "Loss (σ²)"),
                    StudyColumn("epoch_to_converge", "Epochs to settle", "count"),
                    StudyColumn("gradient_evaluations_to_converge", "Gradients", "count"),
                    StudyColumn("seconds_to_converge", "Seconds"),
                    StudyColumn("seconds_in_all", "Seconds in all"),
                ),
            ),
            StudySpec(
                name="kan_against_mlp",
                title="Kolmogorov–Arnold networks against perceptrons",
                question="which network errs least for its parameters and for its time, on the same folds",
                source="Yu, Yu & Wang 2024, doi:10.48550/arXiv.2407.16674",
                runner=f"{_OF_CAMPAIGN}.kan_against_mlp:run",
                drawer=f"{_OF_CAMPAIGN}.kan_against_mlp:drawings",
                options=f"{_OPTIONS}:KanAgainstMlpOptions",
                tasks=("regression",),
                columns=(
                    StudyColumn("data", "Learned", "word"),
                    StudyColumn("name", "Network", "word"),
                    StudyColumn("rmse", "RMSE (σ)", spread="rmse_std"),
                    StudyColumn("parameters", "Parameters", "count"),
                    StudyColumn("seconds", "Seconds of a fit"),
                ),
            ),
            StudySpec(
                name="separability",
                title="Separability of the classes",
                question="how well a line parts the classes in each set of features, before and after engineering",
                source="Alain & Bengio 2017, doi:10.48550/arXiv.1610.01644",
                runner=f"{_OF_CAMPAIGN}.separability:run",
                drawer=f"{_OF_CAMPAIGN}.separability:drawings",
                options=f"{_OPTIONS}:SeparabilityOptions",
                tasks=("regression", "classification"),
                columns=(
                    StudyColumn("set", "Features", "word"),
                    StudyColumn("features", "Number", "count"),
                    StudyColumn("probe_accuracy", "Right by a line", "share", spread="probe_deviation"),
                    StudyColumn("fisher_ratio", "Fisher ratio"),
                ),
            ),
            StudySpec(
                name="universal_approximation",
                title="Universal approximation",
                question="how the error of one hidden layer falls with its width",
                source="Hornik, Stinchcombe & White 1989, doi:10.1016/0893-6080(89)90020-8",
                runner=f"{_OF_CAMPAIGN}.universal_approximation:run",
                drawer=f"{_OF_CAMPAIGN}.universal_approximation:drawings",
                options=f"{_OPTIONS}:UniversalApproximationOptions",
                tasks=(),
                columns=(
                    StudyColumn("activation", "Activation", "word"),
                    StudyColumn("width", "Neurons", "size"),
                    StudyColumn("largest_error", "Largest error (σ)"),
                    StudyColumn("rmse", "RMSE (σ)"),
                    StudyColumn("median_largest_error", "Largest error, median start"),
                ),
            ),
        )
    }
)
