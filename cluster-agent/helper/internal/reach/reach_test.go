package reach

import (
	"context"
	"io"
	"net"
	"testing"
	"time"
)

var quick = Times{Settle: 300 * time.Millisecond, Attempt: 200 * time.Millisecond, Pause: 10 * time.Millisecond}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func listen(t *testing.T, ports ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Listen(ctx, ports, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestDialReachesBothPortsWhereNothingForbidsIt(t *testing.T) {
	allowed, forbidden := freePort(t), freePort(t)
	listen(t, forbidden, allowed)
	if got := Dial(context.Background(), "127.0.0.1", allowed, forbidden, quick); got != (Result{true, true}) {
		t.Errorf("got %+v", got)
	}
}

func TestDialTellsAPortThatIsNotReachedFromOneThatIs(t *testing.T) {
	allowed, forbidden := freePort(t), freePort(t)
	listen(t, allowed)
	if got := Dial(context.Background(), "127.0.0.1", allowed, forbidden, quick); got != (Result{true, false}) {
		t.Errorf("got %+v", got)
	}
}

func TestDialSaysNothingOfTheForbiddenPortWhenTheAllowedOneNeverOpens(t *testing.T) {
	allowed, forbidden := freePort(t), freePort(t)
	listen(t, forbidden)
	if got := Dial(context.Background(), "127.0.0.1", allowed, forbidden, quick); got != (Result{}) {
		t.Errorf("got %+v", got)
	}
}

func TestListenSaysWhichPortItCannotHave(t *testing.T) {
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	if err := Listen(context.Background(), []string{port}, io.Discard); err == nil {
		t.Error("a taken port was listened on")
	}
}
