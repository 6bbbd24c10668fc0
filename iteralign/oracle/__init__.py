"""What a judge is, and its kinds: embedded rules, any OpenAI-compatible endpoint, a script for tests.

embedded_oracle()                      rules in this process
openai_oracle(Endpoint(url, model))    a remote model; the key comes from the environment
serve(), start_in_thread()             the embedded rules behind HTTP
ScriptedOracle(verdicts, proposals)    for tests of what uses an oracle
"""

from __future__ import annotations

from iteralign.oracle.chat import ChatOracle
from iteralign.oracle.completer import ChatCost, ChatFailure, ChatReply, ChatRequest, Completer
from iteralign.oracle.embedded import EmbeddedCompleter
from iteralign.oracle.endpoint import Endpoint
from iteralign.oracle.openai_client import OpenAICompleter
from iteralign.oracle.remembering import Call, Ledger, RememberingCompleter
from iteralign.oracle.requests import JudgeRequest, ProposeRequest, Violation, read_request
from iteralign.oracle.scripted import ScriptedCompleter, ScriptedOracle, ScriptExhaustedError
from iteralign.oracle.server import MODEL_NAME, serve, start_in_thread
from iteralign.oracle.spending import Caps, Spending

__all__ = [
    "MODEL_NAME",
    "Call",
    "Caps",
    "ChatCost",
    "ChatFailure",
    "ChatOracle",
    "ChatReply",
    "ChatRequest",
    "Completer",
    "EmbeddedCompleter",
    "Endpoint",
    "JudgeRequest",
    "Ledger",
    "OpenAICompleter",
    "ProposeRequest",
    "RememberingCompleter",
    "ScriptExhaustedError",
    "ScriptedCompleter",
    "ScriptedOracle",
    "Spending",
    "Violation",
    "embedded_oracle",
    "openai_oracle",
    "read_request",
    "serve",
    "start_in_thread",
]


def embedded_oracle(*, most_principles: int = 5) -> ChatOracle:
    """The oracle of embedded rules, in this process. It knows the practice model's small world and nothing else."""
    return ChatOracle(EmbeddedCompleter(), most_principles=most_principles)


def openai_oracle(endpoint: Endpoint, *, most_principles: int = 5) -> ChatOracle:
    """The oracle behind `endpoint`. Raises MissingKeyError or ConfigError without a usable key."""
    return ChatOracle(OpenAICompleter(endpoint), most_principles=most_principles)
