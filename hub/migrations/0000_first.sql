CREATE TABLE "clusters" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"labels" jsonb NOT NULL,
	"project_ids" jsonb,
	"kubernetes_version" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "clusters_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "join_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"secret_sha256" text NOT NULL,
	"cluster_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"used_thumbprint" text
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster_id" text NOT NULL,
	"role" text NOT NULL,
	"thumbprint" text NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"version" text NOT NULL,
	"slots" integer,
	"allocatable" jsonb,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "request_proofs" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hub_secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contents" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"sha256" text NOT NULL,
	"bytes" integer NOT NULL,
	"blob_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"running_quota" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "projects_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "suites" (
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text,
	"name" text NOT NULL,
	"secret_sha256" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"id" text PRIMARY KEY NOT NULL,
	"attempt_id" text NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"kind" text NOT NULL,
	"path" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"blob_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"shard_id" text NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"cases_blob_key" text,
	"cluster_id" text,
	"pod" jsonb,
	"exit" jsonb,
	"collected" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"leased_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"log_bytes" integer DEFAULT 0 NOT NULL,
	"log_stamp" text,
	"log_blob_key" text,
	"settled" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_chunks" (
	"attempt_id" text NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"offset" integer NOT NULL,
	"bytes" integer NOT NULL,
	"text" text NOT NULL,
	"gap" text
);
--> statement-breakpoint
CREATE TABLE "results" (
	"attempt_id" text NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"case" text NOT NULL,
	"outcome" text NOT NULL,
	"milliseconds" integer,
	"message" text,
	"detail" text,
	"file" text,
	"line" integer,
	"source" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"number" integer NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_suites" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"case_count" integer,
	"only_cases_blob_key" text
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"content_id" text,
	"content_sha256" text,
	"change" jsonb,
	"idempotency_key" text,
	"rerun_of" text,
	"created_by" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"cancel_requested_at" timestamp (3) with time zone,
	"last_event" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shards" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"project_id" text NOT NULL,
	"suite_id" text NOT NULL,
	"kind" text NOT NULL,
	"index" integer NOT NULL,
	"count" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"case_count" integer,
	"cases_blob_key" text,
	"red_retries_used" integer DEFAULT 0 NOT NULL,
	"infrastructure_retries_used" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"project_id" text NOT NULL,
	"run_id" text NOT NULL,
	"suite" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"invisible_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"lease_id" text NOT NULL,
	"project_id" text NOT NULL,
	"kind" text NOT NULL,
	"path" text NOT NULL,
	"received_bytes" integer NOT NULL,
	"part_keys" jsonb NOT NULL,
	"complete" boolean DEFAULT false NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "work_items" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"project_id" text NOT NULL,
	"run_id" text NOT NULL,
	"attempt_id" text NOT NULL,
	"state" text NOT NULL,
	"cluster_labels" jsonb NOT NULL,
	"cpu_millis" integer NOT NULL,
	"memory_bytes" text NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"lease_id" text,
	"member_id" text,
	"cluster_id" text,
	"instance" text,
	"leased_at" timestamp (3) with time zone,
	"acknowledge_by" timestamp (3) with time zone,
	"acknowledged_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"cancel_told_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "join_tokens" ADD CONSTRAINT "join_tokens_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contents" ADD CONSTRAINT "contents_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suites" ADD CONSTRAINT "suites_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_shard_id_shards_id_fk" FOREIGN KEY ("shard_id") REFERENCES "public"."shards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_chunks" ADD CONSTRAINT "log_chunks_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_suites" ADD CONSTRAINT "run_suites_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shards" ADD CONSTRAINT "shards_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shards" ADD CONSTRAINT "shards_suite_id_run_suites_id_fk" FOREIGN KEY ("suite_id") REFERENCES "public"."run_suites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "join_tokens_secret" ON "join_tokens" USING btree ("secret_sha256");--> statement-breakpoint
CREATE UNIQUE INDEX "members_thumbprint" ON "members" USING btree ("thumbprint");--> statement-breakpoint
CREATE INDEX "members_cluster" ON "members" USING btree ("cluster_id");--> statement-breakpoint
CREATE INDEX "request_proofs_expiry" ON "request_proofs" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "audit_project_at" ON "audit_entries" USING btree ("project_id","at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "contents_digest" ON "contents" USING btree ("project_id","sha256");--> statement-breakpoint
CREATE UNIQUE INDEX "suites_name" ON "suites" USING btree ("project_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "tokens_secret" ON "tokens" USING btree ("secret_sha256");--> statement-breakpoint
CREATE INDEX "tokens_project" ON "tokens" USING btree ("project_id");--> statement-breakpoint
CREATE UNIQUE INDEX "artifacts_path" ON "artifacts" USING btree ("attempt_id","kind","path");--> statement-breakpoint
CREATE INDEX "artifacts_run" ON "artifacts" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_number" ON "attempts" USING btree ("shard_id","number");--> statement-breakpoint
CREATE INDEX "attempts_run" ON "attempts" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "attempts_uncompacted" ON "attempts" USING btree ("id") WHERE settled and log_blob_key is null and log_bytes > 0;--> statement-breakpoint
CREATE INDEX "log_chunks_place" ON "log_chunks" USING btree ("attempt_id","offset");--> statement-breakpoint
CREATE UNIQUE INDEX "results_case" ON "results" USING btree ("attempt_id","case");--> statement-breakpoint
CREATE INDEX "results_run" ON "results" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "run_events_number" ON "run_events" USING btree ("run_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "run_suites_name" ON "run_suites" USING btree ("run_id","name");--> statement-breakpoint
CREATE INDEX "runs_project_created" ON "runs" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_idempotency" ON "runs" USING btree ("project_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "shards_place" ON "shards" USING btree ("suite_id","kind","index");--> statement-breakpoint
CREATE INDEX "shards_run" ON "shards" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "outbox_visible" ON "outbox" USING btree ("invisible_until","id");--> statement-breakpoint
CREATE UNIQUE INDEX "uploads_path" ON "uploads" USING btree ("lease_id","kind","path");--> statement-breakpoint
CREATE INDEX "work_items_next" ON "work_items" USING btree ("project_id","state","priority" DESC NULLS LAST,"created_at","id");--> statement-breakpoint
CREATE INDEX "work_items_deadline" ON "work_items" USING btree ("state","expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "work_items_lease" ON "work_items" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "work_items_member" ON "work_items" USING btree ("member_id","state");--> statement-breakpoint
CREATE INDEX "work_items_attempt" ON "work_items" USING btree ("attempt_id");