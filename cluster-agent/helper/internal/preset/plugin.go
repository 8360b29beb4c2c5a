package preset

import (
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed pytest/seatrial_pytest.py
var pytestPlugin []byte

// InstallPlugin writes the pytest plugin below the shared bin folder.
func InstallPlugin(bin string) error {
	folder := filepath.Join(bin, "pytest")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "seatrial_pytest.py"), pytestPlugin, 0o644)
}
