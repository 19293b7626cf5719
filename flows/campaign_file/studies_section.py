"""What is studied beside the models: the tables of [[studies]]."""

from typing import Annotated

from pydantic import AfterValidator, Field, SerializeAsAny, StringConstraints

from matsluice.flows.campaign_file.section import Section
from matsluice.flows.campaign_file.vocabulary import known_split, known_study
from matsluice.tasks.studies.study_options import StudyOptions

# Keys that say which rows are studied; a study of a function takes none.
OF_ROWS = ("target", "split", "rows")


class Study(Section):
    """One of [[studies]]; `options` holds the keys of its kind.

    Where `target` and `split` are left out, they are the first target the study can be done on, and the split that
    decides between models. `rows` are drawn from the training rows; the split's folds are kept.
    """

    kind: Annotated[str, AfterValidator(known_study)] = Field(
        description='a kind of study, such as "optimizers"'
    )
    # Empty: the kind's, filled in where the study is checked.
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)] = Field(
        default="", description='a name of a-z, 0-9, - and _, at most 64 characters, such as "wide-network"'
    )
    target: str = Field(default="", description="the column of a target in quotes")
    split: Annotated[str, AfterValidator(lambda word: word and known_split(word))] = Field(
        default="", description="one of the splits of [validation]"
    )
    rows: int = Field(
        default=1000,
        ge=20,
        le=1_000_000,
        description="how many rows at most, a whole number from 20 to 1000000",
    )
    options: SerializeAsAny[StudyOptions]
