CREATE TABLE "forge_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"event" text NOT NULL,
	"repository_id" text,
	"received_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_request_commands" (
	"id" text PRIMARY KEY NOT NULL,
	"pull_request_id" text NOT NULL,
	"project_id" text NOT NULL,
	"kind" text,
	"argument" text,
	"sha" text NOT NULL,
	"login" text NOT NULL,
	"source" text NOT NULL,
	"forge_id" bigint,
	"state" text NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "pull_request_commits" (
	"pull_request_id" text NOT NULL,
	"project_id" text NOT NULL,
	"sha" text NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"base_sha" text NOT NULL,
	"approved_by" jsonb,
	"approved_at" timestamp (3) with time zone,
	"content_id" text,
	"content_sha256" text,
	"configuration" jsonb,
	"problems" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"changed_files" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"images" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"images_since" timestamp (3) with time zone,
	"images_looked_at" timestamp (3) with time zone,
	"check_run_id" bigint,
	"check_digest" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "pull_request_environments" (
	"pull_request_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"environment_id" text NOT NULL,
	"sha" text NOT NULL,
	"deployment_id" bigint,
	"deployment_sha" text,
	"deployment_digest" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_request_runs" (
	"pull_request_id" text NOT NULL,
	"project_id" text NOT NULL,
	"sha" text NOT NULL,
	"name" text NOT NULL,
	"attempt" integer NOT NULL,
	"run_id" text,
	"reason" text,
	"only_failed" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"repository_id" text NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"draft" boolean NOT NULL,
	"title" text NOT NULL,
	"author" text NOT NULL,
	"labels" jsonb NOT NULL,
	"base_branch" text NOT NULL,
	"base_sha" text NOT NULL,
	"head_branch" text NOT NULL,
	"head_sha" text NOT NULL,
	"head_repository" text,
	"fork" boolean NOT NULL,
	"forge_updated_at" timestamp (3) with time zone NOT NULL,
	"wanted" boolean DEFAULT true NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"advanced_generation" integer DEFAULT 0 NOT NULL,
	"comment_id" bigint,
	"comment_digest" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"forge" text NOT NULL,
	"name" text NOT NULL,
	"forge_id" bigint,
	"installation_id" bigint,
	"created_by" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"swept_at" timestamp (3) with time zone,
	"announced_at" timestamp (3) with time zone,
	"problem" text,
	"disconnected_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "pull_request_id" text;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "queue_position" integer;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "environment_quota" integer DEFAULT 50 NOT NULL;--> statement-breakpoint
ALTER TABLE "run_suites" ADD COLUMN "optional" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "pull_request_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "images" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "pull_request_id" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "repository_id" text;--> statement-breakpoint
ALTER TABLE "pull_request_commands" ADD CONSTRAINT "pull_request_commands_pull_request_id_pull_requests_id_fk" FOREIGN KEY ("pull_request_id") REFERENCES "public"."pull_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_commits" ADD CONSTRAINT "pull_request_commits_pull_request_id_pull_requests_id_fk" FOREIGN KEY ("pull_request_id") REFERENCES "public"."pull_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_environments" ADD CONSTRAINT "pull_request_environments_pull_request_id_pull_requests_id_fk" FOREIGN KEY ("pull_request_id") REFERENCES "public"."pull_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_runs" ADD CONSTRAINT "pull_request_runs_pull_request_id_pull_requests_id_fk" FOREIGN KEY ("pull_request_id") REFERENCES "public"."pull_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "forge_deliveries_received" ON "forge_deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_request_commands_forge" ON "pull_request_commands" USING btree ("pull_request_id","source","forge_id");--> statement-breakpoint
CREATE INDEX "pull_request_commands_pending" ON "pull_request_commands" USING btree ("pull_request_id") WHERE state = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "pull_request_commits_sha" ON "pull_request_commits" USING btree ("pull_request_id","sha");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_request_environments_environment" ON "pull_request_environments" USING btree ("environment_id");--> statement-breakpoint
CREATE INDEX "pull_request_environments_name" ON "pull_request_environments" USING btree ("pull_request_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_request_runs_attempt" ON "pull_request_runs" USING btree ("pull_request_id","sha","name","attempt");--> statement-breakpoint
CREATE INDEX "pull_request_runs_run" ON "pull_request_runs" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_requests_number" ON "pull_requests" USING btree ("repository_id","number");--> statement-breakpoint
CREATE INDEX "pull_requests_project" ON "pull_requests" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "repositories_name" ON "repositories" USING btree ("forge",lower(name)) WHERE disconnected_at is null;--> statement-breakpoint
CREATE INDEX "repositories_project" ON "repositories" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "environments_held" ON "environments" USING btree ("project_id") WHERE state <> 'deleted';--> statement-breakpoint
CREATE INDEX "runs_pull_request_open" ON "runs" USING btree ("pull_request_id") WHERE finished_at is null;