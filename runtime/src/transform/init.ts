/** `init`: called once per instance, before any other guest function, even without parameters. */

import type { Lookback } from "@smdk/protocol";
import { INIT_USER_ERROR, statusText } from "../abi/codes.ts";
import { encodeInit } from "../abi/input.ts";
import { readInitOutput } from "../abi/output.ts";
import { initErrorText } from "../abi/runtime-error.ts";
import { EngineError } from "../error.ts";
import type { SmartModuleInstance } from "../instance.ts";

/** Calls `init` when the module has one. Throws EngineError when it fails, with the user's text if there is one. */
export function callInit(
  instance: SmartModuleInstance,
  params: ReadonlyMap<string, string>,
  lookback: Lookback | null,
  version: number,
): void {
  if (!instance.module.hasInit) return;
  let input: Uint8Array;
  try {
    input = encodeInit(params, lookback, version);
  } catch (error) {
    throw new EngineError("SMDK_ENGINE_INPUT", error instanceof Error ? error.message : String(error));
  }
  const code = instance.call("init", { length: input.length, write: (memory, at) => memory.set(input, at) });
  if (code >= 0) return;
  const text =
    code === INIT_USER_ERROR ? initErrorText(instance.decode(readInitOutput)) : statusText("init", code);
  throw new EngineError("SMDK_ENGINE_STATUS", text, { frames: instance.thrown ?? [] });
}
