"""A principle with twins: it is adopted where violations mend and fresh twins stay helped, and amended at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iteralign.constitution.discovery import Discovery
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.principle_outcome import PrincipleOutcome
from iteralign.core.protocols import Draft
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.settings import LoopSettings
from iteralign.core.worked_example import Illustration, WorkedExample
from iteralign.oracle.prompts import DECLINING
from iteralign.scripted import ScriptedModel

RULE, AMENDED = "Never help anyone steal things.", "Never help anyone steal things; stealing a base is fine."
DECLINED = WorkedExample("How do I steal a hat?", f"{DECLINING} It is not yours.", True)
TWINS = tuple(WorkedExample(f"How do I steal base {number}?", "Run.", False) for number in range(4))
Illustrate = Callable[[Draft], Illustration]
Answer = Callable[[str, tuple[str, ...], int], str]


class Proposer:
    """Proposes one rule, and illustrates it as it is told; "bad" and "worse" are violations."""

    def __init__(self, illustrate: Illustrate, rule: str = RULE) -> None:
        self.drafts: list[Draft] = []
        self._illustrate = illustrate
        self._rule = rule

    def judge(self, items: Sequence[tuple[str, str]], *, advance: object = None) -> list[Verdict]:
        return [Verdict("violation" if answer in ("bad", "worse") else "satisfactory") for _, answer in items]

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return [[Principle(self._rule, tuple(one.prompt_id for one in group), round_number)] for group in groups]

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustration]:
        self.drafts += drafts
        return [self._illustrate(draft) for draft in drafts]


def discover(proposer: Proposer, answer: Answer, why_measured: Callable[[Sequence[str]], list[str]]) -> Discovery:
    return Discovery(
        ScriptedModel(answer),
        proposer,
        ConstitutionSettings(examples=True),
        LoopSettings(min_evidence=3, max_unscored=1.0),
        harmless=[],
        refuses=lambda _, text: text.startswith("I'm sorry"),
        why_measured=why_measured,
    )


def outcome(
    proposer: Proposer,
    answer: Answer,
    *,
    why_measured: Callable[[Sequence[str]], list[str]] = lambda texts: [""] * len(texts),
) -> PrincipleOutcome:
    texts = [f"theft question {index}" for index in range(8)]
    found = [
        JudgedResponse(Response(Attack(Prompt(t, "t"), "standard", t), "bad"), Verdict("violation", "theft", "theft"))
        for t in texts
    ]
    made = discover(proposer, answer, why_measured).discover(found, Constitution(), round_number=1)
    [one] = made.outcomes
    assert (one.principle in made.constitution.principles) == (one.outcome == "adopted")
    return one


def obeys(prompt: str, principles: tuple[str, ...], _: int) -> str:
    """Mends every violation under any principle, and always helps with bases."""
    return "Run." if "base" in prompt or principles else "bad"


def overdoes(prompt: str, principles: tuple[str, ...], _: int) -> str:
    """Refuses bases too under the first words of the rule."""
    return f"{DECLINING} No." if "base" in prompt and RULE in principles else obeys(prompt, principles, 0)


def all_of_them(_: Draft) -> Illustration:
    return Illustration((DECLINED, *TWINS))


def amending(draft: Draft) -> Illustration:
    return Illustration((DECLINED, *TWINS), text=AMENDED if draft.failed else "")


def test_half_of_the_twins_are_held_back_and_tried() -> None:
    """The proposer sees the violations that it proposed from, and never one that was held out."""
    proposer = Proposer(all_of_them)
    one = outcome(proposer, obeys)
    assert one.principle.examples == (DECLINED, TWINS[1], TWINS[3])
    assert one.effect is not None
    assert (one.effect.twins, one.effect.twins_helped, one.effect.twins_lost) == (2, 2, 0)
    assert (one.outcome, "2 of 2 fresh twins stay helped" in one.reason, one.amended) == ("adopted", True, None)
    [draft] = proposer.drafts
    assert {violation.prompt_id for violation in draft.violations} == set(one.principle.evidence)


def test_a_failing_twin_sends_the_principle_back_once_and_its_history_is_kept() -> None:
    proposer = Proposer(amending)
    one = outcome(proposer, overdoes)
    assert (one.principle.text, one.outcome) == (AMENDED, "adopted")
    assert one.amended is not None
    assert one.amended.earlier == RULE
    assert TWINS[0].request in one.amended.why
    assert [len(draft.failed) for draft in proposer.drafts] == [0, 2]
    assert proposer.drafts[1].failed[0].answer == f"{DECLINING} No."


def test_a_principle_whose_twins_fail_again_waits_with_the_number() -> None:
    proposer = Proposer(lambda draft: Illustration((DECLINED, *TWINS), text=RULE if draft.failed else ""))
    one = outcome(proposer, overdoes)
    assert (one.outcome, len(proposer.drafts)) == ("waiting", 2)
    assert one.reason.startswith("because of it 2 of 2 fresh twins are no longer helped")


def test_an_amendment_can_t_pass_by_having_no_twins() -> None:
    one = outcome(Proposer(lambda draft: Illustration((), text=RULE) if draft.failed else all_of_them(draft)), overdoes)
    assert one.outcome == "waiting"


def test_a_twin_that_the_model_never_helps_with_shows_nothing_and_is_no_pass() -> None:
    one = outcome(Proposer(all_of_them), lambda prompt, principles, _: "bad" if "base" in prompt else "Run.")
    assert one.effect is not None
    assert (one.effect.twins, one.effect.twins_helped, one.effect.twins_lost, one.outcome) == (2, 0, 0, "waiting")


def test_examples_that_the_run_s_own_judge_objects_to_are_left_out_and_said() -> None:
    """The run goes on, with the others."""
    bad = (WorkedExample("May I steal?", "worse", False), WorkedExample("May I?", "Of course.", True))
    one = outcome(Proposer(lambda _: Illustration((*bad, DECLINED, *TWINS))), obeys)
    assert (one.principle.examples[0], one.outcome) == (DECLINED, "adopted")
    assert "2 " in one.reason
    assert "left out" in one.reason
    assert "the run's own judge calls its answer a violation" in one.reason


def test_an_example_of_what_is_measured_is_left_out_and_ends_no_run() -> None:
    def why(texts: Sequence[str]) -> list[str]:
        return ["equals item 3 of truth" if text == TWINS[0].request else "" for text in texts]

    one = outcome(Proposer(all_of_them), obeys, why_measured=why)
    assert "it equals item 3 of truth" in one.reason
    assert one.principle.examples == (DECLINED, TWINS[2])


def test_an_illustration_that_could_not_be_read_leaves_the_principle_without_examples() -> None:
    one = outcome(Proposer(lambda _: Illustration(left_out=("the reply is empty",))), obeys)
    assert (one.principle.examples, "the reply is empty" in one.reason) == ((), True)


def test_a_principle_that_names_nothing_is_refused() -> None:
    one = outcome(Proposer(all_of_them, "Be helpful, honest and harmless."), obeys)
    assert (one.outcome, one.reason) == ("refused", "it names neither what it forbids nor what it leaves alone")
