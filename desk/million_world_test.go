package desk

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// million is the file of a ledger with a million items and three million copies. It is made where it is not there, which takes a while.
var million = flag.String("million", "", "measure the desk upon a ledger of a million items in this file, made if absent")

// large is a world with n items, most of them long since published, filed in the course of twenty years.
func large(t testing.TB, file string, n int) *world {
	t.Helper()
	w := &world{TB: t, presses: &presses{}, now: time.Date(2026, 11, 25, 10, 0, 0, 0, shanghai()),
		roles: []press.Role{press.Publisher, press.Operator, press.Reviewer, press.SecrecyReviewer, press.NewMediaEditor, press.GazetteEditor, press.Drafter, press.Supervisor}}
	open := func() *ledger.Ledger {
		l, err := ledger.Open(context.Background(), file, ledger.Rules{Zone: shanghai(), Calendar: workday.Builtin(),
			Limits: map[string]press.Limits{"site": {}, "wechat": {}, "gazette": {}}})
		w.must(err)
		return l
	}
	_, err := os.Stat(file)
	w.ledger = open()
	if os.IsNotExist(err) {
		for _, c := range []string{"site", "wechat", "gazette"} {
			w.must(w.ledger.Register(t.Context(), c, c))
		}
		w.must(w.ledger.Close())
		began := time.Now()
		w.must(fill(t, file, n, w.now))
		t.Logf("a ledger of %d items was made in %s", n, time.Since(began).Round(time.Second))
		w.ledger = open()
	}
	t.Cleanup(func() { w.must(w.ledger.Close()) })
	w.desk = New(w.options())
	return w
}

// fill puts n items into a ledger behind the back of all rules. Indexes and triggers are put back at the end.
func fill(t testing.TB, file string, n int, now time.Time) error {
	dsn := (&url.URL{Scheme: "file", Opaque: file}).String() + "?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=temp_store(MEMORY)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	back, err := bare(db)
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range []func(*sql.Tx, int, time.Time) error{fillTexts, fillRows} {
		began := time.Now()
		if err := step(tx, n, now); err != nil {
			return err
		}
		t.Logf("a step took %s", time.Since(began).Round(time.Second))
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, q := range back {
		if _, err := db.Exec(q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	_, err = db.Exec(`PRAGMA journal_mode = WAL`)
	return err
}

// bare takes the indexes and triggers away, and returns how to make them anew.
func bare(db *sql.DB) ([]string, error) {
	rows, err := db.Query(`SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var back, drop []string
	for rows.Next() {
		var kind, name, text string
		if err := rows.Scan(&kind, &name, &text); err != nil {
			return nil, err
		}
		back, drop = append(back, text), append(drop, "DROP "+kind+" "+name)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for _, q := range drop {
		if _, err := db.Exec(q); err != nil {
			return nil, fmt.Errorf("%s: %w", q, err)
		}
	}
	return back, nil
}

// How the items are spread.
const (
	years    = 20
	recently = 2000 // items are not all out yet
)

// fillTexts writes the items, their revisions and what they are found by.
func fillTexts(tx *sql.Tx, n int, now time.Time) error {
	stmts := map[string]*sql.Stmt{}
	for name, q := range map[string]string{
		"item": `INSERT INTO item (n, id, external_id, kind, index_number, state, shown, head, filed_at, filed_by, column_name, issuer, term_from)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12)`,
		"revision":  `INSERT INTO revision (item, number, title, short_title, body, meta, files, digest, at, by) VALUES ($1, 1, $2, '', $3, $4, '{}', $5, $6, $7)`,
		"catalogue": `INSERT INTO catalogue (rowid, title, numbers) VALUES ($1, $2, $3)`,
		"words":     `INSERT INTO words (rowid, title, numbers, body) VALUES ($1, $2, $3, $4)`,
	} {
		s, err := tx.Prepare(q)
		if err != nil {
			return err
		}
		defer s.Close()
		stmts[name] = s
	}
	if _, err := tx.Exec(`INSERT INTO words (words, rank) VALUES ('hashsize', 60000000)`); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	one := func(s []string) string { return s[r.IntN(len(s))] }
	kinds := press.Kinds()
	step := time.Duration(years*365*24) * time.Hour / time.Duration(n)
	for i := 1; i <= n; i++ {
		at := now.Add(-time.Duration(n-i) * step)
		id := at.UTC().Format("20060102") + fmt.Sprintf("-%06d", i%1000000)
		kind := kinds[min(len(kinds)-1, int(r.ExpFloat64()*3))]
		title := fmt.Sprintf("%s关于%s%s的%s", one(bodies), one(verbs), one(matters), one(genres))
		text := fmt.Sprintf("%s%s，%s。%s由%s负责，第%d号。", one(bodies), one(verbs), one(matters), one(sentences), one(bodies), i)
		if i%100_000 == 7 {
			text += "鳜鱼洄游通道修复。"
		}
		column := one(columns)
		doc := fmt.Sprintf("示政办发〔%d〕%d号", at.Year(), i%5000+1)
		state, shown := state(i, n)
		body := fmt.Sprintf(`[{"kind":"paragraph","spans":[{"text":%q}]}]`, text)
		meta := fmt.Sprintf(`{"doc_number":%q,"issuer":%q,"formed_on":%q,"approved_on":"","disclosure":"主动公开","column":%q,"summary":%q}`, doc, one(bodies),
			at.Format(time.DateOnly), column, title)
		external := fmt.Sprintf("oa-%d-%07d", at.Year(), i)
		index := fmt.Sprintf("%d-%05d-%d", at.Year(), i%100000, i)
		by := one(filers)
		numbers := strings.Join([]string{id, external, index, doc}, "\n")
		for _, e := range []error{
			run(stmts["item"], i, id, external, kind.Kind, index, state, shown, at.UnixMicro(), by, column, one(bodies), at.Format(time.DateOnly)),
			run(stmts["revision"], id, title, body, meta, fmt.Sprintf("%064x", i), at.UnixMicro(), by),
			run(stmts["catalogue"], i, spaced(title, 1), spaced(numbers, 1)),
			run(stmts["words"], i, spaced(title, 2), spaced(numbers, 2), spaced(text, 2)),
		} {
			if e != nil {
				return e
			}
		}
	}
	_, err := tx.Exec(`INSERT INTO words (words, rank) VALUES ('hashsize', 1048576)`)
	return err
}

func run(s *sql.Stmt, args ...any) error {
	_, err := s.Exec(args...)
	return err
}

// state is where an item stands: nearly all are out, some need a hand, the newest are on their way.
func state(i, n int) (state, shown press.State) {
	switch {
	case n-i < recently/10:
		return press.Submitted, press.Submitted
	case n-i < recently:
		return press.Approved, press.Scheduled
	case i%1499 == 0:
		return press.Approved, press.Hand
	case i%701 == 0:
		return press.Withdrawn, press.Withdrawn
	case i%97 == 0:
		return press.Approved, press.Partly
	}
	return press.Approved, press.Everyone
}

// spaced parts Han characters as the ledger does: each by itself, or with the one after it.
func spaced(s string, together int) string {
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if !unicode.Is(unicode.Han, r) {
			b.WriteRune(r)
			continue
		}
		b.WriteByte(' ')
		b.WriteRune(r)
		if together == 2 && i+1 < len(rs) && unicode.Is(unicode.Han, rs[i+1]) {
			b.WriteRune(rs[i+1])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// fillRows writes what happened to the items: copies, editions, acts, receipts, sightings, approvals and moves.
func fillRows(tx *sql.Tx, n int, now time.Time) error {
	for _, q := range []string{
		`INSERT INTO copy (id, item, item_n, channel, generation, state, revision, marker, url, note, edition, ready_at, due_at, waits_for, since_at, first_at, look_at, looks)
			SELECT i.n * 3 + c.k, i.id, i.n, c.name, 1,
				CASE
					WHEN i.shown = 'submitted' OR i.shown = 'scheduled' THEN 'waiting'
					WHEN i.shown = 'withdrawn' THEN 'withdrawn'
					WHEN i.shown = 'needs_hand' AND c.k = i.n % 3 THEN CASE i.n % 4 WHEN 0 THEN 'unknown' WHEN 1 THEN 'differs' WHEN 2 THEN 'refused' ELSE 'needs_hand' END
					WHEN i.shown = 'partly_live' AND c.k = 2 THEN 'waiting'
					WHEN i.n % 5 = 0 THEN 'live'
					ELSE 'verified'
				END,
				IIF(i.shown IN ('submitted', 'scheduled'), 0, 1), 'm' || i.n || c.name,
				IIF(i.shown IN ('submitted', 'scheduled'), '', 'https://www.example.gov.cn/' || c.name || '/' || i.n || '.html'),
				IIF(i.shown = 'submitted', '没有保密审查记录。请保密审查员审查正文和附件并登记结果', ''),
				CASE WHEN i.shown IN ('submitted', 'scheduled') THEN NULL ELSE c.name || '@' || strftime('%Y-%m-%dT%H:%M:%SZ', i.filed_at / 1000000 + 3600, 'unixepoch') || '#' || i.n END,
				i.filed_at + 3600000000 + IIF(i.shown = 'scheduled', i.n % 1000 * 3600000000, 0),
				IIF(i.shown = 'scheduled', i.filed_at + 3600000000 + i.n % 1000 * 3600000000 + 864000000000, NULL),
				IIF(i.shown = 'submitted', 'gate', ''), i.filed_at + 3600000000,
				IIF(i.shown IN ('submitted', 'scheduled') OR i.n % 5 = 0, NULL, i.filed_at + 3700000000), NULL, 5
			FROM item i, (SELECT 0 k, 'site' name UNION ALL SELECT 1, 'wechat' UNION ALL SELECT 2, 'gazette') c
			ORDER BY i.n, c.k`,
		`INSERT INTO edition (key, channel, slot_at, seq, state, composed_at, out_at)
			SELECT edition, channel, ready_at, item_n, 'out', ready_at, ready_at + 3000000 FROM copy WHERE edition IS NOT NULL`,
		`INSERT INTO entry (edition, copy, position, public_at) SELECT edition, id, 1, ready_at FROM copy WHERE edition IS NOT NULL ORDER BY edition`,
		`INSERT INTO act (id, channel, edition, verb, seq, state, attempt, opened_at)
			SELECT id, channel, edition, 'publish', 1, 'done', 1, ready_at FROM copy WHERE edition IS NOT NULL`,
		`INSERT INTO receipt (act, at, status, url) SELECT id, ready_at, 'live', url FROM copy WHERE edition IS NOT NULL`,
		`INSERT INTO sighting (copy, status, digest, url, at, last_at, times) SELECT id, 'equal', 'ab', url, ready_at, ready_at, 5 FROM copy WHERE state = 'verified'`,
		`INSERT INTO approval (item, revision, digest, step, by, office, at, pass, ground, recorded_by)
			SELECT i.id, 1, r.digest, s.step, s.by, '区政府办公室', i.filed_at, 1, '同意公开', i.filed_by
			FROM item i JOIN revision r ON r.item = i.id, (SELECT 'secrecy' step, '王某' by UNION ALL SELECT 'first', '李某' UNION ALL SELECT 'second', '赵某' UNION ALL SELECT 'final', '孙某') s
			WHERE i.shown <> 'submitted'`,
		`INSERT INTO move (item, n, at, by, role, verb, channel, was, is_now, prev, hash)
			SELECT i.id, v.n, i.filed_at + v.n * 1000000, IIF(v.role = 'system', '同发', i.filed_by), v.role, v.verb, v.channel, v.was, v.now, '', hex(randomblob(32))
			FROM item i, (
				SELECT 1 n, 'registrar' role, 'file' verb, '' channel, '' was, 'submitted' now UNION ALL SELECT 2, 'system', 'approve', '', 'submitted', 'approved'
				UNION ALL SELECT 3, 'system', 'compose', 'site', 'waiting', 'handed_over' UNION ALL SELECT 4, 'system', 'settle', 'site', 'handed_over', 'live'
				UNION ALL SELECT 5, 'system', 'look', 'site', 'live', 'verified') v
			WHERE v.n = 1 OR i.shown NOT IN ('submitted', 'scheduled')
			ORDER BY i.id, v.n`,
		`INSERT INTO feed (item, move_n) SELECT item, n FROM move ORDER BY item, n`,
		`UPDATE item SET doc_number = (SELECT json_extract(meta, '$.doc_number') FROM revision WHERE item = item.id)`,
		`UPDATE item SET doc_number = '示规〔' || substr(term_from, 1, 4) || '〕' || n || '号', reg_number = 'XXDR-' || n WHERE n % 50 = 3`,
		`INSERT INTO submission (year, number, unit, title, doc_number, reg_number, formed_on, received_on, due_on, late, provisional, handed_by, note, digest, at, by, state, item,
				moved_at, moved_by)
			SELECT strftime('%Y', i.term_from), i.n, i.issuer, r.title, i.doc_number, IIF(i.n % 100 = 3, i.reg_number, ''), i.term_from, i.term_from, i.term_from, i.n % 7, 0, '', '', i.n, i.filed_at,
				i.filed_by, CASE i.n % 50 WHEN 3 THEN 'received' WHEN 13 THEN 'returned' ELSE 'taken' END, IIF(i.n % 50 IN (3, 13), NULL, i.id), i.filed_at, i.filed_by
			FROM item i JOIN revision r ON r.item = i.id
			WHERE i.n % 10 = 3
			ORDER BY i.n`,
		`INSERT INTO paper (submission, n, kind, digest, name, mime, size, at, by) SELECT n, 1, 'final', printf('%064x', n), '定稿.docx', 'text/plain', 9, at, by FROM submission`,
		`INSERT INTO register (reg_number, title, doc_number, unit, registered_on, source, at, by, explained, holds_until)
			SELECT i.reg_number, r.title, i.doc_number, i.issuer, i.term_from, 'csv', i.filed_at, i.filed_by, IIF(i.n % 150 = 3, '涉密，不刊登', ''), IIF(i.n % 300 = 3, i.term_from, '')
			FROM item i JOIN revision r ON r.item = i.id
			WHERE i.n % 50 = 3
			ORDER BY i.n`,
		`INSERT INTO register (reg_number, title, doc_number, unit, registered_on, source, at, by)
			SELECT 'YY-' || i.n, '没有报送的', '', i.issuer, i.term_from, 'csv', i.filed_at, i.filed_by FROM item i WHERE i.n % 500 = 9 ORDER BY i.n`,
		`INSERT INTO timetable (channel, spec, fired_at) SELECT name, '0 18 * * *', $1 FROM channel WHERE name <> 'site'`,
	} {
		args := []any{}
		if strings.Contains(q, "$1") {
			args = append(args, now.Add(-time.Hour).UnixMicro())
		}
		if _, err := tx.Exec(q, args...); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

// What titles and texts are made of.
var (
	bodies = []string{"示例区人民政府办公室", "示例区民政局", "示例区财政局", "示例区卫生健康局", "示例区教育和体育局", "示例区住房和城乡建设局", "示例区水务局", "龙泉街道办事处",
		"示例区市场监督管理局", "示例区人力资源和社会保障局"}
	verbs   = []string{"做好", "印发", "公布", "开展", "加强", "规范", "推进", "调整", "公开征求", "进一步落实"}
	matters = []string{"冬季供暖保障", "城乡居民医疗保险参保缴费", "老旧小区改造", "义务教育招生", "防汛抗旱", "行政执法公示", "财政预算执行", "公共卫生应急", "食品安全监督检查", "就业创业扶持",
		"残疾人补贴发放", "农村饮水安全", "电梯安全使用", "安全生产检查", "政务公开", "人才引进", "生态环境保护", "城市管理执法", "乡村振兴衔接", "养老服务体系建设"}
	genres    = []string{"通知", "意见", "公告", "方案", "决定", "通报", "解读", "报告", "批复", "办法"}
	sentences = []string{"今年以来，各镇街、各部门认真落实要求，工作取得明显成效。", "请结合实际，认真抓好落实，并于月底前报送进展情况。", "有关单位要压实责任，确保群众得到实惠。", "本办法自公布之日起施行，有效期五年。",
		"联系电话和受理地点见附件，逾期不予受理。"}
	columns = []string{"通知公告", "政务动态", "政策文件", "政策解读", "财政信息", "行政执法", "人事信息", "会议公开", "意见征集", "建议提案"}
	filers  = []string{"王某", "李某", "赵某", "孙某", "周某"}
)

// largeFile is the file that is measured and how many items it has.
func largeFile(t *testing.T) (string, int) {
	if *million != "" {
		file, err := filepath.Abs(*million)
		if err != nil {
			t.Fatal(err)
		}
		return file, 1_000_000
	}
	return filepath.Join(t.TempDir(), "ledger.db"), 4_000
}
