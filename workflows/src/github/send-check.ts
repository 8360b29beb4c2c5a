import type { Annotation, CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";
import { pageSize, readPages } from "./read-pages.ts";

/** Of one request; GitHub adds them to those it has. */
const annotationsAtOnce = 50;
const mostChecks = 1_000;

type Made = { id: number; annotations: number };

/**
 * Brings a commit's check up to date and answers its id. One that was made before is found again by `externalId`, and
 * annotations that GitHub has already are not sent again, so a crash in between doubles nothing.
 */
export async function sendCheck(forge: RepositoryForge, check: CheckReport): Promise<number> {
  const made = (await findMade(forge, check)) ?? (await make(forge, check));
  const missing = await missingAnnotations(forge, made, check.annotations);
  let rest = missing;
  do {
    await update(forge, made.id, check, rest.slice(0, annotationsAtOnce));
    rest = rest.slice(annotationsAtOnce);
  } while (rest.length > 0);
  return made.id;
}

async function findMade({ request, at, appId }: RepositoryForge, check: CheckReport): Promise<Made | null> {
  if (check.checkRunId !== null) {
    try {
      const route = "GET /repos/{owner}/{repo}/check-runs/{check_run_id}";
      const { data } = await request(route, { ...at, check_run_id: check.checkRunId });
      return { id: Number(data.id), annotations: data.output.annotations_count };
    } catch (error) {
      if (!(error instanceof ForgeError && error.kind === "missing")) throw error;
    }
  }
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
  const asked = { ...at, ref: check.sha, check_name: check.name, filter: "all" as const, app_id: appId };
  const isIt = ({ external_id }: { external_id: string | null }) => external_id === check.externalId;
  const runs = await readPages(
    async (page) => (await request(route, { ...asked, per_page: pageSize, page })).data.check_runs,
    mostChecks,
    isIt,
  );
  const found = runs.find(isIt);
  return found === undefined ? null : { id: Number(found.id), annotations: found.output.annotations_count };
}

/** Without its annotations: those are added to it, also after a crash. */
async function make({ request, at }: RepositoryForge, check: CheckReport): Promise<Made> {
  const { data } = await request("POST /repos/{owner}/{repo}/check-runs", {
    ...at,
    name: check.name,
    head_sha: check.sha,
    external_id: check.externalId,
    status: "in_progress",
    started_at: check.startedAt,
  });
  return { id: Number(data.id), annotations: data.output.annotations_count };
}

async function update(
  { request, at }: RepositoryForge,
  checkRunId: number,
  check: CheckReport,
  annotations: readonly Annotation[],
): Promise<void> {
  const { status, conclusion, title, summary, text, startedAt, completedAt } = check;
  await request("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
    ...at,
    check_run_id: checkRunId,
    status,
    started_at: startedAt,
    ...(conclusion === null ? {} : { conclusion }),
    ...(completedAt === null ? {} : { completed_at: completedAt }),
    output: {
      ...{ title, summary },
      ...(text === null ? {} : { text }),
      ...(annotations.length === 0 ? {} : { annotations: annotations.map(toForge) }),
    },
  });
}

/** Compared one by one, as a commit that was run again has those of its earlier attempt. */
async function missingAnnotations(
  { request, at }: RepositoryForge,
  made: Made,
  wanted: readonly Annotation[],
): Promise<readonly Annotation[]> {
  if (wanted.length === 0 || made.annotations === 0) return wanted;
  const route = "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations";
  const present = await readPages(
    async (page) => (await request(route, { ...at, check_run_id: made.id, per_page: pageSize, page })).data,
    made.annotations + pageSize,
  );
  const keys = new Set(present.map(keyOf));
  return wanted.filter((annotation) => !keys.has(keyOf(toForge(annotation))));
}

type ForgeAnnotation = { path: string; start_line: number; title: string | null; message: string | null };

function keyOf({ path, start_line, title, message }: ForgeAnnotation): string {
  return JSON.stringify([path, start_line, (title ?? "").trim(), (message ?? "").trim()]);
}

function toForge({ path, startLine, endLine, level, title, message }: Annotation) {
  return { path, start_line: startLine, end_line: endLine, annotation_level: level, title, message };
}
