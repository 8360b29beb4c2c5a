import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";
import { pageSize, readPages } from "./read-pages.ts";

/** The parts of GitHub's pull request that count; both of its forms have them. */
type Told = {
  number: number;
  state: string;
  draft?: boolean | undefined;
  merged_at: string | null;
  title: string;
  user: { login: string } | null;
  labels: { name: string }[];
  updated_at: string;
  base: { ref: string; sha: string; repo: { id: number | bigint; full_name: string } };
  head: { ref: string; sha: string; repo: { id: number | bigint; full_name: string } | null };
};

const mostOpen = 1_000;

/** The open ones, at most 1000. */
export async function listOpenPullRequests({ request, at }: RepositoryForge): Promise<ForgePullRequest[]> {
  const open = await readPages(
    async (page) =>
      (
        await request("GET /repos/{owner}/{repo}/pulls", {
          ...{ ...at, state: "open", sort: "created", direction: "desc", per_page: pageSize, page },
        })
      ).data,
    mostOpen,
  );
  return open.map(toForgePullRequest);
}

/** Null when the forge has none of that number. */
export async function getPullRequest(
  { request, at }: RepositoryForge,
  number: number,
): Promise<ForgePullRequest | null> {
  try {
    const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
    return toForgePullRequest((await request(route, { ...at, pull_number: number })).data);
  } catch (error) {
    if (error instanceof ForgeError && error.kind === "missing") return null;
    throw error;
  }
}

/** Texts are untrusted: cut to what the hub takes. */
function toForgePullRequest(told: Told): ForgePullRequest {
  return {
    number: told.number,
    state: told.state === "open" ? "open" : told.merged_at === null ? "closed" : "merged",
    draft: told.draft ?? false,
    title: told.title.slice(0, 500),
    author: (told.user?.login ?? "").slice(0, 100),
    labels: told.labels.slice(0, 100).map(({ name }) => name.slice(0, 100)),
    baseBranch: told.base.ref.slice(0, 250),
    baseSha: told.base.sha,
    headBranch: told.head.ref.slice(0, 250),
    headSha: told.head.sha,
    headRepository: told.head.repo?.full_name.slice(0, 140) ?? null,
    headRepositoryId: told.head.repo ? Number(told.head.repo.id) : null,
    baseRepository: told.base.repo.full_name.slice(0, 140),
    baseRepositoryId: Number(told.base.repo.id),
    updatedAt: new Date(told.updated_at).toISOString(),
  };
}
