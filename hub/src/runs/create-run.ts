import { type FieldError, SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { CreateRun, Run } from "@seatrial/contracts/runs/run.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { findContent } from "../contents/find-content.ts";
import type { Queryable } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import { transact } from "../database/transact.ts";
import { chooseEnvironment } from "./bring-environment.ts";
import { checkEnvironmentVariables } from "./check-environment-variables.ts";
import { checkPlaces } from "./check-places.ts";
import { copyToPlaces } from "./copy-to-places.ts";
import { readRun } from "./find-run.ts";
import { insertRun } from "./insert-run.ts";

/**
 * Starts a run. A repeated idempotency key answers with the run made before. Throws `invalid_request` for two suites
 * of one name and for variables of no environment, `content_missing` when the content was not uploaded or a tool's
 * suite has none, and as `copyToPlaces` and `bringEnvironment`.
 */
export async function createRun(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  input: CreateRun,
): Promise<{ created: boolean; run: Run }> {
  checkNames(input);
  const at = deps.clock.now();
  const id = newId("run");
  const known = await transact(deps, async (tx, wake) => {
    const earlier = await findByKey(tx, project, input.idempotencyKey);
    if (earlier !== undefined) return earlier;
    const { environment, expose } = await chooseEnvironment(tx, project, input.environment);
    checkEnvironmentVariables(input.suites, expose === null ? null : Object.keys(expose));
    const copies = await copyToPlaces(tx, project, input.suites);
    checkPlaces(copies, expose);
    const run = {
      id,
      projectId: project.id,
      contentId: await contentIdOf(tx, project, input),
      contentSha256: input.contentSha256,
      change: input.change,
      idempotencyKey: input.idempotencyKey ?? null,
      rerunOf: null,
      suites: copies.map((copy) => ({ ...copy, onlyCasesBlobKey: null })),
      environment,
    };
    const written = await insertRun(deps, tx, wake, project, run, { actor: caller.actor, at });
    // Another request with the same key was faster.
    return written ? undefined : findByKey(tx, project, input.idempotencyKey);
  });
  return { created: known === undefined, run: await readRun(deps, project, known ?? id) };
}

async function findByKey(
  queryable: Queryable,
  project: ProjectRow,
  key: string | undefined,
): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const [row] = await queryable
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.projectId, project.id), eq(runs.idempotencyKey, key)));
  return row?.id;
}

async function contentIdOf(
  queryable: Queryable,
  project: ProjectRow,
  input: CreateRun,
): Promise<string | null> {
  const needy = input.suites.find((suite) => suite.tool !== null);
  if (input.contentSha256 === null) {
    if (needy === undefined) return null;
    throw new SeatrialError(
      "content_missing",
      `Suite "${needy.name}" runs ${needy.tool} on files: upload a content and name it in 'contentSha256'.`,
    );
  }
  const content = await findContent(queryable, project.id, input.contentSha256);
  if (content !== undefined) return content.id;
  throw new SeatrialError(
    "content_missing",
    `The content ${input.contentSha256} is not there: upload it first (PUT …/contents/${input.contentSha256}).`,
  );
}

function checkNames({ suites }: CreateRun): void {
  const seen = new Set<string>();
  const fields: FieldError[] = [];
  for (const [index, { name }] of suites.entries()) {
    if (seen.has(name))
      fields.push({ path: `/suites/${index}/name`, message: `a second suite named "${name}"` });
    seen.add(name);
  }
  if (fields[0])
    throw new SeatrialError("invalid_request", `${fields[0].path}: ${fields[0].message}`, { fields });
}
