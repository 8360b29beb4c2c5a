package preset

import "fmt"

// conclude gives an end to the cases that a finished session left without one, so that none is lost
// silently, and decides the exit status.
func (r *pytestRun) conclude(ended ending, state pytestState) (int, error) {
	left := r.journal.without(r.cases)
	missing := map[string]bool{}
	for _, name := range state.Missing {
		missing[name] = true
	}
	for _, name := range left {
		if err := r.journal.end(name, r.whyNoResult(missing[name], ended, state), 0, false); err != nil {
			return exitUnknown, err
		}
	}
	if len(left) > 0 {
		r.say("%d cases have no result; each is reported as errored", len(left))
	}
	switch {
	case r.journal.hasRed():
		return exitRed, nil
	case ended.status == 0, ended.status == pytestNoTests, len(state.Errors) > 0 && ended.status == 1:
		return exitGreen, nil
	default:
		return r.cannotTell("no case is red, but pytest itself ended with %s; its output says why", ended), nil
	}
}

func (r *pytestRun) whyNoResult(isMissing bool, ended ending, state pytestState) string {
	if !isMissing {
		return fmt.Sprintf("no result: pytest ended (%s) before this case did; look for options such as -x or --maxfail", ended)
	}
	message := "not collected in this shard: renamed, deselected by an option, or its file could not be imported"
	for _, one := range state.Errors {
		message += fmt.Sprintf("; collection error in %s: %s", one.File, lastCharacters(one.Message, 300))
		if len(message) > 1500 {
			break
		}
	}
	return lastCharacters(message, 1900)
}
