package desk

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// wordlistPage (词表) is the office's own list of words that the gates look for.
type wordlistPage struct {
	frame
	Tabs     []entry
	Query    string
	List     []ledger.Listed
	All      int // on the list
	More     int // that match and are not shown
	Try      string
	Hits     []press.Word
	Tried    bool
	Problem  string
	Word     string // as it was typed
	Level    string
	Instead  string
	Import   string
	Imported string // what came of an import
}

// manyWords is how many words the page shows; the rest is found by looking.
const manyWords = 200

func (d *desk) wordlist(w http.ResponseWriter, r *http.Request) {
	d.showWordlist(w, r, http.StatusOK, wordlistPage{Level: string(press.Stop)})
}

func (d *desk) showWordlist(w http.ResponseWriter, r *http.Request, status int, p wordlistPage) {
	p.frame, p.Tabs = d.frame(r, d.t(r, "词表"), "settings"), d.settingTabs(r, "/settings/words")
	v := r.URL.Query()
	p.Query, p.Try = bounded(v.Get("q"), mostTyped), bounded(v.Get("try"), 2000)
	list, err := d.Ledger.Words(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.All = len(list)
	if p.Try != "" {
		var words []press.Word
		for _, l := range list {
			words = append(words, l.Word)
		}
		p.Hits, p.Tried = press.NewWords(words).In(p.Try), true
	}
	if q := press.Fold(p.Query); q != "" {
		list = slices.DeleteFunc(list, func(l ledger.Listed) bool { return !strings.Contains(l.Text, q) && !strings.Contains(l.Instead, q) })
	}
	p.List, p.More = list[:min(len(list), manyWords)], max(0, len(list)-manyWords)
	switch v.Get("done") {
	case "added":
		p.Done = d.t(r, "已加入词表：新增%s个，改动%s个。马上生效。", digits(v.Get("n")), digits(v.Get("m")))
	case "dropped":
		p.Done = d.t(r, "已移出词表，马上生效。被它拦下的稿件已经重新检查。")
	}
	d.show(w, r, status, "wordlist", p)
}

// digits keeps of a number in an address what is one.
func digits(s string) string {
	if s == "" || len(s) > 9 || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return "0"
	}
	return s
}

// addWords puts one word on the list, or many that are pasted or uploaded: a line each, the level and what to write instead behind commas.
func (d *desk) addWords(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(mostPosted); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		d.showWordlist(w, r, http.StatusUnprocessableEntity, wordlistPage{Problem: d.t(r, "内容太多或者读不出来。一次请不要超过60KB，多的分几次导入。")})
		return
	}
	p := wordlistPage{Word: bounded(r.PostFormValue("word"), mostTyped), Level: r.PostFormValue("level"), Instead: bounded(r.PostFormValue("instead"), mostTyped),
		Import: r.PostFormValue("import")}
	if f, _, err := r.FormFile("file"); err == nil {
		b, err := io.ReadAll(io.LimitReader(f, mostPosted))
		if err == nil && len(b) > 0 {
			p.Import = string(b)
		}
		_ = f.Close() // it was read
	}
	list := []press.Word{{Text: p.Word, Level: press.Severity(p.Level), Instead: p.Instead}}
	if strings.TrimSpace(p.Import) != "" {
		var problem string
		if list, problem = d.readWordlist(r, p.Import); problem != "" {
			p.Problem = problem
			d.showWordlist(w, r, http.StatusUnprocessableEntity, p)
			return
		}
	}
	n, m, err := d.Ledger.AddWords(r.Context(), list, d.by(r, press.MaySet), d.Now())
	if err != nil {
		d.notSet(w, r, err, func(problem string) {
			p.Problem = problem
			d.showWordlist(w, r, http.StatusUnprocessableEntity, p)
		})
		return
	}
	d.wake()
	http.Redirect(w, r, "/settings/words?"+url.Values{"done": {"added"}, "n": {number(n)}, "m": {number(m)}}.Encode(), http.StatusSeeOther)
}

// readWordlist reads a list that was pasted: 词，级别，建议用语, of which the last two may be missing.
func (d *desk) readWordlist(r *http.Request, text string) (list []press.Word, problem string) {
	if !utf8.ValidString(text) {
		return nil, d.t(r, "文件不是 UTF-8 编码，请另存为 UTF-8 后再导入。")
	}
	text = strings.NewReplacer("，", ",", "\ufeff", "").Replace(text)
	c := csv.NewReader(strings.NewReader(text))
	c.FieldsPerRecord, c.TrimLeadingSpace, c.LazyQuotes, c.Comment = -1, true, true, '#'
	for {
		f, err := c.Read()
		if errors.Is(err, io.EOF) {
			return list, ""
		}
		line, _ := c.FieldPos(0)
		if err != nil {
			return nil, d.t(r, "第%d行读不出来，没有导入。", line)
		}
		one := press.Word{Text: strings.TrimSpace(f[0]), Level: press.Stop}
		if len(f) > 2 {
			one.Instead = strings.TrimSpace(f[2])
		}
		if len(f) > 1 {
			switch strings.TrimSpace(f[1]) {
			case "", "不得发布", "stop":
			case "请留意", "warn":
				one.Level = press.Warn
			default:
				return nil, d.t(r, "第%d行的级别写得不对，没有导入。级别只能是“不得发布”或者“请留意”。", line)
			}
		}
		if press.Fold(one.Text) != "" {
			list = append(list, one)
		}
	}
}

func (d *desk) dropWord(w http.ResponseWriter, r *http.Request) {
	err := d.Ledger.DropWord(r.Context(), r.PostFormValue("word"), d.by(r, press.MaySet), d.Now())
	if err != nil {
		d.notSet(w, r, err, func(problem string) { d.showWordlist(w, r, http.StatusConflict, wordlistPage{Problem: problem}) })
		return
	}
	d.wake()
	http.Redirect(w, r, "/settings/words?done=dropped", http.StatusSeeOther)
}
