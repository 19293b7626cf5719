"""What is looked for: one objective, or several with their weights."""

from typing import Literal, Self

from pydantic import Field, model_validator

from matsluice.flows.campaign_file.section import Section

ObjectiveForm = Literal["between", "at_least", "at_most", "maximize", "minimize"]
OBJECTIVE_FORMS: tuple[ObjectiveForm, ...] = ("between", "at_least", "at_most", "maximize", "minimize")
DIRECTIONS = ("maximize", "minimize")


class Objective(Section):
    """screen.objective: exactly one of between, at_least, at_most, maximize, minimize.

    Of a target with classes it is about the probability of one of them, `wanted_class`.

    Examples
    --------
    >>> Objective(target="band_gap", between=(1.1, 1.7)).form
    'between'
    """

    target: str = Field(min_length=1, description='the column of one of the targets, such as "band_gap"')
    wanted_class: bool | int | str | None = Field(
        default=None, alias="class", description='one of the target\'s classes, such as true or "metal"'
    )
    between: tuple[float, float] | None = Field(
        default=None, description="two numbers in the target's unit, the lower first, such as [1.1, 1.7]"
    )
    at_least: float | None = Field(default=None, description="a number in the target's unit")
    at_most: float | None = Field(default=None, description="a number in the target's unit")
    maximize: Literal[True] | None = Field(default=None, description="true, or leave it out")
    minimize: Literal[True] | None = Field(default=None, description="true, or leave it out")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [form for form in OBJECTIVE_FORMS if getattr(self, form) is not None]
        if len(given) != 1:
            got = f"{' and '.join(given)} together" if given else "none of them"
            raise ValueError(f"write exactly one of {', '.join(OBJECTIVE_FORMS)}; got {got}")
        if self.between is not None and self.between[0] >= self.between[1]:
            raise ValueError(
                f"between is [{self.between[0]}, {self.between[1]}]; the first number must be the lower"
            )
        return self

    @property
    def form(self) -> ObjectiveForm:
        """Which of the five it is."""
        return next(form for form in OBJECTIVE_FORMS if getattr(self, form) is not None)

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval a hit lies in, in the target's unit; infinite where there is no bound."""
        low = self.between[0] if self.between else self.at_least
        high = self.between[1] if self.between else self.at_most
        return (-float("inf") if low is None else low, float("inf") if high is None else high)


class WeighedObjective(Objective):
    """One of [[screen.objectives]]."""

    weight: float = Field(default=1.0, gt=0, description="a finite number above 0, such as 2.0")


def check_ranking(
    given: tuple[Objective | None, tuple[WeighedObjective, ...]],
    rank: str,
    acquisition: str,
    *,
    has_kappa: bool,
) -> None:
    """Raise ValueError where the objectives are none or in two places, or are ranked by what they do not have.

    Parameters
    ----------
    given
        screen.objective and [[screen.objectives]].
    rank, acquisition
        As the file has them.
    has_kappa
        Whether the file gives kappa.
    """
    one, several = given
    if one is not None and several:
        raise ValueError("there are both objective and [[screen.objectives]]: keep one of the two")
    aims = several or (one,)
    if one is None and not several:
        raise ValueError(
            'objective is missing; write a table such as { target = "band_gap", between = [1.1, 1.7] }, '
            "or [[screen.objectives]] once for each of several"
        )
    if rank == "pareto" and len(aims) == 1:
        raise ValueError('rank is "pareto" and there is one objective; fronts are made of two or more')
    if rank == "pareto" and any(each.weight != 1.0 for each in several):
        raise ValueError(
            'rank is "pareto", and fronts know no weights: leave weight out, or write "weighted"'
        )
    if acquisition != "exploit" and not any(each.form in DIRECTIONS for each in aims if each is not None):
        raise ValueError(
            f'acquisition is "{acquisition}", which is for maximize and minimize: a window is ranked by the '
            "probability of meeting it, which holds what is uncertain already; leave acquisition out"
        )
    if has_kappa and acquisition != "upper_bound":
        raise ValueError(f'kappa is for acquisition = "upper_bound"; with "{acquisition}" leave it out')
