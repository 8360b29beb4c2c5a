package preset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// event is one line of the journal.
type event struct {
	Event   string  `json:"event"`
	Case    string  `json:"case,omitempty"`
	At      int64   `json:"at,omitempty"`
	Outcome string  `json:"outcome,omitempty"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"`
	Crash   bool    `json:"crash,omitempty"`
}

// journal knows what the lines so far say. Tests can write to the file too, so nothing in it is trusted
// to be well-formed.
type journal struct {
	path     string
	read     int64            // bytes read so far
	started  map[string]int64 // cases that started and have no end, with their time
	outcomes map[string]string
	finished bool // a finish line was among those read last
}

func newJournal(path string) (*journal, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return &journal{path: path, started: map[string]int64{}, outcomes: map[string]string{}}, nil
}

// update reads the lines that were added since the last call.
func (j *journal) update() error {
	j.finished = false
	file, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(j.read, io.SeekStart); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(file, 1<<16)
	for {
		line, err := reader.ReadBytes('\n')
		j.read += int64(len(line))
		if errors.Is(err, io.EOF) {
			return j.dropHalfLine(line)
		}
		if err != nil {
			return err
		}
		j.take(line)
	}
}

func (j *journal) take(line []byte) {
	var found event
	if len(bytes.TrimSpace(line)) == 0 || json.Unmarshal(line, &found) != nil {
		return
	}
	switch found.Event {
	case "start":
		j.started[found.Case] = found.At
	case "end":
		delete(j.started, found.Case)
		j.outcomes[found.Case] = found.Outcome
	case "finish":
		j.finished = true
	}
}

// dropHalfLine removes what a dying process left half-written: the hub takes whole lines only.
func (j *journal) dropHalfLine(last []byte) error {
	if len(last) == 0 {
		return nil
	}
	j.read -= int64(len(last))
	return os.Truncate(j.path, j.read)
}

// end records an errored case that has no end of its own.
func (j *journal) end(name, message string, seconds float64, isCrash bool) error {
	line, err := json.Marshal(event{Event: "end", Case: name, Outcome: "errored", Seconds: seconds, Message: message, Crash: isCrash})
	if err != nil {
		return err
	}
	delete(j.started, name)
	j.outcomes[name] = "errored"
	return j.append(append(line, '\n'))
}

func (j *journal) append(line []byte) error {
	file, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	written, err := file.Write(line)
	j.read += int64(written)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// without returns the cases that have no end yet, in order.
func (j *journal) without(cases []string) []string {
	left := []string{}
	for _, name := range cases {
		if _, ended := j.outcomes[name]; !ended {
			left = append(left, name)
		}
	}
	return left
}

func (j *journal) hasRed() bool {
	for _, outcome := range j.outcomes {
		if outcome != "passed" && outcome != "skipped" {
			return true
		}
	}
	return false
}
