-- Replayed answers that ran into the length limit are learned as far as they go, without an end.
ALTER TABLE training_pairs ADD COLUMN cut INTEGER NOT NULL DEFAULT 0 CHECK (cut IN (0, 1));
