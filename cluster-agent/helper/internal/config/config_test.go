package config

import (
	"strings"
	"testing"
)

func TestAnEmptyEnvironmentGetsDefaults(t *testing.T) {
	settings, err := FromEnvironment(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if settings.Root != "/seatrial" || settings.TerminationLog != "/dev/termination-log" || settings.Spec.Mode != "run" {
		t.Errorf("settings are %+v", settings)
	}
	if settings.Spec.Limits.ContentBytes == 0 || settings.Spec.Limits.ArtifactFiles == 0 || settings.Grace() == 0 {
		t.Errorf("limits are %+v", settings.Spec)
	}
	if err := settings.Hub.Check(); err == nil {
		t.Error("a hub without an address was accepted")
	}
}

func TestASpecThatMakesNoSenseIsRefusedWithItsField(t *testing.T) {
	for text, field := range map[string]string{
		`{`:                       "JSON",
		`{"mode":"walk"}`:         "mode",
		`{"tool":"jest"}`:         "tool",
		`{"path":"../x"}`:         "path",
		`{"path":"/etc"}`:         "path",
		`{"path":"a/../../x"}`:    "path",
		`{"args":"-x"}`:           "args",
		`{"reports":{"junit":1}}`: "junit",
	} {
		if _, err := ParseSpec(text); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestASpecOfANewerAgentIsRead(t *testing.T) {
	spec, err := ParseSpec(`{"tool":null,"path":"tests/api","later":{"x":1},"limits":{"reportBytes":7}}`)
	if err != nil || spec.Tool != "" || spec.Path != "tests/api" || spec.Limits.ReportBytes != 7 {
		t.Errorf("%+v, %v", spec, err)
	}
}
