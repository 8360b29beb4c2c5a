import type { PlanningDeps } from "./planning-deps.ts";

/**
 * Does one thing of a tick. What it throws is logged, and `otherwise` is its answer: the next tick tries it again, and
 * whatever comes after it is done all the same.
 */
export async function runStep<Answer>(
  { logger }: Pick<PlanningDeps, "logger">,
  name: string,
  otherwise: Answer,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    logger.error({ step: name, error }, "a step of the tick failed, and is tried again with the next one");
    return otherwise;
  }
}
