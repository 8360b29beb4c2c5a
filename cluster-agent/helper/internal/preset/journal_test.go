package preset

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALineThatADyingProcessLeftHalfWrittenIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.ndjson")
	kept, err := newJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	const whole = `{"event":"start","case":"a","at":1}` + "\n"
	if err := os.WriteFile(path, []byte(whole+`{"event":"end","case":"a","outc`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := kept.update(); err != nil {
		t.Fatal(err)
	}
	if _, isRunning := kept.started["a"]; !isRunning || len(kept.outcomes) != 0 {
		t.Errorf("started %v, outcomes %v", kept.started, kept.outcomes)
	}
	if err := kept.end("a", "died", 1, true); err != nil {
		t.Fatal(err)
	}
	const end = `{"event":"end","case":"a","outcome":"errored","seconds":1,"message":"died","crash":true}` + "\n"
	if text, _ := os.ReadFile(path); string(text) != whole+end {
		t.Errorf("the journal is %s", text)
	}
}

func TestWhatTestsWriteIntoTheJournalIsNotTrusted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.ndjson")
	kept, err := newJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("nonsense\n[1]\n{\"event\":5}\n\n{\"event\":\"end\",\"case\":\"a\",\"outcome\":\"passed\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := kept.update(); err != nil {
		t.Fatal(err)
	}
	if left := kept.without([]string{"a", "b"}); len(left) != 1 || left[0] != "b" || kept.finished {
		t.Errorf("left %q, finished %v", left, kept.finished)
	}
}
