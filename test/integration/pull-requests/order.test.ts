import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";
import { createWebhookWorld, shaOf, type Telling } from "./webhook-world.ts";

stopServerAfterTests();

type Event = { action: string; telling: Telling; before: string | null };
type Step = "push" | "back" | "close" | "merge" | "reopen" | "draft" | "label" | "retitle";

const steps = fc.array(
  fc.constantFrom<Step>("push", "push", "back", "close", "merge", "reopen", "draft", "label", "retitle"),
  { minLength: 1, maxLength: 8 },
);

/** What GitHub would send of a life, in its order: each thing happens in a second of its own. */
function eventsOf(life: readonly Step[]): Event[] {
  let state: Telling & { sha: string } = { sha: shaOf("0"), state: "open", labels: [] };
  const heads = [state.sha];
  const events: Event[] = [{ action: "opened", telling: { ...state, second: 0 }, before: null }];
  for (const step of life) {
    const done = happen(step, state, heads);
    if (done === null) continue;
    const before = done.action === "synchronize" ? state.sha : null;
    state = { ...state, ...done.change, second: events.length };
    events.push({ action: done.action, telling: state, before });
  }
  return events;
}

function happen(step: Step, state: Telling, heads: string[]): { action: string; change: Telling } | null {
  const isOpen = state.state === "open";
  if (step === "reopen")
    return isOpen || state.merged ? null : { action: "reopened", change: { state: "open" } };
  if (step === "retitle") return { action: "edited", change: { title: `${state.title ?? "x"}!` } };
  if (!isOpen) return null;
  if (step === "push") {
    heads.push(shaOf(heads.length.toString(16)));
    return { action: "synchronize", change: { sha: heads.at(-1) ?? "" } };
  }
  if (step === "back") {
    const earlier = heads.find((sha) => sha !== state.sha);
    return earlier === undefined ? null : { action: "synchronize", change: { sha: earlier } };
  }
  if (step === "draft")
    return {
      action: state.draft ? "ready_for_review" : "converted_to_draft",
      change: { draft: !state.draft },
    };
  if (step === "label") return { action: "labeled", change: { labels: [...(state.labels ?? []), "l"] } };
  return { action: "closed", change: { state: "closed", merged: step === "merge" } };
}

describe.each(databases)("events of a pull request on $name", (database) => {
  let hub: TestHub;
  let numbers = 0;
  let world: Awaited<ReturnType<typeof createWebhookWorld>>;
  beforeAll(async () => {
    hub = await createTestHub(database);
    world = await createWebhookWorld(hub);
  });
  afterAll(() => hub.close());

  /** The pull request after these events, without what only the order of their arrival decides. */
  async function standAfter(events: readonly Event[]) {
    numbers += 1;
    const number = numbers;
    for (const { action, telling, before } of events)
      await world.tell(action, { ...telling, number }, before === null ? {} : { before });
    const { items } = await hub.json<{
      items: (typeof world.pull extends () => Promise<infer P> ? P : never)[];
    }>("GET", `${world.path}/pull-requests?number=${number}`);
    const [pull] = items;
    if (pull === undefined) throw new Error("the hub knows nothing of it");
    const { state, draft, title, labels, headSha, commits } = pull;
    return { state, draft, title, labels, headSha, newest: state === "open" ? commits[0]?.sha : headSha };
  }

  test("end in the state of the newest one, in whatever order and however often they come", async () => {
    const arrivals = steps.chain((life) => {
      const events = eventsOf(life);
      const late = fc.shuffledSubarray([...events, ...events], { minLength: 0, maxLength: events.length });
      return fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
        late,
      );
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async ([events, shuffled, repeated]) => {
        const inOrder = await standAfter(events);
        expect(inOrder).toMatchObject({ headSha: events.at(-1)?.telling.sha, newest: inOrder.headSha });
        expect(await standAfter([...shuffled, ...repeated])).toEqual(inOrder);
      }),
      { numRuns: 40 },
    );
  });

  test("of one second do not open a closed pull request, nor set its head back", async () => {
    const at = (telling: Telling) => ({ ...telling, second: 1 });
    const opened = { action: "opened", telling: at({ sha: shaOf("a") }), before: null };
    const pushed = { action: "synchronize", telling: at({ sha: shaOf("b") }), before: shaOf("a") };
    const again = { action: "synchronize", telling: at({ sha: shaOf("c") }), before: shaOf("b") };
    const closed = {
      action: "closed",
      telling: at({ sha: shaOf("c"), state: "closed" as const }),
      before: null,
    };
    const labeled = { action: "labeled", telling: at({ sha: shaOf("b"), labels: ["x"] }), before: null };
    expect(await standAfter([opened, pushed, again, closed])).toMatchObject({ state: "closed" });
    expect(await standAfter([opened, pushed, again, closed, pushed, opened])).toMatchObject({
      state: "closed",
    });
    expect(await standAfter([closed, again, opened, pushed])).toMatchObject({ state: "closed" });
    const open = { state: "open", headSha: shaOf("c"), newest: shaOf("c") };
    expect(await standAfter([opened, pushed, again, labeled, pushed, opened])).toMatchObject(open);
    expect(await standAfter([pushed, opened, again])).toMatchObject(open);
  });
});
