import { defineConfig } from "vitest/config";

/**
 * Unit tests live beside the code; `test/` holds what crosses packages. The projects run one after the other: clusters
 * would slow the small tests down, and what is measured must have the machine to itself.
 */
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
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
          sequence: { groupOrder: 1 },
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
          sequence: { groupOrder: 2 },
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
