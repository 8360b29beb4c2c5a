// Package collect is the sidecar: when the main container has ended, it uploads the list, the journal,
// reports and artifacts.
package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/hub"
)

// Run waits for SIGTERM, uploads within the grace, and leaves a summary in the termination log. Exit
// status: 0, 12 (bad configuration), or 20 when something required could not be uploaded.
func Run(settings *config.Config) int {
	client, err := hub.NewClient(settings.Hub, hub.DefaultPace())
	if err != nil {
		return failure.Report(err, os.Stderr, settings.TerminationLog)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	<-asked
	ctx, cancel := context.WithTimeout(context.Background(), settings.Grace())
	defer cancel()
	return Collect(ctx, settings, client, os.Stderr)
}

// Collect uploads everything there is, required files first. It keeps the summary in the termination log
// up to date as it goes, so that a killed sidecar still tells what it did.
func Collect(ctx context.Context, settings *config.Config, client *hub.Client, log io.Writer) int {
	work := &collection{settings: settings, client: client, log: log}
	files := work.plan()
	work.save()
	for index, file := range files {
		work.upload(ctx, file)
		work.save()
		if rest := len(files) - index - 1; work.leaseIsGone && rest > 0 {
			work.fail(fmt.Sprintf("%d more files", rest), "not tried, the lease is gone")
			work.save()
			break
		}
	}
	fmt.Fprintf(log, "seatrial: uploaded %d reports and %d artifacts, %d skipped, %d errors\n",
		work.summary.Uploaded.Reports, work.summary.Uploaded.Artifacts, len(work.summary.Skipped), len(work.summary.Errors))
	if work.incomplete {
		return failure.ExitNotCollected
	}
	return 0
}

type collection struct {
	settings    *config.Config
	client      *hub.Client
	log         io.Writer
	summary     Summary
	incomplete  bool
	leaseIsGone bool
}

func (c *collection) upload(ctx context.Context, file planned) {
	if err := ctx.Err(); err != nil {
		c.fail(file.name, "the pod's grace period ran out before it was sent")
		return
	}
	opened, size, err := c.openRegular(file.folder, file.name)
	if err != nil {
		c.fail(file.name, "cannot be read: "+err.Error())
		return
	}
	defer opened.Close()
	err = c.client.Send(ctx, &hub.Upload{Kind: file.kind, Path: file.name, Size: size, File: opened})
	switch {
	case err == nil && file.kind == kindArtifact:
		c.summary.Uploaded.Artifacts++
	case err == nil:
		c.summary.Uploaded.Reports++
	default:
		c.leaseIsGone = errors.Is(err, hub.ErrLeaseGone)
		c.fail(file.name, err.Error())
	}
}

// openRegular opens a file below folder, a path inside the shared volume. The tests may have put links
// anywhere: none is followed out of the volume or the folder, and a pipe does not block.
func (c *collection) openRegular(folder, name string) (*os.File, int64, error) {
	root, err := c.openFolder(folder)
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func (c *collection) openFolder(folder string) (*os.Root, error) {
	volume, err := os.OpenRoot(c.settings.Root)
	if err != nil {
		return nil, err
	}
	defer volume.Close()
	return volume.OpenRoot(folder)
}

func (c *collection) fail(name, reason string) {
	c.incomplete = true
	c.summary.Errors = append(c.summary.Errors, name+": "+reason)
	fmt.Fprintf(c.log, "seatrial: %s was not uploaded: %s\n", name, reason)
}

// skip names what is left out on purpose. A report that is left out makes the collection incomplete.
func (c *collection) skip(kind, name, reason string) {
	c.incomplete = c.incomplete || kind != kindArtifact
	c.note(name, reason)
}

func (c *collection) note(name, reason string) {
	c.summary.Skipped = append(c.summary.Skipped, skipped{name, reason})
	fmt.Fprintf(c.log, "seatrial: %s was skipped: %s\n", name, reason)
}

func (c *collection) save() {
	_ = os.WriteFile(c.settings.TerminationLog, c.summary.encode(), 0o644)
}
