package gazette

import (
	"fmt"
	"os"
	"sync"

	"tongfa/typeset"
)

// Fallback are faces in files that are asked last. Each is read when a character is missing everywhere else, once for all that is made with it.
func Fallback(paths []string) []typeset.Fallback {
	var out []typeset.Fallback
	for _, path := range paths {
		out = append(out, sync.OnceValues(func() (*typeset.Face, error) {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			f, err := typeset.ParseFace(data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			return f, nil
		}))
	}
	return out
}
