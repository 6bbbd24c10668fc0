-- What is shown says what it is: notes beside an evaluation's figures, and each change as the difference of the figures.

ALTER TABLE evaluations ADD COLUMN notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes));
ALTER TABLE comparisons ADD COLUMN higher_is_better INTEGER NOT NULL DEFAULT 1 CHECK (higher_is_better IN (0, 1));
ALTER TABLE comparisons ADD COLUMN change REAL;
ALTER TABLE comparisons ADD COLUMN change_low REAL;
ALTER TABLE comparisons ADD COLUMN change_high REAL;

-- Comparisons of earlier versions: which way their metric goes stands in its scores, and for pools in the two signs.
UPDATE comparisons SET higher_is_better = coalesce(
  (SELECT scores.higher_is_better FROM decisions
    JOIN adapters ON adapters.id = decisions.adapter_id
    JOIN evaluations ON evaluations.round_id = adapters.round_id AND evaluations.attempt = adapters.attempt
    JOIN scores ON scores.evaluation_id = evaluations.id
    WHERE decisions.id = comparisons.decision_id AND scores.name = comparisons.metric
    LIMIT 1),
  coalesce(effect * (candidate_value - reference_value), 0) >= 0);
UPDATE comparisons SET
  change = candidate_value - reference_value,
  change_low = CASE higher_is_better WHEN 1 THEN low ELSE -high END,
  change_high = CASE higher_is_better WHEN 1 THEN high ELSE -low END
  WHERE effect IS NOT NULL;

DROP VIEW gate_decisions;

-- One row a comparison of a decision (one with empty comparison columns where the gate compared nothing). `looks` is among
-- how many looks at the same items the risk of an error is divided; the intervals are at `confidence`. A change is the
-- candidate's value less the reference's, so that its sign is that of the figures, with its interval. The effect is what
-- the statistics count with: the same change signed so that positive is better, with the judge's errors taken out where
-- `method` says so. The p-values are one-sided: for a gain, a loss, and a loss smaller than the margin.
-- `detectable_points` is the smallest true effect that the items would have shown four times out of five.
CREATE VIEW gate_decisions AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.number AS round,
  adapters.attempt,
  adapters.name AS adapter,
  adapters.path AS adapter_path,
  adapters.content_hash,
  adapters.steps,
  adapters.loss_first,
  adapters.loss_last,
  adapters.largest_logit_change,
  adapters.settings,
  decisions.outcome,
  decisions.reasons,
  decisions.looks,
  comparisons.metric,
  comparisons.role,
  comparisons.unit,
  comparisons.higher_is_better,
  comparisons.reference,
  comparisons.result,
  comparisons.reason,
  comparisons.candidate_value,
  comparisons.reference_value,
  100 * comparisons.change AS change_points,
  100 * comparisons.change_low AS change_low_points,
  100 * comparisons.change_high AS change_high_points,
  100 * comparisons.effect AS effect_points,
  100 * comparisons.low AS low_points,
  100 * comparisons.high AS high_points,
  100 * comparisons.margin AS margin_points,
  comparisons.items,
  comparisons.better,
  comparisons.worse,
  comparisons.clusters,
  comparisons.method,
  comparisons.confidence,
  comparisons.p_better,
  comparisons.p_worse,
  comparisons.p_kept,
  100 * comparisons.detectable AS detectable_points,
  comparisons.items_needed,
  comparisons.note
FROM decisions
JOIN adapters ON adapters.id = decisions.adapter_id
JOIN rounds ON rounds.id = adapters.round_id
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN comparisons ON comparisons.decision_id = decisions.id;

DROP VIEW round_overview;

-- One row a round: what was found and what became of it. Of the violating answers, each prompt's, `revised` were tried
-- again, in `revisions` tries in all. `kept_revisions` counts the answers of which a try was satisfactory and may be
-- trained on; those that a task measures were then left out (`contamination`).
CREATE VIEW round_overview AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.id AS round_id,
  rounds.number AS round,
  rounds.status,
  rounds.reason,
  rounds.stage AS last_stage,
  count(verdicts.id) AS responses,
  count(*) FILTER (WHERE verdicts.label = 'satisfactory') AS satisfactory,
  count(*) FILTER (WHERE verdicts.label = 'violation') AS violations,
  count(*) FILTER (WHERE verdicts.label = 'unscored') AS unscored,
  (SELECT count(*) FROM proposals WHERE proposals.round_id = rounds.id) AS proposals,
  (SELECT max(version) FROM constitutions WHERE constitutions.round_id = rounds.id) AS constitution_version,
  (SELECT count(DISTINCT r.id) FROM revisions JOIN responses AS r ON r.id = revisions.response_id
    WHERE r.round_id = rounds.id) AS revised,
  (SELECT count(*) FROM revisions JOIN responses AS r ON r.id = revisions.response_id
    WHERE r.round_id = rounds.id) AS revisions,
  (SELECT count(DISTINCT r.id) FROM revisions JOIN responses AS r ON r.id = revisions.response_id
    JOIN verdicts AS v ON v.revision_id = revisions.id
    WHERE r.round_id = rounds.id AND v.label = 'satisfactory' AND revisions.dropped = '') AS kept_revisions,
  (SELECT count(*) FROM adapters WHERE adapters.round_id = rounds.id) AS attempts,
  (SELECT total(seconds) FROM timings WHERE timings.round_id = rounds.id) AS seconds,
  rounds.started_at,
  rounds.finished_at
FROM rounds
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN responses ON responses.round_id = rounds.id
LEFT JOIN verdicts ON verdicts.response_id = responses.id
GROUP BY rounds.id;
