// Writes docs/reference/wire-types.md from the built declarations.
import { mkdirSync, writeFileSync } from "node:fs";
import { wireTypesReference } from "../dist/index.js";

const page = new URL("../../../docs/reference/wire-types.md", import.meta.url);
mkdirSync(new URL(".", page), { recursive: true });
writeFileSync(page, wireTypesReference());
