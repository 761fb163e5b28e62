-- +goose Up

-- Who works at the desk, what they did there, and what happens as a stream.

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
CREATE INDEX deed_by ON deed (by, n);
CREATE INDEX deed_verb ON deed (verb, n);
CREATE INDEX deed_about ON deed (about, n);
CREATE INDEX deed_at ON deed (at);
-- +goose StatementBegin
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deed_kept BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is never deleted'); END;
-- +goose StatementEnd

-- Every move, in the order in which they were committed: what live pages, the stream of events and webhooks go by.
CREATE TABLE feed (
	n      INTEGER PRIMARY KEY AUTOINCREMENT,
	item   TEXT NOT NULL,
	move_n INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER move_feed AFTER INSERT ON move BEGIN INSERT INTO feed (item, move_n) VALUES (NEW.item, NEW.n); END;
-- +goose StatementEnd
CREATE INDEX move_by ON move (by, at);
