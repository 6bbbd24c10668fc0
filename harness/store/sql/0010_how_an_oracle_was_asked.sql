-- What shaped a reply beside the messages, as it was sent in the end: a server may have refused the temperature or the
-- schema that was set. JSON; empty where it was not known or can't be chosen.
ALTER TABLE oracle_calls ADD COLUMN asked_with TEXT NOT NULL DEFAULT '';
