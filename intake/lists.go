package intake

import (
	"slices"
	"strings"

	"tongfa/press"
)

// takeChannels reads a list of names; an entry may also be {name: …, not_before: …}.
func (r *reading) takeChannels(name string, v value) {
	vs := v.list
	if v.shape != list {
		vs = []value{v}
	}
	seen := map[string]bool{}
	for _, e := range vs {
		w, ok := r.want(e)
		if !ok {
			continue
		}
		if seen[w.Channel] {
			r.at(e, name, "渠道“"+w.Channel+"”写了两次", "请只留一个")
			continue
		}
		seen[w.Channel] = true
		r.pkg.Item.Wants = append(r.pkg.Item.Wants, w)
	}
}

func (r *reading) want(v value) (w press.Want, ok bool) {
	name := v
	if v.shape == table {
		fs := r.record("channels", v, []string{"name", "not_before"}, "name")
		name = fs["name"]
		if at, ok := fs["not_before"]; ok {
			w.NotBefore = r.instant("channels", at)
		}
		if name.shape == absent {
			return w, false
		}
	}
	w.Channel, ok = r.words("channels", name)
	switch {
	case !ok:
		return w, false
	case w.Channel == "":
		r.at(v, "channels", "有一项是空的", "请删去或填写渠道名")
		return w, false
	case r.o.Channels != nil:
		w.Channel = r.oneOf("channels", name, r.o.Channels)
	}
	return w, w.Channel != ""
}

// record reads a mapping with a closed set of keys, of which some must be there. Values that are absent are left out.
func (r *reading) record(name string, v value, allowed []string, must ...string) map[string]value {
	if v.shape != table {
		r.at(v, name, "应当是一组键值，现在是"+v.name(), "可用的键："+strings.Join(allowed, "、"))
		return nil
	}
	out, seen := map[string]value{}, map[string]bool{}
	for _, f := range v.fields {
		switch {
		case seen[f.key]:
			r.at(f.keyPlace(v.file), name, "重复的键“"+clip(f.key)+"”", "请只留一个")
		case !slices.Contains(allowed, f.key):
			r.at(f.keyPlace(v.file), name, "不认识的键“"+clip(f.key)+"”", "可用的键："+strings.Join(allowed, "、"))
		case f.value.shape != absent:
			out[f.key] = f.value
		}
		seen[f.key] = true
	}
	for _, key := range must {
		if e, ok := out[key]; !ok || e.shape == words && strings.TrimSpace(e.text) == "" {
			r.at(v, name, "缺少"+key, "请补上；每一项都要有"+strings.Join(must, "、"))
		}
	}
	return out
}

func (r *reading) takeRelations(name string, v value) {
	allowed := []string{string(press.Interprets), string(press.Amends), string(press.Repeals), string(press.Answers)}
	fs := r.record(name, v, allowed)
	for _, t := range allowed {
		e, ok := fs[t]
		if !ok {
			continue
		}
		for _, to := range r.lines(name, e) {
			r.pkg.Revision.Meta.Relations = append(r.pkg.Revision.Meta.Relations, press.Relation{Type: press.RelationType(t), To: to})
		}
	}
}

func (r *reading) takeApprovals(name string, v value) {
	if v.shape != list {
		r.at(v, name, "应当是列表，现在是"+v.name(), "每条审签写成一项，以“- ”开头")
		return
	}
	for _, e := range v.list {
		if a, ok := r.approval(e); ok {
			r.pkg.Approvals = append(r.pkg.Approvals, a)
		}
	}
}

// approval reads one review or sign-off; ground is why, office is whose.
func (r *reading) approval(v value) (a press.Approval, ok bool) {
	before := len(r.problems)
	const name = "approvals"
	fs := r.record(name, v, []string{"step", "by", "office", "at", "result", "ground"}, "step", "by", "at", "result")
	if len(r.problems) > before {
		return a, false
	}
	a.Step = press.Step(r.oneOf(name, fs["step"], append([]string{string(press.SecrecyReview)}, r.o.Steps...)))
	a.By, _ = r.words(name, fs["by"])
	a.At = r.instant(name, fs["at"])
	a.Pass = r.oneOf(name, fs["result"], []string{"pass", "fail"}) == "pass"
	if e, ok := fs["office"]; ok {
		a.Office, _ = r.words(name, e)
	}
	if e, ok := fs["ground"]; ok {
		a.Ground, _ = r.text(name, e, maxSummary)
	}
	return a, len(r.problems) == before
}

// finish checks what belongs together and gives the item its title.
func (r *reading) finish() {
	p := &r.pkg
	at := r.asked["title"]
	switch {
	case p.Revision.Title == "" && at.line == 0 && !slices.Contains(r.problemFields(), "title"):
		r.refuse(Problem{Field: "title", Text: "没有标题", Do: "请用title写明标题"})
	case p.Revision.Title == "" && !slices.Contains(r.problemFields(), "title"):
		r.at(at, "title", "标题是空的", "请写明标题")
	}
	for _, with := range p.Item.BelongsWith {
		if with == p.Item.ExternalID {
			r.at(r.asked["belongs_with"], "belongs_with", "稿件不能和自己同时发布", "请写另一份稿件的external_id")
		}
	}
	for _, rel := range p.Revision.Meta.Relations {
		if rel.To == p.Item.ExternalID {
			r.at(r.asked["relations"], "relations", "稿件不能和自己关联", "请写另一份稿件的external_id")
		}
	}
	if strings.TrimSpace(press.Text(p.Revision.Body)) == "" && len(p.Revision.Images) == 0 && !slices.Contains(r.problemFields(), "body") {
		r.refuse(Problem{Field: "body", Text: "没有正文", Do: "请写上正文；正文是扫描件时，请改用文字稿"})
	}
}

func (r *reading) problemFields() []string {
	var out []string
	for _, p := range r.problems {
		out = append(out, p.Field)
	}
	return out
}
