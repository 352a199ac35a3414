// Makes code of the template; an argument names another file for it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import Handlebars from "handlebars";

const at = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));
const target = process.argv[2] ?? at("generated/receipt.js");
const code = Handlebars.precompile(readFileSync(at("receipt.hbs"), "utf8"), {
  noEscape: true,
  knownHelpers: { money: true, times: true },
});
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `// Made from receipt.hbs by scripts/precompile.js.\nexport default ${code};\n`);
