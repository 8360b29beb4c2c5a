package preset

import (
	"fmt"
	"os"
	"time"

	"seatrial.dev/helper/internal/failure"
)

// maxIdleDeaths is how often in a row pytest may die without a case to blame.
const maxIdleDeaths = 2

// pytestRun is a shard's run, over as many starts of pytest as it takes.
type pytestRun struct {
	*Preset
	cases      []string
	isSelected bool
	journal    *journal
	idleDeaths int
}

// pytestState is what the plugin leaves beside the journal.
type pytestState struct {
	Loaded    bool        `json:"loaded"`
	Missing   []string    `json:"missing"`
	Collected []string    `json:"collected"`
	Errors    []listError `json:"errors"`
}

// runPytest runs the shard's cases. A case in which the interpreter dies is errored and pytest starts
// again with the cases that have no end yet. In the end every case has one.
func (p *Preset) runPytest() int {
	cases, isSelected, err := p.readCases()
	if err != nil {
		return p.cannotTell("the cases of this shard cannot be read: %v", err)
	}
	journal, err := newJournal(p.settings.JournalFile())
	if err != nil {
		return p.cannotTell("%s", failure.Local(err, "starting the journal").Message)
	}
	run := &pytestRun{Preset: p, cases: cases, isSelected: isSelected, journal: journal}
	status, err := run.all()
	if err != nil {
		return p.cannotTell("%s", failure.Local(err, "keeping the journal").Message)
	}
	return status
}

func (r *pytestRun) all() (int, error) {
	for {
		ended, state, err := r.once()
		if err != nil {
			return exitUnknown, err
		}
		if !r.isSelected && state.Collected != nil {
			r.cases, r.isSelected = state.Collected, true
		}
		if r.process.wasStopped() {
			return r.giveUp("the pod was asked to stop (%s)", ended)
		}
		if r.journal.finished {
			return r.conclude(ended, state)
		}
		if status, isEnd, err := r.afterDeath(ended, state); isEnd || err != nil {
			return status, err
		}
	}
}

// once starts pytest for the cases that have no end yet.
func (r *pytestRun) once() (ending, pytestState, error) {
	var state pytestState
	_ = os.Remove(r.stateFile("pytest.json"))
	environment := []string{
		"SEATRIAL_PYTEST_MODE=run", "SEATRIAL_PYTEST_OUT=" + r.settings.JournalFile(),
		"SEATRIAL_PYTEST_STATE=" + r.stateFile("pytest.json"), "SEATRIAL_PYTEST_CASES=",
	}
	if r.isSelected {
		left := r.stateFile("cases.json")
		if err := writeJSON(left, map[string][]string{"cases": r.journal.without(r.cases)}); err != nil {
			return ending{}, state, err
		}
		environment[3] += left
	}
	// A file of another shard that cannot be imported must not keep ours from running.
	arguments := append([]string{"--continue-on-collection-errors"}, r.settings.Spec.Args...)
	ended := r.pytest(environment, arguments)
	_ = readJSON(r.stateFile("pytest.json"), &state)
	return ended, state, r.journal.update()
}

// afterDeath blames the case in flight, and says whether that was the end of the run.
func (r *pytestRun) afterDeath(ended ending, state pytestState) (int, bool, error) {
	if !state.Loaded {
		status, err := r.giveUp("pytest could not start (%s); its output says why", ended)
		return status, true, err
	}
	blamed := len(r.journal.started)
	for name, at := range r.journal.started {
		message := fmt.Sprintf("the interpreter died (%s) while this case ran", ended)
		r.say("%s: %s", name, message)
		if err := r.journal.end(name, message, secondsSince(at), true); err != nil {
			return exitUnknown, true, err
		}
	}
	left := r.journal.without(r.cases)
	if blamed > 0 {
		r.idleDeaths = 0
		if len(left) == 0 {
			return exitRed, true, nil
		}
		r.say("starting pytest again for the %d cases that have no result yet", len(left))
		return 0, false, nil
	}
	if r.idleDeaths++; r.idleDeaths >= maxIdleDeaths || len(left) == 0 {
		status, err := r.giveUp("pytest ended (%s) without finishing its session", ended)
		return status, true, err
	}
	r.say("pytest ended (%s) while no case ran; starting it once more", ended)
	return 0, false, nil
}

// giveUp ends every case that has none, and says why there is no verdict.
func (r *pytestRun) giveUp(format string, values ...any) (int, error) {
	reason := fmt.Sprintf(format, values...)
	left := r.journal.without(r.cases)
	for _, name := range left {
		if err := r.journal.end(name, "no result: "+reason, 0, false); err != nil {
			return exitUnknown, err
		}
	}
	return r.cannotTell("%s; %d cases have no result of their own", reason, len(left)), nil
}

func secondsSince(epochMilliseconds int64) float64 {
	return max(0, time.Since(time.UnixMilli(epochMilliseconds)).Seconds())
}
