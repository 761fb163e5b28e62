package standin

import (
	"maps"
	"math"
	"strings"
)

const clearMonthly = 10

// realLimits are the calls a day of a new account (API_Call_Limits of the official reference). Paths that are not listed have no limit.
func realLimits() map[string]int {
	return map[string]int{
		"/cgi-bin/token":                  2000,
		"/cgi-bin/stable_token":           500000,
		"/cgi-bin/media/uploadimg":        100000,
		"/cgi-bin/material/add_material":  100000,
		"/cgi-bin/draft/add":              1000,
		"/cgi-bin/draft/update":           1000,
		"/cgi-bin/draft/get":              500,
		"/cgi-bin/draft/delete":           1000,
		"/cgi-bin/draft/count":            1000,
		"/cgi-bin/draft/batchget":         1000,
		"/cgi-bin/freepublish/submit":     100,
		"/cgi-bin/freepublish/get":        100,
		"/cgi-bin/freepublish/getarticle": 100,
		"/cgi-bin/freepublish/batchget":   100,
		"/cgi-bin/freepublish/delete":     10,
		"/cgi-bin/message/mass/sendall":   100,
		"/cgi-bin/message/mass/get":       100,
		"/cgi-bin/message/mass/delete":    100,
		"/cgi-bin/message/mass/preview":   100,
	}
}

func dailyLimits(laidOver map[string]int) map[string]int {
	limits := realLimits()
	if all, ok := laidOver["*"]; ok {
		for path := range limits {
			limits[path] = all
		}
	}
	maps.Copy(limits, laidOver)
	return limits
}

func (w *WeChat) limit(path string) int {
	if n, ok := w.quotas[path]; ok && n >= 0 {
		return n
	}
	return math.MaxInt32
}

// today is the account's counters of the Beijing day.
func (c *call) today() map[string]int {
	if d := day(c.time); c.acc.QuotaDay != d {
		c.acc.QuotaDay = d
		c.acc.Used = map[string]int{}
	}
	return c.acc.Used
}

// spend counts a call, successful or not; above the limit it answers 45009.
func (c *call) spend(path string) *refusal {
	used := c.today()
	if used[path] >= c.limit(path) {
		return refuse(45009, "reach max api daily quota limit")
	}
	used[path]++
	c.touch("account", c.acc.AppID, "")
	return nil
}

func (c *call) quotaGet() (fields, *refusal) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if in.Path == "" || !strings.HasPrefix(in.Path, "/") {
		return nil, refuse(76003, "cgi_path is missing or does not start with a slash")
	}
	if _, ok := c.routes[in.Path]; !ok {
		return nil, refuse(76021, "cgi_path not found, please check")
	}
	limit, used := c.limit(in.Path), c.today()[in.Path]
	out := done()
	out["quota"] = fields{"daily_limit": limit, "used": used, "remain": max(limit-used, 0)}
	out["rate_limit"] = fields{"call_count": 60000, "refresh_second": 60}
	return out, nil
}

func (c *call) clearQuota() (fields, *refusal) {
	var in struct {
		AppID string `json:"appid"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if in.AppID != c.acc.AppID {
		return nil, refuse(40013, "invalid appid")
	}
	return c.clear()
}

// clearQuotaBySecret works without a token, and so even when the token call itself is used up.
func (c *call) clearQuotaBySecret() (fields, *refusal) {
	q := c.r.URL.Query()
	if no := c.know(q.Get("appid"), q.Get("appsecret")); no != nil {
		return nil, no
	}
	if no := c.admit(); no != nil {
		return nil, no
	}
	return c.clear()
}

func (c *call) clear() (fields, *refusal) {
	a := c.acc
	if m := month(c.time); a.ClearedMonth != m {
		a.ClearedMonth, a.Cleared = m, 0
	}
	if a.Cleared >= clearMonthly {
		return nil, refuse(48006, "forbid to clear quota because of reaching the limit")
	}
	a.Cleared++
	a.Used = map[string]int{}
	c.touch("account", a.AppID, "")
	c.record(Effect{Kind: "clear-quota"})
	return done(), nil
}

// ridGet explains an earlier error by the rid of its errmsg, as long as the log remembers it.
func (c *call) ridGet() (fields, *refusal) {
	var in struct {
		Rid string `json:"rid"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	for _, e := range c.requests {
		if in.Rid != "" && e.Rid == in.Rid && e.AppID == c.acc.AppID {
			out := done()
			out["request"] = fields{"invoke_time": e.At.Unix(), "cost_in_ms": 1, "request_url": e.Path, "client_ip": e.IP}
			return out, nil
		}
	}
	return nil, refuse(76001, "rid not found")
}
