package apiclient

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestARequestThatIsNotSentWholeChangesNothing sends half of an item, drop by drop, and hangs up; and requests that are none.
func TestARequestThatIsNotSentWholeChangesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	token := o.token("OA系统", every...)
	head := "POST /api/v1/items HTTP/1.1\r\nHost: " + o.desk + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\n"
	for name, text := range map[string]string{
		"half a body":        head + "Content-Length: 5000\r\n\r\n{\"external_id\": \"oa-1\", \"title\": \"甲\"",
		"half a chunk":       head + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"title\"",
		"a chunk that lies":  head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
		"two lengths":        head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}{",
		"a header in a name": head + "Idempotency-Key: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
		"no end of headers":  head,
	} {
		c, err := net.DialTimeout("tcp", o.desk, 5*time.Second)
		o.must(err)
		for i := 0; i < len(text); i += 40 {
			if _, err := io.WriteString(c, text[i:min(i+40, len(text))]); err != nil {
				break // it was refused before the end
			}
		}
		_ = c.(*net.TCPConn).CloseWrite()
		o.must(c.SetReadDeadline(time.Now().Add(10 * time.Second)))
		said, _ := io.ReadAll(c)
		_ = c.Close()
		if len(said) > 0 && !strings.HasPrefix(string(said), "HTTP/1.1 4") {
			t.Errorf("%s: %.200s", name, said)
		}
	}
	if list := o.ask(token, "GET", "/api/v1/items", nil); fmt.Sprint(list["items"]) != "[]" {
		t.Errorf("something was taken in: %v", list)
	}
}
