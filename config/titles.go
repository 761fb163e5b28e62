package config

// kindTitles are what people call a channel of a kind, where there is one of it.
var kindTitles = map[string]string{KindSite: "网站", KindWeChat: "公众号", KindGazette: "公报"}

// Titles are what people call the channels: by the title they are given, else by their kind where no other is of it. A channel that is not here is called
// by its name.
func (c *Config) Titles() map[string]string {
	of := map[string]int{}
	for _, ch := range c.Channels {
		of[ch.Kind]++
	}
	titles := map[string]string{}
	for _, ch := range c.Channels {
		switch {
		case ch.Title != "":
			titles[ch.Name] = ch.Title
		case of[ch.Kind] == 1:
			titles[ch.Name] = kindTitles[ch.Kind]
		}
	}
	return titles
}
