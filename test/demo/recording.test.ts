import { createOutput } from "@seatrial/cli/terminal/output.ts";
import { expect, test } from "vitest";
import { createCastRecorder, formatCast } from "./cast.ts";
import { createStage } from "./create-stage.ts";
import { drawScreen } from "./draw-screen.ts";
import { drawSvg } from "./draw-svg.ts";

/** A stage on a recorded terminal, whose clock goes on by half a second with each thing written. */
function record(tell: (stage: ReturnType<typeof createStage>) => void) {
  let time = 1_000;
  const recorder = createCastRecorder({ columns: 60, rows: 20 }, () => {
    time += 500;
    return time;
  });
  const stdout = { write: recorder.write, isTTY: true };
  const output = createOutput({ stdout, stderr: stdout }, { isJson: false, noColor: false });
  tell(createStage(output, () => 60));
  return recorder.cast;
}

const textOf = (cast: ReturnType<typeof record>) =>
  drawScreen(cast.events.map(([, text]) => text).join("")).map((spans) =>
    spans.map(({ text }) => text).join(""),
  );

test("lines that are live stand until the next ones, lines that are said stay", () => {
  const cast = record((stage) => {
    stage.say("first");
    stage.live(["· api 1/3", "· web"]);
    stage.live(["· api 2/3"]);
    stage.say("second");
    stage.live([]);
  });
  expect(textOf(cast)).toEqual(["first", "second"]);
});

test("a recording says what was written and when, as asciinema reads it", () => {
  const cast = record((stage) => stage.say("ahoy"));
  const lines = formatCast(cast, { title: "a voyage", madeAt: new Date(5_000) })
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      version: 2,
      width: 60,
      height: 20,
      timestamp: 5,
      title: "a voyage",
      env: { TERM: "xterm-256color" },
    },
    [0.5, "o", "ahoy\r\n"],
  ]);
});

test("its picture has colours, and no markup that the text brings", () => {
  const cast = record(({ say, output }) =>
    say(`${output.paint("green", "✓")} <b> & ${output.paint("dim", "so")}`),
  );
  const picture = drawSvg(cast, "a <voyage>");
  expect(picture).toContain("<title>a &lt;voyage&gt;</title>");
  expect(picture).toMatch(/fill="#3fb950">✓</);
  expect(picture).toContain(" &lt;b&gt; &amp; <");
  expect(picture).toMatch(/fill-opacity="0.6">so</);
});
