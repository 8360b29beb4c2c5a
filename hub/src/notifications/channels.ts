/** Channel names. Short: they are the payload of NOTIFY. */

/** Something was queued or became free: an agent may find work. */
export const workChannel = "work";
/** An operation on an environment was queued or became free: a provisioner may find work. */
export const operationsChannel = "operations";
/** The outbox has something new. */
export const outboxChannel = "outbox";
/** Something for the agents of one cluster: a cancel, a revocation. */
export const clusterChannel = (clusterId: string): string => `cluster:${clusterId}`;
/** A run has a new event. */
export const runChannel = (runId: string): string => `run:${runId}`;
/** A run has new console output. */
export const logChannel = (runId: string): string => `log:${runId}`;
/** An environment has a new event. */
export const environmentChannel = (environmentId: string): string => `env:${environmentId}`;
