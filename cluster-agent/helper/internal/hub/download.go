package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"seatrial.dev/helper/internal/failure"
)

// errEnded says that the answer was complete although the connection broke at its very end.
var errEnded = errors.New("ended")

// Download is a body that survives broken connections: it asks again for the rest with Range.
type Download struct {
	ctx    context.Context
	client *Client
	name   string
	code   failure.Code

	body     io.ReadCloser
	cancel   context.CancelFunc
	stall    *time.Timer
	offset   int64
	total    int64 // -1 while unknown
	etag     string
	tries    int
	progress time.Time
	ended    bool
}

// Content opens the content blob, a gzip'd tar. Reading fails with a *failure.Failure
// (content_unavailable) when the hub refuses, or sends nothing new for the pace's budget.
func (c *Client) Content(ctx context.Context) *Download {
	return c.download(ctx, "content", failure.ContentUnavailable)
}

func (c *Client) download(ctx context.Context, name string, code failure.Code) *Download {
	return &Download{ctx: ctx, client: c, name: name, code: code, total: -1, progress: c.pace.Now()}
}

// Read implements io.Reader.
func (d *Download) Read(buffer []byte) (int, error) {
	for {
		if d.ended || (d.total >= 0 && d.offset == d.total) {
			return 0, io.EOF
		}
		read, err := d.readOnce(buffer)
		if read > 0 {
			d.tries, d.progress = 0, d.client.pace.Now()
			return read, nil
		}
		var final *failure.Failure
		if errors.As(err, &final) {
			return 0, final
		}
		if err != nil {
			if err := d.wait(err); err != nil {
				return 0, err
			}
		}
	}
}

// Close ends the connection.
func (d *Download) Close() error {
	if d.body == nil {
		return nil
	}
	d.stall.Stop()
	d.cancel()
	err := d.body.Close()
	d.body = nil
	return err
}

func (d *Download) readOnce(buffer []byte) (int, error) {
	if d.body == nil {
		if err := d.connect(); err != nil {
			if errors.Is(err, errEnded) {
				d.ended = true
				return 0, nil
			}
			return 0, err
		}
	}
	d.stall.Reset(d.client.pace.Stall)
	read, err := d.body.Read(buffer)
	d.offset += int64(read)
	if err != nil {
		_ = d.Close()
	}
	if errors.Is(err, io.EOF) && (d.total < 0 || d.offset == d.total) {
		d.ended = true
		return read, nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return read, err
}

func (d *Download) connect() error {
	ctx, cancel := context.WithCancel(d.ctx)
	stall := time.AfterFunc(d.client.pace.Stall, cancel)
	abandon := func() { stall.Stop(); cancel() }
	request, err := d.client.request(ctx, http.MethodGet, d.name, nil, nil)
	if err != nil {
		abandon()
		return err
	}
	if d.offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.offset))
		if d.etag != "" && !strings.HasPrefix(d.etag, "W/") {
			request.Header.Set("If-Range", d.etag)
		}
	}
	response, err := d.client.http.Do(request)
	if err != nil {
		abandon()
		if isDistrust(err) {
			return failure.New(d.code, "the hub at %s is not trusted (%v): give the hub's CA to the chart", d.client.base.Host, err)
		}
		return err
	}
	if err := d.accept(response); err != nil {
		response.Body.Close()
		abandon()
		return err
	}
	d.body, d.cancel, d.stall = response.Body, cancel, stall
	return nil
}

// accept checks the answer's status and, where the hub sent everything again, skips what we have.
func (d *Download) accept(response *http.Response) error {
	switch {
	case response.StatusCode == http.StatusPartialContent:
		return d.acceptPart(response)
	case response.StatusCode == http.StatusOK:
		return d.acceptWhole(response)
	case response.StatusCode == http.StatusRequestedRangeNotSatisfiable && d.offset > 0:
		if response.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", d.offset) {
			return errEnded
		}
		return d.changed()
	case isFinal(response.StatusCode):
		return failure.New(d.code, "the hub refused the %s (%d): %s", d.name, response.StatusCode, problemDetail(response))
	default:
		return fmt.Errorf("the hub answered %d: %s", response.StatusCode, problemDetail(response))
	}
}

func (d *Download) acceptPart(response *http.Response) error {
	unit, rest, _ := strings.Cut(response.Header.Get("Content-Range"), " ")
	first, _, _ := strings.Cut(rest, "-")
	start, err := strconv.ParseInt(first, 10, 64)
	if unit != "bytes" || err != nil || start != d.offset {
		return failure.New(d.code, "the hub answered the range from %d with %q", d.offset, response.Header.Get("Content-Range"))
	}
	return nil
}

func (d *Download) acceptWhole(response *http.Response) error {
	etag := response.Header.Get("ETag")
	if d.offset > 0 && ((d.etag != "" && etag != d.etag) || (d.total >= 0 && response.ContentLength >= 0 && response.ContentLength != d.total)) {
		return d.changed()
	}
	d.etag, d.total = etag, response.ContentLength
	_, err := io.CopyN(io.Discard, response.Body, d.offset)
	return err
}

func (d *Download) changed() error {
	return failure.New(d.code, "the %s changed on the hub while it was fetched: start the run again", d.name)
}

func (d *Download) wait(cause error) error {
	pace := d.client.pace
	if pace.Now().Sub(d.progress) >= pace.Budget {
		return failure.New(d.code, "the hub at %s sent nothing new for %d s (%v): check the network path from this cluster to the hub",
			d.client.base.Host, int(pace.Budget.Seconds()), cause)
	}
	if err := pace.Sleep(d.ctx, pace.pause(d.tries)); err != nil {
		return failure.New(d.code, "stopped while fetching the %s: %v", d.name, err)
	}
	d.tries++
	return nil
}
