-- What harmless prompts look like: of those that are measured and of those that are replayed.

-- The type that its set gives an item, such as XSTest's `homonyms`; empty where there is none. `prompt_type` says which
-- of these types a replayed harmless prompt is in the manner of, or `plain`; empty where nobody has sorted them.
ALTER TABLE items ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE training_pairs ADD COLUMN prompt_type TEXT NOT NULL DEFAULT '';

-- One row a type of items, metric and measuring, where a set gives its items types, as XSTest does. `value` is the mean over
-- the items of that type, of which `invalid_items` have no value; the base's columns are of those of its items that were
-- asked here too, so that scores of a part stand beside the same part. `replayed` counts the harmless prompts in the manner of
-- that type that accepted candidates of the run were trained on, and `replayed_typed` those of all types.
CREATE VIEW scores_by_type AS
SELECT
  e.run_id,
  e.run,
  e.evaluation_id,
  e.split,
  e.subject,
  e.state,
  e.round,
  e.attempt,
  scores.task,
  scores.metric,
  scores.higher_is_better,
  scores.unit,
  items.type,
  count(*) AS items,
  count(*) - count(samples.value) AS invalid_items,
  avg(samples.value) AS value,
  count(base_samples.id) AS base_items,
  count(base_samples.id) - count(base_samples.value) AS base_invalid_items,
  avg(base_samples.value) AS base_value,
  (SELECT count(DISTINCT pairs.prompt_id) FROM training_pairs AS pairs
    JOIN adapters ON adapters.id = pairs.adapter_id
    JOIN rounds ON rounds.id = adapters.round_id
    JOIN decisions ON decisions.adapter_id = adapters.id
    WHERE rounds.run_id = e.run_id AND decisions.outcome = 'accept' AND pairs.prompt_type = items.type) AS replayed,
  (SELECT count(DISTINCT pairs.prompt_id) FROM training_pairs AS pairs
    JOIN adapters ON adapters.id = pairs.adapter_id
    JOIN rounds ON rounds.id = adapters.round_id
    JOIN decisions ON decisions.adapter_id = adapters.id
    WHERE rounds.run_id = e.run_id AND decisions.outcome = 'accept' AND pairs.prompt_type <> '') AS replayed_typed
FROM evaluation_overview AS e
JOIN scores ON scores.evaluation_id = e.evaluation_id
JOIN samples ON samples.score_id = scores.id
JOIN items ON items.id = samples.item_id
LEFT JOIN evaluations AS base ON base.run_id = e.run_id AND base.subject = 'base' AND base.split = e.split
LEFT JOIN scores AS base_scores
  ON base_scores.evaluation_id = base.id AND base_scores.task = scores.task AND base_scores.metric = scores.metric
LEFT JOIN samples AS base_samples
  ON base_samples.score_id = base_scores.id AND base_samples.item_id = samples.item_id
WHERE items.type <> ''
GROUP BY e.run_id, e.evaluation_id, scores.id, items.type;
