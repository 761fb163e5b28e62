package desk

import (
	"net/http"
	"time"

	"tongfa/press"
)

// Backups is what copies of the ledger there are, and how they are made.
type Backups struct {
	Dir     string
	Every   time.Duration // zero: none is made by itself
	Keep    int
	Next    time.Time
	Files   []BackupFile // newest first
	Running bool         // one is being made that somebody asked for
	Trouble string       // what went wrong since the last good one, for people
}

// BackupFile is one copy. A file has its name only once it was read from end to end and held together.
type BackupFile struct {
	Name string
	Size int64
	At   time.Time
}

// backupsPage (备份) is the copies of the ledger.
type backupsPage struct {
	frame
	Tabs     []entry
	Backups  Backups
	Known    bool
	Restored time.Time // when the ledger was put back from one
	Last     time.Time // what its last move then was
	Problem  string
}

func (d *desk) backups(w http.ResponseWriter, r *http.Request) {
	d.showBackups(w, r, http.StatusOK, "")
}

func (d *desk) showBackups(w http.ResponseWriter, r *http.Request, status int, problem string) {
	p := backupsPage{frame: d.frame(r, d.t(r, "备份"), "settings"), Tabs: d.settingTabs(r, "/settings/backups"), Problem: problem}
	if d.Upkeep.Backups != nil {
		p.Backups, p.Known = d.Upkeep.Backups(r.Context()), true
	}
	last, ok, err := d.Ledger.LastRestore(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if ok {
		p.Restored, p.Last = last.At, last.Last
	}
	if r.URL.Query().Get("done") == "begun" {
		p.Done = d.t(r, "已开始备份。做好并检查无误以后会出现在下面。")
	}
	d.show(w, r, status, "backups", p)
}

// backUp makes a copy now, which goes on by itself.
func (d *desk) backUp(w http.ResponseWriter, r *http.Request) {
	if d.Upkeep.BackUp == nil {
		d.showBackups(w, r, http.StatusConflict, d.t(r, "这里不能备份，请系统管理员在本机运行 tongfa backup。"))
		return
	}
	by := d.by(r, press.MaySet)
	if !d.Upkeep.BackUp(by.Name) {
		d.showBackups(w, r, http.StatusConflict, d.t(r, "正在备份，请等这一次做完。"))
		return
	}
	if err := d.Ledger.Note(r.Context(), "backup", "", "", by, d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/settings/backups?done=begun", http.StatusSeeOther)
}

// Bytes is a size as people read it.
func (backupsPage) Bytes(n int64) string { return bytesSay(n) }
