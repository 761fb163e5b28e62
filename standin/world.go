package standin

import (
	"container/heap"
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

// duration reads a time span of the state file.
func duration(n int64) time.Duration { return time.Duration(n) }

// world is everything that survives a restart.
type world struct {
	Seq      int64         // numbers everything that gets an identifier
	Offset   time.Duration // how far Travel has gone
	Skew     time.Duration // how far the Date header is off
	Captcha  bool
	CallerIP string // every caller seems to come from here, if set
	Accounts map[string]*account
	Tokens   map[string]*token
	Blobs    map[string][]byte // picture bytes by their digest
	Pictures map[string]*picture
	Effects  []Effect
	LastSeq  int64 // of the last effect, should none be kept
}

// account is an Account and what happened to it.
type account struct {
	Account
	counters
	configured bool // otherwise only the state file knows it

	Materials shelf[*material]
	Drafts    shelf[*draft]
	Posts     shelf[*post] // 发布: what freepublish lists
	Pushed    shelf[*post] // 群发: what no interface lists
	Jobs      map[int64]*job
	Masses    shelf[*mass]
	ClientIDs map[string]string // clientmsgid -> the last msg_id sent with it

	accepted map[string]*job // the last job of each submitted draft
	byMid    map[int64]*post // what is public by the number of its message
	submits  []time.Time     // the last submissions, for the limiter
}

// counters is what is saved of an account as one thing.
type counters struct {
	Classic, Stable string // the current token of each family
	ForcedDay       string
	ForcedToday     int
	ForcedAt        time.Time

	QuotaDay     string
	Used         map[string]int // calls of QuotaDay by path
	ClearedMonth string
	Cleared      int // clear_quota calls of ClearedMonth

	Next         []Outcome      // outcomes of the next submissions
	AdminConfirm bool           // mass messages to all wait for the administrator
	Admitted     []string       // addresses a human added to the allow-list
	ConfirmIPs   bool           // token calls from addresses that are not in Admitted wait for the administrator
	RefusedIPs   map[string]ban // by the administrator
	Review       *time.Duration // a human changed Options.Review
	Publish      *bool          // a human changed the capability
	Mass         *bool
}

func (w *world) account(appid string) *account {
	a := w.Accounts[appid]
	if a == nil {
		a = &account{
			Account: Account{AppID: appid}, Jobs: map[int64]*job{}, ClientIDs: map[string]string{}, accepted: map[string]*job{}, byMid: map[int64]*post{},
		}
		a.Used = map[string]int{}
		w.Accounts[appid] = a
	}
	return a
}

func newWorld() world {
	return world{
		Accounts: map[string]*account{}, Tokens: map[string]*token{},
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
	w.touch("head", "", "")
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

func (s *shelf[T]) put(t T) {
	if s.at == nil {
		s.at = map[string]T{}
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
	i := len(s.List) - 1 // what goes is mostly what came last
	for s.List[i] != t {
		i--
	}
	s.List = slices.Delete(s.List, i, i+1)
}

// fresh counts the last arrivals that are not to be seen yet.
func (s *shelf[T]) fresh(hidden func(T) bool) int {
	n := 0
	for n < len(s.List) && hidden(s.List[len(s.List)-1-n]) {
		n++
	}
	return n
}

func (s *shelf[T]) keys() []string {
	out := make([]string, len(s.List))
	for i, t := range s.List {
		out[i] = t.key()
	}
	return out
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
	nth int64 // equal times keep their order
	run func(at time.Time)
}

// errands is a heap of what is to come, the next one first.
type errands []errand

func (e errands) Len() int { return len(e) }
func (e errands) Less(i, j int) bool {
	if c := e[i].at.Compare(e[j].at); c != 0 {
		return c < 0
	}
	return e[i].nth < e[j].nth
}
func (e errands) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *errands) Push(x any)   { *e = append(*e, x.(errand)) }
func (e *errands) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = errand{}
	*e = (*e)[:last]
	return x
}

// later arranges for run to be called by the first look at the world at or after at. Callers hold mu.
func (w *WeChat) later(at time.Time, run func(at time.Time)) {
	w.errands++
	heap.Push(&w.pending, errand{at, w.errands, run})
	w.stir()
}

// settle does everything that has become due. Callers hold mu.
func (w *WeChat) settle(now time.Time) {
	for len(w.pending) > 0 && !w.pending[0].at.After(now) {
		e := heap.Pop(&w.pending).(errand)
		e.run(e.at)
	}
}
