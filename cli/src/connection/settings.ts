import { readFile } from "node:fs/promises";
import { CliError } from "../cli-error.ts";
import type { CliConfig } from "../config.ts";
import { exitCodes } from "../exit-codes.ts";
import { readStoredLogin } from "./stored-login.ts";

/** Which hub, as whom: the environment first, then the stored login. Null where neither says. */
export type HubSettings = {
  hubUrl: string | null;
  token: string | null;
  ca: string | null;
  project: string | null;
};

/** Reads the settings of this call. A stored token is never sent to another hub than the one it was stored for. */
export async function readSettings(config: CliConfig): Promise<HubSettings> {
  const stored = await readStoredLogin(config.loginFile);
  const isStoredHub = config.hubUrl === null || sameHub(config.hubUrl, stored?.hubUrl);
  return {
    hubUrl: config.hubUrl === null ? (stored?.hubUrl ?? null) : checkHubUrl(config.hubUrl),
    token: config.token ?? (isStoredHub ? (stored?.token ?? null) : null),
    ca: config.caFile === null ? (isStoredHub ? (stored?.ca ?? null) : null) : await readCa(config.caFile),
    project: config.project ?? (isStoredHub ? (stored?.project ?? null) : null),
  };
}

/** The PEM text of a CA file. Throws CliError when it is none. */
export async function readCa(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CliError(`the CA file cannot be read: ${error.message}`, { exitCode: exitCodes.usage });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new CliError(`${file} holds no certificate in PEM`, {
    fix: "give the file that starts with -----BEGIN CERTIFICATE-----",
    exitCode: exitCodes.usage,
  });
}

/** A hub's address without a slash at its end. Throws CliError when it is none. */
export function checkHubUrl(text: string): string {
  const url = URL.parse(text);
  const isLocal = url !== null && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal))
    return url.href.replace(/\/+$/, "");
  throw new CliError(`"${text}" is not a hub's address`, {
    fix: "write it as in https://hub.example.com (http only on this machine: it would show the token)",
    exitCode: exitCodes.usage,
  });
}

function sameHub(one: string, other: string | undefined): boolean {
  return other !== undefined && URL.parse(one)?.origin === URL.parse(other)?.origin;
}
