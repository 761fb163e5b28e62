-- +goose Up

-- What goes out when: the pages of today and of the calendar, and moving an item to another time.

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
