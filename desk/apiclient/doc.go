// Package apiclient is the HTTP API as other systems meet it: a real daemon, the examples of docs/api.md as they stand there, a client that was
// generated from the OpenAPI document, a receiver of webhooks (接口测试). It holds tests only.
//
// The tests need curl, and node with what is in testdata/package.json ("npm ci --prefix desk/apiclient/testdata"); without them they say so and try
// nothing, unless TONGFA_CI is set.
package apiclient
