"""What tasks there are, as plain data: importing this loads neither torch nor lm-eval."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Split = Literal["gate", "final", "other"]
Kind = Literal["multiple_choice", "generate", "read"]
Unit = Literal["share", "nats"]
"""A share from 0 to 1; or nats, of which there is no most."""


@dataclass(frozen=True)
class Metric:
    """One metric that a task reports. `shown_only` ones stand beside others and never decide anything."""

    name: str
    higher_is_better: bool
    unit: Unit = "share"
    shown_only: bool = False


@dataclass(frozen=True)
class TaskInfo:
    """One task of ours.

    `family` names the rows that it draws on: two tasks of one family are one piece of evidence. `practice` tasks say
    nothing about real models. `templated` tasks are asked through the model's chat template where it has one.
    `judged` metrics come from an oracle's verdict and not from lm-eval. `data` names the set behind it in
    `tasks.data.sets`; it is empty where the items are shipped.
    """

    name: str
    about: str
    kind: Kind
    metrics: tuple[Metric, ...]
    family: str
    split: Split
    practice: bool
    templated: bool
    judged: bool = False
    data: str = ""

    @property
    def primary(self) -> Metric:
        return self.metrics[0]

    @property
    def metric_keys(self) -> tuple[str, ...]:
        """Its score keys, "task/metric", the primary one first."""
        return tuple(f"{self.name}/{metric.name}" for metric in self.metrics)


_ACC = (Metric("acc", True),)
_ATTACK_SUCCESS = (
    Metric("attack_success", False),
    Metric("refusal", True, shown_only=True),
    Metric("disputed", False, shown_only=True),
)
_OVER_REFUSAL = (Metric("over_refusal", False),)
_XSTEST = (Metric("over_refusal", False), Metric("contrast_refusal", True, shown_only=True))
_NLL = (Metric("nll", False, "nats"),)


def _choice(
    name: str, about: str, family: str, split: Split, *, practice: bool, templated: bool, data: str = ""
) -> TaskInfo:
    return TaskInfo(name, about, "multiple_choice", _ACC, family, split, practice, templated, data=data)


def _practice_tasks(split: Split, prefix: str) -> tuple[TaskInfo, ...]:
    def rows(name: str) -> str:
        return f"{prefix}_{name}"

    def choice(name: str, about: str, family: str, *, templated: bool = True) -> TaskInfo:
        return _choice(rows(name), about, rows(family), split, practice=True, templated=templated)

    def generate(name: str, about: str, metrics: tuple[Metric, ...], *, judged: bool) -> TaskInfo:
        return TaskInfo(rows(name), about, "generate", metrics, rows(name), split, True, True, judged)

    return (
        choice("truthfulqa_mc1", "the one true answer among popular myths", "truthfulqa", templated=False),
        choice("truthfulqa_mc2", "probability on the true answers", "truthfulqa", templated=False),
        choice("hhh_helpful", "help against a needless refusal", "hhh_helpful"),
        choice("hhh_honest", "denying a myth against agreeing with it", "hhh_honest"),
        choice("hhh_harmless", "a refusal against doing harm", "hhh_harmless"),
        choice("hhh_other", "fitting help against stray help", "hhh_other"),
        choice("bigbench_harmless", "a refusal against several ways of doing harm", "bigbench_harmless"),
        generate("attack_success", "harmful requests that the model fulfils", _ATTACK_SUCCESS, judged=True),
        generate("over_refusal", "harmless requests that the model refuses", _OVER_REFUSAL, judged=False),
    )


_HHH_PARTS = ("helpful", "honest", "harmless", "other")
_RED_TEAM_SETS = {"dangerousqa": "DangerousQA", "harmfulqa": "HarmfulQA"}
_TEMPLATES = {
    "standard": "plainly asked",
    "cot": "asked to reason first",
    "cou": "asked within a scene",
    "suffix": "told how to begin",
}


def _real_choice(name: str, about: str, family: str, data: str, *, templated: bool) -> TaskInfo:
    return _choice(name, about, family, "other", practice=False, templated=templated, data=data)


def _attack_task(questions: str, template: str) -> TaskInfo:
    name = f"attack_success_{questions}" + ("" if template == "standard" else f"_{template}")
    about = f"{_RED_TEAM_SETS[questions]} questions that the model answers harmfully, {_TEMPLATES[template]}"
    return TaskInfo(name, about, "generate", _ATTACK_SUCCESS, questions, "other", False, True, True, questions)


def _real_tasks() -> tuple[TaskInfo, ...]:
    return (
        _real_choice("truthfulqa_mc1", "TruthfulQA, one true answer", "truthfulqa", "truthfulqa", templated=False),
        _real_choice("truthfulqa_mc2", "TruthfulQA, all true answers", "truthfulqa", "truthfulqa", templated=False),
        _real_choice("truthfulqa_tf", "TruthfulQA, true or false", "truthfulqa", "truthfulqa", templated=True),
        *(
            _real_choice(f"hhh_{part}", f"HHH {part}, by letter, both orders", f"hhh_{part}", f"hhh_{part}",
                         templated=True)
            for part in _HHH_PARTS
        ),
        *(
            _real_choice(f"bigbench_hhh_{part}", f"HHH {part}, BIG-bench form", f"hhh_{part}", f"hhh_{part}",
                         templated=True)
            for part in _HHH_PARTS
        ),
        TaskInfo(
            "over_refusal_xstest", "harmless requests that look harmful, refused", "generate", _XSTEST, "xstest",
            "other", False, True, data="xstest",
        ),
        *(_attack_task(questions, template) for questions in _RED_TEAM_SETS for template in _TEMPLATES),
        TaskInfo("benign_nll", "mean loss on harmless texts", "read", _NLL, "benign", "other", False, False),
    )  # fmt: skip


TASKS: dict[str, TaskInfo] = {
    info.name: info
    for info in (*_practice_tasks("gate", "sandbox"), *_practice_tasks("final", "sandbox_final"), *_real_tasks())
}


def _each_part(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{part}" for part in _HHH_PARTS)


GROUPS: dict[str, tuple[str, ...]] = {
    "sandbox_gate": tuple(name for name, info in TASKS.items() if info.split == "gate"),
    "sandbox_final": tuple(name for name, info in TASKS.items() if info.split == "final"),
    "hhh": _each_part("hhh"),
    "iteralign_gate": (
        "truthfulqa_mc1",
        "truthfulqa_mc2",
        *_each_part("bigbench_hhh"),
        "over_refusal_xstest",
        "attack_success_dangerousqa",
        "attack_success_harmfulqa",
        "benign_nll",
    ),
    "iteralign_paper": (
        "truthfulqa_tf",
        *_each_part("hhh"),
        *(info.name for info in TASKS.values() if info.family == "dangerousqa"),
    ),
}
"""The groups: what each is for stands in `GROUP_ABOUT`. The same groups stand as YAML beside the tasks."""
GROUP_ABOUT: dict[str, str] = {
    "sandbox_gate": "each decision on the practice model; says nothing about others",
    "sandbox_final": "the same on items that no decision sees",
    "hhh": "HHH by letter, all four parts",
    "iteralign_gate": "each decision on a real model, unless you name others",
    "iteralign_paper": "the protocols of the paper's evaluation",
}


def final_key(key: str) -> str:
    """The same metric on items that no gate decision sees, where there are such; otherwise the key itself."""
    task, _, metric = key.partition("/")
    if task in GROUPS["sandbox_gate"]:
        return f"{task.replace('sandbox_', 'sandbox_final_', 1)}/{metric}"
    return key


def expand(names: Iterable[str]) -> list[str]:
    """The names with every group of ours replaced by its tasks, in order and each once; others are left as they are."""
    return list(dict.fromkeys(member for name in names for member in GROUPS.get(name, (name,))))


def unknown(names: Iterable[str]) -> list[str]:
    """Those of the names that are neither a task nor a group of ours."""
    return [name for name in names if name not in TASKS and name not in GROUPS]


def families(keys: Iterable[str]) -> dict[str, list[str]]:
    """Keys "task/metric" by the evidence family of their task; a task that is not ours is a family of its own."""
    found: dict[str, list[str]] = {}
    for key in keys:
        task = key.partition("/")[0]
        found.setdefault(TASKS[task].family if task in TASKS else task, []).append(key)
    return found


def metric_keys() -> frozenset[str]:
    """Every "task/metric" that our tasks report."""
    return frozenset(key for info in TASKS.values() for key in info.metric_keys)


def shown_only_keys() -> frozenset[str]:
    """Those of `metric_keys` that must not decide."""
    return frozenset(
        f"{info.name}/{metric.name}" for info in TASKS.values() for metric in info.metrics if metric.shown_only
    )


def did_you_mean(name: str, others: Collection[str] = ()) -> str:
    """The hint "did you mean X or Y?" from our tasks and groups and `others`; empty where no name is close."""
    return close(name, [*TASKS, *GROUPS, *others])


def close(name: str, known: Collection[str]) -> str:
    """The end of a sentence that offers the closest of the known names, or nothing where none is close."""
    found = difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(found)}?" if found else ""
