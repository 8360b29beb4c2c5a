import { type FieldError, SeatrialError } from "@seatrial/contracts/errors.ts";
import type { CreateRun } from "@seatrial/contracts/runs/run.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { findContent } from "../contents/find-content.ts";
import type { Queryable } from "../database/database.ts";
import { chooseEnvironment } from "./bring-environment.ts";
import { checkEnvironmentVariables } from "./check-environment-variables.ts";
import { checkPlaces } from "./check-places.ts";
import { copyToPlaces, type RunSuiteCopy } from "./copy-to-places.ts";
import type { NewRun } from "./insert-run.ts";

/**
 * What `insertRun` writes for this request, all of it checked and nothing written. Throws `invalid_request` for two
 * suites of one name, for variables of no environment and for optional suites that it has not, `content_missing` when the content was not uploaded or a
 * tool's suite has none, and as `copyToPlaces` and `chooseEnvironment`.
 */
export async function prepareRun(
  queryable: Queryable,
  project: ProjectRow,
  input: CreateRun,
): Promise<Omit<NewRun, "id">> {
  checkNames(input);
  checkOptional(input);
  const { environment, expose } = await chooseEnvironment(queryable, project, input.environment);
  checkEnvironmentVariables(input.suites, expose === null ? null : Object.keys(expose));
  const copies = await copyToPlaces(queryable, project, input.suites);
  checkPlaces(copies, expose);
  // A schedule keeps what was asked for, perhaps from before suites could be optional.
  const optional = new Set(input.optional ?? []);
  const isOptional = ({ origin, name }: RunSuiteCopy) => optional.has(origin ?? name);
  return {
    projectId: project.id,
    contentId: await contentIdOf(queryable, project, input),
    contentSha256: input.contentSha256,
    change: input.change,
    idempotencyKey: input.idempotencyKey ?? null,
    rerunOf: null,
    priority: input.priority,
    pullRequestId: null,
    images: {},
    suites: copies.map((copy) => ({ ...copy, optional: isOptional(copy), onlyCasesBlobKey: null })),
    environment,
  };
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

/** Throws `invalid_request` for a name of no suite, and when no suite is left whose verdict counts. */
function checkOptional({ suites, optional = [] }: CreateRun): void {
  const names = suites.map(({ name }) => name);
  const unknown = optional.findIndex((name) => !names.includes(name));
  if (unknown !== -1)
    throw invalid(
      `/optional/${unknown}`,
      `no suite is named "${optional[unknown]}": there are ${names.join(", ")}`,
    );
  if (names.every((name) => optional.includes(name)))
    throw invalid("/optional", "every suite is optional, and then nothing decides: leave out at least one");
}

function invalid(path: string, message: string): SeatrialError {
  return new SeatrialError("invalid_request", `${path}: ${message}`, { fields: [{ path, message }] });
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
