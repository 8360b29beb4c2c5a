// Command helper is the static program inside test pods. It brings the content in (prepare), runs the
// test tools Seatrial has presets for (preset), and takes reports and artifacts out (collect).
package main

import (
	"fmt"
	"os"

	"seatrial.dev/helper/internal/collect"
	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/prepare"
	"seatrial.dev/helper/internal/preset"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

const usage = `usage: helper prepare|preset|collect|version

  prepare   make the folders, fetch the content and the cases of this shard
  preset    list or run the cases with the test tool that SEATRIAL_SPEC names
  collect   wait for SIGTERM, then upload reports and artifacts
  version   print the version
`

func main() {
	if len(os.Args) != 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(failure.ExitUsage)
	}
	os.Exit(run(os.Args[1]))
}

func run(command string) int {
	switch command {
	case "prepare":
		return withConfig(prepare.Run)
	case "preset":
		return withConfig(preset.Run)
	case "collect":
		return withConfig(collect.Run)
	case "version":
		fmt.Println(version)
		return 0
	default:
		fmt.Fprint(os.Stderr, usage)
		return failure.ExitUsage
	}
}

func withConfig(command func(*config.Config) int) int {
	settings, err := config.FromEnvironment(os.Getenv)
	if err != nil {
		return failure.Report(err, os.Stderr, settings.TerminationLog)
	}
	return command(settings)
}
