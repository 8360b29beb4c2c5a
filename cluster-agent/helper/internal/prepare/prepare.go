// Package prepare is the init container: it makes the pod's folders and brings the content in.
package prepare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/hub"
	"seatrial.dev/helper/internal/unpack"
)

// Run prepares the shared volume and returns the exit status: 0, 10 (bad content), 11 (hub) or 12
// (local trouble). The reason goes to stderr and to the termination log as one line of JSON.
func Run(settings *config.Config) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := Prepare(ctx, settings, hub.DefaultPace(), os.Stderr); err != nil {
		return failure.Report(err, os.Stderr, settings.TerminationLog)
	}
	return 0
}

// Prepare makes bin, work and out, installs the helper and its plugin, and fetches what the spec asks
// for. It may be repeated: work is emptied first, what the tests left in out is kept.
func Prepare(ctx context.Context, settings *config.Config, pace hub.Pace, log io.Writer) error {
	for _, folder := range []string{settings.BinFolder(), settings.WorkFolder(), settings.OutFolder()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return failure.Local(err, "making "+folder)
		}
	}
	access := accessFor(os.Geteuid())
	if access == unpack.ForEveryone {
		for _, folder := range []string{settings.WorkFolder(), settings.OutFolder()} {
			if err := os.Chmod(folder, 0o777); err != nil {
				return failure.Local(err, "opening "+folder+" to the tests' user")
			}
		}
	}
	if err := install(settings.BinFolder()); err != nil {
		return failure.Local(err, "installing the helper in "+settings.BinFolder())
	}
	if !settings.Spec.Content && !settings.Spec.Cases {
		return makeSuiteFolder(settings)
	}
	client, err := hub.NewClient(settings.Hub, pace)
	if err != nil {
		return err
	}
	if settings.Spec.Content {
		if err := fetchContent(ctx, settings, client, access, log); err != nil {
			return err
		}
	}
	if settings.Spec.Cases {
		if err := fetchCases(ctx, settings, client, log); err != nil {
			return err
		}
	}
	return makeSuiteFolder(settings)
}

// accessFor: when we are root, the tests may run as the image's own user, who must be able to write.
func accessFor(user int) unpack.Access {
	return unpack.Access(user == 0)
}

func fetchContent(ctx context.Context, settings *config.Config, client *hub.Client, access unpack.Access, log io.Writer) error {
	started := time.Now()
	if err := empty(settings.WorkFolder()); err != nil {
		return failure.Local(err, "emptying "+settings.WorkFolder())
	}
	body := client.Content(ctx)
	defer body.Close()
	limits := unpack.Limits{Bytes: settings.Spec.Limits.ContentBytes, Entries: settings.Spec.Limits.ContentEntries}
	totals, err := unpack.Into(settings.WorkFolder(), body, limits, access)
	if err != nil {
		_ = empty(settings.WorkFolder()) // nothing half-written stays
		return err
	}
	fmt.Fprintf(log, "seatrial: content unpacked: %d entries, %d bytes in %.1f s\n", totals.Entries, totals.Bytes, time.Since(started).Seconds())
	return nil
}

func fetchCases(ctx context.Context, settings *config.Config, client *hub.Client, log io.Writer) error {
	cases, err := client.Cases(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string][]string{"cases": cases})
	if err == nil {
		err = os.WriteFile(settings.CasesFile(), text, 0o644)
	}
	if err != nil {
		return failure.Local(err, "writing "+settings.CasesFile())
	}
	fmt.Fprintf(log, "seatrial: this shard has %d cases\n", len(cases))
	return nil
}

// makeSuiteFolder checks that the suite's path is a folder of the content. Without content there is
// none yet, so it is made.
func makeSuiteFolder(settings *config.Config) error {
	if settings.Spec.Path == "" {
		return nil
	}
	root, err := os.OpenRoot(settings.WorkFolder())
	if err != nil {
		return failure.Local(err, "opening "+settings.WorkFolder())
	}
	defer root.Close()
	if !settings.Spec.Content {
		err := root.MkdirAll(settings.Spec.Path, 0o755)
		if err == nil && accessFor(os.Geteuid()) == unpack.ForEveryone {
			err = root.Chmod(settings.Spec.Path, 0o777)
		}
		if err != nil {
			return failure.Local(err, "making "+settings.SuiteFolder())
		}
		return nil
	}
	info, err := root.Stat(settings.Spec.Path)
	if errors.Is(err, os.ErrNotExist) || (err == nil && !info.IsDir()) {
		return failure.New(failure.ContentPathMissing, "the content has no folder %q: correct the suite's path in seatrial.yaml, or add the folder to git", settings.Spec.Path)
	}
	if err != nil {
		return failure.Local(err, "looking at "+settings.SuiteFolder())
	}
	return nil
}

// empty removes everything inside a folder, and keeps the folder itself (it may be a mount point).
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
