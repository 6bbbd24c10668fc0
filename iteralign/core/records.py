"""The plain data that the loop passes around, in the words of the architecture."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final, Literal

from iteralign.core.content import content_id
from iteralign.core.conversation import Conversation, asking
from iteralign.core.settings import TrainingSettings
from iteralign.core.worked_example import WorkedExample

VerdictLabel = Literal["satisfactory", "violation", "unscored"]
Severity = Literal["", "low", "medium", "high"]
PairKind = Literal["revision", "replayed_revision", "replayed_harmless"]
GateOutcome = Literal["accept", "reject", "inconclusive"]
ComparisonResult = Literal["pass", "fail", "inconclusive", "invalid", "shown"]
MetricRole = Literal["improve", "protect", "show"]
ComparisonReference = Literal["base", "accepted", "baseline"]
RoundStatus = Literal["accepted", "skipped", "clean"]
StopReason = Literal["", "go", "harm", "futility"]
"""Why a gate stopped before its last item: its GO stood, its NO-GO stood, or a gain had become unlikely."""
Leaning = Literal["", "better", "worse"]


PLAIN: Final = "plain"
"""The `TrainingPair.prompt_type` of a harmless prompt that does not look harmful either."""

OracleItem = tuple[Conversation | str, str]
"""What an oracle judges: a conversation, of which a text is the one user turn, and the answer to it."""


@dataclass(frozen=True, init=False)
class Prompt:
    """One red-team question; `source` names the file or set that it came from.

    A text in place of the conversation is one user turn.
    """

    conversation: Conversation
    source: str

    def __init__(self, conversation: Conversation | str, source: str) -> None:
        object.__setattr__(self, "conversation", asking(conversation))
        object.__setattr__(self, "source", source)

    @property
    def text(self) -> str:
        """The question, or the whole conversation written out where it has several turns."""
        return self.conversation.text

    @property
    def id(self) -> str:
        return self.conversation.id


@dataclass(frozen=True, init=False)
class Attack:
    """A prompt after an attack template; `conversation` is what the model reads. A text is one user turn."""

    prompt: Prompt
    template: str
    conversation: Conversation

    def __init__(self, prompt: Prompt, template: str, conversation: Conversation | str) -> None:
        object.__setattr__(self, "prompt", prompt)
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "conversation", asking(conversation))

    @property
    def text(self) -> str:
        """What the model reads, written out where it has several turns."""
        return self.conversation.text

    @property
    def last_user_turn(self) -> str:
        """What is asked in the end: what an answer agrees to or declines."""
        return self.conversation.last_user_turn


@dataclass(frozen=True)
class Verdict:
    """The oracle's judgement. `reason` is never empty when `label` is "unscored"; `raw` is its whole reply.

    `severity` and `quote` belong to a violation: how much harm, and the passage of the answer that does it. `score` is
    how far above its threshold a judge that gives a number found the answer, in nats; None where it gives none.
    """

    label: VerdictLabel
    category: str = ""
    reason: str = ""
    raw: str = ""
    severity: Severity = ""
    quote: str = ""
    score: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Response:
    """What the model under alignment answered; `finished` is false when it ran into the length limit.

    `unanswered` says why there is no answer, where a thought was cut off or nothing was written; `text` is then empty.
    """

    attack: Attack
    text: str
    finished: bool = True
    unanswered: str = ""

    @property
    def conversation(self) -> Conversation:
        """What was asked, and the answer as its last message."""
        return self.attack.conversation.then(self.text)


@dataclass(frozen=True)
class JudgedResponse:
    """A response with the oracle's verdict on it."""

    response: Response
    verdict: Verdict

    @property
    def prompt_id(self) -> str:
        return self.response.attack.prompt.id


@dataclass(frozen=True)
class Principle:
    """One sentence of guidance, with the `examples` that show what it means.

    `evidence` holds the prompt ids of the violations it was proposed from.
    """

    text: str
    evidence: tuple[str, ...]
    round: int
    examples: tuple[WorkedExample, ...] = ()

    @property
    def id(self) -> str:
        return content_id(self.text)


@dataclass(frozen=True)
class Constitution:
    """The ordered principles; `version` counts up from 0, the empty one."""

    principles: tuple[Principle, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class Revision:
    """A second answer to a violating response, given the constitution; `attempt` counts from 1.

    `dropped` says why it may not be trained on although the verdict is satisfactory. `critique` is what the model
    said against its first answer, where it was asked to.
    """

    original: Response
    text: str
    attempt: int
    verdict: Verdict
    constitution_version: int
    dropped: str = ""
    critique: str = ""

    @property
    def kept(self) -> bool:
        """Whether it may be trained on."""
        return self.verdict.label == "satisfactory" and not self.dropped


@dataclass(frozen=True, init=False)
class TrainingPair:
    """What the model is to answer to a prompt: the texts as the model sees them, without chat markup.

    A text as `prompt` is one user turn. Only `answer` is learned. `rejected` is the answer that it replaces, for
    objectives that learn from both; empty where there is none. `prompt_type` says of a harmless prompt which kind of
    harm it looks like, in XSTest's words, or PLAIN; it is empty for other prompts and where nobody has sorted them. An
    answer that is `cut` ran into the length limit: it is learned as far as it goes, and no end of it.
    """

    prompt_id: str
    prompt: Conversation
    answer: str
    kind: PairKind
    rejected: str = ""
    prompt_type: str = ""
    cut: bool = False

    def __init__(
        self,
        prompt_id: str,
        prompt: Conversation | str,
        answer: str,
        kind: PairKind,
        rejected: str = "",
        prompt_type: str = "",
        cut: bool = False,
    ) -> None:
        object.__setattr__(self, "prompt_id", prompt_id)
        object.__setattr__(self, "prompt", asking(prompt))
        object.__setattr__(self, "answer", answer)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "rejected", rejected)
        object.__setattr__(self, "prompt_type", prompt_type)
        object.__setattr__(self, "cut", cut)


@dataclass(frozen=True)
class Candidate:
    """A fine-tuned model that the gate has not accepted yet. `path` is the folder of its weights."""

    name: str
    path: str
    content_hash: str
    steps: int
    loss_first: float
    loss_last: float
    largest_logit_change: float
    settings: TrainingSettings


@dataclass(frozen=True)
class Comparison:
    """One metric of a candidate held against one reference, item by item.

    All values are in the metric's own `unit` ("share" from 0 to 1 for rates, "nats" for losses, empty where it is not
    known). `effect`, `low` and `high` are the mean paired difference and its interval at `confidence`, signed so that
    positive means the candidate is better, whatever `higher_is_better` says of the values; what is shown has the sign
    that `harness.evaluation.shown` gives it. `better` and `worse` count the items that moved, out of `items` that
    belong to `clusters` queries. A value that could not be measured is None, and `reason` says why.

    `method` names how the interval was made, for people, and `corrected` says whether a judge's errors were taken out
    of the effect. The p-values are one-sided: `p_better` and `p_worse` for a difference from
    zero, adjusted for the other metrics where they decide, `p_kept` for a loss smaller than `margin`. `detectable` is
    the smallest true effect that these items would have shown four times out of five, and `items_needed` how many items
    it would take for one of the margin's size. `note` says what else a reader must know.

    A gate that asks in blocks had `planned` rows to ask (0 where it asks all at once) and ended, for this metric, with
    its own look number `look`, which may spend the share `spent` of the level; the interval and the p-values are good
    for whatever look it ends with. `leans` says to which side of the truth the estimate leans on average where the
    metric's own figures ended its asking early, empty where they did not.
    """

    metric: str
    role: MetricRole
    reference: ComparisonReference
    result: ComparisonResult
    reason: str
    candidate_value: float | None = None
    reference_value: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    items: int = 0
    better: int = 0
    worse: int = 0
    unit: str = "share"
    clusters: int = 0
    method: str = ""
    confidence: float | None = None
    p_better: float | None = None
    p_worse: float | None = None
    p_kept: float | None = None
    detectable: float | None = None
    items_needed: int | None = None
    note: str = ""
    higher_is_better: bool = True
    corrected: bool = False
    planned: int = 0
    look: int = 0
    spent: float = 1.0
    leans: Leaning = ""

    def as_row(self) -> dict[str, object]:
        """The values by name, as the store and the evidence have them: `method` says there what `corrected` says."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _NO_COLUMN}


_NO_COLUMN = frozenset({"corrected", "planned", "look", "spent", "leans"})


@dataclass(frozen=True)
class GateDecision:
    """Accept, reject or inconclusive, with every number that led to it.

    `retry` says that a gentler training might fare better: the candidate did harm, or may have done. `looks` is among
    how many looks at the same items the risk of an error was divided.

    A gate that asks in blocks decided after `block` of `blocks`, both 0 where it asked all at once. `stopped` says why
    it did so before the last item, empty where everything was asked; `unlikely` is then the alternative that a stop for
    futility holds for unlikely, in a sentence.
    """

    outcome: GateOutcome
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = field(default=())
    retry: bool = True
    looks: int = 1
    block: int = 0
    blocks: int = 0
    stopped: StopReason = ""
    unlikely: str = ""
