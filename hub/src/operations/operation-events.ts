import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentEventType } from "@seatrial/contracts/environments/environment.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import { appendEnvironmentEvents } from "../environments/append-environment-events.ts";
import { environmentChannel } from "../notifications/channels.ts";
import type { HeldOperation } from "./operation-lease.ts";

/** When, and by whom. */
export type Origin = { readonly at: Date; readonly actor: Actor };

/** Writes one event about an operation, with what names it, and wakes those who follow the environment. */
export async function noteOperation(
  tx: Transaction,
  wake: Wake,
  { environment, operation }: HeldOperation,
  { at, actor }: Origin,
  type: EnvironmentEventType,
  data: Record<string, unknown>,
): Promise<void> {
  const { id: environmentId, projectId } = environment;
  const { id: operationId, kind, number } = operation;
  const facts = { operationId, kind, number, ...data };
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor }, [{ type, data: facts }]);
  wake(environmentChannel(environmentId));
}
