"""Leaves the answers to harmful requests out of what a report says, so that it can be shown to anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reports.data.contents import Contents
from reports.data.examples import Example
from reports.data.principles import Principle

LEFT_OUT: Final = "[left out: an answer to a harmful request]"
"""Stands in place of each, so that nobody takes it for an answer of no words."""


def redacted(contents: Contents) -> Contents:
    """The same without a word of what any model answered to a red-team prompt or to an item of an attack task.

    Requests, principles and every figure stay, and so do the answers to harmless requests.
    """
    return replace(
        contents,
        principles=tuple(map(_principle, contents.principles)),
        revisions=tuple(map(_example, contents.revisions)),
        samples=tuple(map(_example, contents.samples)),
    )


def _principle(principle: Principle) -> Principle:
    evidence = tuple(replace(violation, response=LEFT_OUT) for violation in principle.evidence)
    return replace(principle, evidence=evidence)


def _example(example: Example) -> Example:
    return replace(example, before=LEFT_OUT, after=LEFT_OUT) if example.harmful else example
