import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRight } from "../bench/pull-requests/is-right.ts";
import { liveAtOnce } from "../bench/pull-requests/live-at-once.ts";
import { readPlaces } from "../bench/pull-requests/most-at-once.ts";
import { shopFiles } from "../bench/pull-requests/shop-files.ts";
import { canRunLab } from "../support/lab-stack.ts";
import { openPullRequestLab, type PullRequestLab } from "../support/pull-request-lab.ts";

const quota = 2;

/** `npm run bench -- pull-requests` with fewer of them. */
describe.runIf(canRunLab)("more pull requests at once than their project may have environments", () => {
  let lab: PullRequestLab;
  let image: string;
  beforeAll(async () => {
    lab = await openPullRequestLab(
      ({ images }) => {
        image = images.busybox;
        return shopFiles(image);
      },
      { clusters: 2 },
    );
    await lab.stack.client.changeProject("default", { environmentQuota: quota });
  });
  afterAll(() => lab?.close());

  test("stand in line with their place and reason, get the right verdict each, and leave nothing", async () => {
    const kinds = ["green", "red", "broken", "green", "red", "green"] as const;
    const lives = await liveAtOnce(lab, image, kinds, {
      ...{ deadlineSeconds: 900, inLineFirst: kinds.length - quota },
    });
    expect(lives.filter((life) => !isRight(life))).toEqual([]);
    const inLine = lives.filter(({ place }) => place !== null);
    expect(inLine.length).toBeGreaterThanOrEqual(kinds.length - quota);
    for (const { reasons } of inLine)
      expect(reasons).toContainEqual(
        expect.stringMatching(/\d(st|nd|rd|th) in line, the project has \d of 2 environments/),
      );
    const ids = lives.flatMap(({ environmentId }) => environmentId ?? []);
    expect(ids).toHaveLength(kinds.length);
    expect((await readPlaces(lab, ids)).mostAtOnce).toBe(quota);
    expect(await lab.closeAll()).toEqual([]);
    expect(lab.github.violations).toEqual([]);
  });
});
