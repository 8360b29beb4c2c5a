import type { Output } from "../terminal/output.ts";

export type ConnectionNotice = { lost: () => void; back: () => void };

/** Says once that the hub is away and once that it is back, however often it was tried in between. */
export function createConnectionNotice(
  output: Pick<Output, "note">,
  beforeLine: () => void = () => undefined,
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
      turn(true, "the connection to the hub was lost, trying again (Ctrl-C leaves, the run goes on)"),
    back: () => turn(false, "the hub answers again"),
  };
}
