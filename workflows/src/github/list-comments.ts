import { commandLine } from "@seatrial/contracts/pull-requests/command.ts";
import type { ForgeComment } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { RepositoryForge } from "./create-github.ts";
import { pageSize, readPages } from "./read-pages.ts";

/** Of all kinds. The time of the sweep goes on, so what is not read now never is. */
const mostComments = 10_000;
/** As many as the hub takes at once. */
const mostCommands = 1_000;

/** People's comments that address Seatrial, made since then. */
export async function listComments({ request, at }: RepositoryForge, since: string): Promise<ForgeComment[]> {
  const route = "GET /repos/{owner}/{repo}/issues/comments";
  const asked = { ...at, since, sort: "created" as const, direction: "asc" as const, per_page: pageSize };
  const comments = await readPages(
    async (page) => (await request(route, { ...asked, page })).data,
    mostComments,
  );
  const commands = comments.flatMap((comment) => {
    if (comment.user?.type !== "User") return [];
    const body = commandLine(comment.body ?? "");
    // `since` goes by the last edit: an old comment that was edited is no new command.
    if (body === null || comment.created_at < since.replace(/\.\d+Z$/, "Z")) return [];
    const number = Number(/\/(\d+)$/.exec(comment.issue_url)?.[1]);
    if (!Number.isInteger(number) || number < 1) return [];
    const login = comment.user.login.slice(0, 100);
    const createdAt = new Date(comment.created_at).toISOString();
    return [{ commentId: Number(comment.id), number, login, body, createdAt }];
  });
  return commands.slice(0, mostCommands);
}
