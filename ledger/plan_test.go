package ledger

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tongfa/press"
)

// statements are the SQL texts of this room, read from its source, so that none is forgotten.
func statements(t *testing.T) []string {
	t.Helper()
	source := os.DirFS(".")
	names, err := fs.Glob(source, "*.go")
	must(t, err)
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := constant(e)
			if !ok {
				_, parts := e.(*ast.BinaryExpr) // of a text that is put together at run time
				return !parts
			}
			if verb := strings.Fields(text + " x")[0]; strings.Contains(" SELECT INSERT UPDATE DELETE ", " "+verb+" ") {
				out = append(out, text)
			}
			return false
		})
	}
	return out
}

// constant is the text of a string expression that is made of literals and of the lists of columns.
func constant(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.Ident:
		s, ok := map[string]string{"itemColumns": itemColumns, "copyColumns": copyColumns, "editionColumns": editionColumns, "alarmColumns": alarmColumns, "tokenColumns": tokenColumns, "deliveryColumns": deliveryColumns, "comingColumns": comingColumns, "comingCopies": comingCopies,
			"submissionColumns": submissionColumns, "registerColumns": registerColumns, "registeredPrint": registeredPrint, "registeredItems": registeredItems, "registerOpen": registerOpen}[x.Name]
		return s, ok
	case *ast.BinaryExpr:
		a, ok := constant(x.X)
		b, ok2 := constant(x.Y)
		return a + b, ok && ok2 && x.Op == token.ADD
	}
	return "", false
}

var parameter = regexp.MustCompile(`\$([0-9]+)`)

// explained is the plan of a query, one step a line.
func (b *testBench) explained(query string) []string {
	b.Helper()
	most := 0
	for _, m := range parameter.FindAllStringSubmatch(query, -1) {
		n, err := strconv.Atoi(m[1])
		must(b, err)
		most = max(most, n)
	}
	rows, err := b.writes.Query(`EXPLAIN QUERY PLAN `+query, make([]any, most)...)
	if err != nil {
		b.Fatalf("explain %s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		must(b, rows.Scan(&id, &parent, &unused, &detail))
		out = append(out, detail)
	}
	must(b, rows.Err())
	return out
}

// walks tells a step that reads a table from one end to the other.
func walks(step string) bool {
	if !strings.HasPrefix(step, "SCAN ") || strings.HasPrefix(step, "SCAN CONSTANT") || strings.HasPrefix(step, "SCAN search") {
		return false
	}
	// What a query calls few is a part of it that is bounded by a LIMIT of its own.
	return !strings.Contains(step, "VIRTUAL TABLE") && step != "SCAN few" && !strings.Contains(step, "(subquery") && !strings.HasPrefix(step, "SCAN (")
}

func TestEveryStatementGoesByAnIndex(t *testing.T) {
	b := setup(t)
	all := statements(t)
	if len(all) < 100 {
		t.Fatalf("read only %d statements from the source", len(all))
	}
	// What may read a whole table, or the whole of a partial index, and why.
	allowed := []string{
		"FROM sqlite_master",                 // once, when the file is opened
		"FROM deed ORDER BY n",               // the last one, or a check of all
		"FROM feed WHERE n > $1 AND n <= $2", // a day's part of the feed
		"FROM head ORDER BY n DESC LIMIT 1",  // the last one
		"FROM round ORDER BY id",             // a check of all rounds
		"FROM holiday",                       // as many rows as there were notices
		"FROM word",                          // the office's own list
		"FROM person\n",                      // as many rows as the office has people
		"changed_at FROM person",             // the same, when a ledger is put back
		"FROM token WHERE revoked_at",        // and as many as it has tokens
		"UPDATE token SET revoked_at",        //
		"UPDATE sqlite_sequence",             // a row for each table that counts
		"goose_db_version",                   // as many rows as migrations
		"FROM channel\n",                     // as many rows as the office has channels
		"ORDER BY item, n",                   // Chain reads every move
		"WHERE i.state IS NOT (",             // and looks at every item
		"WHERE state = 'asked'",              // the partial index of asked slots
		"state = 'open' AND due_at IS NULL",  // Resume: the partial index of open acts
		"(SELECT COUNT(*) FROM act",          // Health counts partial indexes
		"UPDATE channel SET restored_to",     // Restore closes all channels
		"UPDATE act SET look = way <>",       // and makes all open acts look first: the partial index of open acts
		"a WHERE a.closed_at IS NULL",        // the partial index of open alarms
		"WHERE known_by = '' AND gone_at",    // the partial index of strangers that nobody knows
		"WHERE c.slow >= 3",                  // the partial index of slow copies
		"c.newest AND c.task <> ''",          // the partial index of tasks
	}
	for _, query := range all {
		if strings.Contains(query, "%") {
			continue // it is put together at run time: the desk's pages look at its plan
		}
		ok := false
		for _, a := range allowed {
			ok = ok || strings.Contains(query, a)
		}
		for _, step := range b.explained(query) {
			if walks(step) && !ok {
				t.Errorf("%s\n\tin %s", step, query)
			}
			if walks(step) && ok && !strings.Contains(step, "INDEX") && !regexp.MustCompile(`^SCAN (channel|sqlite_master|i|move|deed|round|f|head|holiday|word|person|token|sqlite_sequence|goose_db_version|pragma_.*)$`).MatchString(step) {
				t.Errorf("%s\n\tin %s", step, query)
			}
		}
	}
}

func TestEveryListOfEditionsGoesByAnIndex(t *testing.T) {
	b := setup(t)
	for _, channel := range []string{"", "gazette"} {
		for _, step := range b.explained(EditionFilter{Channel: channel}.query()) {
			if walks(step) && !strings.Contains(step, "INDEX") || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("of %q: %s", channel, step)
			}
		}
	}
}

func TestEveryPageOfTheMatrixGoesByAnIndex(t *testing.T) {
	b := setup(t)
	for _, f := range []Filter{
		{}, {State: press.Hand}, {Channel: "site"}, {Copy: press.CopyVerified}, {Copy: press.CopyRefused}, {Channel: "site", Copy: press.CopyNeedsHand},
		{Channel: "site", Copy: press.Waiting}, {Waits: ForGate}, {Waits: ForRelease, Channel: "site"}, {Channel: "site", Copy: press.NotWanted}, {Copy: press.Waiting},
		{Title: "供暖"}, {Title: "供暖", State: press.Hand, Channel: "site", Copy: press.CopyDiffers}, {State: press.Everyone, Copy: press.CopyVerified},
		{State: press.Hand, Copy: press.CopyRefused}, {Kind: press.News}, {Column: "政务动态"}, {Issuer: "示例区人民政府办公室"}, {By: "王某"},
		{By: "王某", Kind: press.News, Channel: "site"}, {Filed: Span{start, start}}, {Public: Span{start, start}}, {Public: Span{From: start}, Kind: press.News},
	} {
		for _, walk := range []*walk{{f: f}, {f: f, titles: true}} {
			for _, up := range []bool{false, true} {
				for _, count := range []bool{false, true} {
					query, _ := f.query(walk.source(), 7, 10_000, up, 50, count)
					b.walksNothing(f, query)
				}
			}
		}
	}
}

// walksNothing looks at the plan of a stretch of the matrix.
func (b *testBench) walksNothing(f Filter, query string) {
	b.Helper()
	for _, step := range b.explained(query) {
		if walks(step) {
			b.Errorf("%+v: %s", f, step)
		}
		if strings.Contains(step, "EXISTS") && !strings.Contains(step, "(item=?") && !strings.Contains(step, "item_n=?") {
			b.Errorf("%+v looks through all copies for every item: %s", f, step)
		}
		if strings.Contains(step, "TEMP B-TREE") {
			b.Errorf("%+v sorts: %s", f, step)
		}
	}
}
