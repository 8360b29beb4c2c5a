import { pgTable, text } from "drizzle-orm/pg-core";

/** Secrets that all replicas share and no user sets, such as the key that signs nonces. Base64url. */
export const hubSecrets = pgTable("hub_secrets", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});
