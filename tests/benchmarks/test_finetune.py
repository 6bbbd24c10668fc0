"""What the fine-tuning benchmark makes of its runs: medians against bars, and runs that did other work."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import pytest

from benchmarks import finetune
from benchmarks.finetune import Before, Trained, Work, figures_of

WORK = Work("tiny", train=16, held_out=4, joined=1)
BEFORE = Before(loss=2.0, parameters=1000, tokens=300)
RUN = Trained(
    seconds=10.0,
    peak_mib=500.0,
    grown_mib=50.0,
    loss=1.0,
    steps=4,
    tokens=600,
    positions=640,
    parameters=80,
    others=0.0,
)


def missed(ours: list[Trained], trl: list[Trained]) -> list[str]:
    figures = figures_of(WORK, BEFORE, {"ours": ours, "TRL": trl}, limit=100.0)
    return [figure.name for figure in figures if figure.holds is False]


def test_the_medians_count() -> None:
    """One run that another process held up decides nothing."""
    slow = replace(RUN, seconds=40.0, peak_mib=900.0)
    assert missed([RUN, slow, RUN], [RUN, RUN, RUN]) == []
    assert missed([slow, slow, RUN], [RUN, RUN, RUN]) == [
        "tiny: training, ours against TRL",
        "tiny: peak memory, ours against TRL",
    ]


@pytest.mark.parametrize("field", ["steps", "tokens", "parameters"])
def test_a_single_run_that_did_other_work_is_missed(field: str) -> None:
    """On either side, whatever the medians say."""
    less = replace(RUN, **{field: getattr(RUN, field) - 1})
    assert missed([RUN, RUN, RUN], [RUN, less, RUN]) == [f"tiny: {field} trained, TRL"]


def test_the_held_out_loss_is_compared_seed_by_seed() -> None:
    """So that differences of different seeds can't cancel out in the medians."""
    high, low = replace(RUN, loss=1.2), replace(RUN, loss=0.8)
    assert missed([high, RUN, low], [low, RUN, high]) == ["tiny: held-out loss, largest difference of a pair"]


def test_without_trl_one_sentence_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is measured."""

    def absent(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(finetune, "version", absent)
    assert finetune.main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "iteralign-harness[bench]" in captured.err
