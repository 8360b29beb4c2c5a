/**
 * What a token may do. A project token carries some of `read`, `run`, `manage` for its one project; `admin` is the
 * platform team's (all projects, clusters, join tokens); `worker` is for the worker process alone.
 */
export const tokenScopes = ["read", "run", "manage", "admin", "worker"] as const;
export type TokenScope = (typeof tokenScopes)[number];
