package press

import (
	"strings"
	"unicode"

	"tongfa/workday"
)

// number is a personal number found in a text, and as much of it as may be repeated.
type number struct {
	rule   Rule
	masked string
	sure   bool // false: it has the form but not the check digit
}

// shortestNumber is how many digits the shortest personal number has.
const shortestNumber = 11

// numbersIn finds identity numbers, mobile numbers and bank cards. Digits may be full-width, and spaces or hyphens may
// part them. A label is what a table says of the cell; today bounds the dates of birth.
func numbersIn(text, label string, today workday.Date) []number {
	if digitsIn(text) < shortestNumber {
		return nil
	}
	var found []number
	rs := []rune(text)
	for _, run := range runsIn(rs) {
		found = append(found, numbersOf(rs, run, label, today)...)
	}
	return found
}

func digitsIn(text string) int {
	n := 0
	for _, r := range text {
		if isDigit(plain(r)) {
			n++
		}
	}
	return n
}

// plain turns a full-width digit into the ordinary one.
func plain(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// chunk is a run of digits without anything between them; the last one of a number may end in X.
type chunk struct {
	digits     string
	start, end int  // runes of the text
	loose      bool // white space before it, and nothing more telling
}

// runsIn splits a text into runs of chunks that only separators part.
func runsIn(rs []rune) [][]chunk {
	var runs [][]chunk
	var run []chunk
	for i := 0; i < len(rs); {
		if !isDigit(plain(rs[i])) {
			i++
			continue
		}
		c := chunkAt(rs, i)
		if len(run) > 0 {
			joined, loose := joins(rs[run[len(run)-1].end:c.start])
			if !joined || strings.HasSuffix(run[len(run)-1].digits, "X") {
				runs, run = append(runs, run), nil
			}
			c.loose = loose
		}
		run = append(run, c)
		i = c.end
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

func chunkAt(rs []rune, i int) chunk {
	c := chunk{start: i}
	var b strings.Builder
	for ; i < len(rs) && isDigit(plain(rs[i])); i++ {
		b.WriteRune(plain(rs[i]))
	}
	if x := skipSeparators(rs, i); x < len(rs) && isX(rs[x]) && (x == i || b.Len() <= 3 || b.Len() == 17) && (x+1 == len(rs) || !isLetter(rs[x+1])) {
		b.WriteByte('X')
		i = x + 1
	}
	c.digits, c.end = b.String(), i
	return c
}

// isX knows the check character in all its widths.
func isX(r rune) bool { return r == 'X' || r == 'x' || r == 'Ｘ' || r == 'ｘ' }

func isLetter(r rune) bool { return r < 0x80 && unicode.IsLetter(r) }

// mostBetween is how many separators may part two chunks of one number.
const mostBetween = 3

func skipSeparators(rs []rune, i int) int {
	for n := 0; n < mostBetween && i < len(rs) && separates(rs[i]); n++ {
		i++
	}
	return i
}

func separates(r rune) bool {
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '－', '_', '·', '.', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad':
		return true
	}
	return unicode.IsSpace(r)
}

func joins(between []rune) (joined, loose bool) {
	if len(between) > mostBetween {
		return false, false
	}
	loose = true
	for _, r := range between {
		if !separates(r) {
			return false, false
		}
		loose = loose && unicode.IsSpace(r)
	}
	return true, loose
}

// numbersOf looks for personal numbers among the chunks of a run: always whole chunks, so that a longer number never
// contains a shorter one.
func numbersOf(rs []rune, run []chunk, label string, today workday.Date) []number {
	var found []number
	for i := 0; i < len(run); {
		n, used := numberAt(rs, run, i, label, today)
		if used == 0 {
			i++
			continue
		}
		found = append(found, n)
		i += used
	}
	return found
}

// A card has 19 digits and nothing personal has more; nobody parts a number into more than six groups.
const (
	longestNumber = 19
	mostChunks    = 6
)

// numberAt tries the windows that begin at one chunk, the longest first.
func numberAt(rs []rune, run []chunk, i int, label string, today workday.Date) (n number, used int) {
	to, total := i, 0
	for ; to < len(run) && total < longestNumber; to++ {
		total += len(run[to].digits)
	}
	for ; total >= shortestNumber; to-- {
		w := window{rs: rs, run: run, from: i, to: to, label: label}
		if to-i <= mostChunks || i == 0 && to == len(run) { // written digit by digit, a number stands alone
			if n, ok := w.number(today); ok {
				return n, to - i
			}
		}
		total -= len(run[to-1].digits)
	}
	return number{}, 0
}

// window is some neighbouring chunks of a run, looked at as one number.
type window struct {
	rs       []rune
	run      []chunk
	from, to int // chunks
	label    string
}

func (w window) digits() string {
	if w.to == w.from+1 {
		return w.run[w.from].digits
	}
	var b strings.Builder
	for _, c := range w.run[w.from:w.to] {
		b.WriteString(c.digits)
	}
	return b.String()
}

func (w window) number(today workday.Date) (number, bool) {
	s := w.digits()
	switch len(s) {
	case 18:
		if n, ok := w.identity(s, today); ok {
			return n, true
		}
	case 15:
		if n, ok := w.oldIdentity(s, today); ok {
			return n, true
		}
	}
	if strings.HasSuffix(s, "X") || w.glued() || w.amount() || w.address() {
		return number{}, false
	}
	if n, ok := w.card(s); ok {
		return n, true
	}
	return w.phone(s)
}

// identity is an 18-digit identity number (GB 11643). A wrong check digit only counts where the text itself says that it
// is an identity number.
func (w window) identity(s string, today workday.Date) (number, bool) {
	if !province(s) || !birth(s[6:14], today) || w.lettered() {
		return number{}, false
	}
	n := number{ruleIDNumber, mask(s, 3, 4), true}
	if !checkID(s) {
		n.sure = false
		return n, w.says(identityWords)
	}
	if validCreditCode(s) && w.called(creditWords) {
		return number{}, false // a unified social credit code that happens to look like one
	}
	return n, true
}

// oldIdentity is a 15-digit number of before 1999. It has no check digit, so the numbers that offices give to
// everything are told from it by what the text calls them.
func (w window) oldIdentity(s string, today workday.Date) (number, bool) {
	shaped := w.whole() || w.sizes(6, 6, 3) || w.sizes(6, 2, 2, 2, 3) || w.ones()
	if !shaped || strings.HasSuffix(s, "X") || !province(s) || !birth("19"+s[6:12], today) {
		return number{}, false
	}
	if !w.says(identityWords) && (w.called(codeWords) || w.says(cardWords) || w.called(creditWords) || w.glued() || w.amount()) {
		return number{}, false
	}
	return number{ruleIDNumber, mask(s, 3, 3), true}, true
}

// card is a bank card (ISO 7812). The prefix 62 of UnionPay is telling; others need the text to speak of a card.
func (w window) card(s string) (number, bool) {
	if len(s) < 16 || len(s) > longestNumber || !luhn(s) || !w.cardShaped() {
		return number{}, false
	}
	spoken := w.says(cardWords)
	strong := strings.HasPrefix(s, "62") || len(s) == 19 && (strings.HasPrefix(s, "9558") || strings.HasPrefix(s, "9559"))
	weak := len(s) == 16 && strings.ContainsRune("345", rune(s[0])) || strings.HasPrefix(s, "60") || strings.HasPrefix(s, "68") || strings.HasPrefix(s, "69")
	if strong && (spoken || !w.called(codeWords)) || weak && spoken {
		return number{ruleCard, mask(s, 4, 4), true}, true
	}
	return number{}, false
}

func (w window) cardShaped() bool {
	if w.whole() || w.ones() {
		return true
	}
	cs := w.run[w.from:w.to]
	if len(cs) == 2 {
		return len(cs[0].digits) == 6 && len(cs[1].digits) >= 10
	}
	for _, c := range cs[:len(cs)-1] {
		if len(c.digits) != 4 {
			return false
		}
	}
	return len(cs[len(cs)-1].digits) <= 4
}

// phone is a mobile number, perhaps with the code of the country before it.
func (w window) phone(s string) (number, bool) {
	bare := s
	switch {
	case len(s) == 13 && strings.HasPrefix(s, "86"):
		bare = s[2:]
	case len(s) == 15 && strings.HasPrefix(s, "0086"):
		bare = s[4:]
	}
	if len(bare) != 11 || bare[0] != '1' || bare[1] < '3' || strings.HasSuffix(bare, "0000000") || !w.phoneShaped(len(s)-len(bare)) {
		return number{}, false
	}
	if w.called(codeWords) && !w.says(phoneWords) {
		return number{}, false
	}
	return number{rulePhone, mask(bare, 3, 4), true}, true
}

// phoneShaped tells 138 0013 8000 from a row of figures.
func (w window) phoneShaped(country int) bool {
	if country > 0 && len(w.run[w.from].digits) == country {
		w.from++
	}
	switch {
	case w.whole(), w.ones():
		return true
	case w.sizes(3, 4, 4), w.sizes(3, 8):
		return !w.loose() || w.to-w.from >= len(w.run)-1 || w.says(phoneWords)
	case w.sizes(7, 4), w.sizes(4, 3, 4), w.sizes(4, 4, 3), w.sizes(3, 3, 5), w.sizes(5, 6), w.sizes(6, 5):
		return !w.loose() || w.says(phoneWords)
	}
	return false
}

// whole reports a number without separators.
func (w window) whole() bool { return w.to == w.from+1 }

func (w window) sizes(want ...int) bool {
	if w.to-w.from != len(want) {
		return false
	}
	for i, n := range want {
		if len(w.run[w.from+i].digits) != n {
			return false
		}
	}
	return true
}

// ones reports a number written digit by digit.
func (w window) ones() bool {
	for i, c := range w.run[w.from:w.to] {
		last := w.from+i == w.to-1
		if len(c.digits) != 1 && !(last && len(c.digits) == 2 && c.digits[1] == 'X') {
			return false
		}
	}
	return w.from == 0 && w.to == len(w.run)
}

// loose reports that only white space parts the chunks, as it also parts the figures of a table turned to text.
func (w window) loose() bool {
	for _, c := range w.run[w.from+1 : w.to] {
		if !c.loose {
			return false
		}
	}
	return true
}

// glued reports a Latin letter right before or after: then it is a piece of a code. A label such as TEL is none.
func (w window) glued() bool {
	if w.lettered() {
		return true
	}
	at := w.run[w.from].start
	if at == 0 || !isLetter(w.rs[at-1]) || isX(w.rs[at-1]) && digitsBefore(w.rs, at-1) == 17 {
		return false // the X ends an identity number
	}
	from := at
	for from > 0 && isLetter(w.rs[from-1]) {
		from--
	}
	switch strings.ToLower(string(w.rs[from:at])) {
	case "tel", "phone", "mobile", "mob", "wx", "vx", "qq", "v":
		return false
	}
	return true
}

// digitsBefore counts the digits that end at i.
func digitsBefore(rs []rune, i int) int {
	n := 0
	for i-n > 0 && isDigit(plain(rs[i-n-1])) {
		n++
	}
	return n
}

// amount reports figures and ordinals: a sign before, decimals or a unit after, or a table column of sums.
func (w window) amount() bool {
	if strings.ContainsAny(w.before(1), "¥￥$€第") {
		return true
	}
	if w.decimals() || hasAnyPrefix(strings.TrimSpace(w.tail(8)), units) {
		return true
	}
	if hasAny(w.label, phoneWords) || hasAny(w.label, cardWords) || hasAny(w.label, identityWords) {
		return false
	}
	head, before, _ := strings.Cut(w.label, "\n")
	return hasAny(head, sumWords) || hasAny(head, moneyWords) || hasAny(before, sumWords) // somebody may be called 李万元
}

// decimals reports a fraction on either side: 0.13812345678, 13812345678.90.
func (w window) decimals() bool {
	if w.to < len(w.run) {
		between := string(w.rs[w.run[w.to-1].end:w.run[w.to].start])
		if between == "." && len(w.run[w.to].digits) <= 2 {
			return true
		}
	}
	if w.from > 0 {
		between := string(w.rs[w.run[w.from-1].end:w.run[w.from].start])
		return between == "." && w.run[w.from-1].digits == "0"
	}
	return false
}

// lettered reports a Latin letter right behind.
func (w window) lettered() bool {
	end := w.run[w.to-1].end
	return end < len(w.rs) && isLetter(w.rs[end])
}

func (w window) before(n int) string {
	at := w.run[w.from].start
	return string(w.rs[max(0, at-n):at])
}

func (w window) tail(n int) string {
	at := w.run[w.to-1].end
	return string(w.rs[at:min(len(w.rs), at+n)])
}

// near is how far before a number the word may stand that says what it is.
const near = 14

// says reports whether the words before the number, or the table around it, contain one of some words.
func (w window) says(words []string) bool {
	return hasAny(w.label, words) || hasAny(w.before(near), words)
}

// called is says for words that acquit: they must speak of this very number, with no other number or clause between.
func (w window) called(words []string) bool {
	before := []rune(w.before(near))
	for i := len(before) - 1; i >= 0; i-- {
		if isDigit(plain(before[i])) || strings.ContainsRune("，,。；;、！？\n", before[i]) {
			before = before[i+1:]
			break
		}
	}
	return hasAny(w.label, words) || hasAny(string(before), words)
}

// address reports a number inside the address of a web page.
func (w window) address() bool {
	at := w.run[w.from].start
	from := at
	for from > 0 && at-from < 200 && w.rs[from-1] > ' ' && w.rs[from-1] < 0x7f {
		from--
	}
	before := string(w.rs[from:at])
	return strings.Contains(before, "://") || strings.Contains(before, "www.")
}

// The words by which a text itself tells what a number is.
var (
	identityWords = []string{"身份证", "身份号码", "证件号", "公民身份"}
	phoneWords    = []string{"电话", "手机", "联系", "移动", "Tel", "tel", "TEL", "号码"}
	cardWords     = []string{"卡号", "银行", "账号", "帐号", "账户", "帐户", "信用卡", "储蓄", "开户", "社保卡", "一卡通"}
	creditWords   = []string{"信用代码", "机构代码", "识别号", "税号", "统一代码"}
	codeWords     = []string{"编号", "代码", "编码", "注册号", "登记号", "登记证", "许可证", "执照", "备案", "流水", "订单", "案号", "合同", "工单", "文号", "批号", "条码", "受理号", "索引号", "项目号", "单号", "IMEI", "设备号", "证书号"}
	moneyWords    = []string{"（元", "(元", "万元", "亿元"}
	sumWords      = []string{"金额", "资金", "面积", "合计", "总计", "小计", "数量", "产值", "收入", "支出", "预算数", "决算数", "人数", "户数"}
	units         = []string{"元", "万", "亿", "吨", "平方", "立方", "㎡", "公里", "千米", "米", "千瓦", "度", "股", "%", "％", "美元", "人次"}
)

func hasAny(s string, words []string) bool {
	if s == "" {
		return false
	}
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// mask keeps the first and the last digits. What is between is gone, not hidden.
func mask(s string, first, last int) string {
	return s[:first] + strings.Repeat("*", len(s)-first-last) + s[len(s)-last:]
}
