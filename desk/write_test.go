package desk

import "tongfa/press"

// writeAddresses are the pages of items that are written and reviewed.
func writeAddresses(ids map[string]press.ItemID) map[string]string {
	stopped, hostile := to("items", string(ids["stopped"])), to("items", string(ids["hostile"]))
	return map[string]string{
		"/items/new": "write", "/review": "queue", "/review?pile=returned": "queue", "/review?pile=draft": "queue",
		stopped + "/edit": "write", hostile + "/edit": "write", stopped + "/review": "review", hostile + "/review": "review",
		stopped + "/revisions": "revisions", hostile + "/revisions?a=1&b=1": "revisions", hostile + "/preview?channel=site&width=phone": "preview",
	}
}
