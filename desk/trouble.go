package desk

import (
	"context"
	"errors"
	"net/http"

	"tongfa/ledger"
	"tongfa/press"
)

// troublePage says what went wrong and what to do about it.
type troublePage struct {
	frame
	Code int
	What string
	Do   string
	Back string // address of the page that it is about; "" for none
}

func (d *desk) refuse(w http.ResponseWriter, r *http.Request, code int, what, do string) {
	if ofAPI(r) {
		d.problem(w, r, apiProblem{Status: code, Code: codeOf(code), Title: what, Detail: do})
		return
	}
	d.show(w, r, code, "trouble", troublePage{frame: d.frame(r, what, ""), Code: code, What: what, Do: do})
}

// nowhere answers an address that is none of ours.
func (d *desk) nowhere(w http.ResponseWriter, r *http.Request) {
	if ofAPI(r) {
		d.apiNowhere(w, r)
		return
	}
	d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这个页面"), d.t(r, "地址可能写错了，或者页面已经移走。请从同步状态重新进入。"))
}

// fail answers an error of the ledger. Its own words go to the log; people get theirs.
func (d *desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch r.Context().Err() { // what the database says of a read that was broken off differs
	case context.Canceled:
		return // nobody is reading any more
	case context.DeadlineExceeded:
		d.Log.WarnContext(r.Context(), "gave up reading", "url", r.URL.String())
		d.refuse(w, r, http.StatusServiceUnavailable, d.t(r, "查找用时太长，已经停止"), d.t(r, "没有改动任何内容。请把条件写得更具体一些，例如选定稿件状态，或者写全文号。"))
		return
	}
	if ofAPI(r) {
		d.apiFail(w, r, err)
		return
	}
	if errors.Is(err, ledger.ErrNoItem) {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这篇稿件"), d.t(r, "请核对编号；也可以在同步状态里按标题、文号查找。"))
		return
	}
	if errors.Is(err, ledger.ErrNoEdition) {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这一期"), d.t(r, "请核对期号，或者从期次列表重新进入。"))
		return
	}
	if errors.Is(err, ledger.ErrCursor) {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "翻页标记无效"), d.t(r, "请从第一页重新开始。"))
		return
	}
	d.Log.ErrorContext(r.Context(), "serve page", "path", r.URL.Path, "err", err)
	var t *press.Trouble
	if errors.As(err, &t) {
		d.refuse(w, r, http.StatusInternalServerError, t.Say(), d.t(r, "没有改动任何内容。"))
		return
	}
	d.refuse(w, r, http.StatusInternalServerError, d.t(r, "编辑台读不到台账"), d.t(r, "没有改动任何内容。请稍后刷新；如仍不行，请系统管理员查看日志并运行 tongfa check。"))
}

// say is an error in words for people.
func say(err error) string {
	var t *press.Trouble
	if errors.As(err, &t) {
		return t.Say()
	}
	return err.Error()
}
