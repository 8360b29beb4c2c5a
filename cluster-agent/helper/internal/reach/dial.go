package reach

import (
	"context"
	"net"
	"time"
)

// Times says how long Dial tries. Rules of a new pod may come a moment after the pod.
type Times struct {
	// Settle is how long the allowed port may take to open, and the forbidden one to close.
	Settle time.Duration
	// Attempt is how long one connection may take; packets that a policy drops are never answered.
	Attempt time.Duration
	// Pause lies between attempts.
	Pause time.Duration
}

// DefaultTimes suits a cluster under load.
var DefaultTimes = Times{Settle: 15 * time.Second, Attempt: 2 * time.Second, Pause: 200 * time.Millisecond}

// Result is what was reached in the end.
type Result struct {
	Allowed   bool `json:"allowed"`
	Forbidden bool `json:"forbidden"`
}

// Dial waits until the allowed port is reached, then until the forbidden one is not. A forbidden port
// that stays open is reported as reached; it is not tried when the allowed one never opened.
func Dial(ctx context.Context, host, allowed, forbidden string, times Times) Result {
	if !settles(ctx, net.JoinHostPort(host, allowed), true, times) {
		return Result{}
	}
	return Result{Allowed: true, Forbidden: !settles(ctx, net.JoinHostPort(host, forbidden), false, times)}
}

// settles tries again and again until a connection is possible (or not); false when it never came to that.
func settles(ctx context.Context, address string, wanted bool, times Times) bool {
	for deadline := time.Now().Add(times.Settle); ; time.Sleep(times.Pause) {
		if connects(ctx, address, times.Attempt) == wanted {
			return true
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return false
		}
	}
}

func connects(ctx context.Context, address string, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}
