package hub_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"seatrial.dev/helper/internal/hub"
	"seatrial.dev/helper/internal/hubtest"
)

func upload(content []byte) *hub.Upload {
	return &hub.Upload{Kind: "artifact", Path: "a b/ü&x.bin", Size: int64(len(content)), File: bytes.NewReader(content)}
}

func TestAFileIsSentInChunksAndArrivesWhole(t *testing.T) {
	for name, size := range map[string]int{"nothing": 0, "one byte": 1, "one chunk": 4 << 20, "a little more": 4<<20 + 1, "ten megabytes": 10 << 20} {
		t.Run(name, func(t *testing.T) {
			content := bytes.Repeat([]byte{7}, size)
			server := (&hubtest.Hub{}).Start(t)
			if err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(content)); err != nil {
				t.Fatal(err)
			}
			stored := server.Stored()["artifact a b/ü&x.bin"]
			if !bytes.Equal(stored.Bytes, content) || !stored.Complete {
				t.Errorf("%d bytes arrived, complete: %v", len(stored.Bytes), stored.Complete)
			}
			if chunks := max(1, (size+4<<20-1)/(4<<20)); len(server.Requests()) != chunks {
				t.Errorf("requests were %q", server.Requests())
			}
		})
	}
}

func TestABrokenUploadAsksWhereToGoOn(t *testing.T) {
	content := bytes.Repeat([]byte("abcdefgh"), 1<<20)
	for name, server := range map[string]*hubtest.Hub{
		"the answer to a chunk is lost": {LoseAnswer: map[int]bool{0: true}},
		"the last answer is lost":       {LoseAnswer: map[int]bool{1: true}},
		"a request is lost": {Fault: func(number int, w http.ResponseWriter, _ *http.Request) bool {
			if number == 1 {
				hubtest.Break(w)
			}
			return false
		}},
		"the hub is away for a while": {Fault: func(number int, w http.ResponseWriter, _ *http.Request) bool {
			if number < 8 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return number < 8
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server.Start(t)
			if err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(content)); err != nil {
				t.Fatalf("%v\n%q", err, server.Requests())
			}
			if stored := server.Stored()["artifact a b/ü&x.bin"]; !bytes.Equal(stored.Bytes, content) || !stored.Complete {
				t.Errorf("%d bytes arrived, complete: %v", len(stored.Bytes), stored.Complete)
			}
		})
	}
}

func TestAnEarlierPartOnTheHubIsNotSentAgain(t *testing.T) {
	content := bytes.Repeat([]byte("abcdefgh"), 1<<20)
	server := (&hubtest.Hub{}).Start(t)
	first := upload(content)
	first.File = io.NewSectionReader(bytes.NewReader(content), 0, 5<<20) // ends early, as a killed sidecar does
	if err := client(t, server, hubtest.Clock()).Send(context.Background(), first); err == nil {
		t.Fatal("a file that became shorter was accepted")
	}
	if err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(content)); err != nil {
		t.Fatal(err)
	}
	if stored := server.Stored()["artifact a b/ü&x.bin"]; !bytes.Equal(stored.Bytes, content) {
		t.Errorf("%d bytes arrived", len(stored.Bytes))
	}
	if expected := []string{"PUT 0", "PUT 0", "HEAD", "PUT 4194304"}; !slices.Equal(server.Requests(), expected) {
		t.Errorf("requests were %q", server.Requests())
	}
}

func TestAFinalAnswerEndsTheUploadInTheHubsWords(t *testing.T) {
	for status, isLease := range map[int]bool{413: false, 422: false, 400: false, 401: true, 403: true, 404: true, 410: true} {
		server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			hubtest.Problem(w, status, "larger than the quota")
			return true
		}}).Start(t)
		err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(hundred))
		if err == nil || !strings.Contains(err.Error(), "larger than the quota") || errors.Is(err, hub.ErrLeaseGone) != isLease {
			t.Errorf("%d: %v", status, err)
		}
		if len(server.Requests()) != 1 {
			t.Errorf("%d: requests were %q", status, server.Requests())
		}
	}
}

func TestAStaleLeaseEndsUploadsThoughItsStatusIsAConflict(t *testing.T) {
	server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"code":"lease_stale","detail":"the lease has expired"}`)
		return true
	}}).Start(t)
	err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(hundred))
	if !errors.Is(err, hub.ErrLeaseGone) || len(server.Requests()) != 1 {
		t.Errorf("got %v after %q", err, server.Requests())
	}
}

func TestAHubThatKeepsRefusingItsOwnResumePointIsGivenUp(t *testing.T) {
	server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			hubtest.Problem(w, http.StatusConflict, "no")
			return true
		}
		return false
	}}).Start(t)
	var refusal *hub.Refusal
	err := client(t, server, hubtest.Clock()).Send(context.Background(), upload(hundred))
	if !errors.As(err, &refusal) || refusal.Status != http.StatusConflict {
		t.Errorf("got %v", err)
	}
}

func TestAnUploadEndsWithItsGrace(t *testing.T) {
	server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}}).Start(t)
	ctx, cancel := context.WithCancel(context.Background())
	pace := hubtest.Clock()
	passed := time.Duration(0)
	inner := pace.Sleep
	pace.Sleep = func(ctx context.Context, duration time.Duration) error {
		if passed += duration; passed > 20*time.Second {
			cancel()
		}
		return inner(ctx, duration)
	}
	err := client(t, server, pace).Send(ctx, upload(hundred))
	if err == nil || !strings.Contains(err.Error(), "time ran out at byte 0 of 100") {
		t.Errorf("got %v", err)
	}
}
