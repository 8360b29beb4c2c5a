import { writeFileSync } from "node:fs";
import { printJsonSchema } from "@seatrial/contracts/configuration/json-schema.ts";
import { printReferencePage } from "@seatrial/contracts/configuration/reference-page.ts";

/** Writes what is made from the schema of `seatrial.yaml`: the JSON Schema and the reference page. */
writeFileSync(new URL("../contracts/schema/seatrial.schema.json", import.meta.url), printJsonSchema());
writeFileSync(new URL("seatrial-yaml.md", import.meta.url), printReferencePage());
