-- +goose Up

-- What comes after a publication: corrections, annotations, alarms, surveys, restores.

ALTER TABLE copy ADD COLUMN task TEXT NOT NULL DEFAULT ''; -- what a person has still to do about a public copy
CREATE INDEX copy_task ON copy (item_n) WHERE newest AND task <> '';
ALTER TABLE copy ADD COLUMN amending INTEGER NOT NULL DEFAULT 0; -- the revision that an open act is bringing it to
ALTER TABLE copy ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;     -- the newest revision that it need not show: left by a person, or corrected by an erratum

ALTER TABLE act ADD COLUMN way TEXT NOT NULL DEFAULT '';            -- amendment: press.Way
ALTER TABLE act ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;     -- amendment: what its copies are to show
ALTER TABLE act ADD COLUMN task TEXT NOT NULL DEFAULT '';           -- what a person is asked to do where no interface can
ALTER TABLE act ADD COLUMN look INTEGER NOT NULL DEFAULT 0;         -- 1: look first though nothing is on record, after a restore

ALTER TABLE sighting ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'; -- against the approved text, word by word
DROP TRIGGER sighting_stays;
-- +goose StatementBegin
CREATE TRIGGER sighting_stays BEFORE UPDATE OF copy, status, digest, url, detail, at, changes ON sighting BEGIN SELECT RAISE(ABORT, 'a sighting is never changed'); END;
-- +goose StatementEnd

-- What stands beside the approved text of a public copy: put there by an act, and shown once that act is done.
CREATE TABLE remark (
	id       INTEGER PRIMARY KEY,
	copy     INTEGER NOT NULL REFERENCES copy (id),
	act      INTEGER NOT NULL REFERENCES act (id),
	kind     TEXT NOT NULL,
	validity TEXT NOT NULL DEFAULT '',
	text     TEXT NOT NULL,
	url      TEXT NOT NULL DEFAULT '',
	at       INTEGER NOT NULL,
	replaces INTEGER NOT NULL DEFAULT 0 -- the remark that is shown no more once this one is
);
CREATE INDEX remark_copy ON remark (copy, id);
CREATE INDEX remark_act ON remark (act);

-- What became of a document's force, by a person's word: what is composed later shows it from the start, lists at once.
CREATE TABLE annotation (
	item     TEXT NOT NULL REFERENCES item (id),
	n        INTEGER NOT NULL,
	validity TEXT NOT NULL,
	text     TEXT NOT NULL,
	url      TEXT NOT NULL DEFAULT '',
	at       INTEGER NOT NULL,
	by       TEXT NOT NULL,
	PRIMARY KEY (item, n)
) WITHOUT ROWID;

-- What a numbered issue is to print about an article of an earlier one.
CREATE TABLE erratum (
	id       INTEGER PRIMARY KEY,
	copy     INTEGER NOT NULL REFERENCES copy (id),
	channel  TEXT NOT NULL,
	was      INTEGER NOT NULL, -- the revision that was printed
	revision INTEGER NOT NULL,
	reason   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	edition  TEXT REFERENCES edition (key) -- the issue that prints it; NULL while it waits for one
);
CREATE INDEX erratum_waits ON erratum (channel, id) WHERE edition IS NULL;
CREATE INDEX erratum_edition ON erratum (edition);
CREATE INDEX erratum_copy ON erratum (copy);
CREATE INDEX edition_waits ON edition (slot_at) WHERE state IN ('planned', 'frozen'); -- for people

-- Since when nobody could look at a public copy, and how many looks in a row were slow.
ALTER TABLE copy ADD COLUMN blind_at INTEGER;
ALTER TABLE copy ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;
CREATE INDEX copy_blind ON copy (blind_at) WHERE blind_at IS NOT NULL;
CREATE INDEX copy_slow ON copy (slow, id) WHERE slow >= 3;

-- What is wrong and whom it concerns, from when to when. One line is open for one key.
CREATE TABLE alarm (
	id        INTEGER PRIMARY KEY,
	key       TEXT NOT NULL,
	kind      TEXT NOT NULL,
	level     TEXT NOT NULL, -- incident, or warning
	item      TEXT NOT NULL DEFAULT '',
	channel   TEXT NOT NULL DEFAULT '',
	url       TEXT NOT NULL DEFAULT '',
	text      TEXT NOT NULL,
	remedy    TEXT NOT NULL DEFAULT '',
	opened_at INTEGER NOT NULL,
	last_at   INTEGER NOT NULL, -- when it opened, or its text changed, last
	closed_at INTEGER,
	taken_by  TEXT NOT NULL DEFAULT '',
	taken_at  INTEGER,
	times     INTEGER NOT NULL DEFAULT 1, -- how often it opened
	remind_at INTEGER -- when the receivers are told again; NULL when they are not
);
CREATE UNIQUE INDEX alarm_open ON alarm (key) WHERE closed_at IS NULL;
CREATE INDEX alarm_key ON alarm (key, id);
CREATE INDEX alarm_remind ON alarm (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX alarm_item ON alarm (item) WHERE item <> '';

-- What a receiver was told of an alarm, and what it is still to be told.
CREATE TABLE message (
	alarm    INTEGER NOT NULL REFERENCES alarm (id),
	receiver TEXT NOT NULL,
	about    TEXT NOT NULL, -- opened, reminded, closed
	sent_at  INTEGER,
	due_at   INTEGER, -- NULL once it is sent, or nobody need be told any more
	tries    INTEGER NOT NULL DEFAULT 0,
	trouble  TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (alarm, receiver, about)
) WITHOUT ROWID;
CREATE INDEX message_due ON message (receiver, due_at) WHERE due_at IS NOT NULL;

-- What stands on a channel and is not in the ledger.
CREATE TABLE stranger (
	channel   TEXT NOT NULL,
	ref       TEXT NOT NULL,
	marker    TEXT NOT NULL DEFAULT '',
	url       TEXT NOT NULL DEFAULT '',
	title     TEXT NOT NULL DEFAULT '',
	public_at INTEGER,
	found_at  INTEGER NOT NULL,
	last_at   INTEGER NOT NULL,
	gone_at   INTEGER,
	known_by  TEXT NOT NULL DEFAULT '', -- the person who said what it is
	note      TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (channel, ref)
) WITHOUT ROWID;
CREATE INDEX stranger_open ON stranger (channel, found_at) WHERE known_by = '' AND gone_at IS NULL;
CREATE INDEX stranger_title ON stranger (title);
CREATE INDEX stranger_marker ON stranger (marker) WHERE marker <> '';

-- When a channel was surveyed last, and how far back that reached.
CREATE TABLE survey (
	channel  TEXT PRIMARY KEY,
	at       INTEGER NOT NULL,
	complete INTEGER NOT NULL
);

-- After a restore a channel does nothing until it was surveyed for what became public since the backup was made.
ALTER TABLE channel ADD COLUMN restored_to INTEGER;          -- the last move of the ledger that was put back; NULL once the channel was surveyed
ALTER TABLE copy ADD COLUMN doubt TEXT NOT NULL DEFAULT '';  -- why a waiting copy may be out there already, until a person says whether it is
CREATE INDEX copy_url ON copy (url) WHERE url <> '';         -- what a person registered carries no marker
