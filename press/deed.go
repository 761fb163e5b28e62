package press

// DeedInfo is one kind of thing that people do at the desk that is about no item.
type DeedInfo struct {
	Verb string // as the record has it
	Name string // as people see it
}

// Deeds is what the record of deeds knows, a room after the other. Who records a new kind gives it a name here.
func Deeds() []DeedInfo {
	return []DeedInfo{
		{"sign_in", "登录"},
		{"sign_out", "退出登录"},
		{"lock", "连续输错密码，锁定"},
		{"admit", "新增人员"},
		{"change_person", "修改人员资料"},
		{"change_roles", "调整角色"},
		{"disable", "停用账号"},
		{"enable", "启用账号"},
		{"unlock", "解除锁定"},
		{"reset_password", "重置密码"},
		{"change_password", "修改本人密码"},
		{"add_token", "新增接口令牌"},
		{"revoke_token", "撤销接口令牌"},
		{"test_hook", "试发推送"},
		{"resend_hook", "重新发送推送"},

		{"plan_edition", "新开一期"},
		{"put_entry", "编入稿件"},
		{"renew_entry", "换成新版本"},
		{"drop_entry", "移出稿件"},
		{"arrange_edition", "调整顺序和栏目"},
		{"name_edition", "改期名"},
		{"move_edition", "改发出时间"},
		{"pull_proof", "出校样"},
		{"pass_proof", "校对通过"},
		{"remark_proof", "提校对意见"},
		{"settle_remark", "处理校对意见"},
		{"freeze_edition", "清样定稿"},
		{"thaw_edition", "撤销定稿"},
		{"issue_edition", "发行"},
		{"time_edition", "定下发出时刻"},
		{"untime_edition", "取消到点发出"},
		{"stop_edition", "到点没有发出"},
		{"abandon_edition", "放弃一期"},
		{"receive_submission", "收到报送"},
		{"add_papers", "补交报送材料"},
		{"return_submission", "退回报送"},
		{"link_submission", "报送收稿"},
		{"register_document", "登记规范性文件"},
		{"import_register", "导入规范性文件"},
		{"explain_register", "说明不刊登的原因"},
		{"supplement_edition", "增刊"},
		{"index_edition", "年度总目录"},
		{"free_number", "收回期号"},
		{"announce_edition", "拟发刊消息"},
		{"import_issue", "导入过刊"},
		{"pause", "暂停渠道"},
		{"resume", "恢复渠道"},
		{"catch_up", "补发错过的时段"},
		{"take_alarm", "认领告警"},
		{"know_stranger", "说明台账外内容"},
		{"check_chains", "核对全部记录"},
		{"export_record", "导出操作记录"},
		{"export_evidence", "导出证据"},
		{"test_channel", "测试渠道"},
		{"add_holidays", "导入放假安排"},
		{"drop_holidays", "停用放假安排"},
		{"add_words", "加入词表"},
		{"drop_word", "移出词表"},
		{"backup", "立即备份"},
		{"restore", "从备份恢复台账"},
		{"look", "现在核验"},
	}
}

// DeedName is the kind of a deed as people see it.
func DeedName(verb string) string {
	for _, d := range Deeds() {
		if d.Verb == verb {
			return d.Name
		}
	}
	return verb
}
