/** `look_back`: shows a module records of the past before its first transform call. */
import { LOOK_BACK_USER_ERROR, statusText } from "../abi/codes.ts";
import { inputLength, writeInput } from "../abi/input.ts";
import { readLookbackOutput } from "../abi/output.ts";
import { lookbackErrorText } from "../abi/runtime-error.ts";
import { EngineError } from "../error.ts";
import type { SmartModuleInstance } from "../instance.ts";

/** Calls `look_back` with records (u32 count and records); base offset and timestamp are 0. Throws EngineError. */
export function callLookBack(instance: SmartModuleInstance, records: Uint8Array, version: number): void {
  const input = { baseOffset: 0n, baseTimestamp: 0n, records };
  const code = instance.call("look_back", {
    length: inputLength(input, version, null),
    write: (memory, at) => writeInput(memory, at, input, version, null),
  });
  if (code >= 0) return;
  const text =
    code === LOOK_BACK_USER_ERROR
      ? lookbackErrorText(instance.decode(readLookbackOutput))
      : statusText("look_back", code);
  throw new EngineError("SMDK_ENGINE_STATUS", text, { frames: instance.thrown ?? [] });
}
