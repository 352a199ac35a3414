/** Parameters and look-back of one SmartModule, in invocations and in the input of `init`. */
import { duration, type Infer, map, option, since, string, struct, u64 } from "../codec/index.ts";

/** The earlier records a module sees before its first: the last `last` ones, not older than `age`; 0 = by age only. */
export const Lookback = struct("Lookback", {
  last: u64(),
  age: since(21, option(duration())),
});
export type Lookback = Infer<typeof Lookback>;

export const SmartModuleExtraParams = struct("SmartModuleExtraParams", {
  inner: map(string(), string()),
  lookback: since(20, option(Lookback)),
});
export type SmartModuleExtraParams = Infer<typeof SmartModuleExtraParams>;
