import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubSettings } from "../connection/settings.ts";
import { bad, type Finding, good } from "./check.ts";

/** Agents' proofs are refused beyond 60 s; half of that is already worth mending. */
const worryingSeconds = 30;

/** Whether the hub answers at its address, over TLS that is trusted, in the same version, at the same time. */
export async function checkHub(
  hub: HubClient,
  settings: HubSettings,
  ownVersion: string,
  now: () => number,
): Promise<Finding[]> {
  const url = settings.hubUrl ?? "";
  const asked = now();
  const health = await hub.health().catch((error: unknown) => error);
  if (health instanceof Error) return [bad("hub", health.message, fixOf(health.message))];
  const { version, now: hubTime } = health as Awaited<ReturnType<HubClient["health"]>>;
  const tls = url.startsWith("https://")
    ? good("TLS", settings.ca === null ? "trusted by this system" : "trusted by the stored CA")
    : bad("TLS", "plain HTTP", "use https: the token is readable on the way");
  return [
    good("hub", url),
    tls,
    version === ownVersion
      ? good("version", version)
      : bad("version", `hub ${version}, seatrial ${ownVersion}`, "use the same version of both"),
    ...(hubTime === null ? [] : [checkClock(hubTime.getTime(), (asked + now()) / 2)]),
  ];
}

function checkClock(hubTime: number, ownTime: number): Finding {
  // The hub's time is in whole seconds.
  const seconds = Math.round((ownTime - 500 - hubTime) / 1_000);
  const found =
    Math.abs(seconds) <= 1
      ? "as the hub's"
      : `${Math.abs(seconds)}s ${seconds > 0 ? "ahead of" : "behind"} the hub's`;
  return Math.abs(seconds) < worryingSeconds
    ? good("clock", found)
    : bad(
        "clock",
        found,
        "set this machine's clock (and the hub's): beyond 60s requests of agents are refused",
      );
}

function fixOf(message: string): string {
  if (/certificate|issuer|self.signed/i.test(message))
    return "give the hub's CA: seatrial login <hub> --ca <file>, or SEATRIAL_CA";
  if (/ECONNREFUSED/.test(message)) return "start the hub, or check the address and port";
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) return "check the address: its name is not known here";
  return "check the address, the network and proxies in between";
}

/** Whether the token is accepted, and what it may do. */
export async function checkToken(hub: HubClient): Promise<Finding> {
  try {
    const me = await hub.whoAmI();
    return good("token", `${me.actor.name}: ${me.scopes.join(", ")}`);
  } catch (error) {
    if (!(error instanceof SeatrialError)) throw error;
    return bad("token", error.message, "log in again: seatrial login <hub> --token …");
  }
}
