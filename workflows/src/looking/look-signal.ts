import { condition, defineSignal, setHandler } from "@temporalio/workflow";

/** Something may have changed: read again. It carries no facts, so it may be lost, repeated or come late. */
export const lookSignal = defineSignal("look");

export type Looks = {
  /** From here on a signal is about something that the coming read may miss. True when one came since the last. */
  begin: () => boolean;
  isWanted: () => boolean;
  /** The same as a signal, from within. */
  want: () => void;
  /** Until a signal comes, or for so long. */
  wait: (seconds: number) => Promise<void>;
};

export function watchLooks(): Looks {
  let isWanted = true;
  let isSignalled = false;
  const want = () => {
    isWanted = true;
  };
  setHandler(lookSignal, () => {
    isSignalled = true;
    want();
  });
  return {
    begin() {
      const wasSignalled = isSignalled;
      isWanted = false;
      isSignalled = false;
      return wasSignalled;
    },
    isWanted: () => isWanted,
    want,
    async wait(seconds) {
      await condition(() => isWanted, seconds * 1_000);
    },
  };
}
