// Package config is the only reader of the process environment.
package config

import (
	"net/url"
	"path/filepath"
	"time"

	"seatrial.dev/helper/internal/failure"
)

// Config is everything that the helper is told, parsed once.
type Config struct {
	// Root is the volume that all containers of the pod share.
	Root           string
	TerminationLog string
	Hub            Hub
	Spec           Spec
	// Path is the PATH of this process; PythonPath its PYTHONPATH. Presets look tools up and extend them.
	Path       string
	PythonPath string
	// TempFolder is where tools put temporary files unless told otherwise.
	TempFolder string
}

// Hub says where the hub is and which lease this pod works for. Empty in the main container.
type Hub struct {
	URL        string
	CAPEM      string
	LeaseID    string
	LeaseToken string
}

// Names inside Root.
func (c *Config) BinFolder() string   { return filepath.Join(c.Root, "bin") }
func (c *Config) WorkFolder() string  { return filepath.Join(c.Root, "work") }
func (c *Config) OutFolder() string   { return filepath.Join(c.Root, "out") }
func (c *Config) CasesFile() string   { return filepath.Join(c.Root, "cases.json") }
func (c *Config) ListFile() string    { return filepath.Join(c.OutFolder(), "list.json") }
func (c *Config) JournalFile() string { return filepath.Join(c.OutFolder(), "journal.ndjson") }

// SuiteFolder is where the suite's tool runs: the suite's path inside the content.
func (c *Config) SuiteFolder() string {
	return filepath.Join(c.WorkFolder(), filepath.FromSlash(c.Spec.Path))
}

// Grace is how long collect may take after SIGTERM.
func (c *Config) Grace() time.Duration {
	return time.Duration(c.Spec.GraceSeconds) * time.Second
}

// TerminationLog is where the kubelet reads what a container leaves.
func TerminationLog(getenv func(string) string) string {
	return orElse(getenv("SEATRIAL_TERMINATION_LOG"), "/dev/termination-log")
}

// FromEnvironment parses the environment that getenv shows. The returned Config is never nil, so that
// an error can be written to its termination log.
func FromEnvironment(getenv func(string) string) (*Config, error) {
	settings := &Config{
		Root:           orElse(getenv("SEATRIAL_ROOT"), "/seatrial"),
		TerminationLog: TerminationLog(getenv),
		Hub: Hub{
			URL:        getenv("SEATRIAL_HUB_URL"),
			CAPEM:      getenv("SEATRIAL_HUB_CA_PEM"),
			LeaseID:    getenv("SEATRIAL_LEASE_ID"),
			LeaseToken: getenv("SEATRIAL_LEASE_TOKEN"),
		},
		Path:       getenv("PATH"),
		PythonPath: getenv("PYTHONPATH"),
		TempFolder: orElse(getenv("TMPDIR"), "/tmp"),
	}
	spec, err := ParseSpec(getenv("SEATRIAL_SPEC"))
	if err != nil {
		return settings, err
	}
	settings.Spec = spec
	return settings, nil
}

// Check says whether the hub's address and the lease are usable.
func (h Hub) Check() error {
	address, err := url.Parse(h.URL)
	if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") {
		return failure.New(failure.ConfigInvalid, "SEATRIAL_HUB_URL is %q: it must be an http or https address", h.URL)
	}
	if h.LeaseID == "" || h.LeaseToken == "" {
		return failure.New(failure.ConfigInvalid, "SEATRIAL_LEASE_ID and SEATRIAL_LEASE_TOKEN must both be set")
	}
	return nil
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
