"""What a gate decision is to improve, protect and show: data that is read from a file and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness_errors import ConfigError
from iteralign.records import MetricRole
from tasks import catalog

_SHIPPED = Path(__file__).parent / "policies"


class Policy(BaseModel):
    """A gate's policy. Margins are in the metric's own unit: a share from 0 to 1, or nats for a loss.

    `improve` and `protect` map a "task/metric" key to its margin: what an improving metric may at most lose against the
    accepted model, and a protected one against the base. `show` is measured and never decides.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence: float = Field(0.95, gt=0.5, lt=1.0)
    greatest_invalid_share: float = Field(0.02, ge=0.0, lt=1.0)
    improve: dict[str, float] = Field(min_length=1)
    protect: dict[str, float] = Field(min_length=1)
    show: tuple[str, ...] = ()

    def role(self, key: str) -> MetricRole:
        """The metric's role; one that the policy does not name is shown."""
        return "improve" if key in self.improve else "protect" if key in self.protect else "show"


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
    added = {key: margin for key in keys if key not in policy.improve and key not in policy.protect}
    shown = tuple(key for key in policy.show if key not in added)
    return policy.model_copy(update={"protect": {**policy.protect, **added}, "show": shown})


def tasks_of(policy: Policy) -> list[str]:
    """The tasks that the policy decides by, each once."""
    return list(dict.fromkeys(key.partition("/")[0] for key in (*policy.improve, *policy.protect)))


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


def _parsed(path: Path) -> Any:
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


def _unique_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
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
    return next(chain(_wrong_margins(policy), _wrong_roles(policy), _wrong_names(policy, extra_tasks)), "")


def _wrong_margins(policy: Policy) -> Iterator[str]:
    for role, margins in (("improve", policy.improve), ("protect", policy.protect)):
        for key, margin in margins.items():
            if not 0.0 <= margin <= 1.0:
                yield f"gives {key} the {role} margin {margin}; margins lie between 0 and 1."


def _wrong_roles(policy: Policy) -> Iterator[str]:
    keys = [*policy.improve, *policy.protect, *policy.show]
    yield from (f"names {key} in two roles; give each metric one." for key in keys if keys.count(key) > 1)
    for key in catalog.shown_only_keys() & {*policy.improve, *policy.protect}:
        yield f"decides by {key}, which is shown and never decides; list it under show."
    for of_family in catalog.families(policy.improve).values():
        if len(of_family) > 1:
            yield (
                f"improves {' and '.join(of_family)}, which rest on the same rows and are one piece of evidence; keep "
                "one of them and show the others."
            )


def _wrong_names(policy: Policy, extra_tasks: Collection[str]) -> Iterator[str]:
    known = catalog.metric_keys()
    for key in (*policy.improve, *policy.protect, *policy.show):
        task = key.partition("/")[0]
        if key not in known and (task in catalog.TASKS or task not in extra_tasks):
            yield f"names an unknown metric {key}{catalog.close(key, known) or '.'}"
