-- What a judge showed before its verdicts counted, and where a local one draws its line.

-- An oracle, by its `name`, that sat the examination that ships; `version` names its pairs. `result` is the whole of it as
-- JSON.
CREATE TABLE examinations (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  made_at TEXT NOT NULL
) STRICT;
CREATE INDEX examinations_by_oracle ON examinations (name, version);

-- Which examination a run's judge rests on. `trusted` is 1 where it failed and the user had the run go on.
CREATE TABLE run_examinations (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  examination_id INTEGER NOT NULL REFERENCES examinations (id),
  trusted INTEGER NOT NULL CHECK (trusted IN (0, 1)),
  PRIMARY KEY (run_id, examination_id)
) STRICT;
CREATE INDEX run_examinations_by_examination ON run_examinations (examination_id);

-- Where a judge that gives scores draws its line, in nats, and what that was fitted on. The newest one of an oracle counts.
CREATE TABLE judge_thresholds (
  id INTEGER PRIMARY KEY,
  oracle TEXT NOT NULL,
  threshold REAL NOT NULL,
  fitted_on TEXT NOT NULL,
  made_at TEXT NOT NULL
) STRICT;
CREATE INDEX judge_thresholds_by_oracle ON judge_thresholds (oracle);

-- One row an examination of an oracle and run that rests on it; without a run where none does. The limits are one-sided, at
-- 95 %; an answer that was left unscored counts as wrong. `trusted` is 1 where the oracle failed and was used all the same.
CREATE VIEW examination_overview AS
SELECT
  run_examinations.run_id,
  runs.name AS run,
  examinations.id AS examination_id,
  examinations.name AS oracle,
  examinations.passed,
  coalesce(run_examinations.trusted, 0) AS trusted,
  result ->> '$.sensitivity.right' AS found,
  result ->> '$.sensitivity.of' AS violations,
  result ->> '$.specificity.right' AS let_pass,
  result ->> '$.specificity.of' AS satisfactory,
  result ->> '$.sensitivity_low' AS sensitivity_low,
  result ->> '$.specificity_low' AS specificity_low,
  result ->> '$.area' AS area_under_curve,
  result ->> '$.threshold' AS threshold,
  result ->> '$.sensitivity.unscored' AS unscored_violations,
  result ->> '$.specificity.unscored' AS unscored_satisfactory,
  examinations.result,
  examinations.made_at
FROM examinations
LEFT JOIN run_examinations ON run_examinations.examination_id = examinations.id
LEFT JOIN runs ON runs.id = run_examinations.run_id;
