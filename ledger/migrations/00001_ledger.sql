-- +goose Up

-- Moments are microseconds since 1970 in UTC, and NULL when there is none; columns that hold one end in _at.

CREATE TABLE house (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE channel (
	name      TEXT PRIMARY KEY,
	kind      TEXT NOT NULL,
	paused    INTEGER NOT NULL DEFAULT 0,
	paused_by TEXT NOT NULL DEFAULT '',
	reason    TEXT NOT NULL DEFAULT '',
	paused_at INTEGER,
	trouble   TEXT NOT NULL DEFAULT '', -- what went wrong last, for people; '' once an act went well again
	trouble_at INTEGER
);

-- Who stopped a channel and who let it go on, each time.
CREATE TABLE pause (
	id      INTEGER PRIMARY KEY,
	channel TEXT NOT NULL REFERENCES channel (name),
	at      INTEGER NOT NULL,
	by      TEXT NOT NULL,
	paused  INTEGER NOT NULL, -- 0: it goes on
	reason  TEXT NOT NULL
);
CREATE INDEX pause_channel ON pause (channel, id);

CREATE TABLE item (
	n            INTEGER PRIMARY KEY, -- counts items in the order in which they came; lists go by it
	id           TEXT NOT NULL UNIQUE,
	external_id  TEXT UNIQUE, -- the same post twice is one item
	kind         TEXT NOT NULL,
	index_number TEXT NOT NULL UNIQUE,
	state        TEXT NOT NULL, -- editorial, moved by press.State.Move only
	shown        TEXT NOT NULL, -- press.Overall of the row and its copies, written in every transaction that touches either
	held         INTEGER NOT NULL DEFAULT 0,
	head         INTEGER NOT NULL,
	release_at   INTEGER,
	filed_at     INTEGER NOT NULL,
	filed_by     TEXT NOT NULL,
	notice       TEXT NOT NULL DEFAULT '' -- withdrawal: how withdrawn pages answer, also those that are still on their way
);
CREATE INDEX item_shown ON item (shown); -- and n, as every index ends with the key of its row

CREATE TABLE belongs (
	item TEXT NOT NULL REFERENCES item (id),
	ref  TEXT NOT NULL, -- an external id or an id, perhaps not filed yet
	PRIMARY KEY (item, ref)
) WITHOUT ROWID;
CREATE INDEX belongs_ref ON belongs (ref);

CREATE TABLE revision (
	item        TEXT NOT NULL REFERENCES item (id),
	number      INTEGER NOT NULL,
	title       TEXT NOT NULL,
	short_title TEXT NOT NULL,
	body        TEXT NOT NULL,
	meta        TEXT NOT NULL,
	files       TEXT NOT NULL,
	digest      TEXT NOT NULL,
	at          INTEGER NOT NULL,
	by          TEXT NOT NULL,
	PRIMARY KEY (item, number)
) WITHOUT ROWID;
CREATE INDEX revision_title ON revision (title);

CREATE TABLE relation (
	item TEXT NOT NULL,
	type TEXT NOT NULL,
	ref  TEXT NOT NULL,
	PRIMARY KEY (item, type, ref)
) WITHOUT ROWID;
CREATE INDEX relation_ref ON relation (ref);

CREATE TABLE asset (
	digest TEXT PRIMARY KEY,
	data   BLOB NOT NULL
);

CREATE TABLE approval (
	id          INTEGER PRIMARY KEY,
	item        TEXT NOT NULL REFERENCES item (id),
	revision    INTEGER NOT NULL,
	digest      TEXT NOT NULL,
	step        TEXT NOT NULL,
	by          TEXT NOT NULL,
	office      TEXT NOT NULL,
	at          INTEGER NOT NULL,
	pass        INTEGER NOT NULL,
	ground      TEXT NOT NULL,
	recorded_by TEXT NOT NULL,
	UNIQUE (item, digest, step, by, at, pass) -- the same approval handed in twice is one
);

CREATE TABLE waiver (
	item     TEXT NOT NULL,
	revision INTEGER NOT NULL,
	rule     TEXT NOT NULL,
	by       TEXT NOT NULL,
	reason   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (item, revision, rule)
) WITHOUT ROWID;

CREATE TABLE copy (
	id         INTEGER PRIMARY KEY,
	item       TEXT NOT NULL REFERENCES item (id),
	item_n     INTEGER NOT NULL, -- its item's n
	channel    TEXT NOT NULL,
	generation INTEGER NOT NULL,
	newest     INTEGER NOT NULL DEFAULT 1, -- of its item on its channel: 0 once there is a next generation
	state      TEXT NOT NULL,
	revision   INTEGER NOT NULL DEFAULT 0,
	marker     TEXT NOT NULL UNIQUE,
	url        TEXT NOT NULL DEFAULT '',
	ref        TEXT NOT NULL DEFAULT '',
	note       TEXT NOT NULL DEFAULT '',
	edition    TEXT,             -- the edition that claims it
	not_before INTEGER,          -- what was asked for this channel alone
	ready_at   INTEGER NOT NULL, -- never before this moment: the later one of the item's and the channel's
	due_at     INTEGER,          -- when composing may consider it; NULL when something else must happen first, or when it is claimed or done
	waits_for  TEXT NOT NULL DEFAULT '', -- after: another channel; group: others that it belongs with; gate: findings that stop it; hold: a person keeps it back; unwanted: the edition that claims it
	since_at   INTEGER NOT NULL, -- of its state
	first_at   INTEGER,          -- first public time: the first verified sighting
	look_at    INTEGER,          -- when the public copy is looked at next
	looks      INTEGER NOT NULL DEFAULT 0,
	UNIQUE (item, channel, generation)
);
CREATE INDEX copy_due ON copy (channel, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX copy_after ON copy (channel, ready_at) WHERE waits_for = 'after';
CREATE INDEX copy_look ON copy (channel, look_at) WHERE look_at IS NOT NULL;
-- Lists and counts are about the newest generations.
CREATE INDEX copy_state ON copy (state, item_n) WHERE newest;
CREATE INDEX copy_on ON copy (channel, state, item_n) WHERE newest;
CREATE INDEX copy_wanted ON copy (channel, item_n) WHERE newest;
CREATE INDEX copy_stuck ON copy (waits_for, item_n) WHERE state = 'waiting' AND due_at IS NULL;

CREATE TABLE edition (
	key         TEXT PRIMARY KEY,
	channel     TEXT NOT NULL,
	slot_at     INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	year        INTEGER NOT NULL DEFAULT 0,
	number      INTEGER NOT NULL DEFAULT 0,
	total       INTEGER NOT NULL DEFAULT 0,
	title       TEXT NOT NULL DEFAULT '',
	state       TEXT NOT NULL,
	composed_at INTEGER NOT NULL,
	out_at      INTEGER, -- when the channel said it is public; minus slot_at is how late it was
	UNIQUE (channel, slot_at, seq)
);
CREATE UNIQUE INDEX edition_number ON edition (channel, year, number) WHERE number > 0;
CREATE UNIQUE INDEX edition_total ON edition (channel, total) WHERE total > 0;
CREATE INDEX edition_slot ON edition (slot_at, seq);

CREATE TABLE entry (
	edition   TEXT NOT NULL REFERENCES edition (key),
	copy      INTEGER NOT NULL REFERENCES copy (id),
	section   TEXT NOT NULL DEFAULT '',
	position  INTEGER NOT NULL,
	links     TEXT NOT NULL DEFAULT '[]',
	public_at INTEGER NOT NULL, -- the publication time its page prints
	claims    INTEGER NOT NULL DEFAULT 1,
	PRIMARY KEY (edition, copy)
) WITHOUT ROWID;
CREATE INDEX entry_copy ON entry (copy);
-- What makes a double publication impossible: one open or successful edition a copy.
CREATE UNIQUE INDEX entry_claim ON entry (copy) WHERE claims = 1;

CREATE TABLE act (
	id        INTEGER PRIMARY KEY,
	channel   TEXT NOT NULL,
	edition   TEXT NOT NULL REFERENCES edition (key),
	verb      TEXT NOT NULL,
	seq       INTEGER NOT NULL,
	state     TEXT NOT NULL, -- open, done
	attempt   INTEGER NOT NULL DEFAULT 0,
	reason    TEXT NOT NULL DEFAULT '',
	notice    TEXT NOT NULL DEFAULT '',
	opened_at INTEGER NOT NULL,
	due_at    INTEGER, -- NULL while it runs, waits for a person, or is done
	UNIQUE (edition, verb, seq)
);
CREATE INDEX act_due ON act (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX act_open ON act (channel) WHERE state = 'open';

-- The copies a withdrawal is about; a publication is about all entries of its edition.
CREATE TABLE act_copy (
	act  INTEGER NOT NULL REFERENCES act (id),
	copy INTEGER NOT NULL REFERENCES copy (id),
	PRIMARY KEY (act, copy)
) WITHOUT ROWID;

CREATE TABLE step (
	act         INTEGER NOT NULL REFERENCES act (id),
	n           INTEGER NOT NULL,
	name        TEXT NOT NULL,
	intended_at INTEGER NOT NULL,
	done_at     INTEGER,
	ref         TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (act, n)
) WITHOUT ROWID;

CREATE TABLE receipt (
	id     INTEGER PRIMARY KEY,
	act    INTEGER NOT NULL REFERENCES act (id),
	at     INTEGER NOT NULL,
	status TEXT NOT NULL,
	code   TEXT NOT NULL DEFAULT '',
	ref    TEXT NOT NULL DEFAULT '',
	url    TEXT NOT NULL DEFAULT '',
	note   TEXT NOT NULL DEFAULT '',
	raw    TEXT NOT NULL DEFAULT '',
	parts  TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX receipt_act ON receipt (act, id);

CREATE TABLE sighting (
	id      INTEGER PRIMARY KEY,
	copy    INTEGER NOT NULL REFERENCES copy (id),
	status  TEXT NOT NULL,
	digest  TEXT NOT NULL DEFAULT '',
	url     TEXT NOT NULL DEFAULT '',
	detail  TEXT NOT NULL DEFAULT '',
	at      INTEGER NOT NULL,
	last_at INTEGER NOT NULL, -- a re-check equal to the last only advances these two
	times   INTEGER NOT NULL DEFAULT 1,
	elapsed INTEGER NOT NULL DEFAULT 0 -- microseconds
);
CREATE INDEX sighting_copy ON sighting (copy, id);

-- What happened to an item, chained: hash covers prev and the whole row. Appended, never changed.
CREATE TABLE move (
	item    TEXT NOT NULL REFERENCES item (id),
	n       INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	by      TEXT NOT NULL,
	role    TEXT NOT NULL,
	verb    TEXT NOT NULL,
	channel TEXT NOT NULL DEFAULT '',
	was     TEXT NOT NULL DEFAULT '',
	is_now  TEXT NOT NULL DEFAULT '',
	detail  TEXT NOT NULL DEFAULT '',
	prev    TEXT NOT NULL,
	hash    TEXT NOT NULL,
	PRIMARY KEY (item, n)
) WITHOUT ROWID;
CREATE INDEX move_at ON move (at);

-- What is the proof of something is never changed and never deleted.
-- +goose StatementBegin
CREATE TRIGGER move_stays BEFORE UPDATE ON move BEGIN SELECT RAISE(ABORT, 'a move is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER move_kept BEFORE DELETE ON move BEGIN SELECT RAISE(ABORT, 'a move is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_stays BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'a revision is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_kept BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'a revision is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_stays BEFORE UPDATE ON approval BEGIN SELECT RAISE(ABORT, 'an approval is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_kept BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'an approval is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER waiver_stays BEFORE UPDATE ON waiver BEGIN SELECT RAISE(ABORT, 'a waiver is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER waiver_kept BEFORE DELETE ON waiver BEGIN SELECT RAISE(ABORT, 'a waiver is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipt_stays BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'a receipt is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipt_kept BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'a receipt is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sighting_stays BEFORE UPDATE OF copy, status, digest, url, detail, at ON sighting BEGIN SELECT RAISE(ABORT, 'a sighting is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sighting_kept BEFORE DELETE ON sighting BEGIN SELECT RAISE(ABORT, 'a sighting is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pause_stays BEFORE UPDATE ON pause BEGIN SELECT RAISE(ABORT, 'a pause is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pause_kept BEFORE DELETE ON pause BEGIN SELECT RAISE(ABORT, 'a pause is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER copy_kept BEFORE DELETE ON copy BEGIN SELECT RAISE(ABORT, 'a copy is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER item_kept BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'an item is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER first_stays BEFORE UPDATE OF first_at ON copy WHEN OLD.first_at IS NOT NULL AND NEW.first_at IS NOT OLD.first_at
BEGIN SELECT RAISE(ABORT, 'the first public time is never changed'); END;
-- +goose StatementEnd

CREATE TABLE timetable (
	channel  TEXT PRIMARY KEY,
	spec     TEXT NOT NULL,
	fired_at INTEGER NOT NULL -- the last moment of the timetable that was dealt with
);

CREATE TABLE slot (
	channel   TEXT NOT NULL,
	at        INTEGER NOT NULL,
	state     TEXT NOT NULL, -- open, closed, skipped, asked
	until_at  INTEGER NOT NULL,
	opened_by TEXT NOT NULL DEFAULT '', -- the person who answered that a missed moment is made up for; when: until_at
	PRIMARY KEY (channel, at)
) WITHOUT ROWID;
CREATE INDEX slot_open ON slot (channel, at) WHERE state = 'open';
CREATE INDEX slot_asked ON slot (channel, at) WHERE state = 'asked';

CREATE TABLE quota (
	channel TEXT NOT NULL,
	name    TEXT NOT NULL,
	day     TEXT NOT NULL, -- in Beijing
	spent   INTEGER NOT NULL,
	PRIMARY KEY (channel, name, day)
) WITHOUT ROWID;

CREATE TABLE upload (
	channel TEXT NOT NULL,
	digest  TEXT NOT NULL,
	ref     TEXT NOT NULL,
	PRIMARY KEY (channel, digest)
) WITHOUT ROWID;

CREATE TABLE shelf (
	channel TEXT NOT NULL,
	name    TEXT NOT NULL,
	top     INTEGER NOT NULL,
	PRIMARY KEY (channel, name)
) WITHOUT ROWID;

CREATE TABLE place (
	channel  TEXT NOT NULL,
	shelf    TEXT NOT NULL,
	position INTEGER NOT NULL,
	copy     INTEGER NOT NULL REFERENCES copy (id),
	PRIMARY KEY (channel, shelf, position)
) WITHOUT ROWID;
CREATE INDEX place_copy ON place (copy);

CREATE TABLE serial (
	name TEXT PRIMARY KEY,
	last INTEGER NOT NULL
);

CREATE TABLE lease (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	fence    INTEGER NOT NULL,
	holder   TEXT NOT NULL,
	taken_at INTEGER NOT NULL
);

-- Words are one Han character each (see splitHan), so that a phrase finds a word of any length.
CREATE VIRTUAL TABLE search USING fts5 (title, numbers, body, content = '', contentless_delete = 1, tokenize = 'unicode61');

-- By what an editor finds an item, also one that is not public: rowid is the item's n. Words are as in search.
CREATE VIRTUAL TABLE catalogue USING fts5 (title, numbers, content = '', contentless_delete = 1, tokenize = 'unicode61');
