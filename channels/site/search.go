package site

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/channels"
)

// Hit is one result of a full-text search.
type Hit struct {
	Title     string
	URL       string
	Snippet   string // plain text around the words that were found
	Date      time.Time
	DocNumber string
}

// Find searches the full text and gives one page of ten hits. Pages are counted from 1; total is how many hits there are on all pages.
type Find func(ctx context.Context, query string, page int) (hits []Hit, total int, err error)

// Bounds of one search.
const (
	queryRunes = 60
	searchPer  = 10 // hits a page, see Find
	pageMost   = 50
)

type resultsPage struct {
	frame
	Heading string
	Hits    []hitRow
	Total   int
	Asked   bool
	Problem string
	Pager   []navLink
	Titles  string // address of the search in titles
}

type hitRow struct {
	Title, Snippet  template.HTML
	URL, Date, Code string
}

// Search is the page of full-text results in the look of the site. Its queries are cut to sixty characters.
func (s *Site) Search(find Find) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !readOnly(w, r) {
			return
		}
		query := boundQuery(r.URL.Query().Get("q"))
		number, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			number = 1
		}
		number = max(1, min(number, pageMost))
		p := resultsPage{frame: s.frame("全文搜索", s.siteMetas()), Heading: "全文搜索", Titles: s.href("search.html"), Asked: query != ""}
		p.Nav, p.Crumbs, p.Query, p.NoIndex = s.nav(""), []navLink{{"站内搜索", s.href("search.html"), false}, {Name: "全文搜索"}}, query, true
		status := http.StatusOK
		if query != "" {
			status = s.results(r.Context(), &p, find, query, number)
		}
		s.answer(w, r, status, "results", p)
	})
}

// results fills the page with what was found.
func (s *Site) results(ctx context.Context, p *resultsPage, find Find, query string, number int) (status int) {
	hits, total, err := find(ctx, query, number)
	if err != nil {
		p.Problem = "搜索暂时不可用，请稍后再试，或者按标题搜索。"
		return http.StatusServiceUnavailable
	}
	words := strings.Fields(query)
	p.Total = total
	for _, h := range hits {
		row := hitRow{Title: highlight(h.Title, words), Snippet: highlight(h.Snippet, words), Code: h.DocNumber}
		if channels.SafeLink(h.URL) || strings.HasPrefix(h.URL, "/") && !strings.HasPrefix(h.URL, "//") {
			row.URL = h.URL
		}
		if !h.Date.IsZero() {
			row.Date = s.local(h.Date).Format("2006-01-02")
		}
		p.Hits = append(p.Hits, row)
	}
	p.Pager = s.resultPager(query, number, min(pageMost, (total+searchPer-1)/searchPer))
	return http.StatusOK
}

func (s *Site) resultPager(query string, number, last int) (pager []navLink) {
	if last < 2 {
		return nil
	}
	at := func(k int) string {
		return s.href("search") + "?" + url.Values{"q": {query}, "page": {strconv.Itoa(k)}}.Encode()
	}
	if number > 1 {
		pager = append(pager, navLink{Name: "上一页", URL: at(number - 1)})
	}
	pager = append(pager, navLink{Name: fmt.Sprintf("第%d页，共%d页", number, last), Current: true})
	if number < last {
		pager = append(pager, navLink{Name: "下一页", URL: at(number + 1)})
	}
	return pager
}

// boundQuery is a query without what no text has, cut to a length that no reader needs more of.
func boundQuery(q string) string {
	q = strings.Join(strings.Fields(strings.ToValidUTF8(clean(q), "")), " ")
	if utf8.RuneCountInString(q) > queryRunes {
		q = string([]rune(q)[:queryRunes])
	}
	return q
}

// highlight marks the words in a text; everything else is escaped.
func highlight(text string, words []string) template.HTML {
	var b strings.Builder
	lower := lowered(text)
	marked := make([]bool, len(text)+1)
	for _, w := range words {
		w = lowered(w)
		for at := 0; w != ""; {
			i := strings.Index(lower[at:], w)
			if i < 0 {
				break
			}
			for k := at + i; k < at+i+len(w); k++ {
				marked[k] = true
			}
			at += i + len(w)
		}
	}
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && marked[to] == marked[from] {
			to++
		}
		part := template.HTMLEscapeString(text[from:to])
		if marked[from] {
			part = "<mark>" + part + "</mark>"
		}
		b.WriteString(part)
		from = to
	}
	return template.HTML(b.String())
}

// lowered folds ASCII letters only, so that every byte keeps its place.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// readOnly answers everything but GET and HEAD with 405.
func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if slices.Contains([]string{http.MethodGet, http.MethodHead}, r.Method) {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "只支持读取网页", http.StatusMethodNotAllowed)
	return false
}
