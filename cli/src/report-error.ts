import { type ErrorCode, SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import { CliError } from "./cli-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { Output } from "./terminal/output.ts";
import { safeText } from "./terminal/safe-text.ts";

type Described = {
  code: string;
  message: string;
  fix: string | null;
  lines: readonly string[];
  exitCode: ExitCode;
};

/** Says what went wrong in one block on stderr (and as JSON on stdout in JSON mode) and returns the exit code. */
export function reportError(error: unknown, output: Output): ExitCode {
  const { code, message, fix, lines, exitCode } = describe(error);
  output.note(`${output.paint("red", "✗")} ${safeText(message)}`);
  for (const line of lines) output.note(`  ${safeText(line)}`);
  if (fix) output.note(`  ${safeText(fix)}`);
  output.json({ error: { code, message, fix, lines } });
  return exitCode;
}

function describe(error: unknown): Described {
  if (error instanceof CliError) {
    const { message, fix, lines, exitCode } = error;
    return { code: exitCode === exitCodes.usage ? "usage" : "cli", message, fix, lines, exitCode };
  }
  if (error instanceof SeatrialError) {
    const lines = (error.details.fields ?? []).map((field) => `${field.path}: ${field.message}`);
    const fix = fixes[error.code] ?? null;
    return { code: error.code, message: error.message, fix, lines, exitCode: exitCodeOfCode(error.code) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const isExplained = error instanceof Error && !faultNames.has(error.name);
  const code = isExplained && error.name === "LabError" && "code" in error ? String(error.code) : "cli";
  return {
    code,
    message: isExplained ? message : `this is a fault of seatrial itself: ${message}`,
    fix: null,
    lines: [],
    exitCode: labUsageCodes.has(code) ? exitCodes.usage : exitCodes.unknown,
  };
}

/** What the lab says of words that it does not know; the lab itself is loaded only by the commands that need it. */
const labUsageCodes = new Set(["usage", "image_unknown", "cluster_unknown", "component_unknown"]);

/** Errors that the language itself throws: nobody but us can mend them. */
const faultNames = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

function exitCodeOfCode(code: ErrorCode): ExitCode {
  const status = statusOf(code);
  if (status === 401 || status === 403 || status === 404) return exitCodes.noAccess;
  return status === 400 || status === 422 ? exitCodes.usage : exitCodes.unknown;
}

const fixes: Partial<Record<ErrorCode, string>> = {
  unauthenticated: "log in with: seatrial login <hub> --token …, or set SEATRIAL_TOKEN",
  token_expired: "ask for a new token (seatrial token create), then: seatrial login",
  token_revoked: "ask for a new token (seatrial token create), then: seatrial login",
  unavailable: "see what is wrong with: seatrial doctor",
};
