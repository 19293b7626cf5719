"""Each mistake in a section of a campaign file, with the sentence that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

Refusal: TypeAlias = Callable[[str | bytes], list[str]]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'name = "gaps"',
            'sead = 3\nname = "gaps"',
            '2: campaign.sead: unknown key "sead": did you mean "seed"?',
        ),
        ('"gaps"', '"Gaps 2"', '2: campaign.name: got "Gaps 2"; allowed: a name of a-z, 0-9 and -'),
        (
            'name = "gaps"',
            'name = "gaps"\nseed = -1',
            "3: campaign.seed: got -1; allowed: a whole number from 0",
        ),
        ('name = "gaps"', 'name = "gaps"\nseed = "7"', '3: campaign.seed: got "7"; allowed: a whole number'),
        ('name = "gaps"', 'name = "gaps"\nfolds = 5', 'unknown key "folds" here: it belongs in [validation]'),
        ("[campaign]", "seed = 7\n[campaign]", '1: seed: unknown section "seed": it is a key of [campaign]'),
        ("[validation]", "[validaton]", 'unknown section "validaton": did you mean "validation"?'),
        ("[campaign]", "[[campaign]]", "1: campaign: write [campaign], in single brackets"),
        ("[[targets]]", "[targets]", "7: targets: write [[targets]], in double brackets"),
        ('"csv"', '"cvs"', '4: data.source: unknown source "cvs": did you mean "csv"?'),
        ('"csv"', '"enumerate"', '4: data.source: source "enumerate" gives no target values to learn from'),
        (
            "table.csv",
            "tabel.csv",
            'data.path: no file matches "tabel.csv" in FOLDER; did you mean "table.csv"?',
        ),
        ("table.csv", "s3://bucket/table.csv", "only files on this machine can be read"),
        ('"table.csv"', '"."', '5: data.path: "." is a folder; name a file in it'),
        (
            'formula = "composition"\n',
            "",
            "3: data: no column with the materials is named: give formula",
        ),
        ("formula", "formla", '6: data.formla: unknown key "formla": did you mean "formula"?'),
        ('"composition"\n', '"composition"\nstructure = "cif"\n', "are both given; name one of them"),
        ('"composition"\n', '"composition"\nid = "composition"\n', 'both name the column "composition"'),
        (
            '"csv"',
            '"csv"\nduplicates = "meadian"',
            'unknown word "meadian": did you mean "median"? Allowed: median, mean',
        ),
        ('"gap"', '"composition"', '8: targets[0].column: column "composition" is already data.formula'),
        ('unit = "eV"\n', "", "7: targets[0]: unit is missing"),
        (
            "regression",
            "regresion",
            '10: targets[0].task: unknown word "regresion": did you mean "regression"?',
        ),
        (
            "regression",
            "classification",
            "16: models[0].kind: ridge learns regression only, and the target asks for classification; allowed: dummy",
        ),
        (
            "[features]",
            '[[targets]]\ncolumn = "gap"\nunit = "eV"\n[features]',
            '12: targets[1].column: column "gap" is a target already',
        ),
        (
            "composition.magpie",
            "composition.magpei",
            '12: features.blocks[0]: unknown block "composition.magpei": did you mean "composition.magpie"?',
        ),
        (
            '["composition.magpie"]',
            "[]",
            "12: features.blocks: got []; allowed: a list of at least one block",
        ),
        (
            '["composition.magpie"]',
            '["composition.magpie", "composition.magpie"]',
            'features.blocks: block "composition.magpie" stands more than once',
        ),
        (
            "[validation]",
            "row_timeout = 60\n[validation]",
            "13: features.row_timeout: got 60; allowed: a number with a unit",
        ),
        (
            "[validation]",
            'row_timeout = "1ms"\n[validation]',
            'got "1ms"; allowed: a duration from "0.1s" to "7d"',
        ),
        (
            "[validation]",
            'row_memory = "2"\n[validation]',
            '13: features.row_memory: got "2"; allowed: a number with a unit',
        ),
        (
            "[validation]",
            "max_rejected = 2\n[validation]",
            "features.max_rejected: got 2; allowed: a share of the rows",
        ),
        ("folds = 3", "folds = 1", "14: validation.folds: got 1; allowed: a whole number from 2 to 1000"),
        ("folds = 3", "folds = true", "14: validation.folds: got true; allowed: a whole number"),
        (
            "folds = 3",
            "holdout = 0.95",
            "14: validation.holdout: got 0.95; allowed: a share of the materials, from 0 to 0.9",
        ),
        ("folds = 3", "holdout = nan", "14: validation.holdout: got nan"),
        (
            "folds = 3",
            'splits = ["randm"]',
            'validation.splits[0]: unknown split "randm": did you mean "random"?',
        ),
        ("folds = 3", "splits = []", "14: validation.splits: got []; allowed: a list of at least one split"),
        ("folds = 3", 'splits = ["random", "random"]', 'split "random" stands more than once'),
        ('"ridge"', '"rigde"', '16: models[0].kind: unknown model "rigde": did you mean "ridge"?'),
        (
            '"ridge"',
            '"ridge"\nparams = { alhpa = 1 }',
            '17: models[0].params.alhpa: unknown parameter "alhpa": did you mean',
        ),
        ('"ridge"', '"ridge"\nparams = { alpha = "1" }', 'got "1", a text; write the number without quotes'),
        (
            '"ridge"',
            '"random_forest"\nparams = { n_estimators = 2.5 }',
            "got 2.5; allowed: a whole number (default 300)",
        ),
        (
            '"ridge"',
            '"ridge"\nparams = { alpha = inf }',
            "models[0].params.alpha: got inf; allowed: a finite number",
        ),
        (
            '"ridge"',
            '"ridge"\nparams = { alpha = [1] }',
            "models[0].params.alpha: got [1]; allowed: a finite number",
        ),
        (
            '"ridge"',
            '"ridge"\n[[models]]\nkind = "ridge"',
            '17: models[1].name: there is a model "ridge" already',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slrum"',
            '18: cluster.kind: unknown cluster "slrum": did you mean "slurm"? Allowed: local, slurm, ssh, scheduler',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nqueue = "short"',
            '18: cluster.queue: queue is for kind = "slurm"; with kind = "local" leave it out',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "scheduler"\naddress = "tcp://10.0.0.1:8786"\ninterface = "ib0"',
            'cluster.interface: interface is for kind = "slurm" or "ssh"; with kind = "scheduler" leave it out',
        ),
        (
            '"ridge"',
            '"ridge"\nqueue = "short"',
            '17: models[0].queue: unknown key "queue" here: it belongs in [cluster]',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\nwaltime = "04:00:00"',
            '19: cluster.waltime: unknown key "waltime": did you mean "walltime"? Allowed: kind, workers, ',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\nwalltime = "4h"',
            'cluster.walltime: got "4h"; allowed: a time as Slurm\'s --time takes it, such as "04:00:00"',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\nwalltime = "00:00:30"',
            'cluster.walltime: got "00:00:30"; allowed: a minute or more',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\nmemory = "64GB"',
            'cluster.memory: got "64GB"; allowed: a size as Slurm\'s --mem takes it, such as "64G"',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\ntrain = { workers = 2 }',
            'cluster.train.memory: is missing; write the memory of one job, such as "64G"',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "slurm"\nworkers = 5\nworkers_per_job = 4',
            "workers = 5 is no multiple of workers_per_job = 4; write workers = 8",
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nmin_workers = 3',
            "min_workers = 3 is above workers = 2: the number of workers goes from min_workers to workers",
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "ssh"',
            'cluster.hosts: is missing; write a list of hosts as ssh takes them, such as ["node1", "me@node2"]',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "ssh"\nhosts = ["-oProxyCommand=x"]',
            'got "-oProxyCommand=x"; allowed: a list of hosts as ssh takes them',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "ssh"\nhosts = ["a", "a"]',
            'host "a" stands more than once',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "ssh"\nhosts = ["a"]\nssh_config = "none_here"',
            "cluster.ssh_config: there is no file none_here",
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "scheduler"',
            'address is where the scheduler of kind = "scheduler" listens; it is missing; allowed: tcp://host:port',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nkind = "scheduler"\naddress = "10.0.0.1:8786"',
            'got "10.0.0.1:8786"; allowed: tcp://host:port or tls://host:port, such as "tcp://10.0.0.1:8786"',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\naddress = "tcp://10.0.0.1:8786"',
            'address is for kind = "scheduler"; with kind = "local" leave it out',
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nthreads_per_worker = 0',
            "cluster.threads_per_worker: got 0; allowed: how many calls a worker runs at once, a whole number",
        ),
        (
            "[validation]",
            "chunk_rows = 0\n[validation]",
            "features.chunk_rows: got 0; allowed: how many materials one call computes, a whole number",
        ),
        (
            '"ridge"',
            '"ridge"\n[cluster]\nworkers = 0',
            "18: cluster.workers: got 0; allowed: a whole number from 1",
        ),
        (
            '"ridge"',
            '"ridge"\n[tracking]\nuri = "mlruns"',
            "18: tracking.uri: no address of a tracking server or database",
        ),
        (
            '"ridge"',
            '"ridge"\n[tracking]\nuri = "http://me:secret@host"',
            "a password does not belong in a campaign file",
        ),
        (
            '"ridge"',
            '"ridge"\n[tracking]\nuri = "http://token@host"',
            "a password does not belong in a campaign file",
        ),
        (
            '"ridge"',
            '"ridge"\n[plugins]\nmodules = ["a.py"]',
            "18: plugins.modules: the plug-in a.py cannot be read: [Errno 2] No such file",
        ),
    ],
)
def test_mistake_is_answered(refusal: Refusal, right: str, before: str, after: str, said: str) -> None:
    assert before in right
    lines = refusal(right.replace(before, after, 1))
    assert any(said in line for line in lines), lines
    assert all("secret" not in line for line in lines)
    assert all(line.startswith("campaign.toml:") for line in lines)
