-- What is asked may be a conversation. The columns with texts go on holding them: a single user turn as it is, and several
-- turns written out. `messages` is then a JSON list of objects with `role` and `content`; it is empty for a single turn.

-- The messages of the prompts that have several turns. Beside `prompts`, whose text Datasette shows wherever a row points
-- to one.
CREATE TABLE prompt_messages (
  prompt_id TEXT PRIMARY KEY REFERENCES prompts (id),
  messages TEXT NOT NULL CHECK (json_valid(messages))
) STRICT;

ALTER TABLE responses ADD COLUMN messages TEXT NOT NULL DEFAULT '' CHECK (messages = '' OR json_valid(messages));
ALTER TABLE training_pairs ADD COLUMN messages TEXT NOT NULL DEFAULT '' CHECK (messages = '' OR json_valid(messages));

-- The answer that the pair's answer replaces, for training that learns from both; empty where there is none.
ALTER TABLE training_pairs ADD COLUMN rejected TEXT NOT NULL DEFAULT '';

DROP VIEW revision_history;

-- One row a revision: what the model first answered, why that was a violation, and what it answered instead. `kept` says
-- whether it may be trained on; a satisfactory one that may not has the reason in `dropped`. `attack_messages` is a JSON
-- list of objects with `role` and `content` where the attack has several turns, which `attack` writes out; else it is
-- empty.
CREATE VIEW revision_history AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.number AS round,
  responses.id AS response_id,
  responses.prompt_id,
  prompts.text AS prompt,
  responses.template,
  responses.attack,
  responses.text AS response,
  first.category,
  first.severity,
  first.reason AS violation_reason,
  first.quote,
  revisions.attempt,
  revisions.constitution_version,
  revisions.critique,
  revisions.text AS revision,
  second.label AS verdict,
  second.reason AS verdict_reason,
  revisions.dropped,
  second.label = 'satisfactory' AND revisions.dropped = '' AS kept,
  responses.messages AS attack_messages
FROM revisions
JOIN responses ON responses.id = revisions.response_id
JOIN prompts ON prompts.id = responses.prompt_id
JOIN rounds ON rounds.id = responses.round_id
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN verdicts AS first ON first.response_id = responses.id
LEFT JOIN verdicts AS second ON second.revision_id = revisions.id;
