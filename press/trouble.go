package press

import (
	"errors"
	"fmt"
	"time"
)

// Remedy is what an error asks for. It is the one classification of failures in the house.
type Remedy string

// An error says what to do, not only what happened.
const (
	TryAgain   Remedy = "again"   // nothing was executed: the same call may be repeated soon
	TryLater   Remedy = "later"   // nothing was executed and a limit says when to come back
	AskPerson  Remedy = "person"  // nothing was executed and a person must do something first
	ChangeText Remedy = "refused" // nothing was executed: the outside refuses this text for good
	LookFirst  Remedy = "unknown" // it may have been executed: look, never repeat
)

// Trouble is an error from the outside, told so that a machine knows what it may do and a person what she must do.
type Trouble struct {
	Remedy Remedy
	What   string    // 发生了什么: one plain Chinese sentence
	Who    string    // 由谁处理: the role that must act, for AskPerson and ChangeText
	Do     string    // 怎么处理
	Code   string    // the outside's own code, e.g. "40164", or the number of a rule
	When   time.Time // TryLater: not before
	Raw    string    // the outside's own words, without secrets
	Err    error     // the cause in the machine's words
}

// Error is the English line for a log.
func (t *Trouble) Error() string {
	s := string(t.Remedy)
	if t.Code != "" {
		s += " " + t.Code
	}
	if t.Err != nil {
		return fmt.Sprintf("%s: %v", s, t.Err)
	}
	return s + ": " + t.What
}

// Unwrap gives the cause.
func (t *Trouble) Unwrap() error { return t.Err }

// Say is the Chinese line for a person: what happened, who must do what, with the code.
func (t *Trouble) Say() string {
	s := t.What
	if t.Code != "" {
		s += "（代码 " + t.Code + "）"
	}
	switch {
	case t.Who != "" && t.Do != "":
		s += "。请" + t.Who + "：" + t.Do
	case t.Do != "":
		s += "。" + t.Do
	}
	return s
}

// RemedyOf tells what to do about err. An error that does not say is Unknown: the safe reading of a surprise is
// that it may have happened.
func RemedyOf(err error) Remedy {
	var t *Trouble
	if errors.As(err, &t) {
		return t.Remedy
	}
	return LookFirst
}

// TroubleOf returns the Trouble in err, or wraps err as an unknown outcome.
func TroubleOf(err error) *Trouble {
	var t *Trouble
	if errors.As(err, &t) {
		return t
	}
	return &Trouble{Remedy: LookFirst, What: "渠道返回了无法识别的错误，结果待核实", Err: err}
}
