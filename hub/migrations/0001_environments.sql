CREATE TABLE "environment_events" (
	"environment_id" text NOT NULL,
	"project_id" text NOT NULL,
	"number" integer NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "environment_objects" (
	"environment_id" text NOT NULL,
	"project_id" text NOT NULL,
	"api_version" text NOT NULL,
	"kind" text NOT NULL,
	"namespace" text,
	"name" text NOT NULL,
	"uid" text,
	"recorded_by" text NOT NULL,
	"present" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"namespace" text NOT NULL,
	"state" text NOT NULL,
	"wanted" text NOT NULL,
	"reason" text,
	"template" jsonb NOT NULL,
	"content_id" text NOT NULL,
	"content_sha256" text NOT NULL,
	"change" jsonb,
	"generation" integer DEFAULT 1 NOT NULL,
	"applied_generation" integer DEFAULT 0 NOT NULL,
	"cluster_labels" jsonb NOT NULL,
	"cluster_id" text,
	"endpoints" jsonb NOT NULL,
	"blockers" jsonb NOT NULL,
	"left_out" jsonb NOT NULL,
	"run_id" text,
	"keep_on_failure_seconds" integer DEFAULT 0 NOT NULL,
	"ttl_seconds" integer NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"kept_until" timestamp (3) with time zone,
	"pin" jsonb,
	"prove_after" timestamp (3) with time zone,
	"proved_at" timestamp (3) with time zone,
	"wrapped_state_key" text,
	"state_blob_key" text,
	"state_engine" text,
	"state_provider" text,
	"proof" jsonb,
	"idempotency_key" text,
	"created_by" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ready_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"last_event" integer DEFAULT 0 NOT NULL,
	"last_operation" integer DEFAULT 0 NOT NULL,
	"sweep_doubts" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "environment_operations" (
	"id" text PRIMARY KEY NOT NULL,
	"environment_id" text NOT NULL,
	"project_id" text NOT NULL,
	"kind" text NOT NULL,
	"number" integer NOT NULL,
	"generation" integer NOT NULL,
	"state" text NOT NULL,
	"template" jsonb,
	"content_sha256" text,
	"evidence_since" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"lease_id" text,
	"member_id" text,
	"cluster_id" text,
	"instance" text,
	"leased_at" timestamp (3) with time zone,
	"acknowledge_by" timestamp (3) with time zone,
	"acknowledged_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"cancel_told_at" timestamp (3) with time zone,
	"steps" jsonb NOT NULL,
	"failure_code" text,
	"failure_message" text,
	"failure_file" text,
	"failure_line" integer,
	"evidence" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweep_doubts" (
	"cluster_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"sweeps" integer NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sweep_doubts_cluster_id_environment_id_pk" PRIMARY KEY("cluster_id","environment_id")
);
--> statement-breakpoint
ALTER TABLE "outbox" ALTER COLUMN "run_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "network_policy" jsonb;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "evidence_operation_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "environment_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "environment_owned" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "environment_id" text;--> statement-breakpoint
ALTER TABLE "work_items" ADD COLUMN "only_cluster_id" text;--> statement-breakpoint
ALTER TABLE "environment_events" ADD CONSTRAINT "environment_events_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_objects" ADD CONSTRAINT "environment_objects_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_operations" ADD CONSTRAINT "environment_operations_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "environment_events_number" ON "environment_events" USING btree ("environment_id","number");--> statement-breakpoint
CREATE INDEX "environment_objects_environment" ON "environment_objects" USING btree ("environment_id");--> statement-breakpoint
CREATE INDEX "environments_project_created" ON "environments" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "environments_cluster" ON "environments" USING btree ("cluster_id","state");--> statement-breakpoint
CREATE INDEX "environments_run" ON "environments" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "environments_namespace" ON "environments" USING btree ("namespace");--> statement-breakpoint
CREATE UNIQUE INDEX "environments_idempotency" ON "environments" USING btree ("project_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "environment_operations_number" ON "environment_operations" USING btree ("environment_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "environment_operations_lease" ON "environment_operations" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "environment_operations_next" ON "environment_operations" USING btree ("state","created_at","id");--> statement-breakpoint
CREATE INDEX "environment_operations_member" ON "environment_operations" USING btree ("member_id","state");--> statement-breakpoint
CREATE INDEX "runs_environment" ON "runs" USING btree ("environment_id");