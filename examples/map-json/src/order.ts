import { Bytes } from "@smdk/assemblyscript";

/** Names in the order of their bytes in UTF-8. */
export function byBytes(a: string, b: string): i32 {
  return Bytes.of(a).compareTo(Bytes.of(b));
}
