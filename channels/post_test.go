package channels

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestAPostGoesWhereItMayAndNowhereElse(t *testing.T) {
	t.Parallel()
	var heard []string
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		heard = append(heard, r.Method+" "+r.Header.Get("X-Test")+" "+string(b))
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(strings.Repeat("好", 5000)))
	})
	mux.Handle("/away", http.RedirectHandler("/ok", http.StatusTemporaryRedirect))
	s := httptest.NewServer(mux)
	defer s.Close()
	head := http.Header{"X-Test": {"yes"}}
	status, said, err := NewPoster(nil).Post(t.Context(), s.URL+"/ok", head, []byte("x"))
	if err == nil || !strings.Contains(err.Error(), "allow_private") || status != 0 || said != "" || len(heard) != 0 {
		t.Fatal("it went to this machine:", status, err)
	}
	p := NewPoster([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	status, said, err = p.Post(t.Context(), s.URL+"/ok", head, []byte("x"))
	if err != nil || status != http.StatusAccepted || len(said) > 2<<10 || len(heard) != 1 || heard[0] != "POST yes x" {
		t.Fatal(status, len(said), err, heard)
	}
	if status, _, err = p.Post(t.Context(), s.URL+"/away", head, []byte("x")); err != nil || status != http.StatusTemporaryRedirect || len(heard) != 1 {
		t.Fatal("it followed a redirect:", status, err)
	}
	addr := s.URL
	s.Close()
	if status, _, err = p.Post(t.Context(), addr+"/ok", head, nil); err == nil || status != 0 || strings.Contains(err.Error(), "/ok") {
		t.Fatal(status, err)
	}
}
