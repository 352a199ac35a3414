/** What a module was built from, with what: an in-toto statement with an SLSA v1 predicate; and what is inside. */
import * as z from "zod";
import { sha256Hex } from "./digest.ts";
import { type Envelope, seal, unseal } from "./dsse.ts";
import { PackageError } from "./error.ts";
import type { SigningKey } from "./keys.ts";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
const BUILD_TYPE = "urn:smdk:build:v1";
const BUILDER = "urn:smdk:cli";

export interface BuildFacts {
  /** File name of the module and its bytes. */
  readonly wasmName: string;
  readonly wasm: Uint8Array;
  /** Hex SHA-256 of the packaged sources, and of the project's lock file when it has one. */
  readonly sourceSha256: string;
  readonly lockSha256: string | undefined;
  /** Name → version of what built it: smdk, the compiler, Node. */
  readonly tools: Readonly<Record<string, string>>;
  /** What the build was asked for, such as `release`. */
  readonly flags: Readonly<Record<string, string | boolean>>;
  /** Where the source lives, when the manifest says so. */
  readonly repository: string | undefined;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.object({ name: z.string(), digest: z.object({ sha256 }) }))
    .min(1)
    .max(16),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.object({
    buildDefinition: z.object({
      buildType: z.string(),
      externalParameters: z.record(z.string(), z.unknown()),
      internalParameters: z.record(z.string(), z.unknown()).optional(),
      resolvedDependencies: z.array(z.object({ name: z.string(), digest: z.object({ sha256 }) })),
    }),
    runDetails: z.object({
      builder: z.object({ id: z.string(), version: z.record(z.string(), z.string()).optional() }),
    }),
  }),
});

export type ProvenanceStatement = z.infer<typeof statementSchema>;

/** The signed statement. It has no times in it, so that one build from one source gives one text. */
export function writeProvenance(facts: BuildFacts, key: SigningKey): Uint8Array {
  const statement: ProvenanceStatement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: facts.wasmName, digest: { sha256: sha256Hex(facts.wasm) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          flags: facts.flags,
          ...(facts.repository !== undefined && { repository: facts.repository }),
        },
        internalParameters: {},
        resolvedDependencies: [
          { name: "source", digest: { sha256: facts.sourceSha256 } },
          ...(facts.lockSha256 === undefined ? [] : [{ name: "lock", digest: { sha256: facts.lockSha256 } }]),
        ],
      },
      runDetails: { builder: { id: BUILDER, version: { ...facts.tools } } },
    },
  };
  return Buffer.from(JSON.stringify(seal(PAYLOAD_TYPE, statement, [key])));
}

export interface Provenance {
  readonly statement: ProvenanceStatement;
  readonly signers: readonly string[];
  readonly envelope: Envelope;
}

/**
 * Reads a provenance entry and holds it against the module it is about.
 * @throws `SMDK_PROVENANCE_FORMAT`, `SMDK_PROVENANCE_SIGNATURE`, `SMDK_PROVENANCE_SUBJECT`
 */
export function readProvenance(bytes: Uint8Array, wasm: Uint8Array): Provenance {
  let envelope: Envelope;
  let opened: ReturnType<typeof unseal>;
  try {
    envelope = JSON.parse(Buffer.from(bytes).toString("utf8")) as Envelope;
    opened = unseal(envelope, PAYLOAD_TYPE);
  } catch (cause) {
    const isSignature = cause instanceof PackageError && cause.code === "SMDK_DSSE_SIGNATURE";
    throw new PackageError(
      isSignature ? "SMDK_PROVENANCE_SIGNATURE" : "SMDK_PROVENANCE_FORMAT",
      isSignature ? "the provenance's signature does not fit" : "the provenance is not readable",
      { cause },
    );
  }
  const result = statementSchema.safeParse(opened.value);
  if (!result.success)
    throw new PackageError("SMDK_PROVENANCE_FORMAT", "the provenance is no SLSA v1 statement");
  const actual = sha256Hex(wasm);
  if (!result.data.subject.some(({ digest }) => digest.sha256 === actual)) {
    throw new PackageError(
      "SMDK_PROVENANCE_SUBJECT",
      "the provenance is about another module than the packaged one",
    );
  }
  return { statement: result.data, signers: opened.signers, envelope };
}

/** An npm package whose code is in a module. */
export interface Component {
  readonly name: string;
  readonly version: string;
  readonly license?: string | undefined;
}

/** CycloneDX 1.6, sorted by name and without times or random ids. */
export function writeSbom(
  module: { readonly group: string; readonly name: string; readonly version: string },
  components: readonly Component[],
): Uint8Array {
  const sorted = [...components].sort((a, b) => (purl(a) < purl(b) ? -1 : 1));
  return Buffer.from(
    JSON.stringify({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        component: { type: "library", group: module.group, name: module.name, version: module.version },
      },
      components: sorted.map((component) => ({
        type: "library",
        "bom-ref": purl(component),
        name: component.name,
        version: component.version,
        purl: purl(component),
        ...(component.license !== undefined && { licenses: [{ expression: component.license }] }),
      })),
    }),
  );
}

function purl({ name, version }: Component): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${encodeURIComponent(version)}`;
}
