-- +goose Up

-- The record (操作记录), newest first, by whatever it is asked for: each of these ends with the key of its row.
CREATE INDEX move_verb ON move (verb, at);
CREATE INDEX move_on ON move (channel, at) WHERE channel <> '';
CREATE INDEX move_people ON move (at) WHERE role <> 'system';
CREATE INDEX deed_by_at ON deed (by, at);
CREATE INDEX deed_verb_at ON deed (verb, at);
CREATE INDEX deed_about_at ON deed (about, at);

-- What was moved before there was a feed is put into it, so that the first daily head covers it.
INSERT INTO feed (item, move_n) SELECT item, n FROM move WHERE NOT EXISTS (SELECT 1 FROM feed WHERE move_n > 0) ORDER BY at, item, n;

-- Daily heads (每日总摘要): each covers the ends of all chains that grew since the one before, the receipts and sightings that came since, and the
-- last deed, and carries the hash of the one before. Also kept outside.
CREATE TABLE head (
	n           INTEGER PRIMARY KEY,
	at          INTEGER NOT NULL,
	feed_to     INTEGER NOT NULL, -- what it covers ends here; it begins where the one before ended
	receipt_to  INTEGER NOT NULL,
	sighting_to INTEGER NOT NULL,
	deed_to     INTEGER NOT NULL,
	chains      INTEGER NOT NULL, -- how many grew
	moves       INTEGER NOT NULL,
	receipts    INTEGER NOT NULL,
	sightings   INTEGER NOT NULL,
	root        TEXT NOT NULL, -- of the tree over the ends of the chains
	received    TEXT NOT NULL, -- digest of the receipts
	seen        TEXT NOT NULL, -- digest of the sightings
	deed        TEXT NOT NULL, -- hash of the last deed
	prev        TEXT NOT NULL,
	hash        TEXT NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER head_stays BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'a head is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER head_kept BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'a head is never deleted'); END;
-- +goose StatementEnd

-- The office's own list of words (词表) that the gates look for.
CREATE TABLE word (
	word    TEXT PRIMARY KEY,
	level   TEXT NOT NULL, -- stop, warn
	instead TEXT NOT NULL DEFAULT '',
	at      INTEGER NOT NULL,
	by      TEXT NOT NULL
) WITHOUT ROWID;

-- Files of holiday notices (放假安排) that were handed in, laid over the built-in calendar in this order.
CREATE TABLE holiday (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL,
	data       TEXT NOT NULL,
	at         INTEGER NOT NULL,
	by         TEXT NOT NULL,
	dropped_at INTEGER,
	dropped_by TEXT NOT NULL DEFAULT ''
);
-- +goose StatementBegin
CREATE TRIGGER holiday_stays BEFORE UPDATE OF name, data, at, by ON holiday BEGIN SELECT RAISE(ABORT, 'a file of holidays is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER holiday_kept BEFORE DELETE ON holiday BEGIN SELECT RAISE(ABORT, 'a file of holidays is never deleted'); END;
-- +goose StatementEnd
CREATE INDEX head_feed ON head (feed_to);
CREATE INDEX feed_item ON feed (item, n) WHERE move_n > 0;
