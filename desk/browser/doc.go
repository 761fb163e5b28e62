// Package browser is the desk as people meet it: a real daemon with a website, the stand-in of WeChat and a gazette, and a real browser before it
// (浏览器测试). It holds tests only.
//
// Each user's day is one test, from signing in to done, once with the scripts of the desk and once without any; axe-core looks at every page in both
// languages and both colour schemes. The tests need Chromium, and axe-core from npm ("npm ci --prefix desk/browser/testdata"); without them they say so
// and skip, unless TONGFA_CI is set.
package browser
