import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import { blockerSchema } from "@seatrial/contracts/environments/proof.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { expect, test } from "vitest";
import type { RemovalRequest } from "../teardown/removal-request.ts";
import { createBlockerWatch } from "./blocker-watch.ts";
import { noRepairs } from "./repair-policy.ts";

test("a command that is too long for the hub is left out, never cut: half a command does something else", () => {
  const left = (name: string) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name, uid: name.slice(0, 60) },
    ...{ state: "left" as const, why: "it is still there" },
  });
  // A name of quotes takes four characters for each in a shell.
  const objects = [left("demo"), left("'".repeat(600))];
  const request = { clock: createManualClock(), policy: noRepairs } as unknown as RemovalRequest;
  const blockers = createBlockerWatch({ request, step: () => undefined }).all({
    objects,
    unlisted: [],
  } as unknown as Proof);
  expect(blockers.map(({ command }) => command)).toEqual(["kubectl delete configmap demo -n shop", null]);
  for (const blocker of blockers) blockerSchema.omit({ object: true }).parse(blocker);
});
