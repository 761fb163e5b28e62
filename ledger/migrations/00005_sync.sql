-- +goose Up

-- What lists are filtered and searched by, what live pages go by, and the questions that people keep.

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

-- Questions to the matrix that a person keeps under a name.
CREATE TABLE kept_view (
	person TEXT NOT NULL,
	name   TEXT NOT NULL,
	query  TEXT NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (person, name)
) WITHOUT ROWID;
