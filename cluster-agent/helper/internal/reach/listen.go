// Package reach tries whether one pod reaches another: Listen in the one, Dial in the other.
package reach

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// listenAtMost bounds a listener that nobody ends.
const listenAtMost = 5 * time.Minute

// Listen accepts connections on every port until the context ends. The ports are opened in the
// order given, so that whoever reaches the last one knows that all are open.
func Listen(ctx context.Context, ports []string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, listenAtMost)
	defer cancel()
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort("", port))
		if err != nil {
			return fmt.Errorf("cannot listen on port %s: %w", port, err)
		}
		defer listener.Close()
		go accept(listener)
	}
	fmt.Fprintf(out, "listening on %v\n", ports)
	<-ctx.Done()
	return nil
}

func accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		connection.Close()
	}
}
