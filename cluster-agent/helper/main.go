// Command helper is the static program inside test pods. It brings the content in (prepare), runs the
// test tools Seatrial has presets for (preset), and takes reports and artifacts out (collect).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"seatrial.dev/helper/internal/collect"
	"seatrial.dev/helper/internal/config"
	"seatrial.dev/helper/internal/failure"
	"seatrial.dev/helper/internal/prepare"
	"seatrial.dev/helper/internal/preset"
	"seatrial.dev/helper/internal/reach"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

const usage = `usage: helper prepare|preset|collect|listen|dial|version

  prepare   make the folders, fetch the content and the cases of this shard
  preset    list or run the cases with the test tool that SEATRIAL_SPEC names
  collect   wait for SIGTERM, then upload reports and artifacts
  listen    <port>… accept connections on the ports until SIGTERM
  dial      <host> <allowed port> <forbidden port> say which of them is reached, as JSON
  version   print the version
`

func main() {
	if len(os.Args) < 2 {
		os.Exit(wrongUsage())
	}
	os.Exit(run(os.Args[1], os.Args[2:]))
}

func run(command string, arguments []string) int {
	switch {
	case command == "listen" && len(arguments) > 0:
		return listen(arguments)
	case command == "dial" && len(arguments) == 3:
		return dial(arguments)
	case len(arguments) > 0:
		return wrongUsage()
	}
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
		return wrongUsage()
	}
}

func wrongUsage() int {
	fmt.Fprint(os.Stderr, usage)
	return failure.ExitUsage
}

func listen(ports []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := reach.Listen(ctx, ports, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return failure.ExitLocal
	}
	return 0
}

// dial leaves its result where the agent reads it without asking for a log.
func dial(arguments []string) int {
	result := reach.Dial(context.Background(), arguments[0], arguments[1], arguments[2], reach.DefaultTimes)
	line, _ := json.Marshal(result)
	fmt.Println(string(line))
	_ = os.WriteFile(config.TerminationLog(os.Getenv), line, 0o644)
	return 0
}

func withConfig(command func(*config.Config) int) int {
	settings, err := config.FromEnvironment(os.Getenv)
	if err != nil {
		return failure.Report(err, os.Stderr, settings.TerminationLog)
	}
	return command(settings)
}
