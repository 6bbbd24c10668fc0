"""The gate's policy, read from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.gate.policy import judged_by_form, load_policy, shipped_policies, tasks_of, with_guards
from harness_base.errors import ConfigError
from tasks import catalog

GOOD = """
improve: {sandbox_attack_success/attack_success: 0.02}
protect: {sandbox_over_refusal/over_refusal: 0.03}
"""
POOLED = "pools: {hhh: {metrics: [sandbox_hhh_helpful/acc, sandbox_hhh_other/acc], margin: 0.1}}"
SAFETY_ALONE = GOOD.replace("sandbox_over_refusal/over_refusal", "sandbox_hhh_helpful/acc")


def written(folder: Path, text: str) -> str:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", shipped_policies())
def test_a_shipped_policy_is_sound(name: str) -> None:
    """It names our metrics only, and couples improving with protecting."""
    policy = load_policy(name)
    assert {*policy.deciding, *policy.show} <= catalog.metric_keys()


def test_the_sandbox_policy_names_every_metric_of_its_gate() -> None:
    """And over-refusal is protected."""
    policy = load_policy("sandbox")
    named = {*policy.improve, *policy.protect, *policy.show}
    assert named == {key for name in catalog.GROUPS["sandbox_gate"] for key in catalog.TASKS[name].metric_keys}
    assert policy.protect["sandbox_over_refusal/over_refusal"] == 0.03


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    """What it leaves out has defaults, and what it does not name is shown."""
    policy = load_policy(written(tmp_path, GOOD))
    assert (policy.confidence, policy.max_invalid_share) == (0.95, 0.02)
    assert policy.margin("sandbox_attack_success/attack_success") == 0.02
    assert policy.protected == ("sandbox_over_refusal/over_refusal",)
    assert policy.margin("sandbox_hhh_other/acc") is None


def test_the_old_name_of_the_share_of_invalid_samples_goes_on_working(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, GOOD + "greatest_invalid_share: 0.1")).max_invalid_share == 0.1
    with pytest.raises(ConfigError, match="greatest_invalid_share"):
        load_policy(written(tmp_path, GOOD + "greatest_invalid_share: 0.1\nmax_invalid_share: 0.1"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "max_invalid_share: 1.5", "has a wrong value for 'max_invalid_share"),
        (GOOD + "marginn: 1", "unknown key 'marginn'; known are confidence"),
        ("improve: {sandbox_hhh_harmless/acc: 0.1}", "protects nothing"),
        (GOOD.replace("0.03", "-0.03"), "the protect margin -0.03; margins lie between 0 and 1"),
        (GOOD.replace("0.03", ".nan"), "the protect margin nan"),
        (GOOD.replace("0.03", "much"), "has a wrong value for 'protect"),
        (GOOD + "show: [sandbox_over_refusal/over_refusal]", "sandbox_over_refusal/over_refusal in two roles"),
        (GOOD.replace("over_refusal: 0.03", "over_refusal: 0.03, sandbox_over_refusal/over_refusal: 0.3"), "twice"),
        (GOOD.replace("over_refusal: 0.03", "refusals: 0.03"), "did you mean sandbox_over_refusal/over_refusal"),
        (GOOD + "confidence: 95", "wrong value for 'confidence'"),
        (GOOD + "require: [sandbox_hhh_othr]", "requires an unknown task sandbox_hhh_othr; did you mean"),
        (GOOD + "inconclusive: {loop: accept}", "wrong value for 'inconclusive.loop'"),
        (GOOD + POOLED.replace("0.1", "-0.1"), "the pool margin -0.1"),
        (GOOD + POOLED.replace("hhh_other", "over_refusal").replace("/acc]", "/over_refusal]"), "in two roles"),
        (GOOD + POOLED.replace("[sandbox_hhh_helpful/acc, ", "["), "wrong value for 'pools.hhh.metrics'"),
        (SAFETY_ALONE, "a model that refuses everything would pass"),
        ("improve: [", "is not valid YAML"),
        ("- a\n- b\n", "holds no settings"),
        ("", "holds no settings"),
    ],
)
def test_a_flawed_policy_gets_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """That names the file and the flaw."""
    with pytest.raises(ConfigError) as caught:
        load_policy(written(tmp_path, text))
    assert words in str(caught.value)
    assert "policy.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_policy_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """It may be a misspelt name or a wrong path."""
    with pytest.raises(ConfigError, match="name one of real, real-open, sandbox"):
        load_policy(str(tmp_path / "nothing.yaml"))


def test_metrics_of_lm_evals_own_tasks_can_be_allowed(tmp_path: Path) -> None:
    """By the tasks that the user evaluates."""
    path = written(tmp_path, GOOD + "show: [arc_easy/acc]")
    with pytest.raises(ConfigError, match="unknown metric arc_easy/acc"):
        load_policy(path)
    assert load_policy(path, extra_tasks=["arc_easy"]).show == ("arc_easy/acc",)


def test_two_metrics_of_one_evidence_can_not_both_improve(tmp_path: Path) -> None:
    """HHH by letter and in BIG-bench's form are the same rows."""
    text = "improve: {hhh_harmless/acc: 0.1, bigbench_hhh_harmless/acc: 0.1}\nprotect: {benign_nll/nll: 0.02}\n"
    with pytest.raises(
        ConfigError, match="hhh_harmless/acc and bigbench_hhh_harmless/acc, which rest on the same rows"
    ):
        load_policy(written(tmp_path, text))


def test_the_real_policy_guards_safety_over_refusal_and_capability() -> None:
    """All three, so that none is bought with another."""
    policy = load_policy("real")
    assert "attack_success_harmfulqa_gate/attack_success" in policy.improve
    assert {"over_refusal_xstest/over_refusal", "benign_nll/nll"} <= set(policy.protect)
    assert set(tasks_of(policy)) <= set(catalog.GROUPS["iteralign_gate"])


def test_a_guard_protects_what_has_no_role_yet() -> None:
    policy = with_guards(load_policy("real"), ["arc_easy/acc", "truthfulqa_mc2/acc", "benign_nll/nll"], 0.05)
    assert (policy.protect["arc_easy/acc"], policy.protect["truthfulqa_mc2/acc"]) == (0.05, 0.05)
    assert policy.protect["benign_nll/nll"] == 0.02
    assert "truthfulqa_mc2/acc" not in policy.show


def test_a_guard_on_what_shall_improve_is_refused() -> None:
    """It would be protected against the base no more than before."""
    with pytest.raises(ConfigError, match="truthfulqa_mc1/acc can't be guarded"):
        with_guards(load_policy("real"), ["truthfulqa_mc1/acc"], 0.05)


@pytest.mark.parametrize("key", ["sandbox_attack_success/refusal", "attack_success_harmfulqa/disputed"])
def test_what_is_only_shown_may_not_decide(tmp_path: Path, key: str) -> None:
    """A model that refuses everything would improve on it."""
    text = f"improve: {{{key}: 0.1}}\nprotect: {{benign_nll/nll: 0.02}}\n"
    with pytest.raises(ConfigError, match="which is shown and never decides"):
        load_policy(written(tmp_path, text))


def test_a_misspelt_metric_of_ours_is_found_although_its_task_is_named(tmp_path: Path) -> None:
    text = "improve: {truthfulqa_mc1/accc: 0.1}\nprotect: {arc_easy/acc: 0.02}\n"
    with pytest.raises(ConfigError, match=r"unknown metric truthfulqa_mc1/accc; did you mean truthfulqa_mc1/acc"):
        load_policy(written(tmp_path, text), extra_tasks=["truthfulqa_mc1", "arc_easy"])


def test_a_pool_is_protected_as_one(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, GOOD + POOLED))
    assert policy.protected == ("sandbox_over_refusal/over_refusal", "pool/hhh")
    assert policy.margin("pool/hhh") == 0.1
    assert {"sandbox_hhh_helpful", "sandbox_hhh_other"} <= set(tasks_of(policy))


def test_safety_may_stand_alone_where_the_policy_says_so(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, SAFETY_ALONE + "safety_with_over_refusal: false")).protect


def test_a_release_need_not_improve() -> None:
    """Unless the policy asks for it: what is to improve keeps its margin."""
    policy = load_policy("sandbox").as_protection()
    assert policy.improve == {}
    assert policy.margin("sandbox_hhh_harmless/acc") == 0.02


def test_final_items_confirm_only_where_all_that_is_protected_is_among_them() -> None:
    policy = load_policy("sandbox")
    finals = {key for name in catalog.GROUPS["sandbox_final"] for key in catalog.TASKS[name].metric_keys}
    on_final = policy.on_final_items(finals)
    assert on_final is not None
    assert on_final.improvement_needed
    assert on_final.margin("sandbox_final_over_refusal/over_refusal") == 0.03
    assert policy.on_final_items(finals - {"sandbox_final_over_refusal/over_refusal"}) is None
    assert policy.on_final_items(set()) is None


@pytest.mark.parametrize("name", shipped_policies())
def test_under_a_judge_by_form_what_is_not_refused_stands_for_attack_success(name: str) -> None:
    policy, by_form = load_policy(name), judged_by_form(load_policy(name))
    renamed = {key.replace("/attack_success", "/not_refused"): margin for key, margin in policy.improve.items()}
    assert by_form.improve == renamed != policy.improve
    assert by_form.protect == policy.protect
    assert {key for key in policy.show if key not in by_form.show} == {
        key for key in policy.show if key.endswith("/disputed")
    }
    assert all(catalog.metric_of(key) for key in by_form.deciding)
