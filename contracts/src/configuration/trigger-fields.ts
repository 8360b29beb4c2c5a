import { z } from "zod";
import { globProblem } from "./globs.ts";

const globs = (what: string, example: string) =>
  z
    .array(
      z
        .string()
        .min(1)
        .max(200)
        .superRefine((glob, context) => {
          const wrong = globProblem(glob);
          if (wrong !== null)
            context.addIssue({
              code: "custom",
              message: wrong.problem,
              params: { fix: wrong.fix },
              input: glob,
            });
        })
        .meta({
          write: `${what} of at most 200 characters, in which '*' and '**' may stand, as in ${example}`,
        }),
    )
    .min(1)
    .max(50);

const pullRequestFields = z.strictObject({
  paths: globs("a path", "deploy/**")
    .optional()
    .meta({
      description:
        "Only when a changed file is at one of these paths, at most 50. `*` stands for anything within a name, `**` for any folders, `?` for one character. Default: any file.",
      examples: [["deploy/**", "src/**"]],
      write: "a list of at most 50 paths, as in [deploy/**, src/**]",
    }),
  branches: globs("a branch", "release/*")
    .optional()
    .meta({
      description:
        "Only for pull requests to one of these branches, at most 50, written as `paths` are. Default: any branch.",
      examples: [["main", "release/*"]],
      write: "a list of at most 50 branches, as in [main, release/*]",
    }),
  drafts: z
    .boolean()
    .optional()
    .meta({
      description: "Drafts too. Default: false, they wait until they are ready for review.",
      examples: [true],
      write: "true or false",
    }),
  labels: z
    .array(z.string().min(1).max(100).meta({ write: "a label's name, as in needs-preview" }))
    .min(1)
    .max(50)
    .optional()
    .meta({
      description:
        "Only for pull requests with one of these labels, at most 50; case does not matter. Default: with or without labels.",
      examples: [["needs-preview"]],
      write: "a list of at most 50 labels, as in [needs-preview]",
    }),
});

/** What starts a run, as people write it: a schedule or pull requests. */
export const whenField = z
  .strictObject({
    schedule: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({
        description:
          "Minute, hour, day of month, month, day of week. A time must match all five, so `0 0 13 * 5` is a Friday the 13th.",
        examples: ["0 2 * * 1-5"],
        write: 'five fields in quotes, as in "0 2 * * 1-5"',
      }),
    timezone: z
      .string()
      .min(1)
      .max(60)
      .optional()
      .meta({
        description: "Of the schedule: a name of the IANA time-zone database. Default: `UTC`.",
        examples: ["Europe/Berlin"],
        write: "a name as in Europe/Berlin",
      }),
    pull_request: z
      .union([z.literal(true), pullRequestFields])
      .optional()
      .meta({
        description:
          "Each commit of a pull request, in a repository that is connected to the project. `true`: of every one that is no draft.",
        examples: [{ branches: ["main"] }],
        write: "true, or keys and values, as in {branches: [main]}",
      }),
  })
  .superRefine((written, context) => {
    const wrong = (path: string[], message: string, fix: string) =>
      context.addIssue({ code: "custom", path, message, params: { fix }, input: written });
    const { schedule, timezone, pull_request } = written;
    if (schedule === undefined && pull_request === undefined)
      wrong(
        [],
        "says neither 'schedule' nor 'pull_request'",
        'write schedule: "0 2 * * *", or pull_request: true',
      );
    if (schedule !== undefined && pull_request !== undefined)
      wrong(["pull_request"], "stands beside 'schedule'", "write two runs, one for each");
    else if (timezone !== undefined && schedule === undefined)
      wrong(["timezone"], "is only for a schedule", "remove it");
  })
  .meta({
    description: "What starts it: `schedule` or `pull_request`.",
    write:
      'keys and values, as in {schedule: "0 2 * * 1-5", timezone: Europe/Berlin} or {pull_request: true}',
  });
