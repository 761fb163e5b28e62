package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// handInSamples has two departments hand in, and registers four normative documents, one of which the samples publish, in a ledger that has none.
func (h *house) handInSamples(ctx context.Context) error {
	if there, _, err := h.led.Submissions(ctx, ledger.SubmissionFilter{Limit: 1}); err != nil || len(there) > 0 {
		return err
	}
	today := workday.DateOf(h.now().In(h.cfg.Timezone))
	who := ledger.Who{Name: "演示", Role: press.Registrar}
	number := func(office string, n int) string { return fmt.Sprintf("示%s发〔%d〕%d号", office, today.Year, n) }
	reg := func(n int) string { return fmt.Sprintf("XXDR-%d-%07d", today.Year, n) }
	toilets, water := "示例区农业农村局关于印发《示例区农村改厕后续管护办法》的通知", "示例区水务局关于印发《示例区节约用水奖励办法》的通知"
	for _, s := range []struct {
		ledger.Submission
		text map[press.Paper]string
	}{
		{ledger.Submission{Unit: "示例区水务局", Title: water, DocNumber: number("水", 2), RegNumber: reg(40002), FormedOn: today.AddDays(-30), HandedBy: "赵某 0000-8880002"},
			map[press.Paper]string{press.DraftingNote: "为了鼓励节约用水，起草本办法。\n"}},
		{ledger.Submission{Unit: "示例区农业农村局", Title: toilets, DocNumber: number("农", 7), RegNumber: reg(30007), FormedOn: today.AddDays(-6), HandedBy: "李某 0000-8880001"},
			map[press.Paper]string{press.FinalText: "各镇人民政府，各街道办事处：\n\n《示例区农村改厕后续管护办法》已经区政府同意，现印发给你们，请认真贯彻执行。\n\n示例区农业农村局\n",
				press.DraftingNote: "为了管好用好改造后的农村厕所，起草本办法。\n", press.LegalityNote: "经审核，内容合法，程序完备。\n"}},
	} {
		files := map[string][]byte{}
		for _, k := range press.Papers() {
			if text, ok := s.text[k]; ok {
				sum := sha256.Sum256([]byte(text))
				a := press.Asset{Digest: hex.EncodeToString(sum[:]), Name: k.Name() + ".txt", MIME: "text/plain", Size: int64(len(text))}
				files[a.Digest] = []byte(text)
				s.Papers = append(s.Papers, ledger.SubmissionPaper{Kind: k, Asset: a})
			}
		}
		if _, _, err := h.led.Receive(ctx, s.Submission, files, who, h.now()); err != nil {
			return err
		}
	}
	_, err := h.led.ImportRegister(ctx, []press.Registered{
		{RegNumber: reg(10018), Title: "示例区人民政府办公室关于印发《示例区政务信息发布审核管理办法》的通知", DocNumber: "示政办发〔2026〕18号", Unit: "示例区人民政府办公室", On: today.AddDays(-5)},
		{RegNumber: reg(30007), Title: toilets, DocNumber: number("农", 7), Unit: "示例区农业农村局", On: today.AddDays(-6)},
		{RegNumber: reg(40002), Title: water, DocNumber: number("水", 2), Unit: "示例区水务局", On: today.AddDays(-30)},
		{RegNumber: reg(20011), Title: "示例区教育局关于规范民办义务教育学校收费管理的通知", DocNumber: number("教", 11), Unit: "示例区教育局", On: today.AddDays(-40)},
	}, press.ByTable, false, who, h.now())
	return err
}
