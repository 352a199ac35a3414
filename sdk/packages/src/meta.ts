/** `package-meta.yaml`: what a package says about itself. */
import { Lexer, Parser, parseDocument, stringify } from "yaml";
import * as z from "zod";
import { PackageError } from "./error.ts";

/** Version of the package format that we write; 0.1 and 0.2 are read too. */
export const PACKAGE_FORMAT = "0.3";
const MAX_BYTES = 64 * 1024;
/** Open parts at a time; three lists and maps in one another have less than ten. */
const MAX_DEPTH = 32;
/** Words, marks, blanks and line ends; the longest lists of files and tags have some two thousand. */
const MAX_LEXEMES = 5000;

const text = (max: number) => z.string().max(max);

const metaSchema = z.object({
  package_format_version: z.enum(["0.1", "0.2", "0.3"]),
  name: text(256),
  version: text(256),
  group: text(256),
  description: text(8192),
  license: text(1024),
  manifest: z.array(text(256)).max(64),
  repository_url: z.url().max(2048).nullish(),
  tags: z
    .array(z.object({ tag: text(256), value: text(2048) }))
    .max(64)
    .nullish(),
  visibility: z.enum(["private", "public"]).default("private"),
});

export interface PackageTag {
  readonly tag: string;
  readonly value: string;
}

/** Keys as in the file, since the hub's HTTP interface uses the same ones. */
export interface PackageMeta {
  readonly package_format_version: string;
  readonly name: string;
  readonly version: string;
  readonly group: string;
  readonly description: string;
  readonly license: string;
  /** Bare names of the files in `manifest.tar.gz`, in their order. */
  readonly manifest: readonly string[];
  readonly repository_url: string | null;
  readonly tags: readonly PackageTag[] | null;
  readonly visibility: "private" | "public";
}

/** @throws `SMDK_PKG_META` */
export function parseMeta(bytes: Uint8Array): PackageMeta {
  if (bytes.length > MAX_BYTES) throw bad(`has more than ${MAX_BYTES} bytes`);
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw bad("is not UTF-8");
  }
  let data: unknown;
  try {
    if (isIntricate(source)) throw new Error("it is nested too deep, or has too many parts");
    const document = parseDocument(source, { uniqueKeys: true, merge: false, schema: "core" });
    if (document.errors.length > 0) throw document.errors[0];
    // Aliases could make a small text a large value.
    data = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw bad(`is no readable YAML: ${firstLine(cause)}`);
  }
  const result = metaSchema.safeParse(data);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw bad(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
  }
  const { repository_url, tags, ...rest } = result.data;
  return { ...rest, repository_url: repository_url ?? null, tags: tags ?? null };
}

/**
 * Whether YAML is deeper, or of more parts, than any metadata. The reader proper goes down by calling itself, and where
 * a stack is nearly used up a pattern that is compiled there ends the whole process; thousands of misplaced parts take
 * it seconds. This one keeps a list of what is open, and stops in time.
 */
function isIntricate(source: string): boolean {
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(source)) {
    for (const _ of parser.next(lexeme)) {
      // Only the depth is of interest.
    }
    if (++lexemes > MAX_LEXEMES || parser.stack.length > MAX_DEPTH) return true;
  }
  return false;
}

/** YAML with the keys in the order in which upstream writes them. */
export function writeMeta(meta: PackageMeta): Uint8Array {
  const ordered = {
    package_format_version: meta.package_format_version,
    name: meta.name,
    version: meta.version,
    group: meta.group,
    description: meta.description,
    license: meta.license,
    manifest: meta.manifest,
    repository_url: meta.repository_url,
    tags: meta.tags?.map(({ tag, value }) => ({ tag, value })) ?? null,
    visibility: meta.visibility,
  };
  return Buffer.from(stringify(ordered, { indentSeq: false, lineWidth: 0, singleQuote: true }));
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}

function bad(what: string): PackageError {
  return new PackageError("SMDK_PKG_META", `package-meta.yaml ${what}`);
}
