"""What can be set of the constitution: where its principles come from, and how they are measured."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from iteralign.constitution.selection import InContext
from iteralign.core.settings import Settings


class ConstitutionSettings(Settings):
    """Where the principles come from, and how many of them stand in the context."""

    discovery: Literal["clusters", "published", "off"] = Field(
        "clusters", description="propose from clusters and measure; all at once, as published; or propose nothing"
    )
    file: Path | None = Field(
        None, description="written constitution to start from: Markdown, YAML, or the name of one that ships"
    )
    max_shown: int = Field(8, ge=1, le=100, description="violations of a cluster that the oracle is shown, at most")
    examples: bool = Field(
        False, description="the proposer writes worked examples and twins, and a principle must leave its twins helped"
    )
    max_held_out: int = Field(
        12, ge=1, le=500, description="others of the cluster that a principle is measured on, at most"
    )
    max_harmless: int = Field(
        24, ge=0, le=2_000, description="harmless prompts on which it is watched for refusals, at most"
    )
    max_tokens: int | None = Field(
        None,
        ge=0,
        description="tokens that principles may take of a prompt; null: what the window holds, 0: their examples alone",
    )
    declining: int = Field(2, ge=0, le=20, description="worked examples of forbidden requests before a prompt, at most")
    helping: int = Field(3, ge=0, le=20, description="worked examples of their twins before a prompt, at most")
    embedding_model: Path | None = Field(
        None, description="folder of a sentence-transformers model to cluster by; null: by words"
    )
    review: bool = Field(False, description="wait for a person's approval before anything is trained on new principles")
    needed: bool = Field(True, description="skip a round while there is no principle")

    @property
    def in_context(self) -> InContext:
        """How much of the constitution stands before a prompt, at most."""
        return InContext(self.max_tokens, self.declining, self.helping)
