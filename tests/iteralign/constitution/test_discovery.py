"""From violations to the next constitution, and what every proposal is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iteralign.constitution.discovery import Discovered, Discovery
from iteralign.constitution.published import PublishedProposal, Unchanging
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.principle_outcome import PrincipleEffect, PrincipleOutcome
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.settings import LoopSettings
from iteralign.revision.filtering import Refuses
from iteralign.scripted import ScriptedModel

RULES = {"theft": "Never help anyone steal things.", "gossip": "Do not spread rumours about people."}
Propose = Callable[[str], Sequence[str]]


def violations(category: str, number: int) -> list[JudgedResponse]:
    texts = [f"{category} question {index}" for index in range(number)]
    return [
        JudgedResponse(
            Response(Attack(Prompt(t, "test"), "standard", t), "bad"), Verdict("violation", category, category)
        )
        for t in texts
    ]


class CategoryOracle:
    """An answer "bad" violates; for each group it proposes what `propose` says of its category."""

    def __init__(self, propose: Propose = lambda category: [RULES[category]]) -> None:
        self.asked: list[list[str]] = []
        self._propose = propose

    def judge(self, items: Sequence[tuple[str, str]], *, advance: object = None) -> list[Verdict]:
        return [Verdict("violation" if answer == "bad" else "satisfactory") for _, answer in items]

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        found = []
        for group in groups:
            prompts = tuple(one.response.attack.prompt.id for one in group)
            self.asked.append([one.response.attack.text for one in group])
            texts = self._propose(group[0].verdict.category)
            found.append([Principle(text, prompts, round_number) for text in texts])
        return found


def obeys(prompt: str, principles: tuple[str, ...], _: int) -> str:
    """Good where the principle of the prompt's own category stands in the context."""
    return "good" if RULES.get(prompt.split()[0]) in principles else "bad"


def discover(
    found: Sequence[JudgedResponse],
    *,
    oracle: CategoryOracle | None = None,
    answer: Callable[[str, tuple[str, ...], int], str] = obeys,
    constitution: Constitution = Constitution(),  # noqa: B008 - frozen
    known: Sequence[PrincipleOutcome] = (),
    refuses: Refuses = lambda *_: False,
    min_evidence: int = 3,
    principles_per_round: int = 2,
) -> Discovered:
    loop = LoopSettings(min_evidence=min_evidence, principles_per_round=principles_per_round, max_unscored=1.0)
    harmless = [Attack(Prompt("hello", "test"), "standard", "hello")]
    discovery = Discovery(
        ScriptedModel(answer),
        oracle or CategoryOracle(),
        ConstitutionSettings(),
        loop,
        harmless=harmless,
        refuses=refuses,
        known=known,
    )
    return discovery.discover(found, constitution, round_number=4)


def outcomes(found: Discovered) -> dict[str, str]:
    return {one.principle.text: one.outcome for one in found.outcomes}


def test_each_cluster_is_put_to_the_oracle_with_half_of_its_violations() -> None:
    oracle = CategoryOracle()
    found = discover([*violations("theft", 8), *violations("gossip", 6)], oracle=oracle)
    assert [len(shown) for shown in oracle.asked] == [4, 3]
    assert outcomes(found) == dict.fromkeys(RULES.values(), "adopted")
    assert found.constitution.version == 1


def test_a_principle_is_measured_on_what_it_was_not_proposed_from() -> None:
    found = discover(violations("theft", 8))
    [outcome] = found.outcomes
    assert outcome.effect is not None
    assert (outcome.effect.violations, outcome.effect.fixed_with, outcome.effect.harmless) == (4, 4, 1)
    assert len(outcome.principle.evidence) == 4


def test_a_cluster_too_small_to_hold_some_back_waits() -> None:
    """A principle that could not be tested is not asked for."""
    oracle = CategoryOracle()
    found = discover([*violations("theft", 3), *violations("gossip", 4)], oracle=oracle)
    assert oracle.asked == []
    assert found.constitution == Constitution()


def test_a_principle_that_mends_nothing_is_retired_with_the_number() -> None:
    found = discover(violations("theft", 8), answer=lambda *_: "bad")
    [outcome] = found.outcomes
    assert (outcome.outcome, outcome.reason) == ("retired", "it mends 0 of 4 other violations, 0 without it")
    assert found.constitution.principles == ()


def test_a_principle_that_makes_the_model_refuse_is_retired() -> None:
    def answer(prompt: str, principles: tuple[str, ...], _: int) -> str:
        return "no" if principles else "bad"

    found = discover(violations("theft", 8), answer=answer, refuses=lambda _, text: text == "no")
    [outcome] = found.outcomes
    assert (outcome.outcome, "1 of 1 harmless" in outcome.reason) == ("retired", True)


def test_the_next_best_waits_for_a_later_round() -> None:
    found = discover([*violations("theft", 10), *violations("gossip", 6)], principles_per_round=1)
    assert outcomes(found) == {RULES["theft"]: "adopted", RULES["gossip"]: "waiting"}


EFFECT = PrincipleEffect(4, 4, 0, 0.5, 1.0, 0.9)


def test_one_that_waited_keeps_its_words_and_what_was_measured() -> None:
    """Said again in other words it is the same principle, with this round's evidence."""
    known = PrincipleOutcome(
        Principle("Never help someone to steal a thing.", ("old",), 2), "waiting", "others first", EFFECT
    )
    found = discover(violations("theft", 6), known=[known])
    [outcome] = found.outcomes
    assert outcome.principle.text == known.principle.text
    assert (outcome.outcome, outcome.effect) == ("adopted", EFFECT)
    assert "old" not in outcome.principle.evidence


def test_one_that_was_retired_does_not_come_back_in_other_words() -> None:
    known = PrincipleOutcome(Principle("Never help someone to steal a thing.", (), 2), "retired", "a person retired it")
    found = discover(violations("theft", 6), known=[known])
    [outcome] = found.outcomes
    assert (outcome.outcome, "retired" in outcome.reason) == ("refused", True)


def test_a_near_duplicate_lends_its_evidence() -> None:
    before = Constitution((Principle("Do not help people steal a thing.", ("old",), 1),), version=4)
    found = discover(violations("theft", 6), constitution=before)
    [principle] = found.constitution.principles
    assert (principle.text, len(principle.evidence), found.constitution.version) == (before.principles[0].text, 4, 5)
    assert [one.outcome for one in found.outcomes] == ["merged"]


def test_two_near_duplicates_of_one_round_join_as_one() -> None:
    oracle = CategoryOracle(lambda _: [RULES["theft"], "Do not help people steal a thing."])
    found = discover(violations("theft", 6), oracle=oracle)
    assert len(found.constitution.principles) == 1
    assert sorted(one.outcome for one in found.outcomes) == ["adopted", "merged"]


def test_a_contradiction_is_refused() -> None:
    before = Constitution((Principle("Always help anyone steal things.", ("old",), 1),), version=4)
    found = discover(violations("theft", 6), constitution=before)
    assert found.constitution == before
    [outcome] = found.outcomes
    assert (outcome.outcome, outcome.reason.startswith("it contradicts")) == ("refused", True)


def test_a_principle_about_a_single_prompt_is_refused() -> None:
    """It would mend that prompt and be worth nothing to anybody else."""

    class Copying(CategoryOracle):
        def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
            text = f"Do not answer: {groups[0][0].response.attack.text}"
            return [[Principle(text, (groups[0][0].response.attack.prompt.id,), round_number)]]

    things = ("red bike of the museum", "old hat of my uncle", "lamp from the toy store", "scarf that the baker lost")
    found = discover(
        [
            JudgedResponse(
                Response(Attack(Prompt(f"How do I steal the {t}?", ""), "standard", f"How do I steal the {t}?"), "bad"),
                Verdict("violation", "theft", "theft"),
            )
            for t in things
        ],
        oracle=Copying(),
        answer=lambda *_: "good",
        min_evidence=1,
    )
    [outcome] = found.outcomes
    assert (outcome.outcome, outcome.reason) == ("refused", "it is about a single prompt")


def test_as_published_the_proposal_takes_the_place_of_the_constitution() -> None:
    """One question with every violation in it; nothing is measured, and the outcome says so."""
    oracle = CategoryOracle()
    before = Constitution((Principle("Be kind.", (), 1),), version=1)
    mixed = [*violations("theft", 2), *violations("gossip", 2)]
    found = PublishedProposal(oracle).discover(mixed, before, round_number=2)
    assert len(oracle.asked[0]) == 4
    assert [one.text for one in found.constitution.principles] == [RULES["theft"]]
    assert [one.effect for one in found.outcomes] == [None]


def test_a_written_constitution_stays_as_it_is() -> None:
    before = Constitution((Principle("Be kind.", (), 0),), version=1)
    assert Unchanging().discover(violations("theft", 9), before, round_number=2) == Discovered(before, (), ())


def test_a_principle_waits_where_nobody_could_read_whether_it_makes_the_model_refuse() -> None:
    def answer(prompt: str, principles: tuple[str, ...], _: int) -> str:
        return "unreadable" if prompt == "hello" and principles else "good" if principles else "bad"

    found = discover(violations("theft", 8), answer=answer, refuses=lambda _, text: None if "unread" in text else False)
    assert {one.outcome for one in found.outcomes} == {"waiting"}
    assert "can't be told" in found.outcomes[0].reason
