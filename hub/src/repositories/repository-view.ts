import type { Repository } from "@seatrial/contracts/repositories/repository.ts";
import type { RepositoryRow } from "./find-repository.ts";

/** A repository as the API shows it. */
export function repositoryView(row: RepositoryRow, project: string): Repository {
  const { id, forge, name, installationId, createdBy, createdAt, sweptAt, problem } = row;
  return {
    ...{ id, project, forge, name, installationId, connectedBy: createdBy },
    createdAt: createdAt.toISOString(),
    sweptAt: sweptAt?.toISOString() ?? null,
    problem,
  };
}
