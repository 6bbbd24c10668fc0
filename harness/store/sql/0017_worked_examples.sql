-- The worked examples of a principle where it was proposed, where it was measured and where it is in force: a JSON list
-- of objects with request, answer and forbidden (false for a twin, which the principle does not forbid).
ALTER TABLE proposals ADD COLUMN examples TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(examples));
ALTER TABLE appraisals ADD COLUMN examples TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(examples));
ALTER TABLE constitution_members ADD COLUMN examples TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(examples));

DROP VIEW constitution_history;

-- One row a version of a run's constitution, the program's own and people's: who made it, when and why. `action` is
-- round for what a round made. `principles` is a JSON list of objects with text, evidence, round and examples.
CREATE VIEW constitution_history AS
SELECT
  rounds.run_id,
  runs.name AS run,
  constitutions.version,
  rounds.number AS round,
  'round' AS action,
  '' AS made_by,
  '' AS why,
  coalesce(rounds.finished_at, rounds.started_at) AS made_at,
  (SELECT json_group_array(json_object(
      'text', p.name, 'round', m.round_number,
      'examples', json(m.examples),
      'evidence', (SELECT json_group_array(e.prompt_id) FROM principle_evidence AS e WHERE e.member_id = m.id)))
    FROM (SELECT * FROM constitution_members WHERE constitution_id = constitutions.id ORDER BY position) AS m
    JOIN principles AS p ON p.id = m.principle_id) AS principles
FROM constitutions
JOIN rounds ON rounds.id = constitutions.round_id
JOIN runs ON runs.id = rounds.run_id
UNION ALL
SELECT e.run_id, runs.name, e.version, e.round_number, e.action, e.made_by, e.why, e.made_at, e.principles
FROM constitution_edits AS e
JOIN runs ON runs.id = e.run_id;
