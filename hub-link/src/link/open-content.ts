import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { readBytes } from "../http/create-http-client.ts";
import type { HubFetch, HubResponse } from "./hub-fetch.ts";
import { errorOfAnswer, isOk } from "./read-answer.ts";

/**
 * The archive that a lease works with, as it comes. No proof: the lease's own token opens it, and nothing else. Throws
 * the hub's error, or `unavailable`.
 */
export async function openContent(
  fetch: HubFetch,
  hubUrl: string,
  grant: { leaseId: string; leaseToken: string },
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const path = `/lease/v1/${encodeURIComponent(grant.leaseId)}/content`;
  const headers = { authorization: `Bearer ${grant.leaseToken}` };
  let response: HubResponse;
  try {
    const url = `${hubUrl.replace(/\/+$/, "")}${path}`;
    response = await fetch(url, { method: "GET", headers, body: null, signal });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SeatrialError("unavailable", `GET ${path}: ${why}`, {}, { cause: error });
  }
  if (isOk(response)) return response.body;
  const { status, headers: told } = response;
  throw errorOfAnswer({ status, headers: told, bytes: await readBytes(response.body) }, `GET ${path}`);
}
