package collect

import (
	"encoding/json"
	"fmt"
)

// maxSummaryBytes is what the kubelet keeps of a termination message.
const maxSummaryBytes = 4096

// Summary is what the sidecar leaves in the termination log for the agent.
type Summary struct {
	Uploaded struct {
		Reports   int `json:"reports"`
		Artifacts int `json:"artifacts"`
	} `json:"uploaded"`
	Skipped []skipped `json:"skipped"`
	Errors  []string  `json:"errors"`
}

type skipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// encode fits the summary into a termination message: long texts are cut, and of many entries the first
// are kept with a last one that says how many more there are.
func (s Summary) encode() []byte {
	for keep := max(len(s.Skipped), len(s.Errors)); ; keep /= 2 {
		text, _ := json.Marshal(s.cut(keep))
		if len(text) <= maxSummaryBytes || keep == 0 {
			return text
		}
	}
}

func (s Summary) cut(keep int) Summary {
	short := Summary{Uploaded: s.Uploaded, Skipped: []skipped{}, Errors: []string{}}
	for _, one := range s.Skipped[:min(keep, len(s.Skipped))] {
		short.Skipped = append(short.Skipped, skipped{clip(one.Path), clip(one.Reason)})
	}
	if more := len(s.Skipped) - keep; more > 0 {
		short.Skipped = append(short.Skipped, skipped{"…", fmt.Sprintf("%d more", more)})
	}
	for _, one := range s.Errors[:min(keep, len(s.Errors))] {
		short.Errors = append(short.Errors, clip(one))
	}
	if more := len(s.Errors) - keep; more > 0 {
		short.Errors = append(short.Errors, fmt.Sprintf("… %d more", more))
	}
	return short
}

func clip(text string) string {
	if characters := []rune(text); len(characters) > 300 {
		return string(characters[:300]) + "…"
	}
	return text
}
