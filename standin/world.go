package standin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// beijing is the zone of quotas, mass messages and page dates.
var beijing = time.FixedZone("CST", 8*3600)

func day(t time.Time) string   { return t.In(beijing).Format("2006-01-02") }
func month(t time.Time) string { return t.In(beijing).Format("2006-01") }

// world is everything that survives a restart.
type world struct {
	Version  int
	Seq      int64         // numbers everything that gets an identifier
	Offset   time.Duration // how far Travel has gone
	Captcha  bool
	CallerIP string // every caller seems to come from here, if set
	Accounts map[string]*account
	Tokens   map[string]*token
	Blobs    map[string][]byte // picture bytes by their digest
	Pictures map[string]*picture
	Effects  []Effect
}

// account is an Account and what happened to it.
type account struct {
	Account `json:"-"`
	AppID   string

	Classic, Stable string // the current token of each family
	ForcedDay       string
	ForcedToday     int
	ForcedAt        time.Time

	QuotaDay     string
	Used         map[string]int // calls of QuotaDay by path
	ClearedMonth string
	Cleared      int // clear_quota calls of ClearedMonth

	Materials shelf[*material]
	Drafts    shelf[*draft]
	Posts     shelf[*post] // 发布: what freepublish lists
	Pushed    []*post      // 群发: what no interface lists
	Jobs      map[int64]*job
	Masses    map[int64]*mass
	ClientIDs map[string]int64 // clientmsgid -> the last msg_id sent with it

	Next         []Outcome // outcomes of the next submissions
	AdminConfirm bool      // mass messages to all wait for the administrator
	Admitted     []string  // addresses a human added to the allow-list
	ConfirmIPs   bool      // token calls from addresses that are not in Admitted wait for the administrator
	Publish      *bool     // a human changed the capability
	Mass         *bool
}

func (w *world) account(appid string) *account {
	a := w.Accounts[appid]
	if a == nil {
		a = &account{
			AppID: appid, Used: map[string]int{}, Jobs: map[int64]*job{}, Masses: map[int64]*mass{}, ClientIDs: map[string]int64{},
		}
		w.Accounts[appid] = a
	}
	return a
}

func newWorld() world {
	return world{
		Version: stateVersion, Accounts: map[string]*account{}, Tokens: map[string]*token{},
		Blobs: map[string][]byte{}, Pictures: map[string]*picture{},
	}
}

func (a *account) mayPublish() bool {
	if a.Publish != nil {
		return *a.Publish
	}
	return !a.NoPublish
}

func (a *account) mayMass() bool {
	if a.Mass != nil {
		return *a.Mass
	}
	return !a.NoMass
}

// seq returns the next number of the world. Callers hold mu.
func (w *WeChat) seq() int64 {
	w.world.Seq++
	return w.world.Seq
}

// newID makes an identifier of n characters that looks random, never repeats and is the same in every run with the same seed.
func (w *WeChat) newID(kind string, n int) string {
	var out []byte
	number := w.seq()
	for part := byte(0); len(out) < n; part++ {
		b := binary.BigEndian.AppendUint64([]byte(kind), uint64(w.o.Seed))
		b = append(binary.BigEndian.AppendUint64(b, uint64(number)), part)
		sum := sha256.Sum256(b)
		out = base64.RawURLEncoding.AppendEncode(out, sum[:])
	}
	return string(out[:n])
}

// mid numbers a message; a publish_id was seen to equal the mid of its article.
func (w *WeChat) mid() int64 { return 2247483647 + w.seq() }

// shelf keeps things in the order of their arrival and finds them by key.
type shelf[T interface {
	comparable
	key() string
}] struct {
	List []T
	at   map[string]T
}

func (s *shelf[T]) index() {
	s.at = make(map[string]T, len(s.List))
	for _, t := range s.List {
		s.at[t.key()] = t
	}
}

func (s *shelf[T]) put(t T) {
	if s.at == nil {
		s.index()
	}
	s.List = append(s.List, t)
	s.at[t.key()] = t
}

func (s *shelf[T]) get(key string) (T, bool) {
	t, ok := s.at[key]
	return t, ok
}

func (s *shelf[T]) remove(key string) {
	t, ok := s.at[key]
	if !ok {
		return
	}
	delete(s.at, key)
	if i := slices.Index(s.List, t); i >= 0 {
		s.List = slices.Delete(s.List, i, i+1)
	}
}

// page returns up to n things from offset, the newest first.
func (s *shelf[T]) page(offset, n int) []T {
	var out []T
	for i := len(s.List) - 1 - max(offset, 0); i >= 0 && len(out) < n; i-- {
		out = append(out, s.List[i])
	}
	return out
}

// errand is something that happens at a time without anybody calling: the end of a review, of a push, of an administrator's patience.
type errand struct {
	at  time.Time
	run func(at time.Time)
}

// later arranges for run to be called by the first look at the world at or after at. Callers hold mu.
func (w *WeChat) later(at time.Time, run func(at time.Time)) {
	i, _ := slices.BinarySearchFunc(w.pending, at, func(e errand, t time.Time) int {
		if e.at.After(t) {
			return 1
		}
		return -1 // equal times keep their order
	})
	w.pending = slices.Insert(w.pending, i, errand{at, run})
}

// settle does everything that has become due. Callers hold mu.
func (w *WeChat) settle(now time.Time) {
	for len(w.pending) > 0 && !w.pending[0].at.After(now) {
		e := w.pending[0]
		w.pending = w.pending[1:]
		e.run(e.at)
		w.dirty = true
	}
}
