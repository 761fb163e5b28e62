package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// order is the JSON body of an act under /_standin/. Each act reads the fields it needs.
type order struct {
	AppID    string    `json:"appid"`    // may be empty when there is one account
	MediaID  string    `json:"media_id"` // of a draft
	Article  string    `json:"article"`  // link or page id of a public article
	MsgID    int64     `json:"msg_id"`
	Yes      bool      `json:"yes"`
	On       bool      `json:"on"`
	IP       string    `json:"ip"`
	Seconds  float64   `json:"seconds"`
	Publish  *bool     `json:"publish"`
	Mass     *bool     `json:"mass"`
	Outcomes []Outcome `json:"outcomes"`
	Faults   []Fault   `json:"faults"`
	Script   string    `json:"script"`
	Seed     uint64    `json:"seed"`
	Count    int       `json:"count"`
	Date     string    `json:"date"`
	Text     string    `json:"text"`
	Edit
}

// act carries out POST /_standin/<name>.
func (w *WeChat) act(name string, o order) error {
	switch name {
	case "edit-draft":
		return w.EditDraft(o.AppID, o.MediaID, o.Edit)
	case "delete-draft":
		return w.DeleteDraft(o.AppID, o.MediaID)
	case "publish-draft":
		return w.PublishDraft(o.AppID, o.MediaID)
	case "mass-draft":
		return w.MassSendDraft(o.AppID, o.MediaID)
	case "edit-article":
		return w.EditArticle(o.Article, o.Edit)
	case "delete-article":
		return w.DeleteArticle(o.Article)
	case "ban-article":
		return w.BanArticle(o.Article)
	case "decide":
		return w.Decide(o.AppID, o.Outcomes...)
	case "confirm-mass":
		return w.ConfirmMass(o.AppID, o.MsgID, o.Yes)
	case "require-confirm":
		return w.RequireConfirm(o.AppID, o.On)
	case "power":
		return w.SetPower(o.AppID, o.Publish, o.Mass)
	case "allow-ip":
		return w.AllowIP(o.AppID, o.IP)
	case "confirm-ips":
		return w.RequireIPConfirm(o.AppID, o.On)
	case "refuse-ip":
		return w.RefuseIP(o.AppID, o.IP, o.Yes)
	case "review":
		return w.SetReview(o.AppID, time.Duration(o.Seconds*float64(time.Second)))
	case "pin-material":
		return w.PinMaterial(o.AppID, o.MediaID, o.On)
	case "remark":
		return w.Remark(o.Article, o.Text)
	case "read":
		return w.Read(o.Article, o.Date, o.Count)
	case "steal-classic":
		return w.StealClassic(o.AppID)
	case "verify-callback":
		return w.VerifyCallback(context.Background(), o.AppID)
	case "skew":
		w.SetSkew(time.Duration(o.Seconds * float64(time.Second)))
	case "script":
		s, err := ParseScript(o.Script)
		if err != nil {
			return err
		}
		return w.Inject(s...)
	case "storm":
		return w.Inject(Storm(o.Seed, min(max(o.Count, 1), 1000))...)
	case "expire-tokens":
		return w.ExpireTokens(o.AppID)
	case "steal-tokens":
		return w.StealTokens(o.AppID)
	case "call-from":
		w.CallFrom(o.IP)
	case "captcha":
		w.SetCaptcha(o.On)
	case "travel":
		w.Travel(time.Duration(o.Seconds * float64(time.Second)))
	case "faults":
		return w.Inject(o.Faults...)
	case "clear-faults":
		w.ClearFaults()
	case "save":
		return w.Save()
	default:
		return fmt.Errorf("act %q: %w", name, ErrNoSuch)
	}
	return nil
}

// inspect answers /_standin/…: GET looks, POST acts.
func (w *WeChat) inspect(rw http.ResponseWriter, r *http.Request) {
	name := strings.Trim(strings.TrimPrefix(r.URL.Path, "/_standin"), "/")
	switch r.Method {
	case http.MethodGet:
		w.look(rw, r, name)
	case http.MethodPost:
		w.command(rw, r, name)
	default:
		http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// command takes JSON only, so that no form on a foreign page can act in a browser's name.
func (w *WeChat) command(rw http.ResponseWriter, r *http.Request, name string) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(rw, "want Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	}
	var o order
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		http.Error(rw, "read order: "+err.Error(), http.StatusBadRequest)
		return
	}
	err := w.act(name, o)
	if err == nil && w.o.SaveEffects {
		err = w.Save()
	}
	switch {
	case errors.Is(err, ErrNoSuch):
		http.Error(rw, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
	default:
		show(rw, map[string]bool{"ok": true})
	}
}

// look shows one list. ?since=N leaves out the effects and requests up to N.
func (w *WeChat) look(rw http.ResponseWriter, r *http.Request, name string) {
	since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	switch name {
	case "":
		w.console(rw, r)
	case "effects":
		show(rw, w.EffectsSince(since))
	case "twice":
		show(rw, append([]string{}, w.Twice()...))
	case "callbacks":
		show(rw, append([]Delivery{}, w.Deliveries()...))
	case "script":
		show(rw, []string{w.armedScript().String()})
	case "articles":
		w.remember(r)
		show(rw, w.Articles())
	case "drafts":
		w.remember(r)
		show(rw, w.Drafts())
	case "waiting":
		show(rw, w.Waiting())
	case "faults":
		show(rw, w.Faults())
	case "log":
		list := w.Log()
		for len(list) > 0 && list[0].Seq <= since {
			list = list[1:]
		}
		show(rw, list)
	case "log.jsonl":
		export(rw, "requests.jsonl", w.Log())
	case "effects.jsonl":
		export(rw, "effects.jsonl", w.EffectsSince(since))
	default:
		http.NotFound(rw, r)
	}
}

// remember keeps the address under which we are known for the links of a list.
func (w *WeChat) remember(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.address = baseOf(r)
}

func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// export writes a list as a file with one line each.
func export[T any](rw http.ResponseWriter, name string, list []T) {
	rw.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	rw.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	enc := json.NewEncoder(rw)
	enc.SetEscapeHTML(false)
	for _, one := range list {
		_ = enc.Encode(one) // plain structs; only the connection can fail
	}
}

func show(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	enc := json.NewEncoder(rw)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // plain structs; only the connection can fail
}
