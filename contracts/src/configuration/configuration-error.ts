/**
 * One thing wrong in a `seatrial.yaml`. `line` and `column` count from 1. `field` is the path as people say it
 * (`suites.api.shards`), empty for the file itself. `message` says what was found, `fix` what to write instead.
 */
export type ConfigurationError = {
  line: number;
  column: number;
  field: string;
  message: string;
  fix?: string;
};

/** Keys and list positions from the file's root to a value. */
export type FieldPath = readonly (string | number)[];

/** `suites.api.artifacts[2]`: a path as people say it. Keys with other characters than `a-zA-Z0-9_-` are quoted. */
export function fieldName(path: FieldPath): string {
  let name = "";
  for (const part of path) {
    if (typeof part === "number") name += `[${part}]`;
    else if (/^[a-zA-Z0-9_-]+$/.test(part)) name += name === "" ? part : `.${part}`;
    else name += `[${JSON.stringify(part)}]`;
  }
  return name;
}
