import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";
import { pageSize, readPages } from "./read-pages.ts";

type CommentDuty = NonNullable<PullRequestReport["comment"]>;

const mostComments = 5_000;

/**
 * Brings the one comment of a pull request up to date and answers its id: the known one, else one of the App itself
 * with the marker, else a new one. One that somebody deleted comes again.
 */
export async function sendComment(
  forge: RepositoryForge,
  number: number,
  { commentId, marker, body }: CommentDuty,
): Promise<number> {
  const known = commentId ?? (await findComment(forge, number, marker));
  if (known !== null && (await update(forge, known, body))) return known;
  const { request, at } = forge;
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  return Number((await request(route, { ...at, issue_number: number, body })).data.id);
}

/** False when it is not there any more. */
async function update({ request, at }: RepositoryForge, commentId: number, body: string): Promise<boolean> {
  try {
    const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
    await request(route, { ...at, comment_id: commentId, body });
    return true;
  } catch (error) {
    if (error instanceof ForgeError && error.kind === "missing") return false;
    throw error;
  }
}

/** Anybody may write the marker: only comments that this App made count. */
async function findComment(
  { request, at, appId }: RepositoryForge,
  number: number,
  marker: string,
): Promise<number | null> {
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const isOurs = (comment: { performed_via_github_app?: { id: number } | null; body?: string }) =>
    comment.performed_via_github_app?.id === appId && comment.body?.includes(marker) === true;
  const comments = await readPages(
    async (page) => (await request(route, { ...at, issue_number: number, per_page: pageSize, page })).data,
    mostComments,
    isOurs,
  );
  const found = comments.find(isOurs);
  return found === undefined ? null : Number(found.id);
}
