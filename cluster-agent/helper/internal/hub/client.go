// Package hub talks to the lease routes of the hub: it fetches content and cases, and uploads files in
// resumable chunks.
package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
)

// Pace says how patient the client is. Tests bring their own clock.
type Pace struct {
	// Budget is how long a download may go without a single new byte before it is given up.
	Budget time.Duration
	// Stall is how long one request may be silent before it counts as broken.
	Stall time.Duration
	// First and Longest bound the doubling pause between two tries.
	First, Longest time.Duration
	Now            func() time.Time
	// Sleep returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
}

// DefaultPace gives up a download after three minutes without progress: a hub may be away for a while.
func DefaultPace() Pace {
	return Pace{
		Budget: 180 * time.Second, Stall: 15 * time.Second,
		First: 200 * time.Millisecond, Longest: 5 * time.Second,
		Now: time.Now, Sleep: sleep,
	}
}

// Client makes requests for one lease. It is not for concurrent use.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
	pace  Pace
}

// NewClient checks the settings and trusts either the given CA or, when there is none, the system's.
func NewClient(settings config.Hub, pace Pace) (*Client, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	base, err := url.Parse(settings.URL)
	if err != nil {
		return nil, failure.New(failure.ConfigInvalid, "SEATRIAL_HUB_URL: %v", err)
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, failure.New(failure.LocalTrouble, "no HTTP transport")
	}
	transport = transport.Clone()
	// The content is a gzip file; a transport that unpacks answers by itself would break Range requests.
	transport.DisableCompression = true
	if settings.CAPEM != "" {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(settings.CAPEM)) {
			return nil, failure.New(failure.ConfigInvalid, "SEATRIAL_HUB_CA_PEM holds no certificate in PEM form")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &Client{
		base:  base.JoinPath("lease", "v1", settings.LeaseID),
		token: settings.LeaseToken,
		http:  &http.Client{Transport: transport},
		pace:  pace,
	}, nil
}

func (c *Client) request(ctx context.Context, method, name string, query url.Values, body io.Reader) (*http.Request, error) {
	address := c.base.JoinPath(name)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	return request, nil
}

// isFinal says whether asking again cannot help.
func isFinal(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

// isDistrust says whether the hub's certificate was refused: no retry changes that.
func isDistrust(err error) bool {
	var refused *tls.CertificateVerificationError
	return errors.As(err, &refused)
}

// problemDetail reads what the hub says about a refusal, at most 1000 characters.
func problemDetail(response *http.Response) string {
	_, detail := readProblem(response)
	return detail
}

// readProblem reads the code and the words of a refusal (problem+json).
func readProblem(response *http.Response) (code, detail string) {
	var problem struct{ Code, Title, Detail string }
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if json.Unmarshal(body, &problem) != nil || (problem.Detail == "" && problem.Title == "") {
		return "", response.Status
	}
	text := problem.Detail
	if text == "" {
		text = problem.Title
	}
	if characters := []rune(text); len(characters) > 1000 {
		text = string(characters[:1000]) + "…"
	}
	return problem.Code, text
}

func (p Pace) pause(try int) time.Duration {
	pause := p.First
	for range try {
		if pause *= 2; pause >= p.Longest {
			return p.Longest
		}
	}
	return pause
}

func sleep(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
