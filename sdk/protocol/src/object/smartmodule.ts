/** SmartModule: package metadata and the wasm itself. */
import {
  bool,
  bytes,
  type Codec,
  enumOf,
  type Infer,
  list,
  map,
  option,
  semver,
  since,
  string,
  struct,
  u32,
} from "../codec/index.ts";

export const SmartModuleVisibility = enumOf("SmartModuleVisibility", { Private: 0, Public: 1 });
export type SmartModuleVisibility = Infer<typeof SmartModuleVisibility>;

export const SmartModulePackage = struct("SmartModulePackage", {
  name: string(),
  group: string(),
  version: semver("0.1.0"),
  apiVersion: semver("0.1.0"),
  description: option(string()),
  license: option(string()),
  visibility: since(19, SmartModuleVisibility),
  repository: option(string()),
});
export type SmartModulePackage = Infer<typeof SmartModulePackage>;

export const SmartModuleParam = struct("SmartModuleParam", {
  description: option(string()),
  optional: bool(),
});
export type SmartModuleParam = Infer<typeof SmartModuleParam>;

export const SmartModuleMetadata = struct("SmartModuleMetadata", {
  package: SmartModulePackage,
  params: map(string(), SmartModuleParam),
});
export type SmartModuleMetadata = Infer<typeof SmartModuleMetadata>;

export const SmartModuleWasmFormat = enumOf("SmartModuleWasmFormat", { Binary: 0, Text: 1 });
export type SmartModuleWasmFormat = Infer<typeof SmartModuleWasmFormat>;

/** `payload` is the gzip of the wasm file, a view into the frame. */
export const SmartModuleWasm = struct("SmartModuleWasm", {
  format: SmartModuleWasmFormat,
  payload: bytes(),
});
export type SmartModuleWasm = Infer<typeof SmartModuleWasm>;

/** `wasmLength` is the length of the gzip payload that was left out. */
export const SmartModuleWasmSummary = struct("SmartModuleWasmSummary", { wasmLength: u32() });
export type SmartModuleWasmSummary = Infer<typeof SmartModuleWasmSummary>;

const SmartModuleSpecV2 = struct("SmartModuleSpec", {
  meta: since(10, option(SmartModuleMetadata)),
  summary: since(10, option(SmartModuleWasmSummary)),
  wasm: SmartModuleWasm,
});
export type SmartModuleSpec = Infer<typeof SmartModuleSpecV2>;

/** The layout below API version 10; all but the wasm is written as default and dropped when read. */
const SmartModuleSpecV1 = struct("SmartModuleSpecV1", {
  inputKind: enumOf("SmartModuleInputKind", { Stream: 0, External: 1 }),
  outputKind: enumOf("SmartModuleOutputKind", { Stream: 0, External: 1, Table: 2 }),
  sourceCode: option(
    struct("SmartModuleSourceCode", {
      language: enumOf("SmartModuleSourceCodeLanguage", { Rust: 0 }),
      payload: string(),
    }),
  ),
  wasm: SmartModuleWasm,
  parameters: option(list(struct("SmartModuleParameter", { name: string() }))),
});

/** `summary` is only filled in answers to summary requests. Below version 10 only the wasm travels. */
export const SmartModuleSpec: Codec<SmartModuleSpec> = {
  shape: SmartModuleSpecV2.shape,
  initial: SmartModuleSpecV2.initial,
  write(writer, value, version) {
    if (version >= 10) SmartModuleSpecV2.write(writer, value, version);
    else SmartModuleSpecV1.write(writer, { ...SmartModuleSpecV1.initial(), wasm: value.wasm }, version);
  },
  read(reader, version) {
    if (version >= 10) return SmartModuleSpecV2.read(reader, version);
    return { meta: null, summary: null, wasm: SmartModuleSpecV1.read(reader, version).wasm };
  },
};

/** Nothing is reported about a SmartModule: zero bytes. */
export const SmartModuleStatus = struct("SmartModuleStatus", {});
export type SmartModuleStatus = Infer<typeof SmartModuleStatus>;
