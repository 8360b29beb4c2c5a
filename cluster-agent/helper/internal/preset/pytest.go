package preset

import (
	"fmt"
	"os"
	"path/filepath"

	"seatrial.dev/helper/internal/failure"
)

// pytestNoTests is pytest's own exit status for "no tests collected".
const pytestNoTests = 5

// listPytest writes the collected node ids. Collection errors are named in the list and give pytest's
// exit status; an empty suite is an empty list and 0.
func (p *Preset) listPytest() int {
	_ = os.Remove(p.settings.ListFile())
	arguments := append([]string{"--collect-only", "-q"}, p.settings.Spec.Args...)
	ended := p.pytest([]string{"SEATRIAL_PYTEST_MODE=list", "SEATRIAL_PYTEST_OUT=" + p.settings.ListFile()}, arguments)
	var document list
	if err := readJSON(p.settings.ListFile(), &document); err != nil {
		message := fmt.Sprintf("pytest could not list the tests (%s); its output says why", ended)
		if err := p.writeList(list{Tool: "pytest", Errors: []listError{{Message: message}}}); err != nil {
			p.say("%s", failure.Local(err, "writing the list").Message)
		}
		p.say("%s", message)
		return orUnknown(ended.status)
	}
	p.say("listed %d cases, %d errors", len(document.Cases), len(document.Errors))
	switch {
	case ended.status == pytestNoTests && len(document.Errors) == 0:
		return exitGreen
	case ended.status <= 0 && len(document.Errors) > 0:
		return 2
	default:
		return orUnknown(ended.status)
	}
}

// pytest starts pytest with our plugin in the suite's folder.
func (p *Preset) pytest(environment, arguments []string) ending {
	path := filepath.Join(p.settings.BinFolder(), "pytest")
	if p.settings.PythonPath != "" {
		path += string(os.PathListSeparator) + p.settings.PythonPath
	}
	environment = append(environment, "PYTHONPATH="+path, "PYTHONUNBUFFERED=1")
	arguments = append([]string{"-m", "pytest", "-p", "seatrial_pytest"}, arguments...)
	return p.process.run(p.settings.SuiteFolder(), environment, p.python(), arguments...)
}

func (p *Preset) python() string {
	for _, name := range []string{"python3", "python"} {
		if program, found := findProgram(p.settings.Path, name); found {
			return program
		}
	}
	return "python3"
}

// orUnknown replaces "was killed" and "did not start" by the status for it.
func orUnknown(status int) int {
	if status < 0 {
		return exitUnknown
	}
	return status
}
