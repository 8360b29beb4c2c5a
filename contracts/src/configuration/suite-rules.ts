import type { z } from "zod";

type Written = {
  clusters?:
    | { spread?: string | { min?: number | undefined; max?: number | undefined } | undefined }
    | undefined;
  tool?: unknown;
  image?: unknown;
  command?: unknown;
  arguments?: unknown;
};

/** What no single field can know. Its issues carry their own fix in `params.fix`. */
export function checkSuite(written: Written, context: z.RefinementCtx): void {
  const wrong = (path: string[], message: string, fix: string) =>
    context.addIssue({ code: "custom", path, message, params: { fix }, input: written });
  const spread = written.clusters?.spread;
  if (typeof spread === "object" && (spread.min ?? 0) > (spread.max ?? Number.POSITIVE_INFINITY))
    wrong(["clusters", "spread", "min"], "is more than 'max'", "write a 'min' that is not above 'max'");
  if (written.tool !== undefined) {
    if (written.command !== undefined)
      wrong(["command"], "cannot be set: 'tool' brings its own command", "use 'arguments', or drop 'tool'");
    return;
  }
  if (written.image === undefined)
    wrong([], "has neither 'tool' nor 'image'", "write tool: pytest, or image and command");
  else if (written.command === undefined)
    wrong([], "has an image but no 'command'", "write command: what the container runs");
  if (written.arguments !== undefined)
    wrong(["arguments"], "is only for suites with 'tool'", "put the words into 'command'");
}
