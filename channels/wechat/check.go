package wechat

import "context"

// Check asks the platform for a token and for one line of a list: whether the secret, the allow-list of addresses and the rights
// of the account are as the mode needs them. It changes nothing and costs one call of the day. An error is a *press.Trouble that says who
// must do what.
func (c *Channel) Check(ctx context.Context) error {
	if _, err := c.token(ctx); err != nil {
		return err
	}
	kind := draftList
	if c.c.Mode == modePublish {
		kind = publishedList
	}
	var out listPage
	return c.post(ctx, kind.ep, window{Count: 1, NoContent: 1}, &out)
}
