package wechat

import (
	"context"
	"fmt"
)

// Test asks the platform for a token and for one line of a list: whether the secret, the allow-list of addresses and the rights of
// the account are as its mode needs them. It changes nothing and costs one call of the day. What it says is for a person; an error is a
// *press.Trouble that says who must do what.
func (c *Channel) Test(ctx context.Context) (said string, err error) {
	kind, what := draftList, "草稿箱里有%d份草稿"
	if c.c.Mode == modePublish {
		kind, what = publishedList, "平台上有%d条已发布的消息"
	}
	p, err := c.page(ctx, kind.ep, window{Count: 1, NoContent: 1})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("公众号“%s”的接口可以调用，"+what, c.c.Account, p.Total), nil
}
