import { findEnvironments } from "./find-environments.ts";
import { findSuites } from "./find-suites.ts";
import type { Found } from "./found.ts";
import { readRepository } from "./repository.ts";

/** Everything in a folder that a seatrial.yaml could use. Reads files, runs nothing, asks nobody. */
export async function findAll(folder: string): Promise<Found> {
  const repository = await readRepository(folder);
  return {
    environments: (await findEnvironments(repository)).slice(0, 20),
    suites: await findSuites(repository),
    notes: repository.isCut
      ? [`the repository is large: only its first ${repository.files.length} files were looked at`]
      : [],
  };
}
