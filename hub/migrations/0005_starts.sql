CREATE INDEX "environments_id_start" ON "environments" USING btree ("id" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "runs_id_start" ON "runs" USING btree ("id" text_pattern_ops);