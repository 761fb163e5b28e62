-- +goose Up

-- Proof rounds (校次) of numbered issues: what was read, by whom, and what she said of it. Appended, never changed; only the key of the edition goes with
-- it when its moment is changed. Each has its deed, with the digest of its contents.
CREATE TABLE round (
	id       INTEGER PRIMARY KEY,
	edition  TEXT NOT NULL REFERENCES edition (key),
	number   INTEGER NOT NULL, -- 1 for 一校
	at       INTEGER NOT NULL,
	by       TEXT NOT NULL,
	role     TEXT NOT NULL,
	version  INTEGER NOT NULL, -- of the plan
	contents TEXT NOT NULL,    -- of press.Contents
	digest   TEXT NOT NULL,    -- of contents
	pages    INTEGER NOT NULL DEFAULT 0,
	block    TEXT NOT NULL DEFAULT '', -- the verification block of the files that were made; '' when none were
	UNIQUE (edition, number)
);
-- +goose StatementBegin
CREATE TRIGGER round_stays BEFORE UPDATE OF id, number, at, by, role, version, contents, digest, pages, block ON round BEGIN SELECT RAISE(ABORT, 'a proof round is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER round_kept BEFORE DELETE ON round BEGIN SELECT RAISE(ABORT, 'a proof round is never deleted'); END;
-- +goose StatementEnd

-- What a reader (校对人) said of a round: that it may stand, or what to mend where.
CREATE TABLE reading (
	id    INTEGER PRIMARY KEY,
	round INTEGER NOT NULL REFERENCES round (id),
	at    INTEGER NOT NULL,
	by    TEXT NOT NULL,
	role  TEXT NOT NULL,
	pass  INTEGER NOT NULL,
	item  TEXT NOT NULL DEFAULT '', -- the article that a remark is about
	place TEXT NOT NULL DEFAULT '', -- as the reader has it: 第2段, 第15页, 封面
	text  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX reading_round ON reading (round, id);
-- +goose StatementBegin
CREATE TRIGGER reading_stays BEFORE UPDATE ON reading BEGIN SELECT RAISE(ABORT, 'what a reader said is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reading_kept BEFORE DELETE ON reading BEGIN SELECT RAISE(ABORT, 'what a reader said is never deleted'); END;
-- +goose StatementEnd

-- What became of a remark. Once there is one, the remark is settled.
CREATE TABLE reading_end (
	reading INTEGER PRIMARY KEY REFERENCES reading (id),
	at      INTEGER NOT NULL,
	by      TEXT NOT NULL,
	role    TEXT NOT NULL,
	mended  INTEGER NOT NULL, -- 0: it stays as it is
	text    TEXT NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER reading_end_stays BEFORE UPDATE ON reading_end BEGIN SELECT RAISE(ABORT, 'what became of a remark is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reading_end_kept BEFORE DELETE ON reading_end BEGIN SELECT RAISE(ABORT, 'what became of a remark is never deleted'); END;
-- +goose StatementEnd

-- The round that a frozen issue equals; 0 for none.
ALTER TABLE edition ADD COLUMN proof INTEGER NOT NULL DEFAULT 0;
