package preset

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed pytest/*.py
var pytestPlugin embed.FS

// InstallPlugin writes the pytest plugin below the shared bin folder.
func InstallPlugin(bin string) error {
	if err := os.MkdirAll(filepath.Join(bin, "pytest"), 0o755); err != nil {
		return err
	}
	names, err := fs.Glob(pytestPlugin, "pytest/*.py")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := pytestPlugin.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(bin, filepath.FromSlash(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
