import { expect, test } from "vitest";
import { createSubscriptions } from "./create-subscriptions.ts";
import { follow } from "./follow.ts";
import type { Notifications } from "./notifications.ts";

/** Hints that are all lost: every wait runs into its time-out, which is noted instead of waited for. */
function lostNotifications() {
  const waits: number[] = [];
  let open = 0;
  const notifications: Notifications = {
    notify: () => undefined,
    subscribe() {
      open += 1;
      return {
        wait: async (timeoutMs) => {
          waits.push(timeoutMs);
          return new Set();
        },
        close() {
          open -= 1;
        },
      };
    },
    close: async () => undefined,
  };
  return { notifications, waits, open: () => open };
}

test("a follower looks again by itself, ever slower up to 5 s, and fast again after it found something", async () => {
  const { notifications, waits, open } = lostNotifications();
  const finds = [[], [], [], [], [], ["late"], [], []];
  const stop = new AbortController();
  const seen: (string | null)[] = [];
  const look = async () => {
    const found = finds.shift();
    if (found === undefined) stop.abort();
    return found ?? [];
  };
  for await (const found of follow(notifications, ["run:a"], stop.signal, look)) seen.push(found);
  expect(seen.filter((found) => found !== null)).toEqual(["late"]);
  expect(waits.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 1_000, 2_000]);
  expect(open()).toBe(0);
});

test("a follower that is left in the middle closes its subscription", async () => {
  const { notifications, open } = lostNotifications();
  for await (const found of follow(notifications, ["run:a"], new AbortController().signal, async () => [
    "x",
  ])) {
    expect([found, open()]).toEqual(["x", 1]);
    break;
  }
  expect(open()).toBe(0);
});

test("a wait ends by an abort, by the close of the hub, and by a hint of another time", async () => {
  const subscriptions = createSubscriptions();
  const [one, two] = [subscriptions.subscribe(["a", "b"]), subscriptions.subscribe(["b"])];
  subscriptions.wake("b");
  await Promise.all([one.wait(600_000), two.wait(600_000)]);
  const stop = new AbortController();
  const waiting = one.wait(600_000, stop.signal);
  stop.abort();
  await waiting;
  const closing = two.wait(600_000);
  subscriptions.close();
  await closing;
  await subscriptions.subscribe(["later"]).wait(600_000);
});
