package fileglob

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func tree(t *testing.T) *os.Root {
	t.Helper()
	top := t.TempDir()
	for _, name := range []string{"outside.xml", "in/a.xml", "in/b.txt", "in/x/c.xml", "in/x/y/d.xml", "in/.hidden/e.xml", "in/[id].xml"} {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"in/evil.xml": "../outside.xml", "in/up": "..", "in/latest": "x", "in/l.xml": "a.xml", "in/gone.xml": "nothing", "in/x/loop": "../x"} {
		if err := os.Symlink(target, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(top, "in/pipe.log"), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(top, "in"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func TestPatternsFindFilesAndNameWhatTheyRefuse(t *testing.T) {
	root := tree(t)
	for pattern, expected := range map[string]string{
		"a.xml":           "a.xml",
		"./a.xml":         "a.xml",
		"*.xml":           "[id].xml a.xml l.xml !evil.xml !gone.xml",
		"**/*.xml":        ".hidden/e.xml [id].xml a.xml l.xml x/c.xml x/y/d.xml !evil.xml !gone.xml",
		"x/**":            "x/c.xml x/y/d.xml",
		"**/d.xml":        "x/y/d.xml",
		"x/**/y/*.xml":    "x/y/d.xml",
		"latest/*.xml":    "latest/c.xml",
		"{a,b}.{xml,txt}": "a.xml b.txt",
		`\[id\].xml`:      "[id].xml",
		"nothing/*.xml":   "",
		"a.xml/b":         "",
		"evil.xml":        "!evil.xml",
		"up/outside.xml":  "!up",
		"*.log":           "!pipe.log",
		"../*.xml":        "!../*.xml",
		"/etc/*":          "!/etc/*",
		"x/../../*.xml":   "!x/../../*.xml",
		"[a":              "![a",
		"":                "!",
	} {
		found, skipped := Find(root, pattern)
		var got []string
		for _, one := range found {
			got = append(got, one.Path)
			if one.Size != 3 {
				t.Errorf("%s has size %d", one.Path, one.Size)
			}
		}
		for _, one := range skipped {
			got = append(got, "!"+one.Path)
			if one.Reason == "" {
				t.Errorf("%s is refused without a reason", one.Path)
			}
		}
		if text := strings.Join(got, " "); text != expected {
			t.Errorf("%q finds %q, expected %q", pattern, text, expected)
		}
	}
}

func TestBracesThatMultiplyAreBounded(t *testing.T) {
	if got := len(expandBraces(strings.Repeat("{a,b}", 30))); got > maxAlternatives {
		t.Errorf("%d alternatives", got)
	}
}
