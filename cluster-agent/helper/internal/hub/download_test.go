package hub_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/hub"
	"seatrial.dev/helper/internal/hubtest"
)

func client(t *testing.T, server *hubtest.Hub, pace hub.Pace) *hub.Client {
	t.Helper()
	made, err := hub.NewClient(server.Settings(t, t.TempDir(), "{}").Hub, pace)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var hundred = bytes.Repeat([]byte("0123456789"), 10)

func TestABrokenDownloadGoesOnWhereItStopped(t *testing.T) {
	server := (&hubtest.Hub{Content: hundred, DropAfter: 30}).Start(t)
	got, err := io.ReadAll(client(t, server, hubtest.Clock()).Content(context.Background()))
	if err != nil || !bytes.Equal(got, hundred) {
		t.Fatalf("got %q (%v)", got, err)
	}
	if expected := []string{"GET", "GET bytes=30-", "GET bytes=60-", "GET bytes=90-"}; !slices.Equal(server.Requests(), expected) {
		t.Errorf("requests were %q", server.Requests())
	}
}

func TestAServerWithoutRangesSendsEverythingAgainAndNothingIsDoubled(t *testing.T) {
	server := &hubtest.Hub{Content: hundred, DropAfter: 30, IgnoreRange: true}
	server.Fault = func(number int, _ http.ResponseWriter, _ *http.Request) bool {
		server.DropAfter += 30
		return false
	}
	server.Start(t)
	got, err := io.ReadAll(client(t, server, hubtest.Clock()).Content(context.Background()))
	if err != nil || !bytes.Equal(got, hundred) {
		t.Fatalf("got %q (%v)", got, err)
	}
}

func TestContentThatChangesOnTheHubIsNotMixed(t *testing.T) {
	server := &hubtest.Hub{Content: hundred, DropAfter: 30}
	server.Fault = func(number int, w http.ResponseWriter, _ *http.Request) bool {
		if number == 0 {
			return false
		}
		w.Header().Set("ETag", `"v2"`)
		_, _ = w.Write(hundred)
		return true
	}
	server.Start(t)
	_, err := io.ReadAll(client(t, server, hubtest.Clock()).Content(context.Background()))
	expect(t, err, "changed on the hub")
}

func TestAnUnreachableHubIsGivenUpAfterThreeMinutes(t *testing.T) {
	server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}}).Start(t)
	pace := hubtest.Clock()
	start := pace.Now()
	_, err := io.ReadAll(client(t, server, pace).Content(context.Background()))
	expect(t, err, "sent nothing new for 180 s")
	if took := pace.Now().Sub(start); took < 3*time.Minute || took > 190*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestASilentConnectionCountsAsBroken(t *testing.T) {
	release := make(chan struct{})
	server := (&hubtest.Hub{Content: hundred, Fault: func(number int, w http.ResponseWriter, r *http.Request) bool {
		if number > 0 {
			return false
		}
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write(hundred[:10])
		_ = http.NewResponseController(w).Flush()
		<-release
		return true
	}}).Start(t)
	t.Cleanup(func() { close(release) })
	pace := hubtest.Clock()
	pace.Stall = 50 * time.Millisecond
	got, err := io.ReadAll(client(t, server, pace).Content(context.Background()))
	if err != nil || !bytes.Equal(got, hundred) {
		t.Fatalf("got %q (%v)", got, err)
	}
}

func TestAFinalRefusalIsNotRepeated(t *testing.T) {
	for _, status := range []int{401, 403, 404, 409, 410} {
		server := (&hubtest.Hub{Fault: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			hubtest.Problem(w, status, "the lease has ended")
			return true
		}}).Start(t)
		_, err := io.ReadAll(client(t, server, hubtest.Clock()).Content(context.Background()))
		expect(t, err, "the lease has ended")
		if len(server.Requests()) != 1 {
			t.Errorf("%d: %d requests", status, len(server.Requests()))
		}
	}
}

func TestCasesAreReadThroughABrokenConnectionAndCheckedForShape(t *testing.T) {
	server := (&hubtest.Hub{Cases: `{"cases":["a","b::c"]}`, Fault: func(number int, w http.ResponseWriter, _ *http.Request) bool {
		if number == 0 {
			hubtest.Break(w)
		}
		return false
	}}).Start(t)
	cases, err := client(t, server, hubtest.Clock()).Cases(context.Background())
	if err != nil || !slices.Equal(cases, []string{"a", "b::c"}) {
		t.Errorf("got %q (%v)", cases, err)
	}
	wrong := (&hubtest.Hub{Cases: `{"cases":"all"}`}).Start(t)
	_, err = client(t, wrong, hubtest.Clock()).Cases(context.Background())
	expect(t, err, "is not")
}

func TestTheHubIsTrustedByItsOwnCAOnly(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(hundred) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	settings := config.Hub{URL: server.URL, CAPEM: ca, LeaseID: "l", LeaseToken: "t"}
	trusted, err := hub.NewClient(settings, hubtest.Clock())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(trusted.Content(context.Background())); err != nil || !bytes.Equal(got, hundred) {
		t.Errorf("got %q (%v)", got, err)
	}
	settings.CAPEM = ""
	distrusted, err := hub.NewClient(settings, hubtest.Clock())
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(distrusted.Content(context.Background()))
	expect(t, err, "not trusted")
	settings.CAPEM = "no certificate"
	if _, err := hub.NewClient(settings, hubtest.Clock()); err == nil {
		t.Error("a CA that is none was accepted")
	}
}

func expect(t *testing.T, err error, text string) {
	t.Helper()
	var known *failure.Failure
	if !errors.As(err, &known) || !strings.Contains(err.Error(), text) {
		t.Errorf("expected a failure with %q, got %v", text, err)
	}
}
