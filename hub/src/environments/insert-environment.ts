import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentRequest } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { and, eq, ne } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { findContent } from "../contents/find-content.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { newStateKey } from "../keys/state-keys.ts";
import { appendEnvironmentEvents } from "./append-environment-events.ts";
import { environmentNamespace } from "./environment-namespace.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { noteChange } from "./note-change.ts";

export type NewEnvironment = {
  readonly id: string;
  readonly request: EnvironmentRequest;
  readonly change: EnvironmentRow["change"];
  /** The run that brings it and takes it along; null for one that stands by itself. */
  readonly runId: string | null;
  /** The pull request that it is for. */
  readonly pullRequestId?: string;
  readonly idempotencyKey: string | null;
};

/**
 * Writes a requested environment with a key of its own for its state, its first event, its outbox entry and its audit
 * entry. False, and nothing is written, when the project has one with this idempotency key. Throws `content_missing`,
 * `quota_exceeded`, and `unavailable` when the hub has no key to wrap state keys with.
 */
export async function insertEnvironment(
  deps: Pick<HubDeps, "settings">,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  environment: NewEnvironment,
  by: { actor: Actor; at: Date },
): Promise<boolean> {
  const { id, request, change, runId, pullRequestId = null, idempotencyKey } = environment;
  const { actor, at } = by;
  const contentId = await templateContentId(tx, project, request.contentSha256);
  await refuseTooMany(tx, project);
  const written = await tx
    .insert(environments)
    .values({
      id,
      projectId: project.id,
      name: request.name,
      namespace: environmentNamespace(project.name, request.name, id),
      state: "requested",
      wanted: "present",
      template: request.template,
      contentId,
      contentSha256: request.contentSha256,
      change,
      clusterLabels: request.clusters.labels,
      tolerations: request.clusters.tolerate,
      endpoints: [],
      blockers: [],
      leftOut: [],
      runId,
      pullRequestId,
      keepOnFailureSeconds: request.keepOnFailureSeconds,
      ttlSeconds: request.ttlSeconds,
      expiresAt: new Date(at.getTime() + request.ttlSeconds * 1_000),
      wrappedStateKey: newStateKey(deps, id),
      idempotencyKey,
      createdBy: actor,
      createdAt: at,
    })
    .onConflictDoNothing()
    .returning({ id: environments.id });
  if (written.length === 0) return false;
  const projectId = project.id;
  const data = { name: request.name, runId, pullRequestId };
  await appendEnvironmentEvents(tx, { environmentId: id, projectId, at, actor }, [
    { type: "environment.requested", data },
  ]);
  await writeAudit(tx, { projectId, at, actor, action: "environment.create", subject: id, data });
  await noteChange(tx, wake, { id, projectId, pullRequestId }, at);
  return true;
}

/** Two requests at once may pass the limit by one: it guards against floods, not against one too many. */
async function refuseTooMany(tx: Transaction, project: ProjectRow): Promise<void> {
  const open = and(eq(environments.projectId, project.id), ne(environments.state, "deleted"));
  const count = await tx.$count(environments, open);
  if (count < limits.environmentsPerProject) return;
  throw new SeatrialError(
    "quota_exceeded",
    `Project "${project.name}" has ${count} environments, the most it may have: delete some (seatrial env list).`,
  );
}

/** The project's content with this digest. Throws `content_missing`. */
export async function templateContentId(
  queryable: Queryable,
  project: ProjectRow,
  sha256: string,
): Promise<string> {
  const content = await findContent(queryable, project.id, sha256);
  if (content !== undefined) return content.id;
  throw new SeatrialError(
    "content_missing",
    `The template's content ${sha256} is not there: upload it first (PUT …/contents/${sha256}).`,
  );
}
