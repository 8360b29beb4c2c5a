package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxChunkBytes = 4 << 20
	minChunkBytes = 256 << 10
	// maxConflicts bounds how often the hub may name the same resume point and refuse it.
	maxConflicts = 5
	// parsedBytesPerSecond is the slowest that a hub is expected to read a report.
	parsedBytesPerSecond = 2 << 20
)

// Refusal is a final answer about one upload, in the hub's words.
type Refusal struct {
	Status int
	Detail string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the hub refused it (%d): %s", r.Status, r.Detail)
}

// ErrLeaseGone says that the hub accepts nothing more for this lease: no other upload can succeed.
var ErrLeaseGone = errors.New("the hub does not accept this lease any more")

// Upload is one file on its way to the hub.
type Upload struct {
	Kind, Path string
	Size       int64
	File       io.ReaderAt

	offset    int64
	chunk     int64
	conflicts int
}

// Send uploads the file in chunks of at most 4 MiB. After a broken request it asks the hub where to go
// on. It ends with a *Refusal (413, 422 and other final answers), ErrLeaseGone, an error of the file,
// or, when the context ends first, an error that names the last trouble.
func (c *Client) Send(ctx context.Context, upload *Upload) error {
	upload.chunk = maxChunkBytes
	for try := 0; ; try++ {
		before := upload.offset
		done, err := c.sendRest(ctx, upload)
		if done || isEnd(err) {
			return err
		}
		if errors.Is(err, errConflict) {
			if upload.conflicts++; upload.conflicts > maxConflicts {
				return upload.giveUpConflict(err)
			}
		}
		if upload.offset > before {
			try = 0
		}
		if wait := c.pace.Sleep(ctx, c.pace.pause(try)); wait != nil {
			return fmt.Errorf("time ran out at byte %d of %d: %w", upload.offset, upload.Size, err)
		}
		if done, err := c.resume(ctx, upload); done || isEnd(err) {
			return err
		}
	}
}

// errConflict says that the hub is at another offset than we thought.
var errConflict = errors.New("the hub is at another offset")

// giveUpConflict ends an upload for which the hub keeps naming a resume point that it then refuses. A
// hub that has every byte and takes no more is taken to be done: the last answer was lost.
func (u *Upload) giveUpConflict(cause error) error {
	if u.offset == u.Size && u.Size > 0 {
		return nil
	}
	return &Refusal{Status: http.StatusConflict, Detail: cause.Error()}
}

// fileError marks trouble with the file itself, which no retry heals.
type fileError struct{ cause error }

func (e *fileError) Error() string { return "cannot read it: " + e.cause.Error() }

func isEnd(err error) bool {
	var refusal *Refusal
	var file *fileError
	return errors.As(err, &refusal) || errors.As(err, &file) || errors.Is(err, ErrLeaseGone)
}

// sendRest sends chunks until the file is complete or something goes wrong.
func (c *Client) sendRest(ctx context.Context, upload *Upload) (bool, error) {
	for {
		length := min(upload.chunk, upload.Size-upload.offset)
		body := make([]byte, length)
		if read, err := upload.File.ReadAt(body, upload.offset); int64(read) < length {
			return false, &fileError{fmt.Errorf("%d of %d bytes at offset %d (%w)", read, length, upload.offset, err)}
		}
		last := upload.offset+length == upload.Size
		next, err := c.putChunk(ctx, upload, body, last)
		if err != nil {
			return false, err
		}
		upload.offset, upload.conflicts = next, 0
		if last && next == upload.Size {
			return true, nil
		}
	}
}

func (c *Client) putChunk(ctx context.Context, upload *Upload, body []byte, last bool) (int64, error) {
	response, done, err := c.do(ctx, http.MethodPut, upload, body, last)
	if err != nil {
		// A slow link gets smaller chunks, so that one fits into the time a request has.
		upload.chunk = max(upload.chunk/2, minChunkBytes)
		return 0, err
	}
	defer done()
	if response.StatusCode >= 300 {
		return 0, c.refusal(response)
	}
	expected := upload.offset + int64(len(body))
	next, ok := offsetOf(response)
	if !ok { // some proxy's answer, or one that was cut off
		return 0, fmt.Errorf("the hub answered %d without Upload-Offset", response.StatusCode)
	}
	if next < upload.offset || next > expected || (next == upload.offset && len(body) > 0) {
		return 0, fmt.Errorf("the hub answered offset %d after bytes %d to %d", next, upload.offset, expected)
	}
	return next, nil
}

// resume asks the hub how much it has. A finished upload counts as done.
func (c *Client) resume(ctx context.Context, upload *Upload) (bool, error) {
	response, done, err := c.do(ctx, http.MethodHead, upload, nil, false)
	if err != nil {
		return false, nil // the next chunk says what is wrong
	}
	defer done()
	switch {
	case response.StatusCode == http.StatusNotFound:
		upload.offset = 0
		return false, nil
	case response.StatusCode >= 300:
		if err := c.refusal(response); isEnd(err) {
			return false, err
		}
		return false, nil
	}
	next, ok := offsetOf(response)
	if !ok || next > upload.Size {
		return false, nil
	}
	if response.Header.Get("Upload-Complete") == "?1" && next == upload.Size {
		return true, nil
	}
	upload.offset = next
	return false, nil
}

// do makes one request that may be silent for the pace's stall time at most.
func (c *Client) do(ctx context.Context, method string, upload *Upload, body []byte, last bool) (*http.Response, func(), error) {
	patience := c.pace.Stall
	if last {
		// The hub reads the whole file before it answers the last chunk.
		patience += time.Duration(upload.Size/parsedBytesPerSecond) * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	query := url.Values{"kind": {upload.Kind}, "path": {upload.Path}}
	var reader io.Reader
	if method == http.MethodPut {
		reader = bytes.NewReader(body)
	}
	request, err := c.request(ctx, method, "uploads", query, reader)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	if method == http.MethodPut {
		request.Header.Set("Content-Type", "application/octet-stream")
		request.Header.Set("Upload-Offset", strconv.FormatInt(upload.offset, 10))
		request.Header.Set("Upload-Complete", map[bool]string{true: "?1", false: "?0"}[last])
	}
	response, err := c.http.Do(request)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return response, func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
		response.Body.Close()
		cancel()
	}, nil
}

func (c *Client) refusal(response *http.Response) error {
	code, detail := readProblem(response)
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%w (%d: %s)", ErrLeaseGone, response.StatusCode, detail)
	case http.StatusConflict:
		if code == "lease_stale" {
			return fmt.Errorf("%w (409: %s)", ErrLeaseGone, detail)
		}
		return fmt.Errorf("%w (409: %s)", errConflict, detail)
	}
	if isFinal(response.StatusCode) {
		return &Refusal{Status: response.StatusCode, Detail: detail}
	}
	return fmt.Errorf("the hub answered %d: %s", response.StatusCode, detail)
}

func offsetOf(response *http.Response) (int64, bool) {
	offset, err := strconv.ParseInt(response.Header.Get("Upload-Offset"), 10, 64)
	return offset, err == nil && offset >= 0
}
