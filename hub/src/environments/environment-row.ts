import type { environments, operations } from "../database/schema/environments.ts";

export type EnvironmentRow = typeof environments.$inferSelect;
export type OperationRow = typeof operations.$inferSelect;
