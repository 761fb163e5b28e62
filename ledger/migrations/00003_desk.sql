-- +goose Up

-- The desk (编辑台): who works there, what they did, what goes out when, what is looked for, what is written, composed and told to others, and what is proved.

-- People, and what they do

CREATE TABLE person (
	id          INTEGER PRIMARY KEY,
	login       TEXT NOT NULL UNIQUE, -- what is typed to sign in, lower case
	name        TEXT NOT NULL UNIQUE, -- as records name the person
	office      TEXT NOT NULL DEFAULT '',
	roles       TEXT NOT NULL,        -- of press.Role, separated by spaces
	password    TEXT NOT NULL DEFAULT '', -- argon2id in PHC form; '' when there is none
	must_change INTEGER NOT NULL DEFAULT 0,
	failures    INTEGER NOT NULL DEFAULT 0, -- in a row
	locked_until INTEGER,
	disabled_at INTEGER,
	made_at     INTEGER NOT NULL,
	made_by     TEXT NOT NULL,
	changed_at  INTEGER NOT NULL, -- of its password, roles or state: sessions begun before have ended
	seen_at     INTEGER,
	lang        TEXT NOT NULL DEFAULT '',
	theme       TEXT NOT NULL DEFAULT ''
);

CREATE TABLE session (
	token  TEXT PRIMARY KEY, -- its hash
	data   BLOB NOT NULL,
	expiry INTEGER NOT NULL
);
CREATE INDEX session_expiry ON session (expiry);

-- Questions to the matrix that a person keeps under a name.
CREATE TABLE kept_view (
	person TEXT NOT NULL,
	name   TEXT NOT NULL,
	query  TEXT NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (person, name)
) WITHOUT ROWID;

-- What people did that is about no item: signing in, accounts, settings, channels, editions. Chained like moves; appended, never changed.
CREATE TABLE deed (
	n      INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	by     TEXT NOT NULL,
	role   TEXT NOT NULL,
	verb   TEXT NOT NULL,
	about  TEXT NOT NULL DEFAULT '', -- a login, a channel, the key of an edition, …
	detail TEXT NOT NULL DEFAULT '',
	prev   TEXT NOT NULL,
	hash   TEXT NOT NULL
);
-- By the order in which they were recorded, and, for the record, by time.
CREATE INDEX deed_by ON deed (by, n);
CREATE INDEX deed_about ON deed (about, n);
CREATE INDEX deed_at ON deed (at);
CREATE INDEX deed_by_at ON deed (by, at);
CREATE INDEX deed_verb_at ON deed (verb, at);
CREATE INDEX deed_about_at ON deed (about, at);
-- +goose StatementBegin
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deed_kept BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is never deleted'); END;
-- +goose StatementEnd

-- What happens, as a stream

-- Every move, in the order in which they were committed: what live pages, the stream of events and webhooks go by.
CREATE TABLE feed (
	n      INTEGER PRIMARY KEY AUTOINCREMENT,
	item   TEXT NOT NULL,
	move_n INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER move_feed AFTER INSERT ON move BEGIN INSERT INTO feed (item, move_n) VALUES (NEW.item, NEW.n); END;
-- +goose StatementEnd
CREATE INDEX feed_item ON feed (item, n) WHERE move_n > 0;

-- What was moved before there was a feed is put into it, so that the first daily head covers it.
INSERT INTO feed (item, move_n) SELECT item, n FROM move ORDER BY at, item, n;

-- A line of the feed without a move tells that an item looks otherwise though nobody did anything: what it waits for has another word. Such
-- lines are for live pages, and are not kept for long.
-- +goose StatementBegin
CREATE TRIGGER copy_feed AFTER UPDATE ON copy
WHEN (OLD.note, OLD.url, OLD.task, OLD.ready_at, OLD.waits_for, OLD.amending, OLD.kept, OLD.newest)
	IS NOT (NEW.note, NEW.url, NEW.task, NEW.ready_at, NEW.waits_for, NEW.amending, NEW.kept, NEW.newest)
BEGIN INSERT INTO feed (item, move_n) VALUES (NEW.item, 0); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER feed_short AFTER INSERT ON feed BEGIN DELETE FROM feed WHERE n = NEW.n - 50000 AND move_n = 0; END;
-- +goose StatementEnd

-- What goes out when, and what is late

ALTER TABLE item ADD COLUMN retimed INTEGER NOT NULL DEFAULT 0; -- a person gave it another time than it was filed with
ALTER TABLE item ADD COLUMN asked_at INTEGER;                   -- release_at as it was filed, where a person gave it another

-- The day that sets the statutory period of its newest revision running: formed, or for a budget approved; '' when there is none.
ALTER TABLE item ADD COLUMN term_from TEXT NOT NULL DEFAULT '';
UPDATE item SET term_from = COALESCE((
	SELECT IIF(item.kind = 'budget' AND COALESCE(json_extract(r.meta, '$.approved_on'), '') <> '', json_extract(r.meta, '$.approved_on'), json_extract(r.meta, '$.formed_on'))
	FROM revision r
	WHERE r.item = item.id AND r.number = item.head), '');
CREATE INDEX item_term ON item (term_from) WHERE term_from <> '' AND shown IN ('draft', 'submitted', 'returned', 'approved', 'scheduled', 'going_out', 'needs_hand');
CREATE INDEX item_term_kind ON item (kind, term_from) WHERE term_from <> '' AND shown IN ('draft', 'submitted', 'returned', 'approved', 'scheduled', 'going_out', 'needs_hand');

-- What no edition has claimed yet, by the moment before which it does not go out.
CREATE INDEX copy_planned ON copy (channel, ready_at, item_n) WHERE newest AND state = 'waiting' AND edition IS NULL;

-- What lists are filtered and searched by

-- Of the newest revision, so that lists go by an index.
ALTER TABLE item ADD COLUMN column_name TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
UPDATE item
SET (column_name, issuer) = (
	SELECT COALESCE(json_extract(r.meta, '$.column'), ''), COALESCE(json_extract(r.meta, '$.issuer'), '')
	FROM revision r
	WHERE r.item = item.id AND r.number = item.head)
WHERE EXISTS (SELECT 1 FROM revision r WHERE r.item = item.id AND r.number = item.head);
CREATE INDEX item_kind ON item (kind);
CREATE INDEX item_column ON item (column_name);
CREATE INDEX item_issuer ON item (issuer);
CREATE INDEX item_by ON item (filed_by);
CREATE INDEX item_filed ON item (filed_at);
CREATE INDEX copy_first ON copy (first_at, item_n) WHERE first_at IS NOT NULL;

-- Title, numbers and text of the newest revision of every item: rowid is the item's n. A Han character is a word together with the one after it
-- (see pairs), so that no phrase is made of nothing but words that stand in every text.
CREATE VIRTUAL TABLE words USING fts5 (title, numbers, body, content = '', contentless_delete = 1, tokenize = 'unicode61', prefix = '1');

-- Items below this n were filed by an older program and are not in words yet; they are put there in the background.
INSERT INTO house (key, value) SELECT 'words below', MAX(n) + 1 FROM item HAVING MAX(n) IS NOT NULL;

-- What is written and reviewed

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

-- Editions that people compose

-- What people call them, whose order it is, and when they go out by a person's word.
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

-- Other systems: who may use the HTTP API, what they were answered, and what they are told

CREATE TABLE token (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE, -- as records name it; it is never given again
	hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the secret in hex; the secret itself is nowhere
	hint       TEXT NOT NULL,        -- how the secret begins, so that a person can tell two from each other
	rights     TEXT NOT NULL,        -- of press.Right, separated by spaces
	made_at    INTEGER NOT NULL,
	made_by    TEXT NOT NULL,
	expires_at INTEGER,
	used_at    INTEGER,              -- written once a minute at most
	revoked_at INTEGER,
	revoked_by TEXT NOT NULL DEFAULT ''
);

-- What a request with a key of its own (Idempotency-Key) was answered, kept for a day. A row without a status is of a request that was
-- executed and whose answer was never written down: it is not executed again.
CREATE TABLE answer (
	owner  TEXT NOT NULL, -- whose key it is
	key    TEXT NOT NULL,
	digest TEXT NOT NULL, -- of the request
	at     INTEGER NOT NULL,
	status INTEGER NOT NULL DEFAULT 0,
	body   BLOB,
	PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX answer_at ON answer (at);

-- How far each webhook has read the feed.
CREATE TABLE hook (
	name   TEXT PRIMARY KEY,
	cursor INTEGER NOT NULL
) WITHOUT ROWID;

-- What a webhook is told, was told, or could not be told.
CREATE TABLE delivery (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	uid      TEXT NOT NULL, -- the same at every attempt
	hook     TEXT NOT NULL,
	item     TEXT NOT NULL, -- '' for a trial
	event    TEXT NOT NULL,
	body     TEXT NOT NULL,
	state    TEXT NOT NULL DEFAULT 'due', -- due, done, dead
	made_at  INTEGER NOT NULL,
	due_at   INTEGER NOT NULL,
	until_at INTEGER NOT NULL, -- after which it is not tried again
	tries    INTEGER NOT NULL DEFAULT 0,
	tried_at INTEGER,
	status   INTEGER NOT NULL DEFAULT 0, -- of HTTP; 0 where there was no answer
	said     TEXT NOT NULL DEFAULT ''    -- what was answered, or why there was no answer
);
CREATE INDEX delivery_due ON delivery (hook, due_at) WHERE state = 'due';
CREATE INDEX delivery_order ON delivery (hook, item, id) WHERE state = 'due';
CREATE INDEX delivery_log ON delivery (hook, id);
CREATE INDEX delivery_state ON delivery (hook, state, id);
CREATE INDEX delivery_old ON delivery (made_at);

-- What is proved

-- The record (操作记录), newest first, by whatever it is asked for: each of these ends with the key of its row.
CREATE INDEX move_by ON move (by, at);
CREATE INDEX move_verb ON move (verb, at);
CREATE INDEX move_on ON move (channel, at) WHERE channel <> '';
CREATE INDEX move_people ON move (at) WHERE role <> 'system';

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
CREATE INDEX head_feed ON head (feed_to);
-- +goose StatementBegin
CREATE TRIGGER head_stays BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'a head is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER head_kept BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'a head is never deleted'); END;
-- +goose StatementEnd
