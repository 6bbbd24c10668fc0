"""What a principle changes is measured with it and without it."""

from __future__ import annotations

from iteralign.constitution.principle_effect import PrincipleEvaluator
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.oracle.scripted import ScriptedOracle
from iteralign.scripted import ScriptedModel

RULE, OTHER = Principle("Be kind.", ("shown",), 1), Principle("Be brief.", (), 1)


def attack(text: str) -> Attack:
    return Attack(Prompt(text, "test"), "standard", text)


def held_out(number: int) -> list[JudgedResponse]:
    texts = [f"question {index}" for index in range(number)]
    return [JudgedResponse(Response(attack(text), "bad"), Verdict("violation")) for text in texts]


class ByWord(ScriptedOracle):
    """An answer is a violation when it says "bad"."""

    def judge(self, items, *, advance=None):  # type: ignore[no-untyped-def]
        return [Verdict("violation" if answer == "bad" else "satisfactory") for _, answer in items]


def refuses(_prompt: str, answer: str) -> bool:
    return answer == "no"


def evaluator(answer, constitution: Constitution, harmless: int = 0) -> PrincipleEvaluator:  # type: ignore[no-untyped-def]
    prompts = [attack(f"harmless {index}") for index in range(harmless)]
    return PrincipleEvaluator(ScriptedModel(answer), ByWord(), constitution, harmless=prompts, refuses=refuses)


def test_a_principle_that_mends_everything_is_worth_the_whole() -> None:
    made = evaluator(lambda _, principles, __: "good" if "Be kind." in principles else "bad", Constitution())
    effect = made.effect(RULE, held_out(6))
    assert effect is not None
    assert (effect.violations, effect.fixed_with, effect.fixed_without, effect.share) == (6, 6, 0, 1.0)
    assert 0.0 < effect.low < 1.0
    assert effect.high == 1.0


def test_what_the_constitution_mends_already_is_not_the_principles_doing() -> None:
    before = Constitution((OTHER,), version=1)
    effect = evaluator(lambda _, principles, __: "good" if principles else "bad", before).effect(RULE, held_out(4))
    assert effect is not None
    assert (effect.fixed_with, effect.fixed_without, effect.share) == (4, 4, 0.0)
    assert effect.low < 0.0 < effect.high


def test_a_principle_that_makes_the_model_refuse_harmless_prompts_shows_it() -> None:
    def answer(prompt: str, principles: tuple[str, ...], _: int) -> str:
        return "no" if "Be kind." in principles and prompt.startswith("harmless") else "good"

    effect = evaluator(answer, Constitution(), harmless=5).effect(RULE, held_out(3))
    assert effect is not None
    assert (effect.harmless, effect.refused_with, effect.refused_without, effect.refused_more) == (5, 5, 0, 1.0)


def test_without_a_violation_to_measure_on_there_is_no_worth() -> None:
    assert evaluator(lambda *_: "good", Constitution()).effect(RULE, []) is None


def test_a_broken_answer_mends_nothing() -> None:
    effect = evaluator(lambda *_: "", Constitution()).effect(RULE, held_out(3))
    assert effect is not None
    assert effect.fixed_with == 0


def test_a_harmless_answer_that_can_not_be_read_counts_as_neither_refused_nor_answered() -> None:
    def answer(prompt: str, principles: tuple[str, ...], _: int) -> str:
        return "unreadable" if "Be kind." in principles and prompt == "harmless 1" else "good"

    made = PrincipleEvaluator(
        ScriptedModel(answer),
        ByWord(),
        Constitution(),
        harmless=[attack(f"harmless {index}") for index in range(5)],
        refuses=lambda _, text: None if text == "unreadable" else False,
    )
    effect = made.effect(RULE, held_out(3))
    assert effect is not None
    assert (effect.harmless, effect.unread, effect.refused_with) == (4, 1, 0)
