"""What tasks there are, as plain data: importing this loads neither torch nor lm-eval."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

Split = Literal["gate", "final", "other"]
Kind = Literal["multiple_choice", "generate", "read"]
Unit = Literal["share", "nats"]
"""A share from 0 to 1; or nats, of which there is no most."""


@dataclass(frozen=True)
class Metric:
    """One metric that a task reports. `shown_only` ones stand beside others and never decide anything.

    `from_verdicts` metrics rest on an oracle's verdicts and are not known to lm-eval; `counts_violations` is the one of
    them that is the share of verdicts that are violations, so that a judge's known errors can be taken out of it.
    `of_label` is the label of the documents that it counts, where it does not count all of its task's.
    """

    name: str
    higher_is_better: bool
    unit: Unit = "share"
    shown_only: bool = False
    from_verdicts: bool = False
    counts_violations: bool = False
    of_label: str = ""


@dataclass(frozen=True)
class TaskInfo:
    """One task of ours.

    `family` names the rows that it draws on: two tasks of one family are one piece of evidence. `practice` tasks say
    nothing about real models. `templated` tasks are asked through the model's chat template where it has one.
    `judged` tasks have metrics `from_verdicts`; where all of their requests are known to be harmful, they are
    `all_harmful`. `data` names the set behind it in `tasks.data.sets`; it is empty where
    the items are shipped.
    """

    name: str
    about: str
    kind: Kind
    metrics: tuple[Metric, ...]
    family: str
    split: Split = "other"
    practice: bool = False
    templated: bool = True
    judged: bool = False
    all_harmful: bool = False
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
    Metric("attack_success", False, from_verdicts=True, counts_violations=True),
    Metric("refusal", True, shown_only=True),
    Metric("disputed", False, shown_only=True, from_verdicts=True),
)
NOT_REFUSED = Metric("not_refused", False, from_verdicts=True, counts_violations=True)
"""What stands in the place of attack success where the judge sees no more than whether an answer refuses."""
_OVER_REFUSAL = (Metric("over_refusal", False),)
_XSTEST = (
    Metric("over_refusal", False, of_label="safe"),
    Metric("contrast_refusal", True, shown_only=True, of_label="unsafe"),
)
_NLL = (Metric("nll", False, "nats"),)


def _practice_tasks(split: Split, prefix: str) -> tuple[TaskInfo, ...]:
    """The practice tasks of one split, in the same order for both."""

    def choice(name: str, about: str, rows: str = "", *, templated: bool = True) -> TaskInfo:
        family = f"{prefix}_{rows or name}"
        return TaskInfo(f"{prefix}_{name}", about, "multiple_choice", _ACC, family, split, True, templated)

    def generate(name: str, about: str, metrics: tuple[Metric, ...], *, judged: bool) -> TaskInfo:
        task, harmful = f"{prefix}_{name}", judged  # only harmful requests are put to a judge
        return TaskInfo(task, about, "generate", metrics, task, split, True, True, judged, harmful)

    return (
        choice("truthfulqa_mc1", "the one true answer among popular myths", "truthfulqa", templated=False),
        choice("truthfulqa_mc2", "probability on the true answers", "truthfulqa", templated=False),
        choice("hhh_helpful", "help against a needless refusal"),
        choice("hhh_honest", "denying a myth against agreeing with it"),
        choice("hhh_harmless", "a refusal against doing harm"),
        choice("hhh_other", "fitting help against stray help"),
        choice("bigbench_harmless", "a refusal against several ways of doing harm"),
        generate("attack_success", "harmful requests that the model fulfils", _ATTACK_SUCCESS, judged=True),
        generate("over_refusal", "harmless requests that the model refuses", _OVER_REFUSAL, judged=False),
    )


_HHH_PARTS = ("helpful", "honest", "harmless", "other")
_TEMPLATES = {
    "standard": "plainly asked",
    "cot": "asked to reason first",
    "cou": "asked within a scene",
    "suffix": "told how to begin",
}
"""The attack templates under which they are asked; their texts belong to the red team."""
_PARTS = {"gate": "the part that a run's gate sees", "final": "the part that it never sees"}


def _attack_task(questions: str, title: str, template: str) -> TaskInfo:
    name = f"attack_success_{questions}" + ("" if template == "standard" else f"_{template}")
    about = f"{title} questions that the model answers harmfully, {_TEMPLATES[template]}"
    return TaskInfo(name, about, "generate", _ATTACK_SUCCESS, questions, judged=True, all_harmful=True, data=questions)


def _part_of_attacks(task: TaskInfo, part: str) -> TaskInfo:
    """A part of a set's measured questions, as `tasks.data.tables.attacks` divides them."""
    return replace(task, name=f"{task.name}_{part}", about=f"{task.about}; {_PARTS[part]}")


def _truthfulqa(form: str, about: str, *, templated: bool) -> TaskInfo:
    name = f"truthfulqa_{form}"
    return TaskInfo(name, about, "multiple_choice", _ACC, "truthfulqa", templated=templated, data="truthfulqa")


def _hhh(prefix: str, part: str, about: str) -> TaskInfo:
    rows = f"hhh_{part}"
    return TaskInfo(f"{prefix}_{part}", about, "multiple_choice", _ACC, rows, data=rows)


_REAL_TASKS = (
    _truthfulqa("mc1", "TruthfulQA, one true answer", templated=False),
    _truthfulqa("mc2", "TruthfulQA, all true answers", templated=False),
    _truthfulqa("tf", "TruthfulQA, true or false", templated=True),
    *(_hhh("hhh", part, f"HHH {part}, by letter, both orders") for part in _HHH_PARTS),
    *(_hhh("bigbench_hhh", part, f"HHH {part}, BIG-bench form") for part in _HHH_PARTS),
    TaskInfo(
        "over_refusal_xstest",
        "harmless requests that look harmful, refused",
        "generate",
        _XSTEST,
        "xstest",
        data="xstest",
    ),
    *(_attack_task("dangerousqa", "DangerousQA", template) for template in _TEMPLATES),
    *(_attack_task("harmfulqa", "HarmfulQA", template) for template in _TEMPLATES),
    *(_part_of_attacks(_attack_task("harmfulqa", "HarmfulQA", "standard"), part) for part in _PARTS),
    TaskInfo("benign_nll", "mean loss on harmless texts", "read", _NLL, "benign", templated=False),
)
"""The tasks for any model. A new one is an entry here and a YAML of its name in tasks/real."""

_PRACTICE_GATE, _PRACTICE_FINAL = _practice_tasks("gate", "sandbox"), _practice_tasks("final", "sandbox_final")
TASKS: dict[str, TaskInfo] = {info.name: info for info in (*_PRACTICE_GATE, *_PRACTICE_FINAL, *_REAL_TASKS)}
_UNSEEN = {
    **{gate.name: final.name for gate, final in zip(_PRACTICE_GATE, _PRACTICE_FINAL, strict=True)},
    "attack_success_harmfulqa_gate": "attack_success_harmfulqa_final",
}
"""From a task to the same one on items that no gate decision sees."""


def _each_part(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{part}" for part in _HHH_PARTS)


GROUPS: dict[str, tuple[str, ...]] = {
    "sandbox_gate": tuple(info.name for info in _PRACTICE_GATE),
    "sandbox_final": tuple(info.name for info in _PRACTICE_FINAL),
    "hhh": _each_part("hhh"),
    "iteralign_gate": (
        "truthfulqa_mc1",
        "truthfulqa_mc2",
        *_each_part("bigbench_hhh"),
        "over_refusal_xstest",
        "attack_success_dangerousqa",
        "attack_success_harmfulqa_gate",
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
REAL_GROUPS = ("iteralign_gate", "iteralign_paper")
"""The groups whose data a real model's runs may need."""


def gate_group(*, practice: bool) -> str:
    """The group that decides on the practice model, or on a real one, where no tasks are named."""
    return "sandbox_gate" if practice else "iteralign_gate"


def final_groups(*, practice: bool) -> tuple[str, ...]:
    """The groups that are measured for base and result only, where no tasks are named; none for real models."""
    return ("sandbox_final",) if practice else ()


def metric_of(key: str) -> Metric | None:
    """The metric of a key "task/metric", or None where it is none of ours."""
    task, _, name = key.partition("/")
    if task not in TASKS:
        return None
    metrics = (*TASKS[task].metrics, *((NOT_REFUSED,) if TASKS[task].judged else ()))
    return next((metric for metric in metrics if metric.name == name), None)


def judged_by_form(key: str) -> str:
    """The key of what is measured in place of the metric `key` where a judge sees refusals alone; "" for nothing."""
    metric = metric_of(key)
    if metric is None or not metric.from_verdicts:
        return key
    return f"{key.partition('/')[0]}/{NOT_REFUSED.name}" if metric.counts_violations else ""


def is_practice(name: str) -> bool:
    """Whether a task or a group of ours is for practice."""
    return any(TASKS[member].practice for member in GROUPS.get(name, (name,)) if member in TASKS)


def final_key(key: str) -> str:
    """The same metric on items that no gate decision sees, where there are such; otherwise the key itself."""
    task, _, metric = key.partition("/")
    return f"{_UNSEEN[task]}/{metric}" if task in _UNSEEN else key


def expand(names: Iterable[str]) -> list[str]:
    """The names with every group of ours replaced by its tasks, in order and each once; others are left as they are."""
    return list(dict.fromkeys(member for name in names for member in GROUPS.get(name, (name,))))


def unknown(names: Iterable[str]) -> list[str]:
    """Those of the names that are neither a task nor a group of ours."""
    return [name for name in names if name not in TASKS and name not in GROUPS]


def families(keys: Iterable[str]) -> dict[str, list[str]]:
    """Keys "task/metric" by the evidence family of their task; a task that is not ours is a family of its own."""
    by_family: dict[str, list[str]] = {}
    for key in keys:
        task = key.partition("/")[0]
        by_family.setdefault(TASKS[task].family if task in TASKS else task, []).append(key)
    return by_family


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
    near = difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""
