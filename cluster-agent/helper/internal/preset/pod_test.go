package preset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seatrial.dev/helper/internal/config"
)

// pod is a shared volume as prepare leaves it, with a preset on top.
type pod struct {
	t      *testing.T
	root   string
	preset *Preset
	output *bytes.Buffer
}

func newPod(t *testing.T, spec string) *pod {
	t.Helper()
	root := t.TempDir()
	environment := map[string]string{"SEATRIAL_ROOT": root, "SEATRIAL_SPEC": spec, "PATH": os.Getenv("PATH")}
	settings, err := config.FromEnvironment(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{settings.BinFolder(), settings.SuiteFolder(), settings.OutFolder()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := InstallPlugin(settings.BinFolder()); err != nil {
		t.Fatal(err)
	}
	output := &bytes.Buffer{}
	return &pod{t: t, root: root, preset: New(settings, output, output), output: output}
}

func (p *pod) do() int     { return p.preset.Do() }
func (p *pod) log() string { return p.output.String() }

// write puts a file into the content.
func (p *pod) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.root, "work", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pod) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.root, name))
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.log())
	}
	return string(text)
}

func (p *pod) exists(name string) bool {
	_, err := os.Stat(filepath.Join(p.root, name))
	return err == nil
}

func (p *pod) cases(ids ...string) {
	p.t.Helper()
	if err := writeJSON(filepath.Join(p.root, "cases.json"), map[string][]string{"cases": ids}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pod) list() list {
	p.t.Helper()
	var document list
	if err := json.Unmarshal([]byte(p.read("out/list.json")), &document); err != nil {
		p.t.Fatal(err)
	}
	return document
}

// line is everything that a journal line may hold.
type line struct {
	event
	Detail string `json:"detail"`
	File   string `json:"file"`
	Line   int    `json:"line"`
}

func (p *pod) journal() []line {
	p.t.Helper()
	var lines []line
	scanner := bufio.NewScanner(strings.NewReader(p.read("out/journal.ndjson")))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var one line
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			p.t.Fatalf("journal line %q: %v", scanner.Text(), err)
		}
		lines = append(lines, one)
	}
	return lines
}

// ends returns the end of each case, and fails when a case has two.
func (p *pod) ends() map[string]line {
	p.t.Helper()
	ends := map[string]line{}
	for _, one := range p.journal() {
		if one.Event != "end" {
			continue
		}
		if _, twice := ends[one.Case]; twice {
			p.t.Errorf("%s has two ends", one.Case)
		}
		ends[one.Case] = one
	}
	return ends
}
