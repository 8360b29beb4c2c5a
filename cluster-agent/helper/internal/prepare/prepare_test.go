package prepare

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/hubtest"
)

func packed(t *testing.T, names ...string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	zipped := gzip.NewWriter(&buffer)
	writer := tar.NewWriter(zipped)
	for _, name := range names {
		_ = writer.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: 4})
		_, _ = writer.Write([]byte("text"))
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestAPodIsPreparedThroughBrokenConnections(t *testing.T) {
	server := (&hubtest.Hub{Content: packed(t, "tests/api/test_a.py", "readme"), Cases: `{"cases":["x"]}`, DropAfter: 50}).Start(t)
	root := t.TempDir()
	settings := server.Settings(t, root, `{"content":true,"cases":true,"path":"tests/api"}`)
	if err := os.MkdirAll(filepath.Join(root, "work/old"), 0o755); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	if err := Prepare(context.Background(), settings, hubtest.Clock(), &log); err != nil {
		t.Fatal(err)
	}
	for name, expected := range map[string]string{"work/tests/api/test_a.py": "text", "work/readme": "text", "cases.json": `{"cases":["x"]}`} {
		if text, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(text) != expected {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "work/old")); err == nil {
		t.Error("the work folder was not emptied first")
	}
	if info, err := os.Stat(filepath.Join(root, "bin/helper")); err != nil || info.Mode() != 0o755 {
		t.Errorf("the helper is not installed: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(root, "bin/pytest/seatrial_pytest.py")); err != nil || len(text) == 0 {
		t.Errorf("the plugin is not installed: %v", err)
	}
	if !strings.Contains(log.String(), "2 entries, 8 bytes") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestAPodWithoutContentNeedsNoHub(t *testing.T) {
	server := (&hubtest.Hub{}).Start(t)
	root := t.TempDir()
	settings := server.Settings(t, root, `{"path":"tests"}`)
	settings.Hub.URL = ""
	if err := Prepare(context.Background(), settings, hubtest.Clock(), &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "work/tests")); err != nil {
		t.Error(err)
	}
}

func TestWhatGoesWrongHasACodeAndAnExitStatus(t *testing.T) {
	for name, example := range map[string]struct {
		hub  *hubtest.Hub
		spec string
		code failure.Code
		exit int
	}{
		"bad content":        {&hubtest.Hub{Content: packed(t, "a", "../b")}, `{"content":true}`, failure.ContentUnsafe, 10},
		"a bomb":             {&hubtest.Hub{Content: packed(t, "a", "b", "c")}, `{"content":true,"limits":{"contentEntries":2}}`, failure.ContentTooLarge, 10},
		"a truncated blob":   {&hubtest.Hub{Content: packed(t, "a")[:40]}, `{"content":true}`, failure.ContentDamaged, 10},
		"a path not there":   {&hubtest.Hub{Content: packed(t, "a/b")}, `{"content":true,"path":"a/c"}`, failure.ContentPathMissing, 10},
		"a hub that is off":  {&hubtest.Hub{Fault: answer(503)}, `{"content":true}`, failure.ContentUnavailable, 11},
		"a lease that ended": {&hubtest.Hub{Fault: answer(410)}, `{"content":true}`, failure.ContentUnavailable, 11},
		"no cases":           {&hubtest.Hub{Fault: answer(404)}, `{"cases":true}`, failure.CasesUnavailable, 11},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			settings := example.hub.Start(t).Settings(t, root, example.spec)
			err := Prepare(context.Background(), settings, hubtest.Clock(), &strings.Builder{})
			var known *failure.Failure
			if !errors.As(err, &known) || known.Code != example.code || known.Exit() != example.exit {
				t.Fatalf("got %v", err)
			}
			if entries, _ := os.ReadDir(filepath.Join(root, "work")); len(entries) > 0 && example.code != failure.ContentPathMissing {
				t.Errorf("half-written content stayed: %v", entries)
			}
		})
	}
}

func answer(status int) func(int, http.ResponseWriter, *http.Request) bool {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		hubtest.Problem(w, status, "no")
		return true
	}
}
