import { isDeepStrictEqual } from "node:util";
import type { Actor } from "@seatrial/contracts/actor.ts";
import type { EnvironmentRequest } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, asc, eq, ne } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { pullRequestEnvironments } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { writeChange } from "../environments/change-environment.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { insertEnvironment, templateContentId } from "../environments/insert-environment.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { noStateKey } from "../keys/state-keys.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { changeOf, shortSha } from "./change-of.ts";
import { pinImages } from "./image-references.ts";
import { refuseUnapproved } from "./read-source-duty.ts";
import { removeEnvironment } from "./remove-environment.ts";

export type Origin = { readonly actor: Actor; readonly at: Date };
export type HeadCommit = { readonly pullRequest: PullRequestRow; readonly commit: CommitRow };

/**
 * The environment of this name as this commit wants it, by id: the one that stands is updated in place (latest wins, an
 * apply is never killed half-way) or left alone when it is this commit's already; a new one is brought where none
 * stands, where the old one failed for good or is going, and where the wishes for its cluster changed. Its time counts
 * from now on. The pull request must be locked. Throws as `insertEnvironment`, and `conflict` where the hub has no key to
 * wrap state keys with.
 */
export async function bringCommitEnvironment(
  deps: Pick<HubDeps, "settings">,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  head: HeadCommit,
  name: string,
  by: Origin,
): Promise<string> {
  refuseUnapproved(head.pullRequest, head.commit);
  const request = requestOf(head, name);
  const { sha } = head.commit;
  for (const standing of await lockStanding(tx, head.pullRequest, name)) {
    const why = whyAnew(standing, request);
    if (why === null) {
      await renew(tx, wake, project, standing, request, changeOf(head.pullRequest, sha), by);
      await tx
        .update(pullRequestEnvironments)
        .set({ sha })
        .where(eq(pullRequestEnvironments.environmentId, standing.id));
      return standing.id;
    }
    await removeEnvironment(tx, wake, standing, why, by);
  }
  return insert(deps, tx, wake, project, head, request, by);
}

function requestOf({ pullRequest, commit }: HeadCommit, name: string): EnvironmentRequest {
  const { configuration, contentSha256, images, sha } = commit;
  const resolved = configuration?.environments.find((environment) => environment.name === name);
  if (resolved === undefined || contentSha256 === null)
    throw new SeatrialError("invalid_configuration", `Commit ${shortSha(sha)} has no environment "${name}".`);
  const template = pinImages(resolved.template, changeOf(pullRequest, sha), images);
  return { ...resolved, template, contentSha256 };
}

/** Those of this name that nobody wished gone, locked. There is one at most, unless a hub of another version wrote it. */
async function lockStanding(
  tx: Transaction,
  { id, projectId }: PullRequestRow,
  name: string,
): Promise<EnvironmentRow[]> {
  const rows = await tx
    .select({ id: environments.id })
    .from(pullRequestEnvironments)
    .innerJoin(environments, eq(environments.id, pullRequestEnvironments.environmentId))
    .where(
      and(
        eq(pullRequestEnvironments.pullRequestId, id),
        eq(pullRequestEnvironments.name, name),
        eq(environments.projectId, projectId),
        ne(environments.wanted, "gone"),
        ne(environments.state, "deleted"),
      ),
    )
    .orderBy(asc(environments.id));
  const locked: EnvironmentRow[] = [];
  for (const row of rows) locked.push(await lockEnvironment(tx, row.id));
  return locked.filter(({ wanted }) => wanted !== "gone");
}

/** Why the one that stands cannot become what is asked for; null: it can. */
function whyAnew(standing: EnvironmentRow, { clusters }: EnvironmentRequest): string | null {
  if (standing.state === "failed") return "it failed, and is made anew";
  const isSame =
    isDeepStrictEqual(standing.clusterLabels, clusters.labels) &&
    isDeepStrictEqual(standing.tolerations, clusters.tolerate);
  return isSame ? null : "its cluster is to be another one";
}

async function renew(
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  standing: EnvironmentRow,
  request: EnvironmentRequest,
  change: NonNullable<EnvironmentRow["change"]>,
  by: Origin,
): Promise<void> {
  const { template, contentSha256, ttlSeconds, keepOnFailureSeconds } = request;
  const end = new Date(by.at.getTime() + ttlSeconds * 1_000);
  const expiresAt = end > standing.expiresAt ? end : standing.expiresAt;
  const times = { ttlSeconds, keepOnFailureSeconds, expiresAt, wanted: "present" as const };
  const isSame =
    standing.change?.sha === change.sha &&
    standing.contentSha256 === contentSha256 &&
    isDeepStrictEqual(standing.template, template);
  const { generation: before } = standing;
  const generation = isSame ? before : before + 1;
  const contentId = await templateContentId(tx, project, contentSha256);
  const fields = isSame ? times : { ...times, template, contentSha256, contentId, change, generation };
  const data = {
    wanted: "present",
    generation,
    contentSha256,
    sha: change.sha,
    until: expiresAt.toISOString(),
  };
  const event = { type: "environment.wished" as const, data };
  const action = isSame ? "environment.extend" : "environment.update";
  await writeChange(tx, wake, standing, { fields, event }, { action, ...by });
}

async function insert(
  deps: Pick<HubDeps, "settings">,
  tx: Transaction,
  wake: Wake,
  project: ProjectRow,
  { pullRequest, commit }: HeadCommit,
  request: EnvironmentRequest,
  by: Origin,
): Promise<string> {
  // Trying again sets no key: it is the word on the run, and people can say `rerun` once there is one.
  if (deps.settings.stateKey === null) throw new SeatrialError("conflict", noStateKey);
  const id = newId("environment");
  const change = changeOf(pullRequest, commit.sha);
  const brought = { id, request, change, runId: null, pullRequestId: pullRequest.id, idempotencyKey: null };
  await insertEnvironment(deps, tx, wake, project, brought, by);
  const { id: pullRequestId, projectId } = pullRequest;
  const link = { pullRequestId, projectId, name: request.name, environmentId: id, sha: commit.sha };
  await tx.insert(pullRequestEnvironments).values({ ...link, createdAt: by.at });
  return id;
}
