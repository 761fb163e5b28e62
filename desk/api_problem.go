package desk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"tongfa/ledger"
	"tongfa/press"
)

// apiProblem is what the API answers when it does not do what it was asked (RFC 9457). Code is stable, and is what a program goes by; the words
// are for people: the title in the language that was asked for, the detail as the ledger and the gates say it, in Chinese.
type apiProblem struct {
	Type     string          `json:"type"`
	Status   int             `json:"status"`
	Code     string          `json:"code"`
	Title    string          `json:"title"`
	Detail   string          `json:"detail,omitempty"`
	Instance string          `json:"instance,omitempty"`
	Field    string          `json:"field,omitempty"`    // the first of Errors
	Errors   []fieldProblem  `json:"errors,omitempty"`   // what is wrong with what was sent
	Findings []press.Finding `json:"findings,omitempty"` // what the gates say
}

// fieldProblem is one thing that is wrong with what was sent.
type fieldProblem struct {
	Field   string `json:"field"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`   // from 1
	Column  int    `json:"column,omitempty"` // from 1, in characters
	Message string `json:"message"`
	Do      string `json:"do,omitempty"`
}

// apiProblems are the codes with their titles. Those who use the API rely on the codes.
func apiProblems() map[string]string {
	return map[string]string{
		"no_token":      "没有登录，或者令牌无效、已过期、已撤销",
		"forbidden":     "没有这项权限，没有执行",
		"cross_origin":  "这个操作不是从编辑台的页面发出的，没有执行",
		"not_found":     "没有这个地址",
		"no_item":       "没有这篇稿件",
		"no_submission": "没有这一件报送",
		"no_edition":    "没有这一期",
		"no_channel":    "没有这个渠道",
		"no_alarm":      "没有这条告警",
		"no_webhook":    "没有这个推送",
		"method":        "这个地址不接受这种请求方法",
		"media_type":    "不接受这种格式的内容",
		"too_large":     "内容太大，没有收下",
		"broken_off":    "内容没有收全，没有执行",
		"bad_json":      "JSON写法有误，没有执行",
		"bad_query":     "查询条件有误",
		"bad_cursor":    "翻页标记无效",
		"ahead":         "台账里还没有这个编号的事件",
		"bad_key":       "Idempotency-Key写得不对",
		"key_reused":    "同一个Idempotency-Key已经用于另一个请求，没有执行",
		"answer_lost":   "这个请求已经执行过，当时的答复没有保存下来，没有再次执行",
		"invalid":       "内容有误，没有执行",
		"refused":       "稿件没有收下",
		"stopped":       "稿件没有通过检查，按要求没有收下",
		"not_now":       "现在不能这样做，没有执行",
		"stale":         "内容在此期间已经变化，没有执行",
		"wrong_host":    "编辑台不认识这个访问地址",
		"too_many":      "请求太频繁，请稍后再试",
		"too_slow":      "查找用时太长，已经停止",
		"unavailable":   "台账现在不能写入，没有执行",
		"not_available": "这台机器上没有这项功能",
		"internal":      "读不到台账",
	}
}

// codeOf is the code of a problem that nothing more is known of than its status.
func codeOf(status int) string {
	switch status {
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMisdirectedRequest:
		return "wrong_host"
	case http.StatusBadRequest:
		return "bad_query"
	case http.StatusServiceUnavailable:
		return "too_slow"
	}
	return "internal"
}

// ofAPI reports whether a request is for the HTTP API.
func ofAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/")
}

// apiLang is the language of the titles that a request is answered with: the one it asks for, else that of the person.
func apiLang(r *http.Request) string {
	asked := r.Header.Get("Accept-Language")
	if asked == "" || len(asked) > 200 {
		return langOf(r)
	}
	tags, _, err := language.ParseAcceptLanguage(asked)
	if err != nil || len(tags) == 0 {
		return langOf(r)
	}
	if base, _ := tags[0].Base(); base.String() == "en" {
		return english
	}
	return chinese
}

// problem answers with a problem document. Without a title it gets the one of its code.
func (d *desk) problem(w http.ResponseWriter, r *http.Request, p apiProblem) {
	p.Type, p.Instance = "urn:tongfa:problem:"+p.Code, r.URL.Path
	if p.Title == "" {
		p.Title = apiProblems()[p.Code]
	}
	lang := apiLang(r)
	p.Title = d.say(lang, p.Title)
	if p.Field == "" && len(p.Errors) > 0 {
		p.Field = p.Errors[0].Field
	}
	w.Header().Set("Content-Language", map[string]string{chinese: "zh-CN", english: "en"}[lang])
	reply(w, p.Status, "application/problem+json", p)
}

// apiStranger answers who has not said who she is.
func (d *desk) apiStranger(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="tongfa"`)
	d.problem(w, r, apiProblem{Status: http.StatusUnauthorized, Code: "no_token", Detail: "请在Authorization里带上接口令牌：Bearer tf_……；令牌由系统管理员在“接口令牌”里新增"})
}

// apiNowhere answers an address that the API does not have, or has for another method only.
func (d *desk) apiNowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		other := *r
		other.Method = m
		if _, pattern := d.mux.Handler(&other); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		d.problem(w, r, apiProblem{Status: http.StatusNotFound, Code: "not_found", Detail: "全部地址见 /api/v1/openapi.json"})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	d.problem(w, r, apiProblem{Status: http.StatusMethodNotAllowed, Code: "method", Detail: "可以用：" + strings.Join(allowed, "、")})
}

// apiFail answers an error of the ledger. What it says to people is passed on; its other words go to the log.
func (d *desk) apiFail(w http.ResponseWriter, r *http.Request, err error) {
	for _, k := range []struct {
		is     error
		status int
		code   string
	}{
		{ledger.ErrNoItem, http.StatusNotFound, "no_item"}, {ledger.ErrNoEdition, http.StatusNotFound, "no_edition"}, {ledger.ErrNoSubmission, http.StatusNotFound, "no_submission"},
		{ledger.ErrNoDelivery, http.StatusNotFound, "no_webhook"}, {ledger.ErrCursor, http.StatusBadRequest, "bad_cursor"},
		{ledger.ErrStale, http.StatusPreconditionFailed, "stale"}, {ledger.ErrMoved, http.StatusPreconditionFailed, "stale"},
	} {
		if errors.Is(err, k.is) {
			p := apiProblem{Status: k.status, Code: k.code}
			switch {
			case k.code == "bad_cursor":
				p.Field = "after"
			case k.code == "stale" && errors.As(err, new(*press.Trouble)):
				p.Detail = press.TroubleOf(err).Say()
			}
			d.problem(w, r, p)
			return
		}
	}
	var t *press.Trouble
	switch {
	case r.Context().Err() != nil:
		d.problem(w, r, apiProblem{Status: http.StatusServiceUnavailable, Code: "too_slow", Detail: "请把条件写得更具体一些"})
	case errors.As(err, &t) && (t.Err == nil || t.Who != "系统管理员"): // words for a person, and no fault of the machine
		d.problem(w, r, apiProblem{Status: http.StatusConflict, Code: "not_now", Detail: t.Say()})
	case errors.As(err, &t):
		d.Log.ErrorContext(r.Context(), "serve api", "path", r.URL.Path, "err", err)
		w.Header().Set("Retry-After", "60")
		d.problem(w, r, apiProblem{Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: t.Say()})
	case spoken(err):
		d.problem(w, r, apiProblem{Status: http.StatusConflict, Code: "not_now", Detail: err.Error()})
	default:
		d.Log.ErrorContext(r.Context(), "serve api", "path", r.URL.Path, "err", err)
		d.problem(w, r, apiProblem{Status: http.StatusInternalServerError, Code: "internal", Detail: "请稍后再试；如仍不行，请系统管理员查看日志并运行 tongfa check"})
	}
}

// spoken reports whether an error was written for people: the ledger refuses a move in Chinese, and tells what broke in English.
func spoken(err error) bool {
	return strings.ContainsFunc(err.Error(), func(c rune) bool { return unicode.Is(unicode.Han, c) }) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// invalid answers what was sent and cannot be taken.
func (d *desk) invalid(w http.ResponseWriter, r *http.Request, errs ...fieldProblem) {
	d.problem(w, r, apiProblem{Status: http.StatusUnprocessableEntity, Code: "invalid", Errors: errs})
}

// badQuery answers a question that makes no sense.
func (d *desk) badQuery(w http.ResponseWriter, r *http.Request, field, message string) {
	d.problem(w, r, apiProblem{Status: http.StatusBadRequest, Code: "bad_query", Errors: []fieldProblem{{Field: field, Message: message}}})
}

func reply(w http.ResponseWriter, status int, mime string, doc any) {
	h := w.Header()
	h.Set("Content-Type", mime)
	if !slices.Contains(h.Values("Vary"), "Accept-Language") {
		h.Add("Vary", "Accept-Language")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the reader may have gone
}
