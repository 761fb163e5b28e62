-- +goose Up

-- Editions that people compose: what they call them, whose order it is, and when they go out by a person's word.
ALTER TABLE edition ADD COLUMN name TEXT NOT NULL DEFAULT '';       -- beside its number, such as 专刊
ALTER TABLE edition ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;  -- 1: people put it in order
ALTER TABLE edition ADD COLUMN version INTEGER NOT NULL DEFAULT 0;  -- of the plan: how often it was changed
ALTER TABLE edition ADD COLUMN issue_at INTEGER;                    -- when it goes out by a person's word
ALTER TABLE edition ADD COLUMN try_at INTEGER;                      -- when that is tried next; NULL once it went out, or was stopped
ALTER TABLE edition ADD COLUMN stopped TEXT NOT NULL DEFAULT '';    -- why it did not go out at its moment, for people
CREATE INDEX edition_try ON edition (channel, try_at) WHERE try_at IS NOT NULL;
CREATE INDEX edition_ahead ON edition (channel, slot_at, seq) WHERE state IN ('planned', 'frozen');
CREATE INDEX edition_state ON edition (state, slot_at, seq);
CREATE INDEX edition_on ON edition (channel, state, slot_at, seq);

-- What people may take into an edition, oldest first.
CREATE INDEX copy_free ON copy (channel, item_n) WHERE newest AND state = 'waiting' AND edition IS NULL;
CREATE INDEX IF NOT EXISTS deed_about ON deed (about, n) WHERE about <> '';
