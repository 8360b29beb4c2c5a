import type { Actor } from "@seatrial/contracts/actor.ts";
import type { CreateRun } from "@seatrial/contracts/runs/run.ts";
import type { FiringOutcome, OverlapPolicy } from "@seatrial/contracts/schedules/schedule.ts";
import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";
import { projects } from "./projects.ts";

/** A run that starts by itself at the times of a cron expression. */
export const schedules = pgTable(
  "schedules",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    name: text("name").notNull(),
    cron: text("cron").notNull(),
    timezone: text("timezone").notNull(),
    overlap: text("overlap").$type<OverlapPolicy>().notNull(),
    catchUpSeconds: integer("catch_up_seconds").notNull(),
    paused: boolean("paused").notNull().default(false),
    pauseReason: text("pause_reason"),
    /** What each firing starts. */
    run: jsonb("run").$type<CreateRun>().notNull(),
    /** Raised by each change; the worker brings its own schedule to it. */
    generation: integer("generation").notNull(),
    appliedGeneration: integer("applied_generation").notNull().default(0),
    /** Why the worker could not apply it. */
    problem: text("problem"),
    /** What came of each time up to this one is written down, or it was not in force then. */
    accountedUntil: moment("accounted_until").notNull(),
    /** When the tick has the worker look at it again: after its next time, or to see that Temporal still has it. */
    lookAt: moment("look_at").notNull(),
    createdBy: jsonb("created_by").$type<Actor>().notNull(),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
    deletedAt: moment("deleted_at"),
  },
  (table) => [
    index("schedules_look").on(table.lookAt).where(sql`deleted_at is null`),
    uniqueIndex("schedules_name").on(table.projectId, table.name).where(sql`deleted_at is null`),
    index("schedules_project").on(table.projectId),
  ],
);

/** What came of each time: at most one row for a time, so that a repeat starts nothing twice. */
export const scheduleFirings = pgTable(
  "schedule_firings",
  {
    scheduleId: text("schedule_id")
      .notNull()
      .references(() => schedules.id),
    projectId: text("project_id").notNull(),
    scheduledFor: moment("scheduled_for").notNull(),
    firedAt: moment("fired_at").notNull(),
    outcome: text("outcome").$type<FiringOutcome>().notNull(),
    /** Who asked for it at once; null: its time came. */
    triggeredBy: jsonb("triggered_by").$type<Actor | null>(),
    runId: text("run_id"),
    reason: text("reason"),
  },
  (table) => [uniqueIndex("schedule_firings_time").on(table.scheduleId, table.scheduledFor)],
);
