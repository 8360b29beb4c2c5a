// Package failure holds the closed set of reasons for which the helper gives up, and how it says so.
package failure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Code names a reason; the agent maps it to an outcome, so the set is closed and its values are stable.
type Code string

// The codes, grouped by the exit status that goes with them.
const (
	ContentUnsafe   Code = "content_unsafe"
	ContentTooLarge Code = "content_too_large"
	ContentDamaged  Code = "content_damaged"
	// ContentPathMissing says that the suite names a folder that the content does not have.
	ContentPathMissing Code = "content_path_missing"

	ContentUnavailable Code = "content_unavailable"
	CasesUnavailable   Code = "cases_unavailable"

	ConfigInvalid    Code = "config_invalid"
	DiskFull         Code = "disk_full"
	PermissionDenied Code = "permission_denied"
	LocalTrouble     Code = "local_trouble"
)

// Exit statuses of prepare and collect.
const (
	ExitContent      = 10
	ExitHub          = 11
	ExitLocal        = 12
	ExitNotCollected = 20
	ExitUsage        = 64
)

// maxTerminationBytes is what the kubelet keeps of a container's termination message.
const maxTerminationBytes = 4096

// Failure is a reason with a message that says what, where and how to fix it.
type Failure struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

func (f *Failure) Error() string { return string(f.Code) + ": " + f.Message }

// Exit is the process exit status that belongs to the code.
func (f *Failure) Exit() int {
	switch f.Code {
	case ContentUnsafe, ContentTooLarge, ContentDamaged, ContentPathMissing:
		return ExitContent
	case ContentUnavailable, CasesUnavailable:
		return ExitHub
	default:
		return ExitLocal
	}
}

// New makes a failure from a code and a formatted message.
func New(code Code, format string, values ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, values...)}
}

// Local turns an error of the operating system into a failure that says how to fix it. A failure
// passes through unchanged.
func Local(err error, doing string) *Failure {
	var known *Failure
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return New(DiskFull, "no space left while %s (%v): raise the suite's ephemeral storage or send less content", doing, err)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return New(PermissionDenied, "not allowed while %s (%v): the shared volume must be writable for the pod's user", doing, err)
	default:
		return New(LocalTrouble, "%s went wrong: %v", doing, err)
	}
}

// Report writes the failure as one line of JSON to out and to the termination log, and returns the
// exit status. A termination log that cannot be written is not a second failure.
func Report(err error, out io.Writer, terminationLog string) int {
	known := Local(err, "working")
	line := encode(*known)
	fmt.Fprintf(out, "%s\n", line)
	_ = os.WriteFile(terminationLog, line, 0o644)
	return known.Exit()
}

func encode(f Failure) []byte {
	for {
		line, _ := json.Marshal(f)
		if len(line) <= maxTerminationBytes {
			return line
		}
		characters := []rune(f.Message)
		f.Message = string(characters[:len(characters)*3/4]) + "…"
	}
}
