import type { Questions } from "./ask-choices.ts";

/** Questions on the terminal, by @clack/prompts. */
export async function createTerminalQuestions(): Promise<Questions> {
  const { confirm, isCancel, multiselect, select } = await import("@clack/prompts");
  return {
    async select({ message, options, initialValue }) {
      const chosen = await select({
        message,
        options: options.map(toOption),
        initialValue: keyOf(options, initialValue),
      });
      return isCancel(chosen) ? null : (options[Number(chosen)]?.value ?? null);
    },
    async selectMany({ message, options, initialValues }) {
      const keys = initialValues.map((value) => keyOf(options, value));
      const chosen = await multiselect({
        message,
        options: options.map(toOption),
        initialValues: keys,
        required: true,
      });
      return isCancel(chosen) ? null : chosen.flatMap((key) => options[Number(key)]?.value ?? []);
    },
    async confirm(question) {
      const answer = await confirm(question);
      return isCancel(answer) ? null : answer;
    },
  };
}

/** Values of any kind are told apart by their place: clack compares what it is given. */
function toOption({ label, hint }: { label: string; hint?: string }, index: number) {
  return { value: String(index), label, ...(hint === undefined ? {} : { hint }) };
}

function keyOf<T>(options: readonly { value: T }[], wanted: T): string {
  return String(
    Math.max(
      0,
      options.findIndex(({ value }) => value === wanted),
    ),
  );
}
