package failure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestErrorsOfTheSystemGetACodeAndAFix(t *testing.T) {
	for code, err := range map[Code]error{
		DiskFull:         &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC},
		PermissionDenied: fmt.Errorf("wrapped: %w", os.ErrPermission),
		LocalTrouble:     errors.New("odd"),
		ContentUnsafe:    fmt.Errorf("wrapped: %w", New(ContentUnsafe, "x")),
	} {
		if got := Local(err, "testing"); got.Code != code {
			t.Errorf("%v became %v", err, got)
		}
	}
	if got := Local(syscall.EROFS, "testing"); got.Code != PermissionDenied || got.Exit() != ExitLocal {
		t.Errorf("a read-only file system became %v", got)
	}
}

func TestAReportIsOneLineOfJSONThatFitsATerminationMessage(t *testing.T) {
	log := filepath.Join(t.TempDir(), "termination-log")
	var out bytes.Buffer
	if status := Report(New(ContentTooLarge, "%s", strings.Repeat("ü\n", 5000)), &out, log); status != ExitContent {
		t.Errorf("status %d", status)
	}
	text, err := os.ReadFile(log)
	if err != nil || len(text) > 4096 || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Errorf("%d bytes (%v)", len(text), err)
	}
	var report Failure
	if err := json.Unmarshal(text, &report); err != nil || report.Code != ContentTooLarge {
		t.Errorf("%v: %s", err, text)
	}
	if status := Report(errors.New("odd"), &out, "/nowhere/log"); status != ExitLocal {
		t.Errorf("status %d", status)
	}
}
