-- +goose Up

-- The life of a gazette around its numbered issues: supplements, the index of a year, and the issues of the time before the ledger.

-- A supplement (增刊) is counted with those of its year, apart from the numbers.
ALTER TABLE edition ADD COLUMN supplement INTEGER NOT NULL DEFAULT 0;
-- An issue may carry the index of its year (年度总目录). What it lists is settled when it is frozen: a JSON list of press.Indexed.
ALTER TABLE edition ADD COLUMN with_index INTEGER NOT NULL DEFAULT 0;
ALTER TABLE edition ADD COLUMN year_index TEXT NOT NULL DEFAULT '[]';

DROP INDEX edition_number;
CREATE UNIQUE INDEX edition_number ON edition (channel, year, supplement, number) WHERE number > 0;

-- Issues that came out before the ledger was kept, as they were imported: the folder in public is made from them. Without put_at the folder may
-- not be there yet.
CREATE TABLE back_issue (
	channel    TEXT NOT NULL,
	year       INTEGER NOT NULL,
	supplement INTEGER NOT NULL DEFAULT 0,
	number     INTEGER NOT NULL,
	total      INTEGER NOT NULL DEFAULT 0,
	day        TEXT NOT NULL, -- on which it came out: 2006-01-02
	title      TEXT NOT NULL,
	digest     TEXT NOT NULL, -- SHA-256 of what was imported: the list of its articles and its PDF
	by         TEXT NOT NULL,
	at         INTEGER NOT NULL,
	put_at     INTEGER,
	url        TEXT NOT NULL DEFAULT '', -- where it stands since then
	PRIMARY KEY (channel, year, supplement, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX back_total ON back_issue (channel, total) WHERE total > 0;

CREATE TABLE back_article (
	channel    TEXT NOT NULL,
	year       INTEGER NOT NULL,
	supplement INTEGER NOT NULL DEFAULT 0,
	number     INTEGER NOT NULL,
	position   INTEGER NOT NULL,
	section    TEXT NOT NULL DEFAULT '',
	title      TEXT NOT NULL,
	doc_number TEXT NOT NULL DEFAULT '',
	issuer     TEXT NOT NULL DEFAULT '',
	page       INTEGER NOT NULL DEFAULT 0, -- of the PDF
	PRIMARY KEY (channel, year, supplement, number, position)
) WITHOUT ROWID;
