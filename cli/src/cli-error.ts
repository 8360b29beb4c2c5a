import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** What went wrong, for people, and how to mend it. `lines` are shown below the message as they are. */
export class CliError extends Error {
  readonly fix: string | null;
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
  constructor(
    message: string,
    details: { fix?: string; lines?: readonly string[]; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "CliError";
    this.fix = details.fix ?? null;
    this.lines = details.lines ?? [];
    this.exitCode = details.exitCode ?? exitCodes.unknown;
  }
}
