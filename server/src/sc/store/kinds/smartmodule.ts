// SmartModule objects in metadata files. The summary is made for listings and never stored.
import type { SmartModuleSpec, SmartModuleStatus } from "@smdk/protocol";
import { fields, flag, list, nullable, type Shape, ShapeError, text, via, word } from "../shape.ts";

const base64: Shape<Uint8Array> = via(
  text,
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
  (stored, path) => {
    const compact = stored.replace(/\s+/g, "");
    const bytes = Buffer.from(compact, "base64");
    // The decoder skips what it does not know; a damaged payload must not become a shorter one.
    if (bytes.length !== Math.floor((compact.replace(/=+$/, "").length * 3) / 4)) {
      throw new ShapeError(path, "not base64");
    }
    return new Uint8Array(bytes);
  },
);

type Metadata = NonNullable<SmartModuleSpec["meta"]>;
type Param = Metadata["params"] extends Map<string, infer P> ? P : never;

/** A map in memory, a list with names in the file. */
const params: Shape<Metadata["params"]> = via(
  list(
    fields<Param & { name: string }>({
      name: { shape: text },
      description: { shape: nullable(text) },
      optional: { shape: flag, absent: false },
    }),
  ),
  (map) => [...map].map(([name, param]) => ({ name, ...param })),
  (stored) => new Map(stored.map(({ name, ...param }) => [name, param])),
);

const metadata: Shape<Metadata> = fields({
  package: {
    shape: fields<Metadata["package"]>({
      name: { shape: text },
      group: { shape: text },
      version: { shape: text },
      apiVersion: { shape: text },
      description: { shape: nullable(text) },
      license: { shape: nullable(text) },
      visibility: {
        shape: word(["Private", "Public"], (value) => value.toLowerCase()),
        absent: "Private",
      },
      repository: { shape: nullable(text) },
    }),
  },
  params: { shape: params, absent: new Map() },
});

const storedSpec = fields<Pick<SmartModuleSpec, "meta" | "wasm">>({
  meta: { shape: nullable(metadata) },
  wasm: {
    shape: fields<SmartModuleSpec["wasm"]>({
      format: { shape: word(["Binary", "Text"], (value) => value.toUpperCase()) },
      payload: { shape: base64 },
    }),
  },
});

export const smartModuleSpec: Shape<SmartModuleSpec> = via(
  storedSpec,
  ({ meta, wasm }) => ({ meta, wasm }),
  ({ meta, wasm }) => ({ meta, summary: null, wasm }),
);

export const smartModuleStatus: Shape<SmartModuleStatus> = {
  write: () => null,
  read: () => ({}),
};
