package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"tongfa/ledger"
)

const (
	leastPassword = 10  // characters
	mostPassword  = 128 // characters: what is hashed is bounded
)

// hashing is what a password costs: a tenth of a second on an office's server, and 64 MiB.
var hashing = argon2id.Params{Memory: 64 << 10, Iterations: 1, Parallelism: 2, SaltLength: 16, KeyLength: 32}

// nobodysHash is checked where there is no password, so that an unknown login takes as long as a known one. A test keeps its cost equal.
const nobodysHash = "$argon2id$v=19$m=65536,t=1,p=2$+Zlssa0XO4CNpCVoj3+K9A$UA9jsTJ/3G7TFBr+aiVFv/sUWsVg2f2IAZfeTIiolbQ"

// HashPassword is a password as the ledger keeps it.
func HashPassword(password string) (string, error) { return argon2id.CreateHash(password, &hashing) }

// turnstile lets a few passwords be hashed at a time: each takes memory and time, and anybody may try.
type turnstile chan struct{}

var errBusy = errors.New("too many are signing in")

func (t turnstile) do(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case t <- struct{}{}:
		defer func() { <-t }()
		f()
		return nil
	case <-ctx.Done():
		return errBusy
	}
}

// matches compares a password with a hash in PHC form; "" stands for no password, which takes as long.
func (d *desk) matches(ctx context.Context, password, hash string) (ok bool, err error) {
	against := hash
	if hash == "" || utf8.RuneCountInString(password) > mostPassword {
		against = nobodysHash
	}
	err = d.turnstile.do(ctx, func() { ok, _ = argon2id.ComparePasswordAndHash(password, against) })
	return ok && against == hash, err
}

// hash is HashPassword, a few at a time.
func (d *desk) hash(ctx context.Context, password string) (hash string, err error) {
	if busy := d.turnstile.do(ctx, func() { hash, err = HashPassword(password) }); busy != nil {
		return "", busy
	}
	return hash, err
}

// PasswordProblem is what is wrong with a new password of a person, "" for nothing.
func PasswordProblem(password string, p ledger.Person) string {
	n, lower := utf8.RuneCountInString(password), strings.ToLower(password)
	switch {
	case n < leastPassword:
		return "密码至少要10个字符"
	case n > mostPassword:
		return "密码最多128个字符"
	case !utf8.ValidString(password) || strings.ContainsFunc(password, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "密码里有看不见的字符，请直接输入，不要粘贴换行"
	case holds(lower, p.Login) || holds(lower, p.Name) || holds(lower, p.Office):
		return "密码里不能有登录名、姓名或者单位名称"
	case common(lower):
		return "这个密码太常见或者太有规律，容易被猜到"
	}
	return ""
}

// holds reports whether a password is made of a word: it has it, and little else.
func holds(password, word string) bool {
	word = strings.ToLower(strings.TrimSpace(word))
	if len(word) < 2 {
		return false
	}
	rest, found := strings.ReplaceAll(password, word, ""), strings.Contains(password, word)
	return found && utf8.RuneCountInString(rest) < leastPassword
}

// common reports whether a password is among those that are tried first.
func common(password string) bool {
	if oneOfTheCommonest()[password] {
		return true
	}
	rs := []rune(password)
	different := map[rune]bool{}
	steps := 0 // neighbours that follow each other, or are equal
	for i, r := range rs {
		different[r] = true
		if i > 0 && r-rs[i-1] >= -1 && r-rs[i-1] <= 1 {
			steps++
		}
	}
	if len(different) < 4 || steps >= len(rs)-3 {
		return true
	}
	for unit := 1; unit <= len(rs)/2; unit++ {
		if repeats(rs, unit) {
			return true
		}
	}
	return false
}

// repeats reports whether a text is its beginning again and again.
func repeats(rs []rune, unit int) bool {
	for i := unit; i < len(rs); i++ {
		if rs[i] != rs[i-unit] {
			return false
		}
	}
	return true
}

// oneOfTheCommonest are well-known passwords that are long enough, of the lists that are tried first.
var oneOfTheCommonest = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`
		1234567890 0123456789 0987654321 9876543210 1234567891 12345678910 123456789a a123456789 aa123456789 q123456789 qq123456789 w123456789 z123456789 abc123456789 abc1234567 abcd123456
		123456789q 123456789z 123456789abc 1234567890a 123456abcd 123456qwerty 1234qwerasdf 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6 1qaz2wsx3edc 1qaz2wsx3e 1qazxsw23edc zaq12wsxcde3 zaq1xsw2cde3
		qazwsxedcrfv qazwsxedc123 qwertyuiop qwertyuiop123 qwertyuiopasdfghjkl asdfghjkl123 asdfghjkl; zxcvbnm123 zxcvbnm1234567 qwerty123456 qwerty1234 qwerty12345 qweasdzxc123 qwe123456789 asd123456789 zxc123456789
		password12 password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123 password@123 passwordpassword mypassword letmein123 welcome123 welcome1234 welcome@123 iloveyou123 iloveyou520 administrator
		admin12345 admin123456 admin@12345 admin@123456 administrator1 adminadmin admin888888 admin666666 root123456 test123456 test1234567 user123456 guest123456 changeme123 default123 huawei@123 huawei12#$
		woaini1314 woaini520 woaini1314520 woaini123456 woaini5201314 5201314520 13145201314 1314520520 5201314123 woaiwojia1 woaiwoziji wodemima123 mima123456 nihao123456 zhongguo123 zhonghua123 beijing2008 zhang123456 wang123456
		li123456789 liu123456789 chen123456 yang123456 woshishui1 caonima123 taobao123456 aini1314520 qq1234567890 1234567qq. a1234567890 a12345678910 aaa123456789 a1b2c3d4e5 aa12345678 abc@123456 abc123!@#456 !@#$%^&*()
		1!2@3#4$5% !qaz2wsx3edc !qaz@wsx#edc 1qaz!qaz2wsx 1qaz@wsx3edc qwer1234asdf qwer!@#$1234 asdf1234qwer zxcv1234asdf 147258369a 1472583690 1357924680 2468013579 1123581321 3141592653 31415926535 112233445566
		bangongshi1 zhengfu123 zhengfu123456 bgs123456789 gov123456789 xinxi123456 wangzhan123 gongwen123 mishu123456 fabu123456 tongfa123456 tongfa12345 bianjitai1 wechat123456 weixin123456 gongbao123
		computer123 football123 baseball123 superman123 sunshine123 princess123 dragon123456 monkey123456 michael123 jordan2323 starwars123 whatever123 trustno1trustno1 internet123 master123456 shadow123456 killer123456`) {
		out[w] = true
	}
	return out
})

// OneTimePassword is a password that can be read out over the telephone and is changed at the first sign-in.
func OneTimePassword() string { return randomWord(3) }

// randomWord is groups of four letters and digits that are not mistaken for each other: five bits each, nearly.
func randomWord(groups int) string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	var b strings.Builder
	for i := range groups * 4 {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // unreachable: crypto/rand does not fail
		}
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// FirstCode is what whoever opens the desk for the first time must know.
func FirstCode() string { return randomWord(6) }
