package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongfa/press"
)

// addErratum has the next issue of a channel print what is corrected about a copy. An erratum of the copy that is not printed yet says less
// by now, and goes; its remark is given back, to be renewed. A later one begins where the last one that was printed ends.
func (l *Ledger) addErratum(ctx context.Context, tx *sql.Tx, c press.Copy, head int, reason string, now time.Time) (replaces int64, err error) {
	waiting, err := l.unprinted(ctx, tx, c)
	if err != nil {
		return 0, err
	}
	if waiting {
		if replaces, err = l.erratumRemark(ctx, tx, c.ID); err != nil {
			return 0, err
		}
	}
	if err := l.dropErrata(ctx, tx, c); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO erratum (copy, channel, was, revision, reason, at)
		SELECT $1, $2, COALESCE(MAX(revision), $3), $4, $5, $6
		FROM erratum
		WHERE copy = $1`, c.ID, c.Channel, c.Revision, head, reason, now.UnixMicro())
	if err != nil {
		return 0, fmt.Errorf("add erratum of copy %d: %w", c.ID, err)
	}
	return replaces, nil
}

func (l *Ledger) unprinted(ctx context.Context, q querier, c press.Copy) (waiting bool, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1
			FROM erratum e
			LEFT JOIN edition d ON d.key = e.edition
			WHERE e.copy = $1 AND (d.key IS NULL OR d.state IN ('planned', 'frozen')))`, c.ID).Scan(&waiting)
	if err != nil {
		return false, fmt.Errorf("read errata of copy %d: %w", c.ID, err)
	}
	return waiting, nil
}

// erratumRemark is the newest remark that tells readers of an erratum; 0 when there is none.
func (l *Ledger) erratumRemark(ctx context.Context, q querier, cp int64) (id int64, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT m.id
		FROM remark m
		JOIN act a ON a.id = m.act
		WHERE m.copy = $1 AND m.kind = 'correction' AND a.way = 'erratum'
		ORDER BY m.id DESC
		LIMIT 1`, cp).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read remarks on copy %d: %w", cp, err)
	}
	return id, nil
}

// dropErrata forgets what an issue was to print about a copy. What an issue has begun to print stays.
func (l *Ledger) dropErrata(ctx context.Context, tx *sql.Tx, c press.Copy) error {
	proved, err := texts(ctx, tx, `
		SELECT d.key
		FROM erratum e
		JOIN edition d ON d.key = e.edition
		WHERE e.copy = $1 AND d.state = 'frozen' AND d.proof > 0`, c.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM erratum
		WHERE copy = $1 AND (edition IS NULL OR EXISTS (
			SELECT 1
			FROM edition d
			WHERE d.key = erratum.edition AND (d.state IN ('planned', 'frozen') OR d.state = 'composed' AND NOT EXISTS (
				SELECT 1
				FROM act a
				WHERE a.edition = d.key AND a.verb = 'publish' AND (a.due_at IS NULL OR EXISTS (SELECT 1 FROM step WHERE act = a.id))))))`, c.ID)
	if err != nil {
		return fmt.Errorf("drop errata of copy %d: %w", c.ID, err)
	}
	for _, key := range proved {
		e, err := l.edition(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := l.unlikeProof(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// claimErrata gives an issue the errata that wait on its channel. One whose item has a newer text, or none that may be shown, waits on.
func (l *Ledger) claimErrata(ctx context.Context, tx *sql.Tx, channel, key string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE erratum
		SET edition = $2
		WHERE channel = $1 AND edition IS NULL AND EXISTS (
			SELECT 1
			FROM copy c
			JOIN item i ON i.id = c.item
			WHERE c.id = erratum.copy AND c.state IN ('live', 'verified', 'differs') AND i.state = 'approved' AND NOT i.held AND i.head = erratum.revision)`,
		channel, key)
	if err != nil {
		return fmt.Errorf("claim errata for %s: %w", key, err)
	}
	return nil
}

// checkErrata takes out of a frozen issue what was overtaken since.
func (l *Ledger) checkErrata(ctx context.Context, tx *sql.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE erratum
		SET edition = NULL
		WHERE edition = $1 AND NOT EXISTS (
			SELECT 1
			FROM copy c
			JOIN item i ON i.id = c.item
			WHERE c.id = erratum.copy AND c.state IN ('live', 'verified', 'differs') AND i.state = 'approved' AND NOT i.held AND i.head = erratum.revision)`, key)
	if err != nil {
		return fmt.Errorf("check errata of %s: %w", key, err)
	}
	return nil
}

// releaseErrata lets the errata of an issue that never came out wait for the next one.
func (l *Ledger) releaseErrata(ctx context.Context, tx *sql.Tx, key string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE erratum SET edition = NULL WHERE edition = $1`, key); err != nil {
		return fmt.Errorf("release errata of %s: %w", key, err)
	}
	return nil
}

// printed tells the readers of what an issue corrects where the correction stands, now that the issue is out.
func (l *Ledger) printed(ctx context.Context, tx *sql.Tx, key string, now time.Time) error {
	ids, err := numbers(ctx, tx, `SELECT copy FROM erratum WHERE edition = $1 ORDER BY id`, key)
	if err != nil || len(ids) == 0 {
		return err
	}
	e, err := l.scanEdition(tx.QueryRowContext(ctx, `SELECT `+editionColumns+` FROM edition WHERE key = $1`, key))
	if err != nil {
		return fmt.Errorf("read edition %s: %w", key, err)
	}
	address, err := l.issueURL(ctx, tx, key)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := l.copyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if !c.State.Public() {
			continue
		}
		replaces, err := l.erratumRemark(ctx, tx, id)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("本文有更正，更正内容刊登在%s。", cmp.Or(e.Title, e.IssueName()))
		err = l.openAmendment(ctx, tx, c, amendment{verb: press.Annotate, reason: text, replaces: replaces,
			remark: press.Remark{Kind: press.RemarkCorrection, Text: text, URL: address, At: now}}, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// issueURL is where an issue is found: what its channel called the whole, else its first article.
func (l *Ledger) issueURL(ctx context.Context, q querier, key string) (address string, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT COALESCE(
			(SELECT r.url FROM act a CROSS JOIN receipt r ON r.act = a.id WHERE a.edition = $1 AND a.verb = 'publish' AND r.url <> '' ORDER BY r.id DESC LIMIT 1),
			(SELECT c.url FROM entry e JOIN copy c ON c.id = e.copy WHERE e.edition = $1 AND c.url <> '' ORDER BY e.position LIMIT 1),
			'')`, key).Scan(&address)
	if err != nil {
		return "", fmt.Errorf("find address of %s: %w", key, err)
	}
	return address, nil
}

// errata are what an issue corrects in earlier ones, as it prints them.
func (l *Ledger) errata(ctx context.Context, q querier, key string) ([]press.Correction, error) {
	ids, err := numbers(ctx, q, `SELECT id FROM erratum WHERE edition = $1 ORDER BY id`, key)
	if err != nil {
		return nil, err
	}
	return l.corrections(ctx, q, ids)
}

// waitingErrata are what the next issue of a channel will correct: what claimErrata would give it now.
func (l *Ledger) waitingErrata(ctx context.Context, q querier, channel string) ([]press.Correction, error) {
	ids, err := numbers(ctx, q, `
		SELECT e.id
		FROM erratum e
		JOIN copy c ON c.id = e.copy
		JOIN item i ON i.id = c.item
		WHERE e.channel = $1 AND e.edition IS NULL AND c.state IN ('live', 'verified', 'differs') AND i.state = 'approved' AND NOT i.held
			AND i.head = e.revision
		ORDER BY e.id`, channel)
	if err != nil {
		return nil, err
	}
	return l.corrections(ctx, q, ids)
}

// corrections reads errata as an issue prints them.
func (l *Ledger) corrections(ctx context.Context, q querier, ids []int64) ([]press.Correction, error) {
	var out []press.Correction
	for _, id := range ids {
		var x press.Correction
		var before, after int
		err := q.QueryRowContext(ctx, `
			SELECT c.item, e.was, e.revision, e.reason, COALESCE(d.year, 0), COALESCE(d.number, 0), COALESCE(d.supplement, 0), c.url
			FROM erratum e
			JOIN copy c ON c.id = e.copy
			LEFT JOIN edition d ON d.key = c.edition
			WHERE e.id = $1`, id).Scan(&x.Item, &before, &after, &x.Reason, &x.Year, &x.Number, &x.Supplement, &x.URL)
		if err != nil {
			return nil, fmt.Errorf("read erratum %d: %w", id, err)
		}
		was, err := l.revision(ctx, q, x.Item, before)
		if err != nil {
			return nil, err
		}
		now, err := l.revision(ctx, q, x.Item, after)
		if err != nil {
			return nil, err
		}
		x.Title, x.DocNumber = was.Title, was.Meta.DocNumber
		x.Changes = append(press.Diff(was.Title, now.Title), press.Diff(press.Text(was.Body), press.Text(now.Body))...)
		out = append(out, x)
	}
	return out, nil
}
