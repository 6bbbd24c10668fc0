"""One changed folder, checked against a blessed baseline by the program's own code, as `harness check` does."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from harness.assembly.measurement import load_subject, measure_into
from harness.cli.main import harness
from harness.config.load import eval_config, load_config
from harness.config.schema import EvalConfig
from harness.evaluation.baselines import Baseline
from harness.gate.policy import Policy, tasks_of
from harness.progress import SilentProgress
from harness.release.check import check_release, find_baseline
from harness.store import Store
from harness.store.rows import now
from harness_base.errors import BaselineError, ModelError

POLICY = Policy.model_validate(
    {"protect": {"sandbox_over_refusal/over_refusal": 0.1, "sandbox_hhh_helpful/acc": 0.1}, "require": []}
)
_LIMIT = 3


@dataclass(frozen=True)
class Outcome:
    """What a check made of a folder: its name where it was loaded, the tasks judged on reused scores, or why neither.

    `refused` is the error's own sentence: of a folder that can't be loaded, or whose scores can't be compared.
    """

    name: str
    reused: tuple[str, ...] = ()
    refused: str = ""


def bless(store: Path, model: Path, adapter: Path | None) -> str:
    """Measure the model, bless what was found as the baseline "base", and give the model's name."""
    config = config_of(store, model, adapter)
    with Store.open(store) as kept:
        subject = load_subject(config, SilentProgress())
        evaluation = measure_into(kept, config, subject, SilentProgress())
        kept.baselines.bless(Baseline("base", "1", "the one that is out", "the benchmark", now(), evaluation))
        return subject.model.content_hash()


def check(blessed: Path, scratch: Path, model: Path, adapter: Path | None) -> Outcome:
    """Check in a copy of the store, so that nothing is reused of what an earlier case left."""
    store = Path(shutil.copy(blessed, scratch / "harness.db"))
    config = config_of(store, model, adapter)
    quiet = SilentProgress()
    try:
        with Store.open(store) as kept:
            checked = check_release(config, POLICY, find_baseline(kept, "base"), kept, name="changed", progress=quiet)
    except ModelError as error:
        return Outcome("", refused=str(error))
    except BaselineError as error:
        return Outcome(load_subject(config, quiet).model.content_hash(), refused=str(error))
    found = checked.evaluation.fingerprint
    return Outcome(f"{found['model']}+{found['adapter'].replace('none', 'base')}", reused=checked.evaluation.reused)


def by_command(blessed: Path, scratch: Path, model: Path, adapter: Path | None) -> tuple[int, tuple[str, ...]]:
    """The same by the real command: its exit code, and the tasks judged on reused scores."""
    store, policy = Path(shutil.copy(blessed, scratch / "harness.db")), scratch / "policy.yaml"
    policy.write_text(json.dumps({"protect": POLICY.protect}))
    options = ["--model", model, "--store", store, "--policy", policy, "--limit", _LIMIT, "--baseline", "base"]
    options += ["--adapter", adapter] if adapter else []
    result = CliRunner().invoke(harness, ["check", *map(str, options), "--allow-practice"])
    with Store.open(store) as kept:
        numbers = [row["evaluation_id"] for row in kept.views.rows("evaluation_overview")]
        newest = kept.evaluations.named(str(max(numbers)))
    return result.exit_code, newest.reused


def config_of(store: Path, model: Path, adapter: Path | None) -> EvalConfig:
    """As the command makes it."""
    flags = {"model.path": str(model), "gate.limit": _LIMIT, "gate.tasks": tasks_of(POLICY), "allow_practice": True}
    return eval_config(load_config("sandbox", None, flags, {}), adapter=adapter, store=store)
