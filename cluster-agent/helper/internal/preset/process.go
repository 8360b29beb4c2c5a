package preset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// processes starts tools one after another and passes signals on to the one that runs.
type processes struct {
	out, log io.Writer
	// environment is added for every tool.
	environment []string

	lock    sync.Mutex
	running *os.Process
	stopped bool
}

// ending is how a tool ended. Failed is set when it could not be started at all.
type ending struct {
	status int
	signal syscall.Signal
	failed error
}

func (e ending) String() string {
	switch {
	case e.failed != nil:
		return e.failed.Error()
	case e.signal != 0:
		return describeSignal(e.signal)
	default:
		return fmt.Sprintf("exit status %d", e.status)
	}
}

// run starts a tool and waits for it. Environment is added to our own.
func (p *processes) run(folder string, environment []string, name string, arguments ...string) ending {
	command := exec.Command(name, arguments...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = folder, nil, p.out, p.log
	command.Env = slices.Concat(command.Environ(), p.environment, environment)
	if err := p.start(command); err != nil {
		return ending{status: -1, failed: err}
	}
	err := command.Wait()
	p.lock.Lock()
	p.running = nil
	p.lock.Unlock()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return ending{status: -1, failed: err}
	}
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return ending{status: -1, signal: status.Signal()}
	}
	return ending{status: command.ProcessState.ExitCode()}
}

func (p *processes) start(command *exec.Cmd) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.stopped {
		return errors.New("the pod was asked to stop")
	}
	if err := command.Start(); err != nil {
		return err
	}
	p.running = command.Process
	return nil
}

// pass hands signals to the tool that runs; after the first one no other tool is started.
func (p *processes) pass(signals <-chan os.Signal) {
	for received := range signals {
		p.lock.Lock()
		p.stopped = true
		if p.running != nil {
			_ = p.running.Signal(received)
		}
		p.lock.Unlock()
	}
}

func (p *processes) wasStopped() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.stopped
}

// describeSignal gives number and name, and for SIGKILL its usual cause in a container.
func describeSignal(signal syscall.Signal) string {
	names := map[syscall.Signal]string{
		syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE", syscall.SIGHUP: "SIGHUP",
		syscall.SIGILL: "SIGILL", syscall.SIGINT: "SIGINT", syscall.SIGPIPE: "SIGPIPE", syscall.SIGSEGV: "SIGSEGV",
		syscall.SIGSYS: "SIGSYS", syscall.SIGTERM: "SIGTERM", syscall.SIGTRAP: "SIGTRAP", syscall.SIGXCPU: "SIGXCPU",
		syscall.SIGKILL: "SIGKILL, often because memory ran out",
	}
	name, known := names[signal]
	if !known {
		name = signal.String()
	}
	return fmt.Sprintf("signal %d, %s", int(signal), name)
}

// findProgram looks a program up in a PATH-like list of folders.
func findProgram(list, name string) (string, bool) {
	for _, folder := range filepath.SplitList(list) {
		if folder == "" {
			continue
		}
		candidate := filepath.Join(folder, name)
		if isProgram(candidate) {
			return candidate, true
		}
	}
	return "", false
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// lastCharacters shortens a text from its start.
func lastCharacters(text string, limit int) string {
	characters := []rune(strings.ToValidUTF8(text, "\ufffd"))
	if len(characters) <= limit {
		return string(characters)
	}
	return "…" + string(characters[len(characters)-limit:])
}
