package preset

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"seatrial.dev/helper/internal/failure"
)

// list is the document that a listing leaves for the hub.
type list struct {
	Tool   string      `json:"tool"`
	Cases  []listed    `json:"cases"`
	Errors []listError `json:"errors,omitempty"`
}

type listed struct {
	ID     string `json:"id"`
	Weight int    `json:"weight"`
	File   string `json:"file"`
}

type listError struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// stateFolder holds what presets pass between their own processes; nothing of it is uploaded.
func (p *Preset) stateFolder() string {
	return filepath.Join(p.settings.OutFolder(), ".preset")
}

func (p *Preset) stateFile(name string) string {
	return filepath.Join(p.stateFolder(), name)
}

func (p *Preset) writeList(document list) error {
	if document.Cases == nil {
		document.Cases = []listed{}
	}
	return writeJSON(p.settings.ListFile(), document)
}

// endList writes the list and returns the exit status: 2 when there are errors, as pytest does it.
func (p *Preset) endList(document list) int {
	if err := p.writeList(document); err != nil {
		return p.cannotTell("the list could not be written: %s", failure.Local(err, "writing the list").Message)
	}
	p.say("listed %d cases", len(document.Cases))
	if len(document.Errors) > 0 {
		return 2
	}
	return exitGreen
}

// readCases returns the cases of this shard; false when the shard was given none because the spec says so
// (then everything runs).
func (p *Preset) readCases() ([]string, bool, error) {
	if !p.settings.Spec.Cases {
		return nil, false, nil
	}
	var document struct {
		Cases []string `json:"cases"`
	}
	if err := readJSON(p.settings.CasesFile(), &document); err != nil {
		return nil, true, err
	}
	if len(document.Cases) == 0 {
		return nil, true, errors.New("this shard was given no cases: use fewer shards")
	}
	return document.Cases, true, nil
}

func writeJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}
