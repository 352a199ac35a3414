// Makes code of the schema; an argument names another file for it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import formats from "ajv-formats";

const at = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));
const target = process.argv[2] ?? at("generated/validate.js");
const ajv = new Ajv({ allErrors: true, code: { source: true, esm: true } });
formats.default(ajv);
ajv.addSchema(JSON.parse(readFileSync(at("order.schema.json"), "utf8")), "order");
const code = standalone.default(ajv, { validate: "order" });
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `// Made from order.schema.json by scripts/compile-schema.js.\n${code}\n`);
