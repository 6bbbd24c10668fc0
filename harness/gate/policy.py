"""What a gate decision is to improve, protect and show: data that is read from a file and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Literal

import yaml
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from harness_base.errors import ConfigError
from tasks import catalog

_SHIPPED = Path(__file__).parent / "policies"


POOL = "pool/"
"""What the key of a pool begins with, where a metric's begins with its task."""


class Pool(BaseModel):
    """Small related metrics protected as one: their items are put together, and have one margin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metrics: tuple[str, ...] = Field(min_length=2)
    margin: float


class Inconclusive(BaseModel):
    """What follows where the data can't say: in the loop another, gentler try or the next round; in CI its own outcome
    or a NO-GO. It is never a pass.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    loop: Literal["retry", "skip"] = "retry"
    check: Literal["inconclusive", "no-go"] = "inconclusive"


class Blocks(BaseModel):
    """How many items a task asks in its first block, by what an item costs; every further block asks as many again as
    were asked before it. `choices` are read, `written` ones take an answer, `judged` ones an answer and a verdict.

    Before `min_clusters` queries of a metric were asked nothing of it is decided, since fewer can't tell how alike a
    query's items are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: int = Field(150, ge=1)
    written: int = Field(150, ge=1)
    judged: int = Field(125, ge=1)
    min_clusters: int = Field(30, ge=2)


class Policy(BaseModel):
    """A gate's policy. Margins are in the metric's own unit: a share from 0 to 1, or nats for a loss.

    `improve` and `protect` map a "task/metric" key to its margin: what an improving metric may at most lose against the
    accepted model, and a protected one against the base; `pools` protect several as one. `show` is measured and never
    decides. `confidence` is 1 less the risk of a wrong verdict in a whole run. A task in `require` must be measured
    though it may decide nothing. `improvement_needed` asks a release, too, to be better than its baseline. `blocks` is
    how a run's gate that stops early divides its items.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence: float = Field(0.95, gt=0.5, lt=1.0)
    max_invalid_share: float = Field(
        0.02, ge=0.0, lt=1.0, validation_alias=AliasChoices("max_invalid_share", "greatest_invalid_share")
    )
    improve: dict[str, float] = {}
    protect: dict[str, float] = {}
    pools: dict[str, Pool] = {}
    show: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    inconclusive: Inconclusive = Inconclusive()
    improvement_needed: bool = False
    safety_with_over_refusal: bool = True
    blocks: Blocks = Blocks()

    @property
    def protected(self) -> tuple[str, ...]:
        """The keys of what is protected: metrics, then pools."""
        return (*self.protect, *(f"{POOL}{name}" for name in self.pools))

    @property
    def deciding(self) -> tuple[str, ...]:
        """Every "task/metric" that a verdict rests on, the members of pools among them."""
        return (*self.improve, *self.protect, *(key for pool in self.pools.values() for key in pool.metrics))

    def members(self, key: str) -> tuple[str, ...]:
        """The metrics behind a key: those of the pool, or the metric itself."""
        return self.pools[key.removeprefix(POOL)].metrics if key.startswith(POOL) else (key,)

    def margin(self, key: str) -> float | None:
        """The margin of that metric or pool; None for what is only shown."""
        if key.startswith(POOL):
            return self.pools[key.removeprefix(POOL)].margin
        return {**self.improve, **self.protect}.get(key)

    def on_final_items(self, measured: Collection[str]) -> Policy | None:
        """The policy for a run's result on items that no round has seen; None where they can't confirm it.

        That takes everything protected among what was `measured` on such items, and something to improve, which must
        have improved there too.
        """

        def known(margins: Mapping[str, float]) -> dict[str, float]:
            found = {catalog.final_key(key): margin for key, margin in margins.items()}
            return {key: margin for key, margin in found.items() if key in measured}

        pools = {
            name: Pool(metrics=metrics, margin=pool.margin)
            for name, pool in self.pools.items()
            if set(metrics := tuple(map(catalog.final_key, pool.metrics))) <= set(measured)
        }
        improve, protect = known(self.improve), known(self.protect)
        if not improve or len(protect) < len(self.protect) or len(pools) < len(self.pools):
            return None
        update = {
            "improve": improve,
            "protect": protect,
            "pools": pools,
            "require": (),
            "show": tuple(map(catalog.final_key, self.show)),
            "improvement_needed": True,
        }
        return self.model_copy(update=update)

    def as_protection(self) -> Policy:
        """The policy that only asks what was lost: what is to improve is protected, with its margin."""
        return self.model_copy(update={"improve": {}, "protect": {**self.improve, **self.protect}})


def judged_by_form(policy: Policy) -> Policy:
    """The policy where the judge sees refusals alone: with what is measured then in the place of attack success.

    What rests on a judge who reads more, such as disputed verdicts, is not measured and not shown.
    """

    def named(margins: Mapping[str, float]) -> dict[str, float]:
        return {catalog.judged_by_form(key): margin for key, margin in margins.items()}

    pools = {
        name: pool.model_copy(update={"metrics": tuple(map(catalog.judged_by_form, pool.metrics))})
        for name, pool in policy.pools.items()
    }
    shown = tuple(filter(None, map(catalog.judged_by_form, policy.show)))
    update = {"improve": named(policy.improve), "protect": named(policy.protect), "pools": pools, "show": shown}
    return policy.model_copy(update=update)


def with_guards(policy: Policy, keys: Collection[str], margin: float) -> Policy:
    """The policy that also protects the metrics `keys`, each with `margin` unless it protects them already.

    Raises ConfigError for a metric that is to improve, whose role is another one.
    """
    for key in keys:
        if key in policy.improve:
            raise ConfigError(
                f"{key} can't be guarded, since the policy wants it improved: leave the guard out, or name a policy "
                "that protects it."
            )
    added = {key: margin for key in keys if key not in policy.deciding}
    shown = tuple(key for key in policy.show if key not in added)
    return policy.model_copy(update={"protect": {**policy.protect, **added}, "show": shown})


def tasks_of(policy: Policy) -> list[str]:
    """The tasks that the policy decides by or requires, each once."""
    return list(dict.fromkeys([*(key.partition("/")[0] for key in policy.deciding), *policy.require]))


def shipped_policies() -> list[str]:
    """The names that `load_policy` takes beside a path."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yaml"))


def load_policy(source: str, *, extra_tasks: Collection[str] = ()) -> Policy:
    """Read a shipped policy by name, or a file by path. `extra_tasks` names tasks of lm-eval's own that it may use.

    Raises ConfigError for a file that can't be read, an unknown key or metric, a negative margin, or a metric in two
    roles.
    """
    path = _SHIPPED / f"{source}.yaml" if source in shipped_policies() else Path(source)
    content = _parsed(path)
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"The policy {path} {_first_flaw(error)}") from None
    if flaw := _flaw(policy, extra_tasks):
        raise ConfigError(f"The policy {path} {flaw}")
    return policy


def _parsed(path: Path) -> object:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError:
        names = ", ".join(shipped_policies())
        raise ConfigError(f"There is no policy {path}: name one of {names}, or the path of a YAML file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The policy {path} can't be read ({error}): check the path and its encoding.") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"The policy {path} is not valid YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(content, dict):
        raise ConfigError(f"The policy {path} holds no settings: give at least improve and protect.")
    return content


class _StrictLoader(yaml.SafeLoader):
    """YAML that keeps the last of two equal keys would hide a metric that is named twice."""


def _unique_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"the key {key} is not a name", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key} is named twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _first_flaw(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "as a whole"
    if first["type"] == "extra_forbidden":
        return f"has an unknown key {where!r}; known are {', '.join(Policy.model_fields)}."
    if first["type"] == "missing":
        return f"lacks {where!r}."
    return f"has a wrong value for {where!r}: {first['msg']}."


def _flaw(policy: Policy, extra_tasks: Collection[str]) -> str:
    """The first thing that is wrong with a policy, as the end of a sentence; empty where nothing is."""
    checks = (
        _nothing_decided(policy),
        _wrong_margins(policy),
        _wrong_roles(policy),
        _wrong_names(policy, extra_tasks),
        _safety_alone(policy),
    )
    return next(chain(*checks), "")


def _nothing_decided(policy: Policy) -> Iterator[str]:
    if not policy.protected:
        yield "protects nothing; name at least one metric under protect, or a pool."


def _safety_alone(policy: Policy) -> Iterator[str]:
    """A model that refuses everything does no harm: safety without over-refusal is no verdict."""
    metrics = {key.partition("/")[2] for key in policy.deciding}
    if policy.safety_with_over_refusal and "attack_success" in metrics and "over_refusal" not in metrics:
        yield (
            "decides by attack_success and not by over_refusal, so a model that refuses everything would pass; protect "
            "an over_refusal metric too, or set safety_with_over_refusal: false."
        )


def _wrong_margins(policy: Policy) -> Iterator[str]:
    pools = {f"{POOL}{name}": pool.margin for name, pool in policy.pools.items()}
    for role, margins in (("improve", policy.improve), ("protect", policy.protect), ("pool", pools)):
        for key, margin in margins.items():
            if not 0.0 <= margin <= 1.0:
                yield f"gives {key} the {role} margin {margin}; margins lie between 0 and 1."


def _wrong_roles(policy: Policy) -> Iterator[str]:
    keys = [*policy.deciding, *policy.show]
    yield from (f"names {key} in two roles; give each metric one." for key in keys if keys.count(key) > 1)
    for key in catalog.shown_only_keys() & {*policy.deciding}:
        yield f"decides by {key}, which is shown and never decides; list it under show."
    for of_family in catalog.families(policy.improve).values():
        if len(of_family) > 1:
            yield (
                f"improves {' and '.join(of_family)}, which rest on the same rows and are one piece of evidence; keep "
                "one of them and show the others."
            )


def _wrong_names(policy: Policy, extra_tasks: Collection[str]) -> Iterator[str]:
    known = catalog.metric_keys()
    for task in policy.require:
        if task not in catalog.TASKS and task not in extra_tasks:
            yield f"requires an unknown task {task}{catalog.close(task, catalog.TASKS) or '.'}"
    for key in (*policy.deciding, *policy.show):
        task = key.partition("/")[0]
        if key not in known and (task in catalog.TASKS or task not in extra_tasks):
            yield f"names an unknown metric {key}{catalog.close(key, known) or '.'}"
