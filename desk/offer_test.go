package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongfa/ledger"
	"tongfa/press"
)

// seat lets people of some roles sit at the desk.
func (w *world) seat(roles ...press.Role) {
	o := w.options()
	o.Guest = &ledger.Person{Name: "王某", Roles: roles}
	w.desk = New(o)
}

func (w *world) story(id press.ItemID) ledger.Story {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	return s
}

// TestMovesNow: in every state, for every role, exactly these moves are offered, and everything that is offered has a form that opens.
func TestMovesNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	ids["held"] = w.fileAt("例行会议", w.now.Add(1e12), true, "site")
	w.must(w.ledger.Hold(t.Context(), string(ids["held"]), "等常务会议", someone, w.now))
	ids["behind"] = w.out("示例区召开政务公开工作会议", "site")
	w.revise(ids["behind"])
	ids["asked"] = w.corrected()
	ids["waivable"] = w.personal()

	see := []press.Role{press.Drafter, press.Registrar, press.Reviewer, press.SecrecyReviewer, press.Publisher, press.NewMediaEditor, press.GazetteEditor, press.Supervisor, press.Operator}
	none := map[press.Role]string{press.Reviewer: "", press.SecrecyReviewer: ""} // but to sign
	for name, want := range map[string]map[press.Role]string{
		"verified": {press.Publisher: "retry retry retry look look hold time annotate revise withdraw evidence", press.NewMediaEditor: "retry retry retry look look hold time", press.Supervisor: "evidence", press.Operator: "retry retry retry look look evidence", press.Drafter: "revise"},
		"differs":  {press.Publisher: "restore retry look annotate revise withdraw evidence", press.NewMediaEditor: "retry look", press.Supervisor: "evidence", press.Operator: "retry look evidence", press.Drafter: "revise"},
		"refused":  {press.Publisher: "retry retry look annotate revise withdraw evidence", press.NewMediaEditor: "retry retry look", press.Supervisor: "evidence", press.Operator: "retry retry look evidence", press.Drafter: "revise"},
		"waiting":  {press.Publisher: "retry retry retry hold time revise withdraw evidence", press.NewMediaEditor: "retry retry retry hold time", press.Supervisor: "evidence", press.Operator: "retry retry retry evidence", press.Drafter: "revise"},
		"held":     {press.Publisher: "release retry time revise withdraw evidence", press.NewMediaEditor: "release retry time", press.Supervisor: "evidence", press.Operator: "retry evidence", press.Drafter: "revise"},
		"behind":   {press.Publisher: "correct retry look annotate revise withdraw evidence", press.NewMediaEditor: "retry look", press.Supervisor: "evidence", press.Operator: "retry look evidence", press.Drafter: "revise"},
		"asked":    {press.Publisher: "correct retry retry look look annotate revise withdraw evidence", press.NewMediaEditor: "retry retry look look", press.Supervisor: "evidence", press.Operator: "retry retry look look evidence", press.Drafter: "revise"},
		"stopped":  {press.Publisher: "sign retry retry hold time revise withdraw evidence", press.NewMediaEditor: "retry retry hold time", press.Supervisor: "evidence", press.Operator: "retry retry evidence", press.Drafter: "revise"},
		"waivable": {press.Publisher: "sign waive retry hold time revise withdraw evidence", press.NewMediaEditor: "retry hold time", press.Supervisor: "evidence", press.Operator: "retry evidence", press.Drafter: "revise"},
		// what is withdrawn everywhere is left alone, but may be revised
		"withdrawn": {press.Publisher: "revise evidence", press.NewMediaEditor: "", press.Supervisor: "evidence", press.Operator: "evidence", press.Drafter: "revise"},
	} {
		s := w.story(ids[name])
		want[press.GazetteEditor], want[press.Registrar] = want[press.NewMediaEditor], want[press.Drafter]
		if s.Item.State == press.Submitted {
			want[press.Reviewer], want[press.SecrecyReviewer] = "sign", "sign"
		}
		for _, role := range see {
			var got []string
			for _, o := range movesNow(s, ledger.Person{Name: "王某", Roles: []press.Role{role}}) {
				got = append(got, o.Move)
			}
			expected, ok := want[role]
			if _, silent := none[role]; !ok && !silent {
				t.Fatalf("%s: nothing is expected of %s", name, role)
			}
			if strings.Join(got, " ") != expected {
				t.Errorf("%s for %s: %q, want %q", name, role, strings.Join(got, " "), expected)
			}
		}
	}
	for _, role := range see {
		w.seat(role)
		for name, id := range ids {
			_, body := w.get("/items/" + string(id))
			doc, err := html.Parse(strings.NewReader(body))
			w.must(err)
			each(doc, "a", func(a *html.Node) {
				if !slices.Contains(strings.Fields(attrOf(a, "class")), "button") {
					return
				}
				if status, _ := w.get(attrOf(a, "href")); status != http.StatusOK {
					t.Errorf("%s for %s: %s is offered and answers %d", name, role, attrOf(a, "href"), status)
				}
			})
		}
	}
}

// personal files an item that names a person's telephone: somebody may let it pass.
func (w *world) personal() press.ItemID {
	w.Helper()
	id := w.file("示例区便民服务热线安排", "site")
	s := w.story(id)
	old := s.Revisions[0]
	text := press.Text(old.Body) + "联系人王某，电话13800138000。"
	out, err := w.ledger.File(w.Context(), ledger.Filing{Item: s.Item, Revision: press.Revision{Title: old.Title, Meta: old.Meta,
		Body: []press.Block{{Kind: press.Paragraph, Spans: []press.Span{{Text: text}}}}}, Approvals: s.Approvals, By: ledger.Who{Name: "王某", Role: press.Registrar}}, w.now)
	w.must(err)
	if !slices.ContainsFunc(out.Findings, func(f press.Finding) bool { return f.Waivable && f.Severity == press.Stop }) {
		w.Fatalf("nothing can be waived: %+v", out.Findings)
	}
	return id
}

// moveForm is a form of a move, with what makes it whole.
type moveForm struct {
	target string
	form   url.Values
	lacks  press.Right
	done   func(ledger.Story) bool
}

// moveForms are all moves that are made on a form of one item.
func (w *world) moveForms(ids map[string]press.ItemID) map[string]moveForm {
	at := func(name, move string) string { return to("items", string(ids[name]), move) }
	seen := func(name string) string { return w.story(ids[name]).Tag() }
	sure := func(v url.Values) url.Values { v.Set("checked", "yes"); v.Set("sure", "yes"); return v }
	return map[string]moveForm{
		"hold": {at("waiting", "hold"), url.Values{"seen": {seen("waiting")}, "reason": {hostile}}, press.MayHold,
			func(s ledger.Story) bool { return s.Item.Held }},
		"release": {at("held", "release"), url.Values{"seen": {seen("held")}}, press.MayHold,
			func(s ledger.Story) bool { return !s.Item.Held }},
		"correct": {at("behind", "correct"), sure(url.Values{"seen": {seen("behind")}, "reason": {hostile}, "way.site": {"in_place"}}), press.MayCorrect,
			func(s ledger.Story) bool { return s.Copies[0].Amending == 2 }},
		"restore": {at("differs", "correct"), sure(url.Values{"seen": {seen("differs")}, "restore": {"1"}}), press.MayCorrect,
			func(s ledger.Story) bool { return len(s.Todo) > 0 && s.Todo[0].Way == press.InPlace }},
		"annotate": {at("verified", "annotate"), sure(url.Values{"seen": {seen("verified")}, "validity": {"废止"}, "by": {"示政发〔2026〕9号"}, "reason": {hostile}}), press.MayCorrect,
			func(s ledger.Story) bool { return len(s.Todo) > 0 && s.Todo[0].Verb == press.Annotate }},
		"waive": {at("waivable", "waive"), sure(url.Values{"seen": {seen("waivable")}, "rule": {string(w.waivable(ids["waivable"]))}, "reason": {hostile}}), press.MayWaive,
			func(s ledger.Story) bool { return s.Item.State == press.Approved && len(s.Waivers) == 1 }},
		"withdraw": {"/withdraw", sure(url.Values{"item": {string(ids["handed"])}, "seen." + string(ids["handed"]): {seen("handed")}, "reason": {hostile}, "notice": {"notice"}}), press.MayWithdraw,
			func(s ledger.Story) bool { return s.Item.State == press.Withdrawn }},
	}
}

func (w *world) waivable(id press.ItemID) press.Rule {
	for _, f := range w.story(id).Findings {
		if f.Waivable && f.Severity == press.Stop {
			return f.Rule
		}
	}
	return ""
}

// moved is a world in which every move can be made once, and the items on which.
func (w *world) moved() map[string]press.ItemID {
	ids := w.busy()
	ids["held"] = w.fileAt("例行会议", w.now.Add(1e12), true, "site")
	w.must(w.ledger.Hold(w.Context(), string(ids["held"]), "等常务会议", someone, w.now))
	ids["behind"] = w.out("示例区召开政务公开工作会议", "site")
	w.revise(ids["behind"])
	ids["waivable"] = w.personal()
	return ids
}

var onItem = map[string]string{"hold": "waiting", "release": "held", "correct": "behind", "restore": "differs", "annotate": "verified", "waive": "waivable", "withdraw": "handed"}

// TestEveryMoveIsMadeOnceByWhoMay: by form, without a script; refused without the right; refused in words when the item has changed; harmless when
// the button is pressed twice; and whatever stands in a reason is shown and never run.
func TestEveryMoveIsMadeOnceByWhoMay(t *testing.T) {
	t.Parallel()
	for name := range onItem {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ids := w.moved()
			id := ids[onItem[name]]
			m := w.moveForms(ids)[name]
			before := len(w.story(id).Moves)

			w.seat(press.Supervisor)
			if res, _ := w.post(m.target, m.form); res.StatusCode != http.StatusForbidden || len(w.story(id).Moves) != before {
				t.Errorf("without the right: %d", res.StatusCode)
			}
			w.seat(w.roles...)
			stale := url.Values{}
			for k, v := range m.form {
				stale[k] = v
				if strings.HasPrefix(k, "seen") {
					stale[k] = []string{"0000000000000000"}
				}
			}
			if res, body := w.post(m.target, stale); res.StatusCode != 422 || !strings.Contains(body, "填写期间有了变化，没有执行") || len(w.story(id).Moves) != before {
				t.Errorf("stale: %d", res.StatusCode)
			} else {
				checkHTML(t, name+" stale", body)
			}
			if asked := m.form.Has("checked"); asked {
				form := url.Values{}
				for k, v := range m.form {
					if k != "checked" && k != "sure" {
						form[k] = v
					}
				}
				res, body := w.post(m.target, form)
				if res.StatusCode != http.StatusOK || !strings.Contains(body, "确认之前请核对") || len(w.story(id).Moves) != before {
					t.Fatalf("it is not asked once more: %d", res.StatusCode)
				}
				checkHTML(t, name+" check", body)
				form = hiddenOf(t, body)
				if res, body = w.post(m.target, form); res.StatusCode != 422 || !strings.Contains(body, "请先勾选确认") || len(w.story(id).Moves) != before {
					t.Errorf("the box is not asked for: %d", res.StatusCode)
				}
				form.Set("sure", "yes")
				m.form = form // as a browser without a script sends it
			}
			if m.form.Has("reason") && name != "restore" {
				bad := []string{strings.Repeat("长", 201)}
				if name != "annotate" { // which may go without
					bad = append(bad, "  \n ")
				}
				for _, reason := range bad {
					form := url.Values{}
					for k, v := range m.form {
						form[k] = v
					}
					form.Set("reason", reason)
					if res, body := w.post(m.target, form); res.StatusCode != 422 || !strings.Contains(body, `<a href="#reason">`) || len(w.story(id).Moves) != before {
						t.Errorf("the reason %.10q: %d", reason, res.StatusCode)
					}
				}
			}
			woken := w.woken
			res, body := w.post(m.target, m.form)
			if res.StatusCode != http.StatusSeeOther || !m.done(w.story(id)) || w.woken == woken {
				t.Fatalf("%d, woken %d: %s", res.StatusCode, w.woken-woken, words(first(w.tree(body), "main")))
			}
			_, body = w.get(res.Header.Get("Location"))
			if !strings.Contains(body, `role="status"`) {
				t.Error("the page does not say what was done")
			}
			checkHTML(t, name+" done", body)
			if m.form.Get("reason") != "" && !strings.Contains(body, "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;") {
				t.Error("the reason is not told, escaped")
			}
			after := w.story(id)
			if last := after.Moves[before]; last.By != "王某" || last.Role == string(press.System) {
				t.Errorf("the move is recorded as %+v", last)
			}
			if res, _ = w.post(m.target, m.form); res.StatusCode != http.StatusSeeOther || len(w.story(id).Moves) != len(after.Moves) {
				t.Errorf("pressed twice: %d, %d moves more", res.StatusCode, len(w.story(id).Moves)-len(after.Moves))
			}
		})
	}
}

func (w *world) tree(body string) *html.Node {
	doc, err := html.Parse(strings.NewReader(body))
	w.must(err)
	return doc
}

// hiddenOf are the answers that a page carries on, as a browser would send them without a tick.
func hiddenOf(t *testing.T, body string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	each(doc, "input", func(n *html.Node) {
		if attrOf(n, "type") == "hidden" {
			out.Add(attrOf(n, "name"), attrOf(n, "value"))
		}
	})
	return out
}

// itemAddresses are the pages of an item and of its moves, with the template that each must be made of.
func itemAddresses(ids map[string]press.ItemID) map[string]string {
	at := func(name, move string) string { return "/items/" + string(ids[name]) + move }
	return map[string]string{
		at("differs", ""):                   "item",
		at("waiting", ""):                   "item",
		at("verified", "/history"):          "history",
		at("waiting", "/hold"):              "hold",
		at("hostile", "/hold"):              "hold",
		at("differs", "/correct?restore=1"): "correct",
		at("verified", "/annotate"):         "annotate",
		"/annotate":                         "annotations",
		"/withdraw":                         "withdraw",
		"/withdraw?item=" + string(ids["verified"]) + "&item=" + string(ids["hostile"]): "withdraw",
		"/retry?channel=wechat&copy=refused":                                            "retries",
	}
}
