package intake

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongfa/press"
	"tongfa/workday"
)

const whole = `---
external_id: oa-2026-0001
kind: policy          # 种类
title: 示例区人民政府办公室关于印发某办法的通知
short_title: 某办法
index_number: 11370000/2026-00001
doc_number: 示政办发〔2026〕1号
issuer: 示例区人民政府办公室
source: 示例区人民政府
author: 某
formed_on: 2026-11-20
approved_on: "2026-11-19"
theme: 综合政务
genre: 通知
validity: 有效
disclosure: 依申请公开
disclosure_ground: 涉及第三方
column: 通知公告
channels: [site, {name: wechat, not_before: "2026-11-24 07:30"}, gazette]
release_at: 2026-11-23T18:00:00
belongs_with: oa-2026-0002
relations: {interprets: oa-2026-0000, amends: [a, b]}
summary: |
  第一行
  第二行
keywords: [公开, 办法]
cover: cover.png
attachments: [附件1.pdf, 子/表.csv]
approvals:
  - {step: secrecy, by: 王某, office: 区政府办公室, at: 2026-11-20T10:00:00+08:00, result: pass, ground: 不涉密}
  - {step: first, by: 李某, at: 2026-11-20 11:00, result: fail}
---
## 一、总则

正文第一段。

![示意图](图 1.png "图1 流程")
`

func TestEveryKeyOfTheItemPackageArrives(t *testing.T) {
	f := files{"cover.png": pngOf(4, 3), "附件1.pdf": []byte(pdf), "子/表.csv": []byte("甲,乙\n1,2\n"), "图 1.png": pngOf(2, 5)}
	p := read(t, "稿/某.md", strings.Replace(whole, "(图 1.png", "(<图 1.png>", 1), f, Options{})
	beijing := time.FixedZone("", 8*3600)
	wantItem := press.Item{
		ExternalID: "oa-2026-0001", Kind: press.Policy, IndexNumber: "11370000/2026-00001",
		Wants: []press.Want{{Channel: "site"}, {Channel: "wechat", NotBefore: time.Date(2026, 11, 24, 7, 30, 0, 0, beijing).UTC()},
			{Channel: "gazette"}},
		ReleaseAt: time.Date(2026, 11, 23, 18, 0, 0, 0, beijing).UTC(), BelongsWith: []string{"oa-2026-0002"},
	}
	if d := cmp.Diff(wantItem, p.Item); d != "" {
		t.Error(d)
	}
	wantMeta := press.Meta{
		DocNumber: "示政办发〔2026〕1号", Issuer: "示例区人民政府办公室", Source: "示例区人民政府", Author: "某",
		FormedOn: workday.Date{Year: 2026, Month: 11, Day: 20}, ApprovedOn: workday.Date{Year: 2026, Month: 11, Day: 19},
		Theme: "综合政务", Genre: "通知", Validity: press.InForce, Disclosure: press.OnRequest, DisclosureGround: "涉及第三方",
		Column: "通知公告", Summary: "第一行\n第二行", Keywords: []string{"公开", "办法"},
		Relations: []press.Relation{{Type: press.Interprets, To: "oa-2026-0000"}, {Type: press.Amends, To: "a"}, {Type: press.Amends, To: "b"}},
	}
	if d := cmp.Diff(wantMeta, p.Revision.Meta); d != "" {
		t.Error(d)
	}
	wantApprovals := []press.Approval{
		{Step: press.SecrecyReview, By: "王某", Office: "区政府办公室", At: time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC), Pass: true, Ground: "不涉密"},
		{Step: press.FirstReview, By: "李某", At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)},
	}
	if d := cmp.Diff(wantApprovals, p.Approvals); d != "" {
		t.Error(d)
	}
	checkWholeRevision(t, p)
}

func checkWholeRevision(t *testing.T, p Package) {
	t.Helper()
	r := p.Revision
	if r.Title != "示例区人民政府办公室关于印发某办法的通知" || r.ShortTitle != "某办法" {
		t.Errorf("titles %q %q", r.Title, r.ShortTitle)
	}
	if r.Cover == nil || r.Cover.Width != 4 || r.Cover.Height != 3 || r.Cover.MIME != "image/png" {
		t.Errorf("cover %+v", r.Cover)
	}
	if len(r.Attachments) != 2 || r.Attachments[0].Name != "附件1.pdf" || r.Attachments[0].MIME != "application/pdf" ||
		r.Attachments[1].Name != "表.csv" {
		t.Errorf("attachments %+v", r.Attachments)
	}
	if len(r.Images) != 1 || r.Images[0].Name != "图 1.png" {
		t.Fatalf("images %+v", r.Images)
	}
	want := []press.Block{press.H(1, "一、总则"), press.P("正文第一段。"),
		{Kind: press.Figure, Picture: &press.Picture{Digest: r.Images[0].Digest, Alt: "示意图", Caption: "图1 流程"}}}
	if d := cmp.Diff(want, r.Body); d != "" {
		t.Error(d)
	}
	for _, a := range append([]press.Asset{*r.Cover, r.Images[0]}, r.Attachments...) {
		if int64(len(p.Files[a.Digest])) != a.Size || a.Size == 0 {
			t.Errorf("bytes of %s: %d, size %d", a.Name, len(p.Files[a.Digest]), a.Size)
		}
	}
}

func TestJSONSaysTheSameAsMarkdown(t *testing.T) {
	md := read(t, "a.md", head+"第一段\n\n- 甲\n- 乙\n", nil, Options{})
	js := read(t, "a.json", `{"title": "示例区关于某事的通知", "kind": "notice", "body": "第一段\n\n- 甲\n- 乙\n"}`, nil, Options{})
	ht := read(t, "a.json", `{"title": "示例区关于某事的通知", "kind": "notice", "body_format": "html",
		"body": "<p>第一段</p><ul><li>甲</li><li>乙</li></ul>"}`, nil, Options{})
	for _, p := range []Package{js, ht} {
		if d := cmp.Diff(md.Revision, p.Revision); d != "" {
			t.Error(d)
		}
	}
}

func TestFlagsWinOverSideFileOverFrontMatter(t *testing.T) {
	f := files{"a.yaml": []byte("title: 旁\ncolumn: 旁栏\nkeywords: [旁]\n")}
	o := Options{Meta: map[string]string{"title": "旗", "channels": "site，wechat, gazette", "relations": "interprets=x", "formed_on": "2026-01-02"}}
	p := read(t, "a.md", "---\ntitle: 前\nkind: news\ncolumn: 前栏\nissuer: 前机构\n---\n正文", f, o)
	got := []string{p.Revision.Title, p.Revision.Meta.Column, p.Revision.Meta.Issuer, p.Revision.Meta.Keywords[0], p.Revision.Meta.FormedOn.String()}
	if d := cmp.Diff([]string{"旗", "旁栏", "前机构", "旁", "2026-01-02"}, got); d != "" {
		t.Error(d)
	}
	if len(p.Item.Wants) != 3 || p.Item.Wants[2].Channel != "gazette" || p.Revision.Meta.Relations[0].To != "x" {
		t.Errorf("%+v %+v", p.Item.Wants, p.Revision.Meta.Relations)
	}
}

func TestTitleIsTakenFromTheDocumentWhenNobodyGaveOne(t *testing.T) {
	kind := Options{Meta: map[string]string{"kind": "notice"}}
	for name, text := range map[string]string{
		"a.txt": "\n  某通知  \n正文", "a.md": "# 某通知\n\n正文", "a.html": "<title>别的</title><h1>某通知</h1><p>正文</p>",
		"b.html": "<title>某通知</title><p>正文</p>",
	} {
		if p := read(t, name, text, nil, kind); p.Revision.Title != "某通知" || body(p) != "正文" {
			t.Errorf("%s: %q %q", name, p.Revision.Title, body(p))
		}
	}
}

func TestTimesWithoutZoneAreInTheOfficesZone(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-23T18:00:00+08:00": "2026-11-23T10:00:00Z", "2026-11-23T18:00:00Z": "2026-11-23T18:00:00Z",
		"2026-11-23T18:00": "2026-11-23T10:00:00Z", "2026-11-23 18:00:30": "2026-11-23T10:00:30Z",
	} {
		p := read(t, "a.md", head+"正文", nil, Options{Meta: map[string]string{"release_at": text}})
		if got := p.Item.ReleaseAt.Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
