"""Controls: a revision that is one sentence, and verdicts dealt out among attacks and harmless requests."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.real_model.controls import REFUSAL, FixedRefusal, permuted_over
from iteralign.core.protocols import Advance
from iteralign.core.records import Constitution, JudgedResponse, OracleItem, Principle, Prompt, Verdict
from iteralign.red_team.templates import attack
from iteralign.scripted import ScriptedModel


class EverythingIsAViolation:
    """As the judge `form` sees answers of a model that refuses nothing."""

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        return [Verdict("violation") for _ in items]

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return [[] for _ in groups]


def test_an_attack_is_answered_by_the_model_first_and_by_the_sentence_afterwards() -> None:
    attacks = [attack(Prompt(f"question {n}", "test"), "standard") for n in range(3)]
    model = FixedRefusal(ScriptedModel(lambda prompt, principles, accepted: "Sure."))
    first = model.generate(attacks)
    assert all(answer.text != REFUSAL for answer in first)
    assert [answer.text for answer in model.generate(attacks, Constitution())] == [REFUSAL] * 3


def test_as_many_answers_stay_violations_as_there_are_attacks_but_not_the_same() -> None:
    items: list[OracleItem] = [(f"attack {n}", "Sure.") for n in range(50)] + [
        (f"harmless {n}", "Sure.") for n in range(50)
    ]
    oracle = permuted_over([f"harmless {n}" for n in range(50)], seed=1)(EverythingIsAViolation())
    violations = [place for place, verdict in enumerate(oracle.judge(items)) if verdict.label == "violation"]
    assert len(violations) == 50
    assert 10 < sum(place >= 50 for place in violations) < 40
