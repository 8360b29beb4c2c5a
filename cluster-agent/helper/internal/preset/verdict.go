package preset

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"os"
)

// verdict turns a tool's exit and its JUnit report into our exit status. The report must be complete,
// and a tool that says "red" must name what is red: otherwise nobody could tell which case it was.
func (p *Preset) verdict(tool, report string, ended ending) int {
	red, err := countRed(report)
	switch {
	case p.process.wasStopped():
		return p.cannotTell("the pod was asked to stop (%s)", ended)
	case ended.failed != nil:
		return p.cannotTell("%s could not start: %v", tool, ended.failed)
	case err != nil:
		return p.cannotTell("%s ended (%s) without a complete report: %v", tool, ended, err)
	case red > 0:
		return exitRed
	case ended.status == 0:
		return exitGreen
	default:
		return p.cannotTell("%s ended with %s although no case is red: look for an error outside of the cases in its output", tool, ended)
	}
}

// countRed streams through a JUnit report and counts failures and errors.
func countRed(report string) (int, error) {
	file, err := os.Open(report)
	if err != nil {
		return 0, errors.New("the report was not written")
	}
	defer file.Close()
	decoder := xml.NewDecoder(bufio.NewReader(file))
	red, elements := 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && elements == 0 {
			return red, errors.New("the report is empty")
		}
		if errors.Is(err, io.EOF) {
			return red, nil
		}
		if err != nil {
			return red, err
		}
		element, isStart := token.(xml.StartElement)
		if !isStart {
			continue
		}
		elements++
		if element.Name.Local == "failure" || element.Name.Local == "error" {
			red++
		}
	}
}
