package desk

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// holidaysPage (放假安排) is which years the calendar knows and from where, the files that were handed in, and what a file would do before it is.
type holidaysPage struct {
	frame
	Tabs    []entry
	Years   []yearLine
	Builtin []int    // years that the program came with
	Config  []string // files of the configuration
	Files   []ledger.HolidayFile
	Name    string // of a file that is looked at before it is taken
	Data    string
	Preview []noticePreview
	Warn    []string
	Wrong   []string // what is wrong with it
	Problem string
}

// noticePreview is what one notice of a file says.
type noticePreview struct {
	workday.Notice
	Was  bool // the year is known already: this one is laid over it
	Work int  // working days of the year by it
}

// Off and On are the days of rest and the worked weekends.
func (n noticePreview) Off() []workday.Day { return n.days(true) }

// On are the worked weekends (调休).
func (n noticePreview) On() []workday.Day { return n.days(false) }

func (n noticePreview) days(off bool) []workday.Day {
	var out []workday.Day
	for _, d := range n.Days {
		if d.Off == off {
			out = append(out, d)
		}
	}
	return out
}

func (d *desk) holidays(w http.ResponseWriter, r *http.Request) {
	d.showHolidays(w, r, http.StatusOK, holidaysPage{})
}

func (d *desk) showHolidays(w http.ResponseWriter, r *http.Request, status int, p holidaysPage) {
	p.frame, p.Tabs, p.Years = d.frame(r, d.t(r, "放假安排"), "settings"), d.settingTabs(r, "/settings/holidays"), d.calendarYears()
	if d.Upkeep.Years != nil {
		p.Builtin, p.Config = d.Upkeep.Years()
	}
	var err error
	if p.Files, err = d.Ledger.Holidays(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	switch r.URL.Query().Get("done") {
	case "added":
		p.Done = d.t(r, "已导入，马上生效。期限按新的安排重新计算。")
	case "dropped":
		p.Done = d.t(r, "已停用，马上生效。")
	}
	d.show(w, r, status, "holidays", p)
}

// mostHolidayName bounds the name of a file, in characters.
const mostHolidayName = 80

// addHolidays shows what a file says, and takes it once the person has seen that.
func (d *desk) addHolidays(w http.ResponseWriter, r *http.Request) {
	p, err := d.holidayFile(r)
	if err != nil {
		p.Problem = d.t(r, "文件读不出来，或者太大。放假安排的文件一般只有几千字节，请核对是否选错了文件。")
		d.showHolidays(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	if strings.TrimSpace(p.Data) == "" {
		p.Problem = d.t(r, "请选择一个文件，或者把内容粘贴进来。")
		d.showHolidays(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	notices, warn, err := workday.Parse([]byte(p.Data))
	var wrong workday.Problems
	if errors.As(err, &wrong) {
		for _, one := range wrong {
			p.Wrong = append(p.Wrong, one.String())
		}
		p.Problem = d.t(r, "文件有误，没有导入。请按下面的提示改好再导入。")
		d.showHolidays(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	if r.PostFormValue("sure") != "yes" {
		for _, one := range warn {
			p.Warn = append(p.Warn, one.String())
		}
		for _, n := range notices {
			p.Preview = append(p.Preview, noticePreview{n, d.Ledger.Calendar().Knows(n.Year), n.Workdays()})
		}
		d.showHolidays(w, r, http.StatusOK, p)
		return
	}
	if err := d.Ledger.AddHolidays(r.Context(), p.Name, []byte(p.Data), d.by(r, press.MaySet), d.Now()); err != nil {
		d.holidaysFailed(w, r, p, err)
		return
	}
	d.wake()
	http.Redirect(w, r, "/settings/holidays?done=added", http.StatusSeeOther)
}

func (d *desk) holidaysFailed(w http.ResponseWriter, r *http.Request, p holidaysPage, err error) {
	d.notSet(w, r, err, func(problem string) {
		p.Problem = problem
		d.showHolidays(w, r, http.StatusConflict, p)
	})
}

// holidayFile is what was handed in: a file, or the same as text.
func (d *desk) holidayFile(r *http.Request) (p holidaysPage, err error) {
	if err := r.ParseMultipartForm(mostPosted); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return p, err
	}
	p.Data, p.Name = r.PostFormValue("data"), r.PostFormValue("name")
	if f, h, err := r.FormFile("file"); err == nil {
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, mostPosted))
		if err != nil {
			return p, err
		}
		if len(b) > 0 {
			p.Data, p.Name = string(b), h.Filename
		}
	}
	p.Data = strings.ToValidUTF8(p.Data, "\ufffd")
	p.Name = strings.ToValidUTF8(strings.Join(strings.Fields(p.Name), " "), "")
	if rs := []rune(p.Name); len(rs) > mostHolidayName {
		p.Name = string(rs[:mostHolidayName])
	}
	if p.Name == "" {
		p.Name = "粘贴的内容"
	}
	return p, nil
}

func (d *desk) dropHolidays(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		d.nowhere(w, r)
		return
	}
	if r.PostFormValue("sure") != "yes" {
		d.showHolidays(w, r, http.StatusUnprocessableEntity, holidaysPage{Problem: d.t(r, "请先勾选确认，再停用。停用以后期限按其余的安排计算。")})
		return
	}
	if err := d.Ledger.DropHolidays(r.Context(), id, d.by(r, press.MaySet), d.Now()); err != nil {
		d.holidaysFailed(w, r, holidaysPage{}, err)
		return
	}
	d.wake()
	http.Redirect(w, r, "/settings/holidays?done=dropped", http.StatusSeeOther)
}

// LastYear is the last year that the program came with.
func (p holidaysPage) LastYear() int { return p.Builtin[len(p.Builtin)-1] }
