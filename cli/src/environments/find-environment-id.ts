import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { idPattern } from "@seatrial/contracts/ids.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

const fix = "the ids are in: seatrial env list";

/**
 * The whole id of an environment from its id, a prefix that only it has, or a name that only one open environment
 * has; with `gone`, a name that no open one has means the newest that had it. Throws CliError when there is none or
 * more than one.
 */
export async function findEnvironmentId(
  project: ProjectClient,
  given: string,
  { gone = false }: { gone?: boolean } = {},
): Promise<string> {
  if (idPattern("environment").test(given)) return given;
  const isPrefix = /^e-[a-z2-7]{1,16}$/.test(given);
  const page = await project.listEnvironments(
    isPrefix ? { idPrefix: given, limit: 5 } : { name: given, limit: 200 },
  );
  const found = isPrefix ? page.items : page.items.filter((one) => one.state !== "deleted");
  const [only = gone ? page.items[0] : undefined] = found;
  if (only && found.length <= 1) return only.id;
  if (!only)
    throw new CliError(
      isPrefix ? `no environment starts with ${given}` : `no environment "${given}" is open`,
      {
        fix,
        exitCode: exitCodes.noAccess,
      },
    );
  throw new CliError(`${found.length} environments ${isPrefix ? `start with` : `are called`} ${given}`, {
    fix: `write one of: ${found
      .slice(0, 8)
      .map(({ id }) => shortEnvironmentId(id))
      .join(", ")}`,
    exitCode: exitCodes.usage,
  });
}

/** An environment's id as people see it; accepted everywhere as a prefix. */
export function shortEnvironmentId(id: string): string {
  return id.slice(0, 8);
}
