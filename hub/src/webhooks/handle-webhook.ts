import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { deliveries, repositories } from "../database/schema/pull-requests.ts";
import { transact } from "../database/transact.ts";
import {
  anotherRepository,
  isAnother,
  isNamed,
  lockRepository,
  type RepositoryRow,
} from "../repositories/find-repository.ts";
import { noteInstallation } from "./note-installation.ts";
import { type Origin, originSchema } from "./payloads.ts";
import { repositoryEvents, type Take } from "./take-event.ts";

export type Delivery = {
  /** The forge's own id of it: the same for every repeat. */
  readonly id: string;
  readonly event: string;
  readonly body: Uint8Array;
};
export type Handled = { duplicate: boolean; ignored: string | null };
type HandleDeps = Pick<HubDeps, "database" | "notifications" | "clock">;

const installationEvents: ReadonlySet<string> = new Set(["installation", "installation_repositories"]);

/**
 * Does what an event of GitHub asks for, in one transaction with the note of its delivery: a repeat does nothing, and one
 * that failed is not noted. What concerns no connected repository is accepted, with the reason, and not noted either.
 * The signature must be good. Throws `invalid_json` and `ZodError`.
 */
export async function handleWebhook(deps: HandleDeps, delivery: Delivery): Promise<Handled> {
  const payload = parseBody(delivery.body);
  const origin = originSchema.parse(payload);
  const { event } = delivery;
  if (installationEvents.has(event)) return noteInstallation(deps, origin.action ?? "", payload);
  const read = repositoryEvents.get(event);
  if (read === undefined) return ignored(event === "ping" ? "ping" : `nothing follows from ${event}`);
  if (origin.repository === undefined) return ignored("it names no repository");
  const take = read(payload, origin.action ?? "");
  return typeof take === "string" ? ignored(take) : takeOnce(deps, delivery, origin, take);
}

async function takeOnce(
  deps: HandleDeps,
  { id, event }: Delivery,
  origin: Origin,
  take: Take,
): Promise<Handled> {
  const at = deps.clock.now();
  return transact(deps, async (tx, wake) => {
    const repository = await holdRepository(tx, origin);
    if (typeof repository === "string") return ignored(repository);
    const noted = await tx
      .insert(deliveries)
      .values({ id, event, repositoryId: repository.id, receivedAt: at })
      .onConflictDoNothing()
      .returning({ id: deliveries.id });
    if (noted.length === 0) return { duplicate: true, ignored: null };
    return { duplicate: false, ignored: await take(tx, wake, repository, at) };
  });
}

const notConnected = "this repository is not connected (seatrial repository connect)";

/** The connected repository, locked, with the number and the installation that the event names; or why there is none. */
async function holdRepository(
  tx: Transaction,
  { repository, installation }: Origin,
): Promise<RepositoryRow | string> {
  const [known] = await tx
    .select()
    .from(repositories)
    .where(isNamed(repository?.full_name ?? ""));
  if (known === undefined) return notConnected;
  const forgeId = repository?.id ?? known.forgeId;
  if (isAnother(known, forgeId)) return anotherRepository;
  const installationId = installation?.id ?? known.installationId;
  const isNews = known.installationId !== installationId || known.forgeId !== forgeId;
  // Never shared first and changed then: two who do that wait for each other.
  const row = await lockRepository(tx, known.id, isNews ? "update" : "share");
  if (row.disconnectedAt !== null) return notConnected;
  if (isAnother(row, forgeId)) return anotherRepository;
  if (!isNews) return row;
  await tx.update(repositories).set({ installationId, forgeId }).where(eq(repositories.id, row.id));
  return { ...row, installationId, forgeId };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new SeatrialError(
      "invalid_json",
      "The signature is good, but the body is no JSON: set the webhook's content type to application/json.",
    );
  }
}

function ignored(reason: string): Handled {
  return { duplicate: false, ignored: reason };
}
