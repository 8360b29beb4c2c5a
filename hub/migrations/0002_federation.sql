CREATE TABLE "hub_pulse" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"up_since" timestamp (3) with time zone,
	"many_silent_since" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "schedule_firings" (
	"schedule_id" text NOT NULL,
	"project_id" text NOT NULL,
	"scheduled_for" timestamp (3) with time zone NOT NULL,
	"fired_at" timestamp (3) with time zone NOT NULL,
	"outcome" text NOT NULL,
	"triggered_by" jsonb,
	"run_id" text,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"cron" text NOT NULL,
	"timezone" text NOT NULL,
	"overlap" text NOT NULL,
	"catch_up_seconds" integer NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"pause_reason" text,
	"run" jsonb NOT NULL,
	"generation" integer NOT NULL,
	"applied_generation" integer DEFAULT 0 NOT NULL,
	"problem" text,
	"accounted_until" timestamp (3) with time zone NOT NULL,
	"look_at" timestamp (3) with time zone NOT NULL,
	"created_by" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "taints" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "cordoned_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "cordon_reason" text;--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "draining_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "drain_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "protocol" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "spool" jsonb;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "tolerations" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "placement" jsonb;--> statement-breakpoint
ALTER TABLE "run_suites" ADD COLUMN "origin" text;--> statement-breakpoint
ALTER TABLE "run_suites" ADD COLUMN "place" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "priority" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "schedule_id" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "schedule_id" text;--> statement-breakpoint
ALTER TABLE "work_items" ADD COLUMN "tolerations" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "work_items" ADD COLUMN "spread" jsonb;--> statement-breakpoint
ALTER TABLE "work_items" ADD COLUMN "suite_id" text;--> statement-breakpoint
ALTER TABLE "work_items" ADD COLUMN "unplaceable_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "schedule_firings" ADD CONSTRAINT "schedule_firings_schedule_id_schedules_id_fk" FOREIGN KEY ("schedule_id") REFERENCES "public"."schedules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "schedule_firings_time" ON "schedule_firings" USING btree ("schedule_id","scheduled_for");--> statement-breakpoint
CREATE INDEX "schedules_look" ON "schedules" USING btree ("look_at") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "schedules_name" ON "schedules" USING btree ("project_id","name") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "schedules_project" ON "schedules" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "attempts_unsettled" ON "attempts" USING btree ("run_id") WHERE not settled and ended_at is not null;--> statement-breakpoint
CREATE INDEX "shards_open" ON "shards" USING btree ("suite_id") WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "work_items_spread" ON "work_items" USING btree ("suite_id","cluster_id") WHERE spread is not null;