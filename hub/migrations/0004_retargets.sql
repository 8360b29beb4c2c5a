ALTER TABLE "pull_request_commands" ADD COLUMN "base_branch" text;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD COLUMN "base_since" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "pull_requests_head" ON "pull_requests" USING btree ("repository_id","head_sha");