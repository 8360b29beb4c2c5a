import { z } from "zod";
import { configurationSchema } from "./configuration-schema.ts";

/** Where the published schema stands, for editors: `# yaml-language-server: $schema=…`. */
export const jsonSchemaId = "https://seatrial.dev/schema/seatrial.schema.json";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft 2020-12) of `seatrial.yaml`, for editors and other tools. The parser itself uses zod. */
export function createJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configurationSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      delete jsonSchema.write;
    },
  });
  const { $schema, ...rest } = schema;
  return { $schema: $schema ?? "https://json-schema.org/draft/2020-12/schema", $id: jsonSchemaId, ...rest };
}

/** The text of the committed file `contracts/schema/seatrial.schema.json`. */
export function printJsonSchema(): string {
  return `${JSON.stringify(createJsonSchema(), null, 2)}\n`;
}
