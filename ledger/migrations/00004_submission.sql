-- +goose Up

-- What departments hand in for the gazette (报送), and the register of normative documents (规范性文件登记簿) that it is held against.

-- Of the newest revision: by which a document is found in the register.
ALTER TABLE item ADD COLUMN doc_number TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN reg_number TEXT NOT NULL DEFAULT '';
UPDATE item
SET doc_number = COALESCE((SELECT json_extract(r.meta, '$.doc_number') FROM revision r WHERE r.item = item.id AND r.number = item.head), '');
CREATE INDEX item_doc_number ON item (doc_number) WHERE doc_number <> '';
CREATE INDEX item_reg_number ON item (reg_number) WHERE reg_number <> '';

CREATE TABLE submission (
	n           INTEGER PRIMARY KEY, -- counts them in the order in which they were recorded; lists go by it
	year        INTEGER NOT NULL,
	number      INTEGER NOT NULL, -- of the receipt (回执号), within the year, without gaps
	unit        TEXT NOT NULL,
	title       TEXT NOT NULL,
	doc_number  TEXT NOT NULL,
	reg_number  TEXT NOT NULL,
	formed_on   TEXT NOT NULL, -- the day on which the document was issued
	received_on TEXT NOT NULL,
	due_on      TEXT NOT NULL, -- by which it was to be handed in, as the calendar was known then
	late        INTEGER NOT NULL, -- working days; 0: in time
	provisional INTEGER NOT NULL, -- the calendar of a year was not known
	handed_by   TEXT NOT NULL,
	note        TEXT NOT NULL,
	digest      TEXT NOT NULL, -- of what was handed in: the same once more is the same submission
	at          INTEGER NOT NULL,
	by          TEXT NOT NULL,
	state       TEXT NOT NULL, -- received, returned, taken
	reason      TEXT NOT NULL DEFAULT '', -- why it was returned
	item        TEXT REFERENCES item (id),
	moved_at    INTEGER NOT NULL,
	moved_by    TEXT NOT NULL,
	UNIQUE (year, number)
);
CREATE INDEX submission_unit ON submission (unit);
CREATE INDEX submission_state ON submission (state);
CREATE INDEX submission_unit_state ON submission (unit, state);
CREATE INDEX submission_late ON submission (n) WHERE late > 0;
CREATE INDEX submission_unit_late ON submission (unit) WHERE late > 0;
CREATE INDEX submission_state_late ON submission (state) WHERE late > 0;
CREATE INDEX submission_unit_state_late ON submission (unit, state) WHERE late > 0;
CREATE INDEX submission_received ON submission (received_on);
CREATE INDEX submission_doc_number ON submission (doc_number) WHERE doc_number <> '';
CREATE INDEX submission_reg_number ON submission (reg_number) WHERE reg_number <> '';
CREATE INDEX submission_title ON submission (title);
CREATE INDEX submission_item ON submission (item) WHERE item IS NOT NULL;
-- +goose StatementBegin
CREATE TRIGGER submission_stays BEFORE UPDATE OF n, year, number, unit, title, doc_number, reg_number, formed_on, received_on, due_on, late, provisional, handed_by, note,
	digest, at, by ON submission
BEGIN SELECT RAISE(ABORT, 'what was handed in is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submission_kept BEFORE DELETE ON submission BEGIN SELECT RAISE(ABORT, 'a submission is never deleted'); END;
-- +goose StatementEnd

-- The files of a submission, those that came with it and those that came later. Their bytes are assets.
CREATE TABLE paper (
	submission INTEGER NOT NULL REFERENCES submission (n),
	n          INTEGER NOT NULL,
	kind       TEXT NOT NULL, -- press.Paper
	digest     TEXT NOT NULL,
	name       TEXT NOT NULL,
	mime       TEXT NOT NULL,
	size       INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	by         TEXT NOT NULL,
	PRIMARY KEY (submission, n)
) WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER paper_stays BEFORE UPDATE ON paper BEGIN SELECT RAISE(ABORT, 'a paper is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER paper_kept BEFORE DELETE ON paper BEGIN SELECT RAISE(ABORT, 'a paper is never deleted'); END;
-- +goose StatementEnd

CREATE TABLE register (
	n             INTEGER PRIMARY KEY,
	reg_number    TEXT NOT NULL UNIQUE, -- 统一编号
	title         TEXT NOT NULL,
	doc_number    TEXT NOT NULL,
	unit          TEXT NOT NULL,
	registered_on TEXT NOT NULL,
	source        TEXT NOT NULL, -- press.RegisterSource
	at            INTEGER NOT NULL,
	by            TEXT NOT NULL,
	-- The newest word on why it is not printed; '' for none. A word that holds until a day, such as 下期刊登, holds no longer.
	explained     TEXT NOT NULL DEFAULT '',
	holds_until   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX register_day ON register (registered_on);
CREATE INDEX register_at ON register (at);
CREATE INDEX register_unit ON register (unit, registered_on);
CREATE INDEX register_promised ON register (holds_until) WHERE holds_until <> '';
CREATE INDEX register_doc_number ON register (doc_number) WHERE doc_number <> '';

-- Why a registered document is not printed, by whose word. The newest counts; an empty one takes the one before back.
CREATE TABLE explanation (
	register    INTEGER NOT NULL REFERENCES register (n),
	n           INTEGER NOT NULL,
	text        TEXT NOT NULL,
	holds_until TEXT NOT NULL,
	at          INTEGER NOT NULL,
	by          TEXT NOT NULL,
	PRIMARY KEY (register, n)
) WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER explanation_stays BEFORE UPDATE ON explanation BEGIN SELECT RAISE(ABORT, 'an explanation is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER explanation_kept BEFORE DELETE ON explanation BEGIN SELECT RAISE(ABORT, 'an explanation is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER register_kept BEFORE DELETE ON register BEGIN SELECT RAISE(ABORT, 'the register forgets nothing'); END;
-- +goose StatementEnd
