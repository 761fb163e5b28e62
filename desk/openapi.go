package desk

import (
	"net/http"

	"github.com/goccy/go-yaml"
)

// description is openapi.yaml as JSON. It is made when it is asked for first.
func description() ([]byte, error) {
	text, err := files.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err // unreachable: it is embedded
	}
	return yaml.YAMLToJSON(text)
}

// apiDescription tells a program what the API has (OpenAPI 3.1). Everybody may read it: it holds nothing of the office's.
func (d *desk) apiDescription(w http.ResponseWriter, r *http.Request) {
	doc, err := d.described()
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(doc) // the reader may have gone
}
