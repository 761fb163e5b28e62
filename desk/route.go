package desk

import (
	"net/http"
	"slices"

	"tongfa/press"
)

// route is one address of the desk and what a person must be let do to use it. Who may do what is asked here and nowhere else: a page that
// offers a move asks the same table (frame.May).
type route struct {
	method, path string
	right        press.Right // "" for everybody, signed in or not
	do           http.HandlerFunc
}

// table is every address.
func (d *desk) table() []route {
	return slices.Concat(
		d.baseRoutes(),
		d.todayRoutes(),
		d.signInRoutes(),
		d.personRoutes(),
		d.matrixRoutes(),
		d.viewRoutes(),
		d.liveRoutes(),
		d.itemRoutes(),
		d.editionRoutes(),
		d.roundRoutes(),
		d.channelRoutes(),
		d.alarmRoutes(),
		d.recordRoutes(),
		d.settingRoutes(),
		d.writeRoutes(),
		d.submissionRoutes(),
		d.tokenRoutes(),
		d.webhookRoutes(),
		d.apiRoutes(),
	)
}

func (d *desk) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, t := range d.table() {
		mux.Handle(t.method+" "+t.path, d.allow(t))
	}
	mux.HandleFunc("/", d.nowhere)
	d.mux = mux
	return mux
}

// allow lets those through who have the route's right.
func (d *desk) allow(t route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := personOf(r); {
		case t.right == "":
			t.do(w, d.stamped(r))
		case p.Name == "":
			d.unknown(w, r)
		case p.MustChange && p.ID != 0:
			d.changeFirst(w, r)
		case p.May(t.right):
			t.do(w, d.stamped(r))
		default:
			d.forbid(w, r, t.right)
		}
	})
}

// forbid says which right is missing and who has it.
func (d *desk) forbid(w http.ResponseWriter, r *http.Request, right press.Right) {
	for _, i := range press.Rights() {
		if i.Right == right {
			d.refuse(w, r, http.StatusForbidden, d.t(r, "您没有“%s”的权限，没有执行", d.t(r, i.Name)), d.t(r, "需要的话，请系统管理员在“人员”里调整您的角色。"))
			return
		}
	}
	d.nowhere(w, r)
}

func (d *desk) baseRoutes() []route {
	return []route{
		{"GET", "/healthz", "", d.healthz},
		{"GET", "/readyz", "", d.readyz},
		{"GET", "/static/{name}", "", d.file},
	}
}

func (d *desk) matrixRoutes() []route {
	return []route{
		{"GET", "/matrix", press.MaySee, d.matrix},
	}
}

func (d *desk) channelRoutes() []route {
	return []route{
		{"GET", "/channels/{name}", press.MaySee, d.channel},
		{"POST", "/channels/{name}/pause", press.MayRun, d.pause},
		{"POST", "/channels/{name}/resume", press.MayRun, d.resume},
		{"POST", "/channels/{name}/catch-up", press.MayRun, d.catchUp},
	}
}

func (d *desk) alarmRoutes() []route {
	return []route{
		{"GET", "/alarms", press.MaySee, d.alarms},
		{"POST", "/alarms/{id}/take", press.MayAnswer, d.takeAlarm},
		{"GET", "/strangers", press.MaySee, d.strangers},
		{"POST", "/strangers/known", press.MayAnswer, d.knowStranger},
	}
}
