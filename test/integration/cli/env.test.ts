import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createShop, type EnvironmentShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld } from "../../support/environment-world.ts";
import { type CliAnswer, type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import { adminToken, createTestHub, type TestHub } from "../../support/test-hub.ts";
import { cleanProof } from "../../support/test-provisioner.ts";

stopServerAfterTests();

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

const example = join(import.meta.dirname, "../../../examples/environment");
const escapeCharacter = "\u001B";

let hub: TestHub;
let workflows: Workflows;
let shop: EnvironmentShop;
let server: Awaited<ReturnType<typeof listenOn>>;
let place: CliPlace;

beforeAll(async () => {
  hub = await createTestHub(database);
  // The command line says when things end by its own clock.
  hub.clock.advance((Date.now() - hub.clock.now().getTime()) / 1_000);
  workflows = driveWorkflows(hub);
  shop = await createShop(createEnvironmentWorld(hub), workflows);
  server = await listenOn(hub.app);
  place = await createCliPlace({
    SEATRIAL_HUB: server.url,
    SEATRIAL_TOKEN: adminToken,
    SEATRIAL_PROJECT: shop.name,
  });
  await cp(example, place.folder, { recursive: true });
});
afterAll(async () => {
  await place?.close();
  await server?.close();
  await hub?.close();
});

const said = ({ code, out }: CliAnswer) => [code, out];
const json = async <Value>(...words: string[]): Promise<Value> => {
  const { code, out, err } = await place.run([...words, "-o", "json"]);
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return JSON.parse(out) as Value;
};
/** Makes one by the command line and brings it to ready, as a cluster without trouble. */
async function ready(): Promise<Environment> {
  const made = await json<Environment>("env", "create", "preview");
  await workflows.work();
  await shop.operate("up", { endpoints: [web] });
  return made;
}
async function remove(id: string): Promise<void> {
  const { state } = await json<Environment>("env", "delete", id);
  // No cluster had taken it: there is nothing to remove.
  if (state === "deleted") return;
  await workflows.work();
  await shop.operate("down");
}
const web = {
  name: "web",
  reach: "cluster" as const,
  url: "http://web.there.svc:8080",
  host: "web.there.svc",
  port: 8080,
  provedAt: "2030-01-01T00:00:00.000Z",
};

describe("seatrial env", () => {
  test("create asks for what the file says and says how to follow it", async () => {
    const { code, out } = await place.run(["env", "create", "preview", "--ttl", "2h"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^· environment preview e-\w{6} {2}requested\n {2}seatrial env show e-\w{6} --watch\n$/,
    );
    const { items } = await json<{ items: Environment[] }>("env", "list");
    expect(items[0]).toMatchObject({ name: "preview", state: "requested", generation: 1 });
    await remove("preview");
  });

  test("create --watch follows it until it is proved ready", async () => {
    const watched = place.start(["env", "create", "preview", "--watch"]);
    await watched.until(/requested/);
    await workflows.work();
    await shop.operate("up", { endpoints: [web] });
    const { code, out } = await watched.done;
    expect([code, out.trim().split("\n").slice(-2)]).toEqual([
      0,
      [
        expect.stringMatching(/^✓ environment preview e-\w{6} · cluster-1 {2}ready {2}[\d.]+s$/),
        "  web  http://web.there.svc:8080  (reach: cluster)",
      ],
    ]);
    await remove("preview");
  });

  test("create --watch ends with exit code 3 and the place of the mistake, said once", async () => {
    const watched = place.start(["env", "create", "preview", "--watch"]);
    await watched.until(/requested/);
    await workflows.work();
    const failure = {
      code: "template_invalid" as const,
      message: `deploy/web.yaml:6: not valid${escapeCharacter}[2J YAML`,
      file: "deploy/web.yaml",
      line: 6,
    };
    await shop.operate("up", { failure, proved: false });
    const { code, out } = await watched.done;
    expect(code).toBe(3);
    expect(out).toMatch(
      / {2}failed {2}[\d.]+s\n {2}template_invalid {2}deploy\/web\.yaml:6: not valid.*YAML\n$/,
    );
    expect(out).not.toContain(escapeCharacter);
    expect(out.match(/deploy\/web\.yaml:6/g)).toHaveLength(1);
    await remove("preview");
  });

  test("Ctrl-C ends the watch alone, and says how to go on", async () => {
    const watched = place.start(["env", "create", "preview", "--watch"]);
    await watched.until(/requested/);
    watched.kill("SIGINT");
    const { code, err } = await watched.done;
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/it goes on\. Watch it again: seatrial env show e-\w{6} --watch/),
    ]);
    const { items } = await json<{ items: Environment[] }>("env", "list", "--state", "requested");
    expect(items).toHaveLength(1);
    await remove("preview");
  });

  test("extend, pin, sleep, wake and update say what it is on its way to", async () => {
    await ready();
    expect((await place.run(["env", "extend", "preview", "6h"])).out).toMatch(/ready {2}ends in 5h 59m/);
    expect((await place.run(["env", "pin", "preview", "--off"])).code).toBe(0);
    const pinned = await json<Environment>("env", "pin", "preview", "--for", "48h", "--reason", "a look");
    expect(pinned.pin).toMatchObject({ reason: "a look" });
    expect((await place.run(["env", "sleep", "preview"])).out).toContain("ready, to be put to sleep");
    await workflows.work();
    await shop.operate("sleep");
    const updated = await place.run(["env", "update", "preview", "--watch"]);
    expect(updated.out).toContain("it is updated when it wakes");
    expect((await place.run(["env", "wake", "preview"])).out).toContain("sleeping, to be");
    await remove("preview");
  });

  test("delete --watch ends with the removal, and its proof is read by name even then", async () => {
    const { id } = await ready();
    const watched = place.start(["env", "delete", "preview", "--watch"]);
    await watched.until(/to be removed/);
    await workflows.work();
    await shop.operate("down");
    const { code, out } = await watched.done;
    expect([code, out]).toEqual([0, expect.stringMatching(/✓ environment .* deleted .*\n$/)]);
    const proof = await place.run(["env", "proof", "preview"]);
    expect([proof.code, proof.out]).toEqual([
      0,
      expect.stringMatching(/^✓ removed: \d+ objects seen gone, 0 left/),
    ]);
    expect((await json<Proof>("env", "proof", id)).complete).toBe(true);
    expect((await place.run(["env", "show", id])).out).toMatch(/deleted\n.* gone\n/);
    const again = await place.run(["env", "wake", id]);
    expect([again.code, again.err]).toEqual([3, expect.stringContaining("is removed")]);
  });

  test("what blocks a removal is said with its command, without the cluster's control characters", async () => {
    const { id } = await ready();
    await json("env", "delete", id);
    await workflows.work();
    const grant = await shop.provisioner.take();
    await shop.provisioner.finish(grant.leaseId, {
      failure: { code: "blocked", message: "a finalizer" },
      proof: cleanProof(grant, shop.cluster, { complete: false, counts: { gone: 0, left: 1, unchecked: 0 } }),
      blockers: [
        {
          kind: "finalizer",
          object: null,
          message: `Widget ${escapeCharacter}[31mred waits for its operator`,
          command: "kubectl patch widget red",
          repaired: null,
          since: hub.clock.now().toISOString(),
        },
      ],
    } as never);
    await workflows.work();
    const { out } = await place.run(["env", "show", id]);
    expect(out).toContain("finalizer  Widget");
    expect(out).toContain("    $ kubectl patch widget red");
    expect(out).not.toContain(escapeCharacter);
    const proof = await place.run(["env", "proof", id]);
    expect([proof.code, proof.out]).toEqual([3, expect.stringContaining("✗ not proved gone")]);
  });
});

test("cluster show says whether a cluster makes environments", async () => {
  const { out } = await place.run(["cluster", "show", shop.cluster]);
  expect(out).toMatch(/^provisioner +test/m);
});

describe("wrong input", () => {
  test.each([
    [["env", "create", "preveiw"], 64, "did you mean preview?"],
    [["env", "show", "nothing"], 4, 'no environment "nothing"'],
    [["env", "sleep", "e-aaaa"], 4, "no environment starts with e-aaaa"],
    [["env", "extend", "preview", "2x"], 64, "write a duration such as 2h"],
    [["env", "list", "--project", "nope"], 4, 'no project "nope"'],
    [["env", "create", "preview", "--file", "none.yaml"], 64, "there is no none.yaml"],
    [["run", "web"], 64, "say which one: --environment preview"],
    [["run", "web", "--environment", "nope"], 64, "there are: preview"],
  ])("%j exits %i", async (words, code, text) => {
    const answer = await place.run(words);
    expect(said(answer)).toEqual([code, ""]);
    expect(answer.err).toContain(text);
  });

  test("a token that is not accepted exits 4", async () => {
    const { code } = await place.run(["env", "list"], { SEATRIAL_TOKEN: "seatrial_not_a_token" });
    expect(code).toBe(4);
  });

  test("a template mistake is found before anything is sent", async () => {
    await writeFile(join(place.folder, "wrong.yaml"), "version: 1\nenvironments: {preview: {chrt: a}}\n");
    const { code, err } = await place.run(["env", "create", "preview", "--file", "wrong.yaml"]);
    expect(code).toBe(64);
    expect(err).toContain("wrong.yaml:2");
  });
});
