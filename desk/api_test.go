package desk

import (
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// TestEveryAddressOfTheAPIIsDescribedAndNothingElse holds openapi.yaml against the table of addresses.
func TestEveryAddressOfTheAPIIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	doc, err := openAPI()
	if err != nil {
		t.Fatal(err)
	}
	var ours, described []string
	for _, x := range (&desk{}).table() {
		if strings.HasPrefix(x.path, "/api/") {
			ours = append(ours, x.method+" "+x.path)
		}
	}
	for p, v := range doc["paths"].(map[string]any) {
		for m := range v.(map[string]any) {
			if m != "parameters" {
				described = append(described, strings.ToUpper(m)+" "+p)
			}
		}
	}
	slices.Sort(ours)
	slices.Sort(described)
	if !slices.Equal(ours, described) {
		t.Errorf("the API has\n%s\nthe description\n%s", strings.Join(ours, "\n"), strings.Join(described, "\n"))
	}
}

// TestTheDescriptionKnowsEveryEvent holds the list of events in openapi.yaml against that of press.
func TestTheDescriptionKnowsEveryEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, e := range press.Events() {
		if err := w.schema("/components/schemas/EventType").Validate(e.Type); err != nil {
			t.Error(err)
		}
	}
}

func TestWhoHasNoTokenIsToldSo(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	good := w.call("OA系统", press.MaySee)
	nobody := caller{w, ""}
	for _, head := range []string{"", "Bearer", "Bearer ", "Bearer tf_x", "Basic dTpw", "bearer " + good.secret + "x", "Bearer " + strings.Repeat("a", 5000)} {
		a := nobody.want(http.StatusUnauthorized, "no_token", "GET", "/api/v1/items", nil, header("Authorization", head))
		if !strings.HasPrefix(a.head.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: %v", head, a.head)
		}
	}
	good.want(http.StatusOK, "", "GET", "/api/v1/items", nil)
	good.want(http.StatusOK, "", "GET", "/api/v1/items", nil, header("Authorization", "bearer "+good.secret))
	good.want(http.StatusUnauthorized, "no_token", "GET", "/api/v1/items", nil, func(r *http.Request) { r.Header.Add("Authorization", "Bearer other") })
	w.must(w.ledger.RevokeToken(t.Context(), "OA系统", ledger.Who{Name: "王某", Role: press.Operator}, w.now))
	good.want(http.StatusUnauthorized, "no_token", "GET", "/api/v1/items", nil)
	secret, _, err := w.ledger.AddToken(t.Context(), ledger.Token{Name: "短", Rights: []press.Right{press.MaySee}, Expires: w.now.Add(time.Hour)}, ledger.Who{Name: "王某"}, w.now)
	w.must(err)
	short := caller{w, secret}
	short.want(http.StatusOK, "", "GET", "/api/v1/items", nil)
	w.now = w.now.Add(2 * time.Hour)
	short.want(http.StatusUnauthorized, "no_token", "GET", "/api/v1/items", nil)
	if status, _ := w.get("/matrix", header("Authorization", "Bearer "+good.secret)); status == http.StatusOK {
		t.Error("a token opens pages")
	}
}

// TestEveryAddressOfTheAPIAsksItsRight tries every address with every right alone.
func TestEveryAddressOfTheAPIAsksItsRight(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	ids := w.busy()
	id := string(ids["waiting"])
	for _, right := range everyRight() {
		c := w.call("只有"+string(right), right)
		for _, x := range (&desk{}).table() {
			if !strings.HasPrefix(x.path, "/api/") || x.path == "/api/v1/events" {
				continue
			}
			target := strings.NewReplacer("{id}", id, "{key}", "gazette@2026-01-01T00:00:00Z%231", "{name}", "site").Replace(x.path)
			a := c.do(x.method, target, map[string]any{"no such key": 1}) // whoever may is told of the key
			if refused := a.status == http.StatusForbidden; refused != (x.right != "" && x.right != right) {
				t.Errorf("%s %s with %s: %d %s", x.method, x.path, right, a.status, a.body)
			}
		}
	}
}

func TestAnItemIsFiledFollowedAndWithdrawn(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", press.MaySee, press.MayFile, press.MayWithdraw)
	a := c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-1", true, nil))
	id := a.text("id")
	if a.head.Get("Location") != "/api/v1/items/"+id || a.text("outcome") != "new" || a.text("state") != "scheduled" || w.woken != 1 {
		t.Fatalf("filed as %s, %v", a.body, a.head)
	}
	again := c.want(http.StatusOK, "", "POST", "/api/v1/items", paper("oa-1", true, nil))
	if again.text("id") != id || again.text("outcome") != "same" {
		t.Errorf("again: %s", again.body)
	}
	other := c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-1", true, map[string]any{"body": "另一个文本。"}))
	if other.text("id") != id || other.text("outcome") != "revised" || other.text("revision") != "2" {
		t.Errorf("another text: %s", other.body)
	}
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	w.saw(press.ItemID(id), "site", press.SeenEqual, "")
	item := c.want(http.StatusOK, "", "GET", "/api/v1/items/oa-1", nil)
	if item.text("state") != "corrected" || item.text("channels", "site", "state") != "verified" || item.text("filed_by") != "接口:OA系统" {
		t.Errorf("item: %s", item.body)
	}
	tag := item.head.Get("ETag")
	if b := c.do("GET", "/api/v1/items/oa-1", nil, header("If-None-Match", tag)); b.status != http.StatusNotModified || len(b.body) > 0 {
		t.Errorf("unchanged: %d", b.status)
	}
	c.want(http.StatusPreconditionFailed, "stale", "POST", "/api/v1/items/oa-1/withdraw", map[string]any{"reason": "内容有误"}, header("If-Match", `"old"`))
	done := c.want(http.StatusOK, "", "POST", "/api/v1/items/oa-1/withdraw", map[string]any{"reason": "内容有误"}, header("If-Match", tag))
	if done.text("id") != id {
		t.Errorf("withdrawn: %s", done.body)
	}
	s, err := w.ledger.Story(t.Context(), id, w.now)
	w.must(err)
	i := slices.IndexFunc(s.Moves, func(m ledger.Moved) bool { return m.Verb == "withdraw" && m.Channel == "" })
	if s.Item.State != press.Withdrawn || s.Moves[i].By != "接口:OA系统" || s.Moves[i].Role != string(press.Publisher) {
		t.Errorf("%s, %+v", s.Item.State, s.Moves)
	}
}

func TestWhatAGateStopsWaitsOrIsNotTaken(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", press.MaySee, press.MayFile)
	p := paper("oa-2", false, map[string]any{"title": "关于王某的证明", "body": "证件号110101199003077539，电话13812345678。"})
	a := c.want(http.StatusUnprocessableEntity, "stopped", "POST", "/api/v1/items?if_stopped=refuse", p)
	if found, _ := a.doc["findings"].([]any); len(found) < 3 {
		t.Errorf("findings: %s", a.body)
	}
	c.want(http.StatusNotFound, "no_item", "GET", "/api/v1/items/oa-2", nil)
	a = c.want(http.StatusCreated, "", "POST", "/api/v1/items?if_stopped=wait", p)
	if a.text("state") != "submitted" {
		t.Errorf("taken in as %s", a.body)
	}
	c.want(http.StatusBadRequest, "bad_query", "POST", "/api/v1/items?if_stopped=x", p)
}

func TestAPackageThatCannotBeReadIsAnsweredWithEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", press.MaySee, press.MayFile)
	text := "{\n  \"title\": \"甲\",\n  \"kind\": \"nonsense\",\n  \"files\": [],\n  \"channels\": [\"weibo\"],\n  \"unknown\": 1,\n  \"body\": \"正文。\"\n}"
	a := c.want(http.StatusUnprocessableEntity, "refused", "POST", "/api/v1/items", text)
	lines := map[string]float64{}
	for _, e := range a.doc["errors"].([]any) {
		m := e.(map[string]any)
		line, _ := m["line"].(float64)
		lines[m["field"].(string)] = line
	}
	if lines["kind"] != 3 || lines["channels"] != 5 || len(lines) < 3 {
		t.Errorf("errors %s", a.body)
	}
	for name, text := range map[string]string{
		"nothing": "", "no object": "[]", "half": `{"title": "甲`, "twice": `{"title":"甲","title":"乙","body":"x"}`, "two": `{"title":"甲","body":"x"} {}`,
		"deep": strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), "wrong types": `{"title":1,"body":[]}`, "bytes": "{\"title\":\"\xff\xfe\",\"body\":\"x\"}",
		"files wrong": `{"title":"甲","body":"x","files":[{"name":"a.txt","base64":"%%%"}]}`, "files odd": `{"title":"甲","body":"x","files":[{"name":"../a.txt","base64":""}]}`,
		"files twice": `{"title":"甲","body":"x","files":[{"name":"a","base64":""},{"name":"./a","base64":""}]}`, "files as text": `{"title":"甲","body":"x","files":"a"}`,
		"huge title": `{"title":"` + strings.Repeat("长", 100_000) + `","body":"x"}`,
	} {
		a := c.do("POST", "/api/v1/items", text)
		if a.status != http.StatusUnprocessableEntity || a.text("code") != "refused" || len(a.doc["errors"].([]any)) == 0 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	status := c.want(http.StatusOK, "", "GET", "/api/v1/items", nil)
	if len(status.doc["items"].([]any)) != 0 {
		t.Errorf("something was taken in: %s", status.body)
	}
}

func TestFilesComeInJSONOrInParts(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", press.MaySee, press.MayFile)
	more := map[string]any{"attachments": []string{"附件1.txt"}, "files": []map[string]any{{"name": "附件1.txt", "base64": base64.StdEncoding.EncodeToString([]byte("供暖安排"))}}}
	a := c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-3", true, more))
	in := c.want(http.StatusOK, "", "GET", "/api/v1/items/"+a.text("id"), nil)
	if !strings.Contains(string(in.body), `"name":"附件1.txt"`) {
		t.Errorf("no attachment: %s", in.body)
	}
	c.want(http.StatusUnprocessableEntity, "refused", "POST", "/api/v1/items", paper("oa-4", true, map[string]any{"attachments": []string{"没有.txt"}}))

	var form strings.Builder
	parts := multipart.NewWriter(&form)
	add := func(field, name, data string) {
		p, err := parts.CreateFormFile(field, name)
		w.must(err)
		_, err = p.Write([]byte(data))
		w.must(err)
	}
	add("package", "通知.md", "---\nexternal_id: oa-5\nkind: news\ntitle: 便民服务安排\nchannels: [site]\nattachments: [附件2.txt]\n---\n\n正文一段。\n")
	add("file", "附件2.txt", "安排表")
	w.must(parts.Close())
	c.want(http.StatusCreated, "", "POST", "/api/v1/items", form.String(), header("Content-Type", parts.FormDataContentType()))
	if in = c.want(http.StatusOK, "", "GET", "/api/v1/items/oa-5", nil); !strings.Contains(string(in.body), "附件2.txt") {
		t.Errorf("in parts: %s", in.body)
	}
	c.want(http.StatusCreated, "", "POST", "/api/v1/items", "---\nexternal_id: oa-6\nkind: news\ntitle: 又一个\nchannels: [site]\n---\n\n正文。\n", header("Content-Type", "text/markdown; charset=utf-8"))
	for name, body := range map[string]string{"no package": "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\nx\r\n--x--\r\n", "half": "--x\r\nContent-Disposition: form-da", "nothing": ""} {
		if a := c.do("POST", "/api/v1/items", body, header("Content-Type", "multipart/form-data; boundary=x")); a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	for _, kind := range []string{"", "text/html", "application/x-www-form-urlencoded", "nonsense/;;", "application/xml"} {
		c.want(http.StatusUnsupportedMediaType, "media_type", "POST", "/api/v1/items", "x", header("Content-Type", kind))
	}
}

// TestTheSamePostTwentyTimesAtOnceIsOneItem is what a system does that has lost its apiAnswer and is in a hurry.
func TestTheSamePostTwentyTimesAtOnceIsOneItem(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]bool{"by its external id": false, "by its key": true} {
		w := apiWorld(t)
		c := w.call("OA系统", press.MaySee, press.MayFile)
		p := paper("oa-20", true, nil)
		if key {
			delete(p, "external_id")
		}
		var mu sync.Mutex
		ids, created := map[string]bool{}, 0
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				a := c.do("POST", "/api/v1/items", p, func(r *http.Request) {
					if key {
						r.Header.Set("Idempotency-Key", "k-1")
					}
				})
				mu.Lock()
				defer mu.Unlock()
				ids[a.text("id")] = true
				if a.status == http.StatusCreated && a.head.Get("Idempotent-Replayed") == "" {
					created++
				}
			})
		}
		wg.Wait()
		list := c.want(http.StatusOK, "", "GET", "/api/v1/items", nil)
		if len(ids) != 1 || created != 1 || len(list.doc["items"].([]any)) != 1 {
			t.Errorf("%s: ids %v, created %d times: %s", name, ids, created, list.body)
		}
	}
}

func TestARequestWithAKeyIsExecutedOnce(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c, other := w.call("OA系统", everyRight()...), w.call("另一个", everyRight()...)
	key := header("Idempotency-Key", "new-issue-1")
	a := c.want(http.StatusCreated, "", "POST", "/api/v1/editions", map[string]any{"channel": "gazette", "at": "2026-12-01T09:00:00+08:00"}, key)
	b := c.want(http.StatusCreated, "", "POST", "/api/v1/editions", map[string]any{"channel": "gazette", "at": "2026-12-01T09:00:00+08:00"}, key)
	if string(a.body) != string(b.body) || b.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %s", b.body)
	}
	c.want(http.StatusUnprocessableEntity, "key_reused", "POST", "/api/v1/editions", map[string]any{"channel": "gazette"}, key)
	c.want(http.StatusUnprocessableEntity, "key_reused", "POST", "/api/v1/channels/site/pause", map[string]any{"reason": "x"}, key)
	d := other.want(http.StatusCreated, "", "POST", "/api/v1/editions", map[string]any{"channel": "gazette", "at": "2026-12-01T09:00:00+08:00"}, key)
	if d.text("key") == a.text("key") {
		t.Error("another system's key is the same")
	}
	for _, bad := range []string{" ", "a b", "键", strings.Repeat("k", 201)} {
		c.want(http.StatusBadRequest, "bad_key", "POST", "/api/v1/channels/site/pause", map[string]any{"reason": "x"}, header("Idempotency-Key", bad))
	}
	// a run of the program that ended between the move and its apiAnswer
	id := string(w.file("供暖安排", "site"))
	body := `{"reason":"核对"}`
	lost := ledger.Once{Owner: c.owner(), Key: "hold-1", Digest: digestOf("POST", "/api/v1/items/"+id+"/hold", body)}
	w.must(w.ledger.Hold(ledger.WithOnce(t.Context(), lost, w.now), id, "核对", ledger.Who{Name: "接口:OA系统", Role: press.Publisher}, w.now))
	before := w.moves(id)
	e := c.want(http.StatusOK, "", "POST", "/api/v1/items/"+id+"/hold", body, header("Idempotency-Key", "hold-1"))
	if e.text("held") != "true" || w.moves(id) != before {
		t.Errorf("it was executed again: %s", e.body)
	}
	lost = ledger.Once{Owner: c.owner(), Key: "issue-2", Digest: digestOf("POST", "/api/v1/editions", `{"channel":"gazette"}`)}
	_, err := w.ledger.Plan(ledger.WithOnce(t.Context(), lost, w.now), press.Plan{Channel: "gazette", Issues: &press.Issues{}}, w.now, ledger.Who{Name: "王某", Role: press.GazetteEditor}, w.now)
	w.must(err)
	c.want(http.StatusConflict, "answer_lost", "POST", "/api/v1/editions", `{"channel":"gazette"}`, header("Idempotency-Key", "issue-2"))
}

func (c caller) owner() string {
	c.Helper()
	k, err := c.ledger.Bearer(c.Context(), c.secret, c.now)
	c.must(err)
	return fmt.Sprint(-k.ID, " ", k.Person().Name)
}

func digestOf(method, target, body string) string {
	r, _ := http.NewRequest(method, target, nil)
	r.Header.Set("Content-Type", "application/json")
	return requestDigest(r, []byte(body))
}

func (w *world) moves(id string) int {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), id, w.now)
	w.must(err)
	return len(s.Moves)
}

func TestMovesOnAnItem(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", everyRight()...)
	post := func(move string, body any) apiAnswer {
		t.Helper()
		return c.want(http.StatusOK, "", "POST", "/api/v1/items/oa-9/"+move, body)
	}
	c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-9", false, map[string]any{"release_at": "2026-11-26T09:00:00+08:00"}))
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		a := post("approvals", map[string]any{"step": step, "by": []string{"王某", "李某", "赵某", "孙某"}[i], "result": "pass", "ground": "同意"})
		if want := map[bool]string{true: "scheduled", false: "submitted"}[step == "final"]; a.text("state") != want {
			t.Fatalf("after %s: %s", step, a.body)
		}
	}
	if a := post("hold", map[string]any{"reason": "核对数字"}); a.text("held") != "true" {
		t.Errorf("held: %s", a.body)
	}
	if a := post("release", nil); a.text("held") != "" {
		t.Errorf("released: %s", a.body)
	}
	c.want(http.StatusConflict, "not_now", "POST", "/api/v1/items/oa-9/release", nil)
	post("reschedule", map[string]any{"at": "2026-11-25T10:30:00+08:00"})
	w.now = w.now.Add(time.Hour)
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	post("retry", map[string]any{"channel": "site"})
	a := post("correct", map[string]any{"plan": true})
	if !strings.Contains(string(a.body), `"plan":[`) {
		t.Errorf("plan: %s", a.body)
	}
	c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-9", true, map[string]any{"body": "改过的正文。"}))
	post("correct", map[string]any{"reason": "日期有误"})
	post("annotate", map[string]any{"validity": "废止", "by": "示政发〔2026〕9号", "on": "2026-12-01"})
	post("withdraw", map[string]any{"reason": "内容有误", "notice": "gone"})
	c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-10", true, map[string]any{"body": "证件号110101199003077539。"}))
	c.want(http.StatusOK, "", "POST", "/api/v1/items/oa-10/waive", map[string]any{"rule": "pii.id", "reason": "依法公示"})
	c.want(http.StatusConflict, "not_now", "POST", "/api/v1/items/oa-10/waive", map[string]any{"rule": "nonsense", "reason": "依法公示"})
	c.want(http.StatusNotFound, "no_item", "POST", "/api/v1/items/none/hold", map[string]any{"reason": "x"})
}

func TestATokenSignsOnlyWithTheRightOfTheStep(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	all := w.call("全部", everyRight()...)
	signs, clears, files := w.call("审签", press.MaySee, press.MaySign), w.call("保密", press.MaySee, press.MayClear), w.call("报送", press.MaySee, press.MayFile)
	all.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-1", false, nil))
	yes := func(step string) map[string]any {
		return map[string]any{"step": step, "by": "李某", "result": "pass"}
	}
	const target = "/api/v1/items/oa-1/approvals"
	signs.want(http.StatusForbidden, "forbidden", "POST", target, yes("secrecy"))
	clears.want(http.StatusForbidden, "forbidden", "POST", target, yes("first"))
	files.want(http.StatusForbidden, "forbidden", "POST", target, yes("first"))
	signs.want(http.StatusOK, "", "POST", target, yes("first"))
	clears.want(http.StatusOK, "", "POST", target, yes("secrecy"))
	for _, bad := range []map[string]any{
		{"step": "first", "result": "pass"}, {"step": "first", "by": "李某"}, {"step": "first", "by": "李某", "result": "yes"}, {"step": "first", "by": "李某", "result": "fail"},
		{"step": "first", "by": strings.Repeat("长", 501), "result": "pass"}, {"step": "first", "by": "李某", "result": "pass", "at": "2030-01-01T00:00:00+08:00"},
	} {
		signs.want(http.StatusUnprocessableEntity, "invalid", "POST", target, bad)
	}
	signs.want(http.StatusConflict, "not_now", "POST", target, yes("nonsense"))
	a := signs.want(http.StatusOK, "", "POST", target, map[string]any{"step": "second", "by": "赵某", "result": "fail", "ground": "数字不对"})
	if a.text("state") != "returned" {
		t.Errorf("after a no: %s", a.body)
	}
}

func TestAPersonUsesTheAPIAsHerself(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	as := func(roles ...press.Role) caller {
		o := w.options()
		o.Guest = &ledger.Person{ID: 7, Name: "李某", Office: "办公室", Roles: roles}
		x := *w
		x.desk = New(o)
		return caller{&x, ""}
	}
	id := string(w.fileAt("供暖安排", time.Time{}, false, "site"))
	reviewer := as(press.Reviewer)
	target := "/api/v1/items/" + id + "/approvals"
	reviewer.want(http.StatusUnprocessableEntity, "invalid", "POST", target, map[string]any{"step": "first", "by": "赵某", "result": "pass"})
	a := reviewer.want(http.StatusOK, "", "POST", target, map[string]any{"step": "first", "result": "pass"})
	s, err := w.ledger.Story(t.Context(), id, w.now)
	w.must(err)
	if v := s.Approvals[0]; v.By != "李某" || v.RecordedBy != "李某" || v.Office != "办公室" {
		t.Errorf("%+v %s", v, a.body)
	}
	reviewer.want(http.StatusForbidden, "forbidden", "POST", "/api/v1/items/"+id+"/withdraw", map[string]any{"reason": "x"})
	drafter := as(press.Drafter)
	drafter.want(http.StatusUnprocessableEntity, "invalid", "POST", "/api/v1/items", paper("oa-1", true, nil))
	drafter.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-1", false, nil))
	// a page elsewhere cannot do it in her name
	for _, forge := range []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")} {
		drafter.want(http.StatusForbidden, "forbidden", "POST", "/api/v1/items", paper("oa-2", false, nil), forge)
	}
}

func TestOrdersThatAreWrong(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", everyRight()...)
	id := string(w.fileAt("供暖安排", w.now.Add(time.Hour), true, "site"))
	hold := "/api/v1/items/" + id + "/hold"
	for _, x := range []struct {
		body, code  string
		status      int
		line, field string
	}{
		{`{"reason":"a","reason":"b"}`, "invalid", 422, "1", "reason"},
		{"{\n \"reason\":\"a\",\n \"why\":\"b\"}", "invalid", 422, "3", "why"},
		{`{"Reason":"a"}`, "invalid", 422, "1", "Reason"},
		{`{"reason":1}`, "invalid", 422, "1", "reason"},
		{`{"reason":null}`, "invalid", 422, "", "reason"},
		{`{"reason":["a"]}`, "invalid", 422, "1", "reason"},
		{`{"reason":"` + strings.Repeat("长", 501) + `"}`, "invalid", 422, "", "reason"},
		{`{}`, "invalid", 422, "", "reason"},
		{``, "invalid", 422, "", "reason"},
		{`[]`, "bad_json", 400, "1", ""},
		{`"a"`, "bad_json", 400, "1", ""},
		{`{"reason":"a"`, "bad_json", 400, "1", ""},
		{`{"reason":"a"}{}`, "bad_json", 400, "1", ""},
		{`{"reason":'a'}`, "bad_json", 400, "1", ""},
		{"{\"reason\":\"\xff\"}", "bad_json", 400, "1", ""},
		{`{"reason":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "invalid", 422, "1", "reason"},
		{strings.Repeat(`{"reason":`, 1000), "invalid", 422, "1", ""},
		{`{"` + strings.Repeat("键", 5000) + `":1}`, "invalid", 422, "1", ""},
		{`{"reason":"` + strings.Repeat("a", 70<<10) + `"}`, "too_large", 413, "", ""},
	} {
		a := c.want(x.status, x.code, "POST", hold, x.body)
		var first map[string]any
		if errs, _ := a.doc["errors"].([]any); len(errs) > 0 {
			first = errs[0].(map[string]any)
		}
		if line := fmt.Sprint(first["line"]); x.line != "" && line != x.line || x.field != "" && a.text("field") != x.field {
			t.Errorf("%.60s: %s", x.body, a.body)
		}
		if len(a.body) > 2000 {
			t.Errorf("%.60s: an apiAnswer of %d bytes", x.body, len(a.body))
		}
	}
	c.want(http.StatusUnsupportedMediaType, "media_type", "POST", hold, `{"reason":"a"}`, header("Content-Type", "text/plain"))
	c.want(http.StatusUnsupportedMediaType, "media_type", "POST", hold, `reason=a`, header("Content-Type", "application/x-www-form-urlencoded"))
	for path, body := range map[string]any{
		"reschedule": map[string]any{"at": "morgen"}, "withdraw": map[string]any{"reason": "x", "notice": "javascript:alert(1)"}, "retry": map[string]any{"link": "https://a.example", "absent": true},
		"annotate": map[string]any{"validity": "废止", "on": "2026-13-40"}, "correct": map[string]any{"reason": "x", "ways": map[string]any{"site": "magic"}}, "waive": map[string]any{"rule": "pii.id"},
	} {
		if a := c.do("POST", "/api/v1/items/"+id+"/"+path, body); a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if w.moves(id) != 2 {
		t.Error("something was done")
	}
}

func TestAddressesThatAreWrong(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", everyRight()...)
	for target, allow := range map[string]string{"/api/v1/items": "GET, POST", "/api/v1/items/x": "GET", "/api/v1/items/x/hold": "POST", "/api/v1/channels/site/pause": "POST"} {
		a := c.want(http.StatusMethodNotAllowed, "method", "DELETE", target, nil)
		if a.head.Get("Allow") != allow {
			t.Errorf("%s: Allow %q", target, a.head.Get("Allow"))
		}
	}
	c.want(http.StatusMethodNotAllowed, "method", "POST", "/api/v1/items/x", nil)
	for _, target := range []string{"/api", "/api/", "/api/v2/items", "/api/v1/itemsx", "/api/v1/items/a/b/c", "/api/v1/%00"} {
		c.want(http.StatusNotFound, "not_found", "GET", target, nil)
	}
	a := c.want(http.StatusNotFound, "no_item", "GET", "/api/v1/items/%0d%0aSet-Cookie:%20a=b", nil)
	if a.head.Get("Set-Cookie") != "" || strings.ContainsAny(a.head.Get("Location"), "\r\n") {
		t.Error("a header came in by the address")
	}
	c.want(http.StatusMisdirectedRequest, "wrong_host", "GET", "/api/v1/items", nil, func(r *http.Request) { r.Host = "evil.example" })
	for target, code := range map[string]string{"/api/v1/items?state=x": "bad_query", "/api/v1/items?copy=x": "bad_query", "/api/v1/items?after=~": "bad_cursor", "/api/v1/editions?before=x": "bad_query",
		"/api/v1/events?after=x": "bad_query", "/api/v1/events?after=-1": "bad_query", "/api/v1/events?types=x": "bad_query", "/api/v1/webhooks/oa/deliveries?before=x": "bad_query"} {
		c.want(http.StatusBadRequest, code, "GET", target, nil)
	}
	c.want(http.StatusConflict, "ahead", "GET", "/api/v1/events?after=99999", nil)
	c.want(http.StatusNotFound, "no_channel", "POST", "/api/v1/channels/weibo/pause", map[string]any{"reason": "x"})
	c.want(http.StatusNotFound, "no_alarm", "POST", "/api/v1/alarms/x/take", nil)
	c.want(http.StatusConflict, "not_now", "POST", "/api/v1/alarms/99/take", nil)
	c.want(http.StatusNotFound, "no_edition", "GET", "/api/v1/editions/none", nil)
}

func TestTitlesAreInTheLanguageThatIsAskedFor(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("OA系统", press.MaySee)
	for asked, want := range map[string]string{"": "没有这篇稿件", "zh-CN": "没有这篇稿件", "en": "There is no such item", "en-GB,zh;q=0.5": "There is no such item", "zh;q=0.1,en;q=0.9": "There is no such item",
		"fr": "没有这篇稿件", strings.Repeat("en,", 1000): "没有这篇稿件", "nonsense;;q": "没有这篇稿件"} {
		a := c.want(http.StatusNotFound, "no_item", "GET", "/api/v1/items/none", nil, header("Accept-Language", asked))
		if a.text("title") != want || a.text("instance") != "/api/v1/items/none" || a.head.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: %s", asked, a.body)
		}
	}
	d := &desk{words: readWords()}
	for code, title := range apiProblems() {
		if d.say(english, title) == title {
			t.Errorf("%s: no English for %q", code, title)
		}
	}
	for _, e := range press.Events() {
		if d.say(english, e.Name) == e.Name {
			t.Errorf("no English for %q", e.Name)
		}
	}
}

func TestAWildTokenIsSlowedDownAndOthersAreNot(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	wild, calm := w.call("失控", press.MaySee), w.call("平稳", press.MaySee)
	slowed := 0
	for range paceBurst + 50 {
		if a := wild.do("GET", "/api/v1/channels", nil); a.status == http.StatusTooManyRequests {
			slowed++
			if a.head.Get("Retry-After") == "" || a.text("code") != "too_many" {
				t.Fatalf("%v %s", a.head, a.body)
			}
		}
	}
	if slowed == 0 {
		t.Error("it was never slowed down")
	}
	calm.want(http.StatusOK, "", "GET", "/api/v1/channels", nil)
}

func TestPaceLetsInAsManyAsTheTimeAllows(t *testing.T) {
	t.Parallel()
	var p pace
	now, in := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), 0
	for range 100 * 100 { // a hundred seconds
		if p.take(1, now) == 0 {
			in++
		}
		now = now.Add(10 * time.Millisecond)
	}
	if in < 2000 || in > 2000+paceBurst+5 {
		t.Errorf("%d in a hundred seconds", in)
	}
}

func TestTheLists(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	w.busy()
	c := w.call("看板", press.MaySee, press.MaySet)
	for _, target := range []string{"/api/v1/items", "/api/v1/items?limit=3", "/api/v1/items?state=needs_hand", "/api/v1/items?copy=hold&channel=site", "/api/v1/items?q=供暖", "/api/v1/editions", "/api/v1/editions?channel=gazette&limit=1",
		"/api/v1/channels", "/api/v1/alarms", "/api/v1/strangers", "/api/v1/strangers?channel=site", "/api/v1/webhooks", "/api/v1/webhooks/oa/deliveries", "/api/v1/openapi.json"} {
		c.want(http.StatusOK, "", "GET", target, nil)
	}
	all := map[string]bool{}
	for after, n := "", 0; n < 20; n++ {
		a := c.want(http.StatusOK, "", "GET", "/api/v1/items?limit=4&after="+after, nil)
		for _, it := range a.doc["items"].([]any) {
			all[it.(map[string]any)["id"].(string)] = true
			c.want(http.StatusOK, "", "GET", "/api/v1/items/"+it.(map[string]any)["id"].(string), nil)
		}
		if after = a.text("after"); after == "" {
			break
		}
	}
	if len(all) != 11 {
		t.Errorf("%d items by pages", len(all))
	}
	list := c.want(http.StatusOK, "", "GET", "/api/v1/editions", nil)
	for _, e := range list.doc["editions"].([]any) {
		c.want(http.StatusOK, "", "GET", to("api", "v1", "editions", e.(map[string]any)["key"].(string)), nil)
	}
}

func TestAnIssueIsMade(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("公报系统", everyRight()...)
	w.file("供暖安排", "gazette")
	w.file("便民服务", "gazette")
	made := c.want(http.StatusCreated, "", "POST", "/api/v1/editions", map[string]any{"channel": "gazette"})
	at := to("api", "v1", "editions", made.text("key"))
	if made.head.Get("Location") != at {
		t.Errorf("Location %q", made.head.Get("Location"))
	}
	c.want(http.StatusConflict, "not_now", "POST", at+"/freeze", nil)
	c.want(http.StatusOK, "", "POST", at+"/put", map[string]any{"item": "oa-2026-0001"})
	c.want(http.StatusOK, "", "POST", at+"/put", map[string]any{"item": "oa-2026-0002"})
	c.want(http.StatusConflict, "not_now", "POST", at+"/put", map[string]any{"item": "oa-2026-0002"})
	c.want(http.StatusNotFound, "no_item", "POST", at+"/put", map[string]any{"item": "none"})
	c.want(http.StatusUnprocessableEntity, "invalid", "POST", at+"/put", nil)
	c.want(http.StatusPreconditionFailed, "stale", "POST", at+"/drop", map[string]any{"item": "oa-2026-0002", "seen": 1})
	two := c.want(http.StatusOK, "", "GET", at, nil)
	var places []map[string]any
	for _, e := range two.doc["entries"].([]any) {
		places = append([]map[string]any{{"item": e.(map[string]any)["id"], "section": "政务动态"}}, places...)
	}
	turned := c.want(http.StatusOK, "", "POST", at+"/arrange", map[string]any{"places": places, "seen": two.doc["version"]})
	if first := turned.doc["entries"].([]any)[0].(map[string]any)["id"]; first != places[0]["item"] {
		t.Errorf("arranged: %s", turned.body)
	}
	c.want(http.StatusOK, "", "POST", at+"/drop", map[string]any{"item": "oa-2026-0002"})
	c.want(http.StatusConflict, "not_now", "POST", at+"/issue", nil)
	frozen := c.want(http.StatusOK, "", "POST", at+"/freeze", nil)
	if frozen.text("state") != "frozen" || frozen.text("number") != "1" {
		t.Errorf("frozen: %s", frozen.body)
	}
	if out := c.want(http.StatusOK, "", "POST", at+"/issue", nil); out.text("state") != "composed" {
		t.Errorf("issued: %s", out.body)
	}
	c.want(http.StatusNotFound, "no_edition", "POST", "/api/v1/editions/none/issue", nil)
	c.want(http.StatusConflict, "not_now", "POST", "/api/v1/editions", map[string]any{"channel": "site"})
}

func TestAChannelIsStoppedAndStarted(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("值班", press.MayRun, press.MaySee)
	a := c.want(http.StatusOK, "", "POST", "/api/v1/channels/site/pause", map[string]any{"reason": "机房检修"})
	if a.text("paused") != "true" || a.text("paused_by") != "接口:值班" {
		t.Errorf("paused: %s", a.body)
	}
	c.want(http.StatusOK, "", "POST", "/api/v1/channels/site/pause", map[string]any{"reason": "再停一次"})
	if a = c.want(http.StatusOK, "", "POST", "/api/v1/channels/site/resume", nil); a.text("paused") != "false" {
		t.Errorf("resumed: %s", a.body)
	}
}

func TestEventsAreToldOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c := w.call("看板", press.MaySee, press.MayFile)
	for i := range 3 {
		c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper(fmt.Sprint("oa-", i), true, nil))
	}
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	all := c.live("/api/v1/events?after=0", func(s string) bool { return strings.Count(s, "event: item.live") == 3 })
	ids := eventIDs(all)
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) || ids[0] != 1 {
		t.Errorf("ids %v", ids)
	}
	half := c.live("/api/v1/events", func(s string) bool { return strings.Count(s, "event: item.live") == 3 }, header("Last-Event-ID", fmt.Sprint(ids[3])))
	if got := eventIDs(half); !slices.Equal(got, ids[4:]) {
		t.Errorf("after %d: %v, want %v", ids[3], got, ids[4:])
	}
	some := c.live("/api/v1/events?after=0&types=item.live,item.filed", func(s string) bool { return strings.Count(s, "event: item.live") == 3 })
	if n := strings.Count(some, "event: "); n != 6 {
		t.Errorf("%d events of two kinds:\n%s", n, some)
	}
	for line := range strings.Lines(all) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			c.event(data)
		}
	}
	var once sync.Once
	now := c.live("/api/v1/events", func(s string) bool {
		if strings.Contains(s, ": from") {
			once.Do(func() { c.want(http.StatusCreated, "", "POST", "/api/v1/items", paper("oa-9", true, nil)) })
		}
		return strings.Contains(s, "item.approved")
	})
	if strings.Contains(now, `"external_id":"oa-1"`) {
		t.Error("a stream without a number tells of what was before")
	}
}

func eventIDs(text string) (ids []int) {
	for line := range strings.Lines(text) {
		var n int
		if _, err := fmt.Sscanf(line, "id: %d", &n); err == nil {
			ids = append(ids, n)
		}
	}
	return ids
}
