-- +goose Up

-- Other systems: who may use the HTTP API, what they were answered, and what they are told.

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
