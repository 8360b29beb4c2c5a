import { type CaseList, caseListSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { safeText } from "./safe-text.ts";

/**
 * Reads what a preset's listing says. A case named twice stays once: the tool runs it once when asked twice.
 * `report_invalid` for anything that is not a list, more than `limits.reportCases` cases, a name over its limit.
 */
export function parseCaseList(name: string, bytes: Uint8Array): CaseList {
  const list = readList(name, bytes);
  if (list.cases.length > limits.reportCases) refuse(name, `more than ${limits.reportCases} cases`);
  const seen = new Set<string>();
  const cases = list.cases.filter(({ id }) => !seen.has(id) && seen.add(id));
  const { caseNameCharacters, caseNameBytes } = limits;
  const long = cases.findIndex(
    ({ id }) => id.length > caseNameCharacters || Buffer.byteLength(id) > caseNameBytes,
  );
  if (long >= 0)
    refuse(
      name,
      `case ${long + 1} has a name of more than ${caseNameCharacters} characters or ${caseNameBytes} bytes`,
    );
  const unsafe = cases.findIndex(({ id }) => safeText(id) !== id);
  if (unsafe >= 0) refuse(name, `case ${unsafe + 1} has a name with NUL or half a character in it`);
  return { ...list, cases };
}

function readList(name: string, bytes: Uint8Array): CaseList {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return refuse(name, `not JSON in UTF-8 (${error instanceof Error ? error.message.slice(0, 200) : "?"})`);
  }
  const parsed = caseListSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return refuse(name, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong shape"}`);
}

function refuse(name: string, problem: string): never {
  throw new SeatrialError("report_invalid", `case list "${name}": ${problem}`);
}
