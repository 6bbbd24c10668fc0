"""What a judge is, and its kinds: any OpenAI-compatible endpoint, a local model, a script for tests.

openai_oracle(Endpoint(url, model))    a remote model; the key comes from the environment
ScriptedOracle(verdicts, proposals)    for tests of what uses an oracle
"""

from __future__ import annotations

from iteralign.oracle.chat import ChatOracle
from iteralign.oracle.completer import ChatCost, ChatFailure, ChatReply, ChatRequest, Completer
from iteralign.oracle.endpoint import Endpoint
from iteralign.oracle.openai_client import OpenAICompleter
from iteralign.oracle.remembering import Call, CallLog, RememberingCompleter
from iteralign.oracle.requests import JudgeRequest, ProposeRequest, Violation, read_request
from iteralign.oracle.scripted import ScriptedCompleter, ScriptedOracle, ScriptExhaustedError
from iteralign.oracle.spending import Caps, Spending

__all__ = [
    "Call",
    "CallLog",
    "Caps",
    "ChatCost",
    "ChatFailure",
    "ChatOracle",
    "ChatReply",
    "ChatRequest",
    "Completer",
    "Endpoint",
    "JudgeRequest",
    "OpenAICompleter",
    "ProposeRequest",
    "RememberingCompleter",
    "ScriptExhaustedError",
    "ScriptedCompleter",
    "ScriptedOracle",
    "Spending",
    "Violation",
    "openai_oracle",
    "read_request",
]


def openai_oracle(endpoint: Endpoint, *, max_principles: int = 5) -> ChatOracle:
    """The oracle behind `endpoint`. Raises MissingKeyError or ConfigError without a usable key."""
    return ChatOracle(OpenAICompleter(endpoint), max_principles=max_principles)
