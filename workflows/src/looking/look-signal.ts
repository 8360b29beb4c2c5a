import { condition, defineSignal, setHandler } from "@temporalio/workflow";

/** Something may have changed: read again. It carries no facts, so it may be lost, repeated or come late. */
export const lookSignal = defineSignal("look");

export type Looks = {
  /** From here on a signal is about something that the coming read may miss. */
  begin: () => void;
  isWanted: () => boolean;
  /** Until a signal comes, or for so long. */
  wait: (seconds: number) => Promise<void>;
};

export function watchLooks(): Looks {
  let isWanted = true;
  setHandler(lookSignal, () => {
    isWanted = true;
  });
  return {
    begin() {
      isWanted = false;
    },
    isWanted: () => isWanted,
    async wait(seconds) {
      await condition(() => isWanted, seconds * 1_000);
    },
  };
}
