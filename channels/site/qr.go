package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/skip2/go-qrcode"
)

// qrSVG is the QR code of an address as an inline picture, so that it needs no file and no script.
func qrSVG(address string) (template.HTML, error) {
	q, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("make qr code: %w", err)
	}
	bits := q.Bitmap()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="qr" viewBox="0 0 %d %d" width="132" height="132" role="img" aria-label="本页地址的二维码" shape-rendering="crispEdges">`,
		len(bits), len(bits))
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, len(bits), len(bits))
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			run := x
			for run < len(row) && row[run] {
				run++
			}
			if run > x {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run-x, run-x)
				x = run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil
}
