package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// fields is a JSON object of a reply.
type fields map[string]any

// refusal is an errcode. More goes into the reply beside errcode and errmsg.
type refusal struct {
	code int
	msg  string
	more fields
}

func refuse(code int, format string, args ...any) *refusal {
	return &refusal{code: code, msg: fmt.Sprintf(format, args...)}
}

// power is the capability an endpoint needs.
type power int

const (
	anyone power = iota
	publisher
	massSender
	certified // one that may publish or push
)

// endpoint is one path of the API.
type endpoint struct {
	method string // the only one admitted; "" admits GET and POST
	need   power
	open   bool // called without an access token
	plain  bool // answers JSON as text/plain
	do     func(*call) (fields, *refusal)
}

// endpoints lists the API. Methods and scopes are those of the official reference.
func endpoints() map[string]endpoint {
	post := func(do func(*call) (fields, *refusal)) endpoint { return endpoint{method: http.MethodPost, do: do} }
	pub := func(do func(*call) (fields, *refusal)) endpoint {
		return endpoint{method: http.MethodPost, need: publisher, do: do}
	}
	mass := func(do func(*call) (fields, *refusal)) endpoint {
		return endpoint{method: http.MethodPost, need: massSender, do: do}
	}
	data := func(do func(*call) (fields, *refusal)) endpoint {
		return endpoint{method: http.MethodPost, need: certified, do: do}
	}
	return map[string]endpoint{
		"/datacube/getarticleread":        data((*call).articleRead),
		"/datacube/getarticleshare":       data((*call).articleShare),
		"/datacube/getarticletotaldetail": data((*call).articleTotalDetail),
		"/datacube/getbizsummary":         data((*call).bizSummary),
		"/cgi-bin/comment/open":           data((*call).commentOpen),
		"/cgi-bin/comment/close":          data((*call).commentClose),
		"/cgi-bin/comment/list":           data((*call).commentList),
		"/cgi-bin/comment/markelect":      data((*call).commentElect),
		"/cgi-bin/comment/unmarkelect":    data((*call).commentUnelect),
		"/cgi-bin/comment/delete":         data((*call).commentDelete),
		"/cgi-bin/comment/reply/add":      data((*call).commentReply),
		"/cgi-bin/comment/reply/delete":   data((*call).commentUnreply),
		"/cgi-bin/media/upload":           post((*call).uploadTemporary),

		"/cgi-bin/token":                      {method: http.MethodGet, open: true, do: (*call).classicToken},
		"/cgi-bin/stable_token":               {method: http.MethodPost, open: true, do: (*call).stableToken},
		"/cgi-bin/get_api_domain_ip":          {method: http.MethodGet, do: (*call).domainIPs},
		"/cgi-bin/clear_quota":                post((*call).clearQuota),
		"/cgi-bin/clear_quota/v2":             {method: http.MethodPost, open: true, do: (*call).clearQuotaBySecret},
		"/cgi-bin/openapi/clear_quota":        post((*call).clearQuota),
		"/cgi-bin/openapi/quota/get":          post((*call).quotaGet),
		"/cgi-bin/openapi/rid/get":            post((*call).ridGet),
		"/cgi-bin/media/uploadimg":            {method: http.MethodPost, plain: true, do: (*call).uploadImage},
		"/cgi-bin/material/add_material":      post((*call).addMaterial),
		"/cgi-bin/material/del_material":      post((*call).delMaterial),
		"/cgi-bin/material/batchget_material": post((*call).batchgetMaterial),
		"/cgi-bin/material/get_materialcount": {method: http.MethodGet, do: (*call).countMaterial},
		"/cgi-bin/draft/add":                  post((*call).draftAdd),
		"/cgi-bin/draft/update":               post((*call).draftUpdate),
		"/cgi-bin/draft/get":                  post((*call).draftGet),
		"/cgi-bin/draft/delete":               post((*call).draftDelete),
		"/cgi-bin/draft/count":                {method: http.MethodGet, do: (*call).draftCount},
		"/cgi-bin/draft/batchget":             post((*call).draftBatchget),
		"/cgi-bin/freepublish/submit":         pub((*call).publishSubmit),
		"/cgi-bin/freepublish/get":            pub((*call).publishGet),
		"/cgi-bin/freepublish/getarticle":     pub((*call).publishArticle),
		"/cgi-bin/freepublish/batchget":       pub((*call).publishBatchget),
		"/cgi-bin/freepublish/delete":         pub((*call).publishDelete),
		"/cgi-bin/message/mass/sendall":       mass((*call).massSendall),
		"/cgi-bin/message/mass/get":           mass((*call).massGet),
		"/cgi-bin/message/mass/delete":        mass((*call).massDelete),
		"/cgi-bin/message/mass/preview":       mass((*call).massPreview),
	}
}

// call is one request to the API while the world is locked.
type call struct {
	*WeChat
	r    *http.Request
	body []byte
	time time.Time
	ip   string
	rid  string
	acc  *account
}

// reply is a whole answer, so that a fault can still spoil it.
type reply struct {
	status int
	kind   string // Content-Type
	body   []byte
	code   int // errcode
	appid  string
	rid    string
}

// api answers one request to /cgi-bin/. Callers hold mu.
func (w *WeChat) api(r *http.Request, body []byte, now time.Time) reply {
	c := &call{WeChat: w, r: r, body: body, time: now, ip: w.callerIP(r)}
	c.rid = fmt.Sprintf("%08x-%08x-%08x", now.Unix(), uint32(w.served*2654435761), uint32(w.served))
	out, no := c.run()
	rep := reply{status: http.StatusOK, kind: "application/json; encoding=utf-8", rid: c.rid}
	if c.acc != nil {
		rep.appid = c.acc.AppID
	}
	if no != nil {
		rep.code, out = no.code, fields{"errcode": no.code, "errmsg": no.msg + " rid: " + c.rid}
		if no.code != -1 && w.served%2 == 0 { // noise that nobody should match on
			out["errmsg"] = fmt.Sprintf("%s hint: [%s] rid: %s", no.msg, strconv.FormatUint(uint64(w.served)*40503, 36), c.rid)
		}
		for k, v := range no.more {
			out[k] = v
		}
	} else if w.routes[r.URL.Path].plain {
		rep.kind = "text/plain"
	}
	rep.body = encode(out)
	return rep
}

// run checks what WeChat checks before it looks at the content of a call, in its order, then makes the call.
func (c *call) run() (fields, *refusal) {
	e, ok := c.routes[c.r.URL.Path]
	switch {
	case !ok:
		return nil, refuse(40066, "invalid url")
	case e.method == http.MethodGet && c.r.Method != http.MethodGet:
		return nil, refuse(43001, "require GET method")
	case e.method == http.MethodPost && c.r.Method != http.MethodPost:
		return nil, refuse(43002, "require POST method")
	case e.open:
		return e.do(c)
	}
	if no := c.authenticate(); no != nil {
		return nil, no
	}
	if no := c.admit(); no != nil {
		return nil, no
	}
	if !c.acc.may(e.need) {
		return nil, refuse(48001, "api unauthorized")
	}
	return e.do(c)
}

func (a *account) may(need power) bool {
	switch need {
	case publisher:
		return a.mayPublish()
	case massSender:
		return a.mayMass()
	case certified:
		return a.mayPublish() || a.mayMass()
	}
	return true
}

// admit checks the allow-list, which is open when the account was configured without one, and spends one call of the day's quota.
func (c *call) admit() *refusal {
	if len(c.acc.AllowIPs) > 0 && !listed(c.ip, c.acc.AllowIPs) && !listed(c.ip, c.acc.Admitted) {
		return refuse(40164, "%s", notListed(c.ip))
	}
	return c.spend(c.r.URL.Path)
}

// notListed is the errmsg of 40164: the only place where an office learns under which address it calls.
func notListed(ip string) string {
	if strings.Contains(ip, ":") {
		return "invalid ip  ipv6 " + ip + ", not in whitelist"
	}
	return "invalid ip " + ip + " ipv6 ::ffff:" + ip + ", not in whitelist"
}

// listed says whether ip is in a list of addresses and CIDR ranges.
func listed(ip string, list []string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil && p.Contains(addr) {
			return true
		}
		if a, err := netip.ParseAddr(s); err == nil && a == addr {
			return true
		}
	}
	return false
}

// callerIP is where a request comes from, or seems to. Callers hold mu.
func (w *WeChat) callerIP(r *http.Request) string {
	if w.world.CallerIP != "" {
		return w.world.CallerIP
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().WithZone("").String()
	}
	return host
}

// decode reads the JSON body strictly enough: 44002 when empty, 47001 when it is not the JSON or not the shape expected.
func (c *call) decode(into any) *refusal {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return refuse(44002, "empty post data")
	}
	if !utf8.Valid(c.body) || json.Unmarshal(c.body, into) != nil {
		return refuse(47001, "data format error")
	}
	return nil
}

// encode writes JSON as WeChat does: raw UTF-8, no HTML escapes, but every slash escaped.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(`{"errcode":-1,"errmsg":"system error"}`)
	}
	// A slash can only stand inside a string.
	return bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("/"), []byte(`\/`))
}

// number accepts what clients send for a number: 1, "1" and, unless StrictNumbers, true.
type number struct {
	n     int64
	loose bool // was true or false
	set   bool
}

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	switch s {
	case "null", "":
		return nil
	case "true", "false":
		*n = number{loose: true, set: true}
		if s == "true" {
			n.n = 1
		}
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("read number: %w", err)
	}
	*n = number{n: v, set: true}
	return nil
}

// idOut is an identifier as the replies carry it.
func (c *call) idOut(id int64) any {
	if c.o.Switch.StringIDs {
		return strconv.FormatInt(id, 10)
	}
	return id
}

func done() fields { return fields{"errcode": 0, "errmsg": "ok"} }
