import { commitShaSchema } from "@seatrial/contracts/repositories/repository.ts";
import { z } from "zod";

/**
 * What the hub reads of GitHub's payloads (https://docs.github.com/webhooks/webhook-events-and-payloads); the rest is
 * dropped. Texts are cleaned and cut where they are stored.
 */
const forgeId = z.int().min(1);
const account = z.object({ login: z.string(), type: z.string().default("User") });
type Account = z.infer<typeof account>;

/** Who may give commands. Bots may not: they may repeat what others write, or do by rule what nobody looked at. */
export function isPerson(who: Account | null | undefined): who is Account {
  return who !== null && who !== undefined && who.type === "User" && !who.login.endsWith("[bot]");
}

const named = z.object({ id: forgeId.optional(), full_name: z.string() });
/** Which repository an event is about, and the App's installation. */
export const originSchema = z.object({
  action: z.string().max(100).optional(),
  repository: named.optional(),
  installation: z.object({ id: forgeId }).nullish(),
});
export type Origin = z.infer<typeof originSchema>;

const branch = z.object({ ref: z.string(), sha: commitShaSchema });
const pullRequest = z.object({
  number: forgeId,
  state: z.enum(["open", "closed"]),
  merged: z.boolean().nullish(),
  merged_at: z.string().nullish(),
  draft: z.boolean().nullish(),
  title: z.string(),
  /** Null: the account is gone. */
  user: account.nullish(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  base: branch.extend({ repo: named.nullish() }),
  /** Its repository is null when the fork is gone. */
  head: branch.extend({ repo: named.nullish() }),
  updated_at: z.iso.datetime({ offset: true }),
});
export type PullRequestPayload = z.infer<typeof pullRequest>;

export const pullRequestEventSchema = z.object({
  pull_request: pullRequest,
  /** Of `synchronize`: the head until then. */
  before: z.string().nullish(),
  /** Of `labeled` and `unlabeled`. */
  label: z.object({ name: z.string() }).nullish(),
  sender: account.nullish(),
});

export const commentEventSchema = z.object({
  issue: z.object({ number: forgeId, pull_request: z.object({}).nullish() }),
  comment: z.object({
    id: forgeId,
    body: z.string().nullish(),
    user: account.nullish(),
    created_at: z.iso.datetime({ offset: true }).nullish(),
  }),
});

export const checkEventSchema = z
  .object({
    check_run: z.object({ head_sha: commitShaSchema }).optional(),
    check_suite: z.object({ head_sha: commitShaSchema }).optional(),
    sender: account,
  })
  .transform(({ check_run, check_suite, sender }, context) => {
    const sha = check_run?.head_sha ?? check_suite?.head_sha;
    if (sha !== undefined) return { sha, sender };
    context.addIssue({ code: "custom", path: ["check_run"], message: "is needed, or check_suite" });
    return z.NEVER;
  });

const someRepositories = z.array(named).nullish();
export const installationEventSchema = z.object({
  installation: z.object({ id: forgeId }),
  repositories: someRepositories,
  repositories_added: someRepositories,
  repositories_removed: someRepositories,
});
