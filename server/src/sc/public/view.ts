// Objects as clients of a given API version may see them.
import type {
  CustomSpuMetadata,
  Metadata,
  PartitionSpec,
  PartitionStatus,
  SmartModuleSpec,
  SmartModuleStatus,
  SpuSpec,
  SpuStatus,
} from "@smdk/protocol";
import type { StoredObject } from "../store/object-store.ts";

/** First version whose clients know that a partition can be out of storage; older ones fail on the whole frame. */
const OUT_OF_STORAGE_SINCE = 19;

export function plainView<S, T>({ key, spec, status }: StoredObject<S, T>): Metadata<S, T> {
  return { name: key, spec, status };
}

export function partitionView(
  { key, spec, status }: StoredObject<PartitionSpec, PartitionStatus>,
  version: number,
): Metadata<PartitionSpec, PartitionStatus> {
  const isUnknown = status.resolution === "OutOfStorage" && version < OUT_OF_STORAGE_SINCE;
  return { name: key, spec, status: isUnknown ? { ...status, resolution: "Online" } : status };
}

/** With `summary`, the wasm is left out and its stored length is told instead. */
export function smartModuleView(
  { key, spec, status }: StoredObject<SmartModuleSpec, SmartModuleStatus>,
  summary: boolean,
): Metadata<SmartModuleSpec, SmartModuleStatus> {
  if (!summary) return { name: key, spec, status };
  const wasmLength = spec.wasm.payload.length;
  const wasm = { format: "Binary", payload: new Uint8Array() } as const;
  return { name: key, spec: { meta: spec.meta, summary: { wasmLength }, wasm }, status };
}

export function customSpuView({ key, spec, status }: StoredObject<SpuSpec, SpuStatus>): CustomSpuMetadata {
  const { spuType: _, ...customSpec } = spec;
  return { name: key, spec: customSpec, status };
}
