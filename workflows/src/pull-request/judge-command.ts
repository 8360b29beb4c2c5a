import { done, type StepDeps } from "../activities/step-deps.ts";
import { confirmRepository } from "../github/confirm-repository.ts";
import type { RepositoryForge } from "../github/create-github.ts";
import { type Permission, permissionOf } from "../github/permission-of.ts";
import { react } from "../github/react.ts";
import type { StepAnswer } from "./slow-steps.ts";

/** Asks the forge what a command's author may do, lets the hub decide, and answers the comment by a thumb. */
export async function judgeCommand(
  { hub, logger, withRepository, courtesy }: StepDeps,
  pullRequestId: string,
  commandId: string,
): Promise<StepAnswer> {
  const duty = await hub.readCommand(pullRequestId, commandId);
  const { repository, login, commentId } = duty;
  const ask = async (forge: RepositoryForge) => {
    await confirmRepository(forge, repository);
    return permissionOf(forge, login);
  };
  const permission: Permission = duty.problem === null ? await withRepository(repository, ask) : "none";
  const state = await hub.judgeCommand(pullRequestId, commandId, { permission });
  if (commentId === null) return done;
  const mayWrite = permission === "write" || permission === "maintain" || permission === "admin";
  if (!mayWrite && !courtesy.take(repository.repositoryId)) return done;
  // Decided for good: an answer that does not arrive is not worth asking again who may what.
  await withRepository(repository, (forge) => react(forge, commentId, state === "done" ? "+1" : "-1")).catch(
    (error: unknown) =>
      logger.warn({ pullRequestId, commandId, error: String(error) }, "no reaction was left"),
  );
  return done;
}
