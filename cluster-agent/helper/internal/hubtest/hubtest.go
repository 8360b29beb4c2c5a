// Package hubtest is a real HTTP server with the hub's lease routes, which breaks connections on demand.
package hubtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/hub"
)

// Lease and Token are what the server accepts.
const (
	Lease = "lease-1"
	Token = "secret-token"
)

// Stored is a file as the server received it.
type Stored struct {
	Bytes    []byte
	Complete bool
}

// Hub is the server. Set its fields before the first request.
type Hub struct {
	Content []byte
	Cases   string
	// Fault is called before every request with its number (from 0); true means it answered itself.
	Fault func(number int, w http.ResponseWriter, r *http.Request) bool
	// IgnoreRange makes the server send everything again.
	IgnoreRange bool
	// DropAfter breaks a content answer after so many bytes; negative never.
	DropAfter int
	// LoseAnswer breaks the connection after a chunk was stored, for these request numbers.
	LoseAnswer map[int]bool

	lock     sync.Mutex
	requests []string
	stored   map[string]*Stored
	server   *httptest.Server
}

// Start serves until the test ends.
func (h *Hub) Start(t *testing.T) *Hub {
	t.Helper()
	if h.DropAfter == 0 {
		h.DropAfter = -1
	}
	h.stored = map[string]*Stored{}
	h.server = httptest.NewUnstartedServer(http.HandlerFunc(h.serve))
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

// Settings are the environment of a pod that works for this hub.
func (h *Hub) Settings(t *testing.T, root, spec string) *config.Config {
	t.Helper()
	environment := map[string]string{
		"SEATRIAL_ROOT": root, "SEATRIAL_TERMINATION_LOG": root + "/termination-log", "SEATRIAL_SPEC": spec,
		"SEATRIAL_HUB_URL": h.server.URL, "SEATRIAL_LEASE_ID": Lease, "SEATRIAL_LEASE_TOKEN": Token,
	}
	settings, err := config.FromEnvironment(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// Stored returns what was received as "kind path".
func (h *Hub) Stored() map[string]Stored {
	h.lock.Lock()
	defer h.lock.Unlock()
	all := map[string]Stored{}
	for name, one := range h.stored {
		all[name] = *one
	}
	return all
}

// Requests returns method and Range or Upload-Offset of every request.
func (h *Hub) Requests() []string {
	h.lock.Lock()
	defer h.lock.Unlock()
	return append([]string{}, h.requests...)
}

func (h *Hub) serve(w http.ResponseWriter, r *http.Request) {
	h.lock.Lock()
	number := len(h.requests)
	h.requests = append(h.requests, strings.TrimSpace(r.Method+" "+r.Header.Get("Range")+r.Header.Get("Upload-Offset")))
	h.lock.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+Token {
		Problem(w, http.StatusUnauthorized, "wrong token")
		return
	}
	if h.Fault != nil && h.Fault(number, w, r) {
		return
	}
	switch strings.TrimPrefix(r.URL.Path, "/lease/v1/"+Lease+"/") {
	case "content":
		h.content(w, r)
	case "cases":
		_, _ = io.WriteString(w, h.Cases)
	case "uploads":
		h.upload(number, w, r)
	default:
		Problem(w, http.StatusNotFound, "no such lease")
	}
}

func (h *Hub) content(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	start := 0
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start); err == nil && !h.IgnoreRange {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(h.Content)-1, len(h.Content)))
		w.Header().Set("Content-Length", strconv.Itoa(len(h.Content)-start))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		start = 0
		w.Header().Set("Content-Length", strconv.Itoa(len(h.Content)))
	}
	end := len(h.Content)
	if h.DropAfter >= 0 && start+h.DropAfter < end {
		end = start + h.DropAfter
	}
	_, _ = w.Write(h.Content[start:end])
	if end < len(h.Content) {
		Break(w)
	}
}

func (h *Hub) upload(number int, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	name := r.URL.Query().Get("kind") + " " + r.URL.Query().Get("path")
	file, known := h.stored[name]
	if r.Method == http.MethodHead {
		if !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Upload-Offset", strconv.Itoa(len(file.Bytes)))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !known {
		file = &Stored{}
		h.stored[name] = file
	}
	if r.Header.Get("Upload-Offset") != strconv.Itoa(len(file.Bytes)) {
		Problem(w, http.StatusConflict, "at another offset")
		return
	}
	file.Bytes = append(file.Bytes, body...)
	file.Complete = r.Header.Get("Upload-Complete") == "?1"
	if h.LoseAnswer[number] {
		Break(w)
	}
	w.Header().Set("Upload-Offset", strconv.Itoa(len(file.Bytes)))
	w.WriteHeader(http.StatusNoContent)
}

// Problem answers as the hub does.
func Problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"title": "refused", "detail": detail})
}

// Break cuts the connection in the middle of an answer.
func Break(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Clock is a pace whose time passes only while it sleeps.
func Clock() hub.Pace {
	now := time.Unix(0, 0)
	pace := hub.DefaultPace()
	pace.Now = func() time.Time { return now }
	pace.Sleep = func(ctx context.Context, duration time.Duration) error {
		now = now.Add(duration)
		return ctx.Err()
	}
	return pace
}
