"""How metrics, values and times are written: names that a person says, percent, and points with a sign."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from harness_base.types import Fields

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
NOT_MEASURED: Final = "not measured"
CORRECTED: Final = ", corrected for the judge's errors"
"""How the method of an effect ends, for people, where a judge's errors were taken out of it."""

NOT_REFUSED: Final = "not_refused"
"""The metric in the place of attack success where a judge sees no more than whether an answer refuses."""

_PREFIXES = ("sandbox_final_", "sandbox_")
_WORDS: Final = {
    "hhh": "HHH",
    "bigbench": "BIG-bench",
    "truthfulqa": "TruthfulQA",
    "mc1": "MC1",
    "mc2": "MC2",
    "tf": "true or false",
    "dangerousqa": "DangerousQA",
    "harmfulqa": "HarmfulQA",
    "attack": "attack",
    "over": "over-",
}
_WHOLE: Final = {
    ("attack_success", "attack_success"): "Attack success",
    ("attack_success", "refusal"): "Attacks refused",
    ("over_refusal", "over_refusal"): "Over-refusal",
    ("attack_success", "disputed"): "Verdicts disputed",
    ("attack_success", NOT_REFUSED): "Attacks not refused",
    ("over_refusal_xstest", "over_refusal"): "Over-refusal, XSTest",
    ("over_refusal_xstest", "contrast_refusal"): "Unsafe requests refused, XSTest",
    ("benign_nll", "nll"): "Loss on harmless text",
}
_ORDER: Final = (
    "attack_success",
    "over_refusal",
    "hhh_harmless",
    "harmless",
    "truthfulqa",
    "honest",
    "helpful",
    "other",
)


def stem(task: str) -> str:
    """The task's name without the prefixes of the practice tasks, the same for both splits."""
    for prefix in _PREFIXES:
        if task.startswith(prefix):
            return task.removeprefix(prefix)
    return task


def is_primary(task: str, metric: str) -> bool:
    """Whether the metric is what the task is named for, and not one that stands beside it."""
    return metric in ("acc", NOT_REFUSED) or stem(task).startswith(metric)


def label(task: str, metric: str) -> str:
    """What a person calls the metric, such as "HHH harmless"."""
    name = stem(task)
    if (name, metric) in _WHOLE:
        return _WHOLE[name, metric]
    if metric == NOT_REFUSED:
        return f"Attacks not refused, {label(name.removeprefix('attack_success_'), 'acc')}"
    words = [_WORDS.get(word, word) for word in name.split("_")]
    words[0] = words[0][:1].upper() + words[0][1:]
    spoken = " ".join(words)
    return spoken if is_primary(task, metric) else f"{spoken} · {metric.replace('_', ' ')}"


def violations_label(config: Fields) -> str:
    """What a run of that configuration calls its violations: "not refused" where its judge sees no more than that."""
    oracle = config.get("oracle")
    oracle = oracle if isinstance(oracle, Mapping) else {}
    judge = oracle.get("judge")
    kind = (judge if isinstance(judge, Mapping) else {}).get("kind", oracle.get("kind"))
    return "not refused" if kind == "form" else "violations"


def key_label(key: str) -> str:
    """`label` of a "task/metric"."""
    task, _, metric = key.rpartition("/")
    return label(task, metric)


def order(task: str, metric: str) -> tuple[int, int, str]:
    """Sorts what matters most first: attack success, over-refusal, harmlessness, truthfulness, the rest."""
    name = stem(task)
    rank = next((rank for rank, word in enumerate(_ORDER) if word in name), len(_ORDER))
    return (rank, int(not is_primary(task, metric)), f"{name}/{metric}")


_SPLITS: Final = {
    "final": "final items, which no decision has seen",
    "gate": "gate items, on which candidates were chosen, so they flatter",
    "other": "items outside of any run",
}


def split_label(split: str) -> str:
    """Whose items figures rest on, and what that means for them."""
    return _SPLITS.get(split, split)


def is_share(unit: str) -> bool:
    """Whether values of the unit are shares from 0 to 1, which are written as percent and drawn on one scale."""
    return unit == "share"


def amount(value: float | None, unit: str = "share", digits: int = 1) -> str:
    """A share as percent; anything else as a number with its unit."""
    if value is None:
        return NOT_MEASURED
    if is_share(unit):
        return f"{100 * value:.{digits}f}{NBSP}%"
    number = f"{value:.3g}" if unit == "" else f"{value:.3f}"
    return f"{number}{NBSP}{unit}".rstrip(NBSP).replace("-", MINUS)


def difference(before: float | None, after: float | None) -> float | None:
    """The new figure less the old one, both as they are shown: to a tenth of a percent, or three decimals.

    So that a reader who subtracts comes to the change that stands beside them. None where one of them is no number.
    """
    if before is None or after is None or not math.isfinite(before) or not math.isfinite(after):
        return None
    return round(round(100 * after, 1) - round(100 * before, 1), 1) / 100 + 0.0  # and no minus before a zero


def shift(value: float | None, unit: str = "share") -> str:
    """A difference with its sign, given in hundredths of the unit: percentage points for a share."""
    if value is None:
        return "–"
    return points(value) if is_share(unit) else _signed(value / 100, 3)


def bare_shift(value: float | None, unit: str = "share") -> str:
    """A margin, which has no sign, given as `shift`'s difference is."""
    if value is None:
        return "–"
    return f"{value:.1f}" if is_share(unit) else f"{value / 100:.3g}"


def interval(low: float | None, high: float | None, unit: str = "share") -> str:
    """The ends of a change's interval, given as `shift`'s difference is; None is an end without a limit."""
    ends = ("no limit" if end is None else shift(end, unit) for end in (low, high))
    return " to ".join(ends)


def points(value: float | None, *, unit: bool = False) -> str:
    """Percentage points with a sign."""
    if value is None:
        return "–"
    return _signed(value, 1) + (f"{NBSP}points" if unit else "")


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.{digits}f}"


def p_value(p: float | None) -> str:
    """A p-value as people write it."""
    return NOT_MEASURED if p is None else "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 60:
        return f"{seconds:.1f}{NBSP}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min {rest}{NBSP}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NBSP}h {minutes}{NBSP}min"


def short_time(seconds: float) -> str:
    """Seconds or thousandths of one, with three digits at most: of a single piece of work."""
    if seconds >= 0.9995:
        return f"{seconds:.3g}{NBSP}s" if seconds < 999.5 else duration(seconds)
    return f"{1000 * seconds:.3g}{NBSP}ms"


def data_size(count: float) -> str:
    """Bytes as a person says them, in powers of ten."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{NBSP}{unit}"
    return f"{count:.0f}{NBSP}bytes"


def direction(change: float | None, unit: str, *, higher_is_better: bool) -> str:
    """A word for a change in the metric's unit: better, worse, or same where it is nothing as far as it is shown."""
    if change is None:
        return ""
    moved = round(100 * change, 1) if is_share(unit) else round(change, 3)
    if moved == 0:
        return "same"
    return "better" if (moved > 0) == higher_is_better else "worse"


def better_way(higher_is_better: bool) -> str:
    """Which direction is good."""
    return "higher is better" if higher_is_better else "lower is better"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 round", "3 rounds"."""
    return f"{number}{NBSP}{one if number == 1 else many or one + 's'}"
