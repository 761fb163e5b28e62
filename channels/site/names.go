package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/config"
	"tongfa/press"
)

// Beginnings of the names of shelves.
const (
	shelfHome   = "home"
	shelfColumn = "column/"
	shelfTheme  = "theme/"
	shelfIndex  = "index/"
	shelfMonth  = "month/"
)

// contentPath is where the page of an item is, below Root.
func (s *Site) contentPath(id press.ItemID, public time.Time) string {
	return "content/" + s.local(public).Format("2006/01") + "/" + safeID(id) + ".html"
}

// filesDir is the folder of an item's files, below Root: beside its page, so that they go out of service with it.
func filesDir(page string) string { return strings.TrimSuffix(page, ".html") }

var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$`)

// safeID is the id itself if it is plain, as the ledger's ids are, or else a digest of it.
func safeID(id press.ItemID) string {
	if plainID.MatchString(string(id)) {
		return string(id)
	}
	return "x-" + shortHash(string(id), 16)
}

func shortHash(s string, digits int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:digits]
}

// columnOf is the column an entry belongs to; without one it is named for its kind.
func columnOf(m press.Meta, k press.Kind) string {
	if c := strings.TrimSpace(m.Column); c != "" {
		return c
	}
	return k.Name()
}

// shelvedIn is the column in whose list an entry stands. The ledger gives an entry its places once, so that a correction leaves it there whatever column
// the new text names; before it has any, it is the one that the text names.
func shelvedIn(e press.Entry) string {
	own := columnOf(e.Revision.Meta, e.Item.Kind)
	if e.Places[shelfColumn+own] > 0 {
		return own
	}
	for _, shelf := range slices.Sorted(maps.Keys(e.Places)) {
		if name, ok := strings.CutPrefix(shelf, shelfColumn); ok {
			return name
		}
	}
	return own
}

// topTheme is the top class of a theme "大类\小类".
func topTheme(theme string) string {
	top, _, _ := strings.Cut(strings.ReplaceAll(theme, "/", `\`), `\`)
	return strings.TrimSpace(top)
}

var numbered = regexp.MustCompile(`(?:^|\D)(20\d\d)\D+(\d{1,6})$`)

// indexPlace is the year and the serial number in an index number such as 11370000MB2840001X/2026-00012; "" and 0 when it
// has another form, such as year and month, where the serial number alone would not be unique in the year.
func indexPlace(number string) (year string, serial int64) {
	m := numbered.FindStringSubmatch(strings.TrimSpace(number))
	if m == nil {
		return "", 0
	}
	serial, _ = strconv.ParseInt(m[2], 10, 64)
	return m[1], serial
}

var columnPath = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// reserved are the names below Root that a column cannot have.
var reserved = []string{"content", "catalog", "search", "assets"}

func columnsByName(cs []config.Column) (map[string]config.Column, error) {
	byName, byPath := map[string]config.Column{}, map[string]string{}
	for _, c := range cs {
		if c.Path == "" {
			c.Path = madePath(c.Name)
		}
		switch other, taken := byPath[c.Path]; {
		case c.Name == "":
			return nil, fmt.Errorf("网站有一个栏目没有名称")
		case !columnPath.MatchString(c.Path):
			return nil, fmt.Errorf("栏目“%s”的 path %q 只能用小写字母、数字和短横线，最多40个字符", c.Name, c.Path)
		case slices.Contains(reserved, c.Path):
			return nil, fmt.Errorf("栏目“%s”的 path 不能是 %q，网站自己要用这个文件夹", c.Name, c.Path)
		case taken:
			return nil, fmt.Errorf("栏目“%s”和“%s”的 path 都是 %q，请改一个", other, c.Name, c.Path)
		}
		byPath[c.Path] = c.Name
		byName[c.Name] = c
	}
	return byName, nil
}

func madePath(name string) string { return "c-" + shortHash(name, 8) }

// column is what the site knows of a column, also of one that is met in an item and not configured.
func (s *Site) column(name string) config.Column {
	c, ok := s.columns[name]
	if !ok {
		c = config.Column{Name: name, Path: madePath(name)}
	}
	if c.Description == "" {
		c.Description = s.c.Name + "“" + name + "”栏目"
	}
	if c.Keywords == "" {
		c.Keywords = name
	}
	if c.Type == "" {
		c.Type = name
	}
	return c
}

func themeDir(theme string) string { return "catalog/theme/t-" + shortHash(theme, 8) }
