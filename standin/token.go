package standin

import (
	"regexp"
	"time"
)

const (
	tokenLife  = 7200 * time.Second
	tokenGrace = 5 * time.Minute // a superseded token goes on for this long; a stable one is renewed this long before its end
	forceGap   = 30 * time.Second
	forceDaily = 20
)

// token is an access token, of the classic family (cgi-bin/token) or the stable one (cgi-bin/stable_token). The families never touch each other.
type token struct {
	AppID   string
	Expires time.Time
	Dies    time.Time // superseded: unusable from here on, though not expired
}

var wellFormed = regexp.MustCompile(`^[A-Za-z0-9_-]{64,512}$`)

// authenticate finds the account of the access token: 41001 missing, 40014 malformed, 40001 unknown or superseded, 42001 expired.
func (c *call) authenticate() *refusal {
	value := c.r.URL.Query().Get("access_token")
	if value == "" {
		return refuse(41001, "access_token missing")
	}
	if !wellFormed.MatchString(value) {
		return refuse(40014, "invalid access_token")
	}
	t := c.world.Tokens[value]
	if t == nil || c.world.Accounts[t.AppID] == nil {
		return refuse(40001, "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken")
	}
	c.acc = c.world.Accounts[t.AppID]
	if !t.Dies.IsZero() && !c.time.Before(t.Dies) && t.Dies.Before(t.Expires) {
		return refuse(40001, "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken")
	}
	if !c.time.Before(t.Expires) {
		return refuse(42001, "access_token expired")
	}
	return nil
}

// identify checks appid and secret of a token call, then what every call is checked for.
func (c *call) identify(grant, appid, secret string) *refusal {
	if grant != "client_credential" {
		return refuse(40002, "invalid grant_type")
	}
	if no := c.know(appid, secret); no != nil {
		return no
	}
	if no := c.acc.RefusedIPs[c.ip]; c.acc.ConfirmIPs && c.time.Before(no.Until) {
		return refuse(no.Code, "the administrator refused this ip")
	}
	if c.acc.ConfirmIPs && !listed(c.ip, c.acc.Admitted) {
		return refuse(89503, "this ip needs the confirmation of the administrator, please contact her")
	}
	return c.admit()
}

func (c *call) know(appid, secret string) *refusal {
	if appid == "" {
		return refuse(41002, "appid missing")
	}
	a := c.world.Accounts[appid]
	if a == nil || !a.configured {
		return refuse(40013, "invalid appid")
	}
	if secret == "" {
		return refuse(41004, "appsecret missing")
	}
	if secret != a.Secret {
		return refuse(40125, "invalid appsecret")
	}
	c.acc = a
	return nil
}

// classicToken issues a new token with every call; the old one goes on for five minutes.
func (c *call) classicToken() (fields, *refusal) {
	q := c.r.URL.Query()
	if no := c.identify(q.Get("grant_type"), q.Get("appid"), q.Get("secret")); no != nil {
		return nil, no
	}
	c.supersede(c.acc.Classic, c.time.Add(tokenGrace))
	c.acc.Classic = c.issue(c.acc, c.time)
	return fields{"access_token": c.acc.Classic, "expires_in": int(tokenLife.Seconds())}, nil
}

// stableToken repeats the current token until five minutes before its end, unless it is forced.
func (c *call) stableToken() (fields, *refusal) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if no := c.identify(in.GrantType, in.AppID, in.Secret); no != nil {
		return nil, no
	}
	a := c.acc
	if in.ForceRefresh {
		if no := c.force(); no != nil {
			return nil, no
		}
		c.supersede(a.Stable, c.time)
		a.Stable = c.issue(a, c.time)
	} else if t := c.world.Tokens[a.Stable]; t == nil || !c.time.Before(t.Expires.Add(-tokenGrace)) {
		a.Stable = c.issue(a, c.time) // the old one lives on to its own end: five minutes
	}
	left := c.world.Tokens[a.Stable].Expires.Sub(c.time)
	return fields{"access_token": a.Stable, "expires_in": int(left.Seconds())}, nil
}

// force spends one of the forced refreshes: twenty a Beijing day, thirty seconds apart.
func (c *call) force() *refusal {
	a := c.acc
	if today := day(c.time); a.ForcedDay != today {
		a.ForcedDay, a.ForcedToday = today, 0
	}
	if a.ForcedToday >= forceDaily {
		return refuse(45009, "reach max api daily quota limit")
	}
	if !a.ForcedAt.IsZero() && c.time.Sub(a.ForcedAt) < forceGap {
		return refuse(45011, "api minute-quota reach limit must slower retry next minute")
	}
	a.ForcedAt = c.time
	a.ForcedToday++
	c.touch("account", a.AppID, "")
	return nil
}

// supersede makes a token unusable from a moment on. Callers hold mu.
func (w *WeChat) supersede(value string, dies time.Time) {
	if t := w.world.Tokens[value]; t != nil && (t.Dies.IsZero() || dies.Before(t.Dies)) {
		t.Dies = dies
		w.touch("token", "", value)
	}
}

// issue makes a token and forgets those that ended more than a day ago. Callers hold mu.
func (w *WeChat) issue(a *account, now time.Time) string {
	for v, t := range w.world.Tokens {
		if now.Sub(t.Expires) > 24*time.Hour {
			delete(w.world.Tokens, v)
			w.touch("token", "", v)
		}
	}
	value := "99_" + w.newID("token", 133)
	w.world.Tokens[value] = &token{AppID: a.AppID, Expires: now.Add(tokenLife)}
	w.touch("token", "", value)
	w.touch("account", a.AppID, "")
	return value
}

func (c *call) domainIPs() (fields, *refusal) {
	return fields{"ip_list": []string{"127.0.0.1"}}, nil
}
