-- +goose Up

-- A revision as it was written at the desk: its text in the words of whoever wrote it, to go on writing, and what was said when it was taken in.
CREATE TABLE written (
	item   TEXT NOT NULL,
	number INTEGER NOT NULL,
	format TEXT NOT NULL, -- markdown or html; '' where only the notes count
	source TEXT NOT NULL,
	notes  TEXT NOT NULL, -- JSON
	PRIMARY KEY (item, number)
) WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER written_stays BEFORE UPDATE ON written BEGIN SELECT RAISE(ABORT, 'what was written is never changed'); END;
-- +goose StatementEnd

-- What waits for a person before it is approved: few, whatever became of the others.
CREATE INDEX item_in_review ON item (n) WHERE state = 'submitted';
CREATE INDEX item_returned ON item (n) WHERE state = 'returned';
CREATE INDEX item_draft ON item (n) WHERE state = 'draft';
