package config

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"
)

//go:embed sample.yaml
var sampleText string

// plainOffice is a name that YAML takes for itself without quotes.
var plainOffice = regexp.MustCompile(`^\p{Han}[\p{Han}A-Za-z0-9（）()]*$`)

// Sample is the commented configuration that init writes for an office: every key with its meaning and its default. It
// passes Parse as it stands, but for the WeChat secret that is not there yet. An empty name stands for an example.
func Sample(office string) []byte {
	office = strings.Join(strings.Fields(visible(office)), " ")
	switch {
	case office == "":
		office = "示例区人民政府办公室"
	case !plainOffice.MatchString(office):
		office = strconv.Quote(office)
	}
	return []byte(strings.Replace(sampleText, "{{office}}", office, 1))
}
