package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seatrial.dev/helper/internal/hub"
	"seatrial.dev/helper/internal/hubtest"
)

type sidecar struct {
	t    *testing.T
	root string
	hub  *hubtest.Hub
}

func newSidecar(t *testing.T, server *hubtest.Hub, files map[string]string) *sidecar {
	t.Helper()
	made := &sidecar{t, t.TempDir(), server.Start(t)}
	for name, content := range files {
		path := filepath.Join(made.root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

func (s *sidecar) collect(ctx context.Context, spec string) (int, Summary) {
	s.t.Helper()
	settings := s.hub.Settings(s.t, s.root, spec)
	client, err := hub.NewClient(settings.Hub, hubtest.Clock())
	if err != nil {
		s.t.Fatal(err)
	}
	status := Collect(ctx, settings, client, &strings.Builder{})
	text, err := os.ReadFile(settings.TerminationLog)
	if err != nil || len(text) > 4096 {
		s.t.Fatalf("summary of %d bytes: %v", len(text), err)
	}
	var summary Summary
	if err := json.Unmarshal(text, &summary); err != nil {
		s.t.Fatal(err)
	}
	return status, summary
}

func (s *sidecar) stored() []string {
	var names []string
	for name, file := range s.hub.Stored() {
		if !file.Complete {
			s.t.Errorf("%s is not complete", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestReportsAndArtifactsAreUploadedUnderTheirNames(t *testing.T) {
	pod := newSidecar(t, &hubtest.Hub{}, map[string]string{
		"out/junit-node.xml": "<x/>", "out/journal.ndjson": "not of this tool", "work/a/r/one.xml": "<x/>", "work/a/r/two.xml": "<x/>",
		"work/a/shots/1.png": "png", "work/other/secret": "x",
	})
	status, summary := pod.collect(context.Background(), `{"tool":"node","path":"a","reports":{"junit":["r/*.xml","none/*.xml"]},"artifacts":["shots/**","r/one.xml"]}`)
	if status != 0 || summary.Uploaded.Reports != 3 || summary.Uploaded.Artifacts != 2 || len(summary.Errors) != 0 {
		t.Errorf("status %d, %+v", status, summary)
	}
	expected := []string{"artifact r/one.xml", "artifact shots/1.png", "junit junit-node.xml", "junit r/one.xml", "junit r/two.xml"}
	if got := pod.stored(); !slices.Equal(got, expected) {
		t.Errorf("stored %q", got)
	}
	if len(summary.Skipped) != 1 || summary.Skipped[0].Path != "none/*.xml" {
		t.Errorf("skipped %+v", summary.Skipped)
	}
}

func TestAListingUploadsItsListOnly(t *testing.T) {
	pod := newSidecar(t, &hubtest.Hub{}, map[string]string{"out/list.json": "{}", "work/r.xml": "<x/>"})
	status, _ := pod.collect(context.Background(), `{"tool":"pytest","mode":"list","reports":{"junit":["*.xml"]}}`)
	if got := pod.stored(); status != 0 || !slices.Equal(got, []string{"list list.json"}) {
		t.Errorf("status %d, stored %q", status, got)
	}
}

func TestWhatIsOverACapIsSkippedAndNamed(t *testing.T) {
	pod := newSidecar(t, &hubtest.Hub{}, map[string]string{
		"work/a.bin": "12345", "work/b.bin": "12345", "work/c.bin": "1", "work/d.bin": "1", "work/small.xml": "<x/>",
	})
	spec := `{"reports":{"junit":["*.xml"]},"artifacts":["*.bin"],"limits":{"artifactBytes":8,"artifactFiles":2}}`
	status, summary := pod.collect(context.Background(), spec)
	if status != 0 || len(summary.Skipped) != 2 || summary.Skipped[0].Path != "b.bin" || summary.Skipped[1].Path != "d.bin" {
		t.Errorf("status %d, %+v", status, summary)
	}
	status, summary = pod.collect(context.Background(), `{"reports":{"junit":["*.xml"]},"limits":{"reportBytes":3}}`)
	if status != 20 || len(summary.Skipped) != 1 || !strings.Contains(summary.Skipped[0].Reason, "over the limit of 3 bytes") {
		t.Errorf("status %d, %+v", status, summary)
	}
}

func TestLinksOutOfThePodsFoldersAreNeverFollowed(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("SECRET"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, links := range map[string]map[string]string{
		"a file":         {"work/a.txt": secret},
		"a folder":       {"work/sub": filepath.Dir(secret)},
		"the whole work": {"work": filepath.Dir(secret)},
		"the journal":    {"out/journal.ndjson": secret, "work/x": "y"},
		"the out folder": {"out": filepath.Dir(secret), "work/x": "y"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newSidecar(t, &hubtest.Hub{}, nil)
			for link, target := range links {
				_ = os.MkdirAll(filepath.Dir(filepath.Join(pod.root, link)), 0o755)
				if err := os.Symlink(target, filepath.Join(pod.root, link)); err != nil {
					t.Fatal(err)
				}
			}
			_, summary := pod.collect(context.Background(), `{"tool":"pytest","artifacts":["**/*","*","token","sub/token"]}`)
			for stored := range pod.hub.Stored() {
				t.Errorf("%s was uploaded", stored)
			}
			if len(summary.Skipped)+len(summary.Errors) == 0 {
				t.Error("nothing was said about it")
			}
		})
	}
}

func TestARefusedFileIsToldInTheHubsWordsAndTheOthersGoOn(t *testing.T) {
	server := &hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("path") == "a.txt" {
			hubtest.Problem(w, 422, "this report holds an entity bomb")
			return true
		}
		return false
	}}
	pod := newSidecar(t, server, map[string]string{"work/a.txt": "a", "work/b.txt": "b"})
	status, summary := pod.collect(context.Background(), `{"artifacts":["*.txt"]}`)
	if status != 20 || summary.Uploaded.Artifacts != 1 || len(summary.Errors) != 1 || !strings.Contains(summary.Errors[0], "entity bomb") {
		t.Errorf("status %d, %+v", status, summary)
	}
}

func TestALeaseThatIsGoneEndsTheCollection(t *testing.T) {
	server := &hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		hubtest.Problem(w, 410, "expired")
		return true
	}}
	pod := newSidecar(t, server, map[string]string{"work/a.txt": "a", "work/b.txt": "b", "work/c.txt": "c"})
	status, summary := pod.collect(context.Background(), `{"artifacts":["*.txt"]}`)
	if status != 20 || len(server.Requests()) != 1 || len(summary.Errors) != 2 || !strings.HasPrefix(summary.Errors[1], "2 more files") {
		t.Errorf("status %d, %+v, %q", status, summary, server.Requests())
	}
}

func TestAGraceThatRanOutIsToldForEveryFile(t *testing.T) {
	pod := newSidecar(t, &hubtest.Hub{}, map[string]string{"work/a.txt": "a", "work/b.txt": "b"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	status, summary := pod.collect(ctx, `{"artifacts":["*.txt"]}`)
	if status != 20 || len(summary.Errors) != 2 {
		t.Errorf("status %d, %+v", status, summary)
	}
}

func TestASummaryOfManyFilesFitsATerminationMessage(t *testing.T) {
	files := map[string]string{}
	for index := range 300 {
		files[fmt.Sprintf("work/%s-%d.txt", strings.Repeat("ü", 60), index)] = "x"
	}
	pod := newSidecar(t, &hubtest.Hub{}, files)
	status, summary := pod.collect(context.Background(), `{"artifacts":["*.txt"],"limits":{"artifactFiles":10}}`)
	last := summary.Skipped[len(summary.Skipped)-1]
	if status != 0 || summary.Uploaded.Artifacts != 10 || !strings.HasSuffix(last.Reason, "more") {
		t.Errorf("status %d, last %+v", status, last)
	}
}
