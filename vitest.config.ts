import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Most tests wait more than they compute, so each processor gets one at a time; vitest leaves one processor free. */
const maxWorkers = availableParallelism();

/**
 * Unit tests live beside the code; `test/` holds what crosses packages. The projects run one after the other, the quick
 * ones first: clusters would slow the small tests down. None has the order 0, which is vitest's for "anywhere".
 */
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 1 },
          maxWorkers,
          include: [
            "{contracts,hub,hub-link,kube-link,workflows,cluster-agent,env-provisioner,cli,infra}/**/src/**/*.test.ts",
            "infra/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          sequence: { groupOrder: 2 },
          maxWorkers,
          include: [
            "test/integration/**/*.test.ts",
            "test/*.test.ts",
            "test/{bench,demo,faults}/**/*.test.ts",
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 3 },
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
