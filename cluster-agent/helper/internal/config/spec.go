package config

import (
	"encoding/json"
	"path/filepath"

	"seatrial.dev/helper/internal/failure"
)

// Spec says what this pod does: SEATRIAL_SPEC, written by the agent. Unknown fields are left alone, so
// that a newer agent can talk to an older helper.
type Spec struct {
	Content bool     `json:"content"`
	Cases   bool     `json:"cases"`
	Tool    string   `json:"tool"`
	Mode    string   `json:"mode"`
	Path    string   `json:"path"`
	Args    []string `json:"args"`
	Reports struct {
		JUnit []string `json:"junit"`
	} `json:"reports"`
	Artifacts []string `json:"artifacts"`
	Limits    Limits   `json:"limits"`
	// GraceSeconds is how long collect may take after SIGTERM; a little less than the pod's own grace.
	GraceSeconds int `json:"graceSeconds"`
}

// Limits bounds what comes in and goes out. Zero means the default.
type Limits struct {
	// ContentBytes and ContentEntries bound the unpacked content.
	ContentBytes   int64 `json:"contentBytes"`
	ContentEntries int64 `json:"contentEntries"`
	// ReportBytes bounds each report (and the journal and the list).
	ReportBytes int64 `json:"reportBytes"`
	// ArtifactBytes and ArtifactFiles bound all artifacts together.
	ArtifactBytes int64 `json:"artifactBytes"`
	ArtifactFiles int64 `json:"artifactFiles"`
}

const (
	defaultContentBytes   = 1 << 30
	defaultContentEntries = 100_000
	defaultReportBytes    = 64 << 20
	defaultArtifactBytes  = 256 << 20
	defaultArtifactFiles  = 1000
	defaultGraceSeconds   = 25
)

// ParseSpec reads SEATRIAL_SPEC, fills the defaults in and refuses what makes no sense.
func ParseSpec(text string) (Spec, error) {
	var spec Spec
	if err := json.Unmarshal([]byte(orElse(text, "{}")), &spec); err != nil {
		return spec, failure.New(failure.ConfigInvalid, "SEATRIAL_SPEC is not the JSON that the helper expects: %v", err)
	}
	spec.Mode = orElse(spec.Mode, "run")
	if spec.Mode != "list" && spec.Mode != "run" {
		return spec, failure.New(failure.ConfigInvalid, "SEATRIAL_SPEC: mode is %q: use list or run", spec.Mode)
	}
	switch spec.Tool {
	case "", "pytest", "node", "vitest":
	default:
		return spec, failure.New(failure.ConfigInvalid, "SEATRIAL_SPEC: tool is %q: use pytest, node, vitest or null", spec.Tool)
	}
	if spec.Path != "" && !filepath.IsLocal(filepath.FromSlash(spec.Path)) {
		return spec, failure.New(failure.ConfigInvalid, "SEATRIAL_SPEC: path is %q: it must stay inside the content", spec.Path)
	}
	spec.fillDefaults()
	return spec, nil
}

func (s *Spec) fillDefaults() {
	for _, limit := range []struct {
		value    *int64
		fallback int64
	}{
		{&s.Limits.ContentBytes, defaultContentBytes},
		{&s.Limits.ContentEntries, defaultContentEntries},
		{&s.Limits.ReportBytes, defaultReportBytes},
		{&s.Limits.ArtifactBytes, defaultArtifactBytes},
		{&s.Limits.ArtifactFiles, defaultArtifactFiles},
	} {
		if *limit.value <= 0 {
			*limit.value = limit.fallback
		}
	}
	if s.GraceSeconds <= 0 {
		s.GraceSeconds = defaultGraceSeconds
	}
}
