/**
 * Wakes requests that wait, over all replicas. It is a hint: a waiter looks at the database before it waits, after it
 * is woken, and again after its own time-out (1 s at first, 5 s later), because a hint may be lost.
 */
export type Notifications = {
  /** Call after the commit (`transact` does). Waiters of this process wake at once, other replicas by NOTIFY. */
  notify(...channels: string[]): void;
  /** Take it before looking at the database, so that nothing between the look and the wait is missed. */
  subscribe(channels: readonly string[]): Subscription;
  /** Ends the listening; all waiters return. */
  close(): Promise<void>;
};

export type Subscription = {
  /**
   * Returns when a channel was notified since the last return, after `timeoutMs`, or when the signal is aborted: with
   * the channels that were, or none. Never throws.
   */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<ReadonlySet<string>>;
  close(): void;
};
