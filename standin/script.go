package standin

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Script is a list of faults that is written in one line and read back from it, so that a run can be repeated from a log:
//
//	draft/add@2=drop freepublish/get@1x3=errcode(45009) *%0.02=any message/mass/get=delay(30s) callback*=early
//
// A path goes without its /cgi-bin/; % is Rate, @ is Nth, x is Times, what stands in parentheses is Delay or Code, and &APPID may follow.
type Script []Fault

// String writes the script in one line.
func (s Script) String() string {
	var out []string
	for _, f := range s {
		out = append(out, f.String())
	}
	return strings.Join(out, " ")
}

// String writes a fault as a Script does.
func (f Fault) String() string {
	var b strings.Builder
	switch path, api := strings.CutPrefix(f.Path, "/cgi-bin/"); {
	case f.Path == "":
		b.WriteByte('*')
	case api:
		b.WriteString(path)
	default:
		b.WriteString(f.Path)
	}
	if f.Rate > 0 {
		b.WriteString("%" + strconv.FormatFloat(f.Rate, 'g', -1, 64))
	}
	if f.Nth > 1 {
		b.WriteString("@" + strconv.Itoa(f.Nth))
	}
	if usual := f.Times == 1 && f.Rate == 0 || f.Times < 0 && f.Rate > 0; f.Times != 0 && !usual {
		b.WriteString("x" + strconv.Itoa(f.Times))
	}
	b.WriteString("=" + f.Kind)
	if f.Delay != 0 {
		b.WriteString("(" + f.Delay.String() + ")")
	}
	if f.Code != 0 {
		b.WriteString("(" + strconv.Itoa(f.Code) + ")")
	}
	if f.AppID != "" {
		b.WriteString("&" + f.AppID)
	}
	return b.String()
}

// ParseScript reads what String wrote.
func ParseScript(line string) (Script, error) {
	var s Script
	for _, word := range strings.Fields(line) {
		f, err := parseFault(word)
		if err == nil {
			_, err = arm(f)
		}
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", word, err)
		}
		s = append(s, f)
	}
	return s, nil
}

func parseFault(word string) (Fault, error) {
	var f Fault
	where, what, ok := strings.Cut(word, "=")
	if !ok {
		return f, fmt.Errorf("want path=kind")
	}
	what, f.AppID, _ = strings.Cut(what, "&")
	f.Kind = what
	if i := strings.IndexByte(what, '('); i >= 0 {
		f.Kind = what[:i]
		if err := f.parameters(what[i:]); err != nil {
			return f, err
		}
	}
	end := len(where)
	if i := strings.IndexAny(where, "%@"); i >= 0 {
		end = i
	} else if i := strings.LastIndexByte(where, 'x'); i >= 0 && isNumber(where[i+1:]) {
		end = i
	}
	if err := f.numbers(where[end:]); err != nil {
		return f, err
	}
	f.Path = longPath(where[:end])
	return f, nil
}

// longPath adds what a Script leaves out of a path.
func longPath(path string) string {
	switch {
	case path == "*" || path == "":
		return ""
	case strings.HasPrefix(path, "/") || strings.HasPrefix(path, "callback"):
		return path
	}
	return "/cgi-bin/" + path
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// parameters reads (30s) and (45009), one or both.
func (f *Fault) parameters(s string) error {
	for s != "" {
		one, rest, ok := strings.Cut(strings.TrimPrefix(s, "("), ")")
		if !ok || s[0] != '(' {
			return fmt.Errorf("want (delay) or (code) after the kind")
		}
		if n, err := strconv.Atoi(one); err == nil {
			f.Code = n
		} else if f.Delay, err = time.ParseDuration(one); err != nil {
			return err
		}
		s = rest
	}
	return nil
}

// numbers reads %RATE, @NTH and xTIMES.
func (f *Fault) numbers(s string) error {
	for s != "" {
		mark, rest := s[0], s[1:]
		end := strings.IndexAny(rest, "%@x")
		if end < 0 {
			end = len(rest)
		}
		var err error
		switch mark {
		case '%':
			f.Rate, err = strconv.ParseFloat(rest[:end], 64)
		case '@':
			f.Nth, err = strconv.Atoi(rest[:end])
		case 'x':
			f.Times, err = strconv.Atoi(rest[:end])
		}
		if err != nil {
			return err
		}
		s = rest[end:]
	}
	return nil
}

// stormKinds are the faults of a storm, the commoner ones more than once. Those of which a client must die or wait a day are not among them.
var stormKinds = strings.Fields(`drop drop drop drop-before drop-before hang hang hang-after hang-after late late delay delay-after unreachable
	403 407 500 500-after 502 502-after 502-after 503 504 504-after 504-after redirect redirect-after html-page html-page-after
	empty-200 empty-200-before empty-object empty-object-before minus1 minus1-after minus1-after truncated truncated-before cut cut-before
	drip gzip gzip-wrong garbage huge skew expire steal steal-classic errcode errcode errcode`)

var stormCodes = []int{40001, 40014, 42001, 45009, 45011, 53501, 48001, 50002, 40164, 61450, 89503}

// randomFault draws what happens, not where.
func randomFault(r *rand.Rand) Fault {
	f := Fault{Kind: stormKinds[r.IntN(len(stormKinds))]}
	switch what, _, _ := strings.Cut(f.Kind, "-"); what {
	case "delay", "drip":
		f.Delay = time.Duration(r.IntN(90)) * time.Second
	case "late":
		f.Delay = time.Duration(1+r.IntN(600)) * time.Second
	case "skew":
		f.Delay = time.Duration(r.IntN(7200)-3600) * time.Second
	case "errcode":
		f.Code = stormCodes[r.IntN(len(stormCodes))]
	case "huge":
		f.Code = 1 + r.IntN(16)
	}
	return f
}

// stormPaths are the calls of a publication and what follows it.
var stormPaths = strings.Fields(`stable_token media/uploadimg material/add_material draft/add draft/add draft/get draft/batchget draft/update
	freepublish/submit freepublish/submit freepublish/submit freepublish/get freepublish/batchget freepublish/getarticle freepublish/delete
	message/mass/sendall message/mass/sendall message/mass/get message/mass/delete callback/PUBLISHJOBFINISH callback/MASSSENDJOBFINISH *`)

// Storm draws a script of n faults. The same seed draws the same script.
func Storm(seed uint64, n int) Script {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	callbacks := strings.Fields("lost repeat badsign early hold delay")
	var s Script
	for range n {
		f := randomFault(r)
		if f.Path = longPath(stormPaths[r.IntN(len(stormPaths))]); strings.HasPrefix(f.Path, "callback") {
			f = Fault{Path: f.Path, Kind: callbacks[r.IntN(len(callbacks))]}
			if f.Kind == "delay" {
				f.Delay = time.Duration(1+r.IntN(3600)) * time.Second
			}
		}
		if f.Nth = 1 + r.IntN(4); f.Path == "" {
			f.Nth = 1 + r.IntN(20)
		}
		if r.IntN(5) == 0 {
			f.Times = 2 + r.IntN(3)
		}
		s = append(s, f)
	}
	return s
}
