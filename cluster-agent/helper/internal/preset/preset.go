// Package preset runs in the main container, which is the user's image: it lists or runs test cases with
// the tool that the spec names. The tool's output goes straight through; it is the log.
package preset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
)

// Exit statuses of a preset that runs cases.
const (
	exitGreen   = 0
	exitRed     = 1
	exitUnknown = 3
)

// Preset is one listing or run. Out and Log are where the tool's output and our own words go.
type Preset struct {
	settings *config.Config
	log      io.Writer
	process  *processes
}

// Run lists or runs the cases and returns the exit status. For a run: 0 all passed or skipped, 1 red
// cases, 3 could not tell (the reason is on stderr). For a listing: 0, or the tool's own status.
func Run(settings *config.Config) int {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	preset := New(settings, os.Stdout, os.Stderr)
	go preset.process.pass(signals)
	return preset.Do()
}

// New makes a preset whose tools write to out and log.
func New(settings *config.Config, out, log io.Writer) *Preset {
	return &Preset{settings: settings, log: log, process: &processes{out: out, log: log}}
}

// Do does what the spec says.
func (p *Preset) Do() int {
	if err := os.MkdirAll(p.stateFolder(), 0o755); err != nil {
		return p.cannotTell("%s", failure.Local(err, "making "+p.stateFolder()).Message)
	}
	if err := p.giveTempFolder(); err != nil {
		return p.cannotTell("%s", failure.Local(err, "making a temporary folder").Message)
	}
	isList := p.settings.Spec.Mode == "list"
	switch p.settings.Spec.Tool {
	case "pytest":
		if isList {
			return p.listPytest()
		}
		return p.runPytest()
	case "node":
		if isList {
			return p.listNode()
		}
		return p.runNode()
	case "vitest":
		if isList {
			return p.listVitest()
		}
		return p.runVitest()
	default:
		return p.cannotTell("SEATRIAL_SPEC names no tool: the preset command needs pytest, node or vitest")
	}
}

// giveTempFolder points TMPDIR into the shared volume where the image's own folder cannot be written to,
// as with a read-only root file system: pytest and others do not even start without one.
func (p *Preset) giveTempFolder() error {
	probe, err := os.CreateTemp(p.settings.TempFolder, ".seatrial-*")
	if err == nil {
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	folder := filepath.Join(p.settings.Root, "tmp")
	p.process.environment = append(p.process.environment, "TMPDIR="+folder)
	return os.MkdirAll(folder, 0o755)
}

// cannotTell says why there is no verdict.
func (p *Preset) cannotTell(format string, values ...any) int {
	p.say(format, values...)
	return exitUnknown
}

func (p *Preset) say(format string, values ...any) {
	fmt.Fprintf(p.log, "seatrial: "+format+"\n", values...)
}
