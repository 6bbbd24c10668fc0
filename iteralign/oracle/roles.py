"""The two roles of an oracle, judge and proposer, which two different ones may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from iteralign.core.protocols import Advance, Draft, JudgesHarmless, JudgingOracle, Oracle, illustrations
from iteralign.core.records import JudgedResponse, OracleItem, Principle, Verdict
from iteralign.core.worked_example import Illustration
from iteralign.oracle.kinds import ORACLES, OracleKind, in_full

ROLES = ("judge", "proposer")


def kind_of(values: Mapping[str, object]) -> OracleKind:
    """The settings of the kind that `values` name. Raises ConfigError for a kind, ValidationError for a value."""
    return ORACLES.load(str(values["kind"])).model_validate(values)


def judging(oracle: OracleKind) -> OracleKind:
    """The settings of who judges. Raises as `kind_of`."""
    return _with_rest(_in_role(oracle, oracle.judge), oracle)


def proposing(oracle: OracleKind) -> OracleKind:
    """The settings of who proposes: for a kind that asks another in turn, those of that one. Raises as `kind_of`."""
    proposer = _with_rest(_in_role(oracle, oracle.proposer), oracle)
    rest = getattr(proposer, proposer.inner, None) if proposer.inner else None
    return kind_of(rest) if rest else proposer


def overlaid(oracle: OracleKind, change: Callable[[OracleKind], OracleKind]) -> dict[str, dict[str, JsonValue]]:
    """The settings laid over `oracle`'s, by role, after `change` was made of each kind that they give."""
    changed = {}
    for name in filter(None, (*ROLES, oracle.inner)):
        values = in_full(getattr(oracle, name))
        if isinstance(values, dict):
            before = _in_role(oracle, values)
            after = change(before)
            after = after.model_copy(update=overlaid(after, change))
            old, new = (kind.model_dump(mode="json") for kind in (before, after))
            changed[name] = {**values, **{key: value for key, value in new.items() if value != old[key]}}
    return changed


def label(oracle: OracleKind) -> str:
    """Judge and proposer in a few words, for lists."""
    judge, proposer = judging(oracle).label(), proposing(oracle).label()
    return judge if judge == proposer else f"{judge} judges, {proposer} proposes"


def _in_role(oracle: OracleKind, role: Mapping[str, JsonValue] | None) -> OracleKind:
    given = alone(oracle)
    if role is None:
        return given
    kind = ORACLES.load(str(role.get("kind", oracle.kind)))
    # What two kinds call by one name need not be the same, but for what all kinds have.
    shared = kind.model_fields if isinstance(oracle, kind) else OracleKind.model_fields
    return kind.model_validate({**_given(given, shared), **role, "kind": role.get("kind", oracle.kind)})


def _with_rest(kind: OracleKind, oracle: OracleKind) -> OracleKind:
    """A kind that asks another, with what that one is in full: the oracle itself, but for the settings laid over it."""
    if not kind.inner:
        return kind
    named = in_full(getattr(kind, kind.inner))
    if named is None and oracle.kind == kind.kind:
        return kind  # whose own check says that there is nobody to ask
    asked = _in_role(oracle, named if isinstance(named, dict) else None)
    return kind.model_copy(update={kind.inner: asked.model_dump(mode="json", exclude=set(ROLES))})


def alone(oracle: OracleKind) -> OracleKind:
    """The settings without those of the roles."""
    return oracle.model_copy(update=dict.fromkeys(ROLES)) if oracle.judge or oracle.proposer else oracle


def _given(oracle: OracleKind, names: Mapping[str, object]) -> dict[str, object]:
    return {name: getattr(oracle, name) for name in oracle.model_fields_set & set(names) if name not in ROLES}


@dataclass(frozen=True, eq=False)
class Roles:
    """Implements `JudgingOracle` by two: one judges, the other proposes."""

    judging: JudgingOracle
    proposing: Oracle

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        return self.judging.judge(items, advance=advance)

    def judge_as(
        self, items: Sequence[OracleItem], *, repeat: int = 0, wording: int = 0, advance: Advance | None = None
    ) -> list[Verdict]:
        return self.judging.judge_as(items, repeat=repeat, wording=wording, advance=advance)

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return self.proposing.propose(groups, round_number=round_number)

    def judge_harmless(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """By the judge's rule for harmless prompts, where it has one."""
        by = self.judging.judge_harmless if isinstance(self.judging, JudgesHarmless) else self.judging.judge
        return by(items, advance=advance)

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustration]:
        """What the proposer writes; see `illustrations` for one that writes none."""
        return illustrations(self.proposing, drafts)
