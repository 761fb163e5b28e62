package ledger

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"tongfa/press"
	"tongfa/workday"
)

// ReadAnnotations reads a list of annotations, one a line, in CSV: number, validity, ground, address, day, reason. The last ones may be absent,
// and the first line may be a heading.
func ReadAnnotations(list []byte) ([]Annotation, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(list, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("清单文件不是 CSV（逗号分隔、UTF-8）：%w", err)
	}
	var out []Annotation
	for i, row := range rows {
		f := append(row, make([]string, 6)...)
		if i == 0 && strings.Contains(f[1], "效") && len([]rune(f[1])) > 2 {
			continue // the heading
		}
		on, err := AnnotationDate(f[4])
		if err != nil {
			return nil, fmt.Errorf("清单第%d行：%w", i+1, err)
		}
		out = append(out, Annotation{Ref: strings.TrimSpace(f[0]), Validity: press.Validity(strings.TrimSpace(f[1])), By: strings.TrimSpace(f[2]),
			URL: strings.TrimSpace(f[3]), On: on, Reason: strings.TrimSpace(f[5])})
	}
	if len(out) == 0 {
		return nil, errors.New("清单里没有内容")
	}
	return out, nil
}

// AnnotationDate reads the day from which an annotation holds, which may be absent.
func AnnotationDate(s string) (workday.Date, error) {
	if s = strings.TrimSpace(s); s == "" {
		return workday.Date{}, nil
	}
	d, err := workday.ParseDate(s)
	if err != nil {
		return d, fmt.Errorf("日期“%.40s”不对，要写成 2026-12-01", s)
	}
	return d, nil
}
