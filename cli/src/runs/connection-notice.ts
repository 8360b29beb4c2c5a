import type { Output } from "../terminal/output.ts";

export type ConnectionNotice = { lost: () => void; back: () => void };

/** Says once that the hub is away and once that it is back, however often it was tried in between; and what goes on. */
export function createConnectionNotice(
  output: Pick<Output, "note">,
  beforeLine: () => void = () => undefined,
  whatGoesOn = "the run",
): ConnectionNotice {
  let isLost = false;
  const turn = (to: boolean, line: string) => {
    if (isLost === to) return;
    isLost = to;
    beforeLine();
    output.note(line);
  };
  return {
    lost: () =>
      turn(true, `the connection to the hub was lost, trying again (Ctrl-C leaves, ${whatGoesOn} goes on)`),
    back: () => turn(false, "the hub answers again"),
  };
}
